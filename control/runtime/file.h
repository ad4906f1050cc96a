/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the runtime knows of the domain's handles: kind, offset, flags. Numbers belong to the
 * hypervisor; a record is made when a handle is first used by a call that needs one, and shared by
 * its duplicates. An object of the runtime's own has its operations here, and a number that is
 * reserved in the hypervisor (timerfd, epoll) or names the object there that stands behind it
 * (pipe).
 */
#pragma once

#include "api/abi/corbel.h"
#include "control/runtime/syscall.h"
#include "control/runtime/types.h"

struct file;
struct poll_set;

/*
 * Held by whoever makes, changes or closes a number, from the hypercall to the record, so that for
 * all others the two are one step. The outermost of all locks (lock.h). What KVM's ioctls make goes
 * out without it: such a number has no record until it is used.
 */
void numbers_take(void);
void numbers_drop(void);

/* What a kind of the runtime's own objects does; NULL answers the error in the comment. */
struct file_ops {
	u32 mode; /* st_mode */
	/* With the program's buffer; never waits: -EAGAIN. A write may do a part. -EINVAL */
	long (*read)(struct file *f, u64 buffer, u64 len);
	long (*write)(struct file *f, u64 buffer, u64 len);
	/*
	 * POLL* bits now; what a waiter needs to see the next change goes into *set if not NULL
	 * (keys are the caller's).
	 */
	u32 (*poll)(struct file *f, struct poll_set *set);
	/* -ENOTTY */
	long (*ioctl)(struct file *f, u32 command, u64 argument);
	/* Nobody uses f any more. */
	void (*release)(struct file *f);
};

struct file {
	u32 refs;	      /* handles that name it; 0 and no users: free */
	u32 users;	      /* calls that work with it, under files_lock */
	u32 type;	      /* enum corbel_handle_type */
	u32 flags;	      /* O_* */
	bool native_nonblock; /* the hypervisor answers -EAGAIN itself */
	u64 offset;
	u64 length;		    /* when first used */
	const struct file_ops *ops; /* NULL: an object of the hypervisor */
	void *object;		    /* of ops */
	u64 key;		    /* bit by which its waiters are woken, wait.h */
	u32 watchers, edges;	    /* epoll's items on it, and those with EPOLLET */
};

/*
 * The record of a handle, made if needed; NULL: no such handle. Only where nobody can close it:
 * numbers taken, or the start of the domain.
 */
struct file *file_of(u32 handle);
/* As file_of, but makes none; without a lock only good for a comparison. */
struct file *file_known(u32 handle);
/*
 * The records of all numbers as they are at one moment, each with a use that file_put() ends, and
 * which of the numbers are close-on-exec. SYSCALL_HIDDEN rows and bits.
 */
void file_get_all(struct file **all, u64 *close_on_exec);
/* Bytes of it now: a memfd gets its size late. */
u64 file_length(u32 handle, struct file *f);
/* As file_of, and it stays until file_put() whoever closes the handle. */
struct file *file_get(u32 handle);
void file_put(struct file *f);
/*
 * A handle that the hypervisor has just made, or an error of it, becomes a number of the program.
 * flags: O_*, with O_CLOEXEC; native: the hypervisor's object does not block. The number, or
 * -errno, then it is closed. Numbers taken.
 */
long file_opened(long handle, u32 flags, bool native);
/*
 * Closes a number: record, flags and handle in one step, then, if it was the last one, releases the
 * object. 0 or -EBADF. file_close_held: numbers taken.
 */
long file_close(u32 handle);
long file_close_held(u32 handle);
/*
 * Makes `to`, which may be open, reserved or free, another number of what `from` names, whose
 * record is f. flags: O_CLOEXEC. `to` or -errno. Numbers taken.
 */
long file_duplicate(struct file *f, u32 from, u32 to, u32 flags);
/*
 * A new handle of an object of the runtime's own. flags: O_* with O_CLOEXEC; key: see wait.h. The
 * number or -errno, then the object is still the caller's.
 */
long file_install(const struct file_ops *ops, void *object, u32 flags, u64 key);
/*
 * The handle, one of the hypervisor, stands from now on for an object of the runtime's own, which
 * can so be given to other domains. flags: O_*. Its record, or NULL: there is no room for one.
 * Numbers taken.
 */
struct file *file_attach(u32 handle, const struct file_ops *ops, void *object, u32 flags);
/* A handle that names f now: `hint` if it does, else any; -1: none. */
s32 file_number(const struct file *f, u32 hint);
/* `copy` is a duplicate of the handle whose record is f, whatever it was before. */
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
 * poll(2) bits of one handle of the hypervisor now (0: none, negative: error), waiting at most
 * until the deadline (ns; ~0: for ever).
 */
long file_wait(u32 handle, u32 events, u64 deadline);
