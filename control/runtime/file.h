/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the runtime knows of the domain's handles: kind, offset, flags. Numbers belong to the
 * hypervisor; a record is made when a handle is first used by a call that needs one, and shared by
 * its duplicates.
 */
#pragma once

#include "api/abi/corbel.h"
#include "control/runtime/syscall.h"
#include "control/runtime/types.h"

/* Kinds of the runtime's own, beside enum corbel_handle_type. */
#define FILE_PIPE 0x100

struct file {
	u32 refs;	      /* handles that name it; 0: free */
	u32 type;	      /* enum corbel_handle_type */
	u32 flags;	      /* O_* */
	bool native_nonblock; /* the hypervisor answers -EAGAIN itself */
	u8 pipe_end;	      /* FILE_PIPE: enum channel_end */
	u16 pipe;	      /* FILE_PIPE: number of the pipe */
	u64 offset;
	u64 length; /* when first used */
};

/* The record of a handle, made if needed; NULL: no such handle. */
struct file *file_of(u32 handle);
/* Bytes of it now: a memfd gets its size late. */
u64 file_length(u32 handle, struct file *f);
/* As file_of, but makes none. */
struct file *file_known(u32 handle);
/* The handle is closed or has become another: forgets it and its flags. */
void file_forget(u32 handle);
/* `copy` is a duplicate of the handle whose record is f. */
void file_share(u32 copy, struct file *f);
/* Close-on-exec, which is a flag of the number. */
bool file_cloexec(u32 handle);
void file_set_cloexec(u32 handle, bool on);
/*
 * Recomputes who may read and write without the runtime; after flags or the terminal's mode
 * changed.
 */
void file_update_direct(void);
/* Kinds that are read at an offset. */
static inline bool file_has_offset(const struct file *f)
{
	return f->type == CORBEL_H_BOOTFILE || f->type == CORBEL_H_TEXT ||
	       f->type == CORBEL_H_MEMFD;
}
/*
 * poll(2) bits of one handle now (0: none, negative: error), waiting at most until the deadline
 * (ns; ~0: for ever).
 */
long file_wait(u32 handle, u32 events, u64 deadline);
