/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The dirty log of a memory slot: a bit for each page that was written to since the log was last
 * taken. Pages of a logged slot are mapped one by one and without the right to write until
 * somebody does; that fault sets the bit. All under the VM's aspace mutex.
 */
#pragma once

#include "core/types.h"

struct slot;
struct vm;

/* Size of a log in bytes, for so many pages. */
static inline u64 dirty_log_size(u64 pages)
{
	return (pages + 63) / 64 * sizeof(u64);
}

/* A log, empty or with every page in it; freed by kfree. NULL: no memory. */
u64 *dirty_log_create(u64 pages, bool all);
/* The guest frame of a slot with a log is about to become writable. */
void dirty_log_mark(const struct slot *slot, u64 gfn);
/* Copies the log to out and leaves it as it is. Takes the aspace mutex. */
void dirty_log_copy(struct vm *vm, const struct slot *slot, u64 *out);
/*
 * Takes the pages whose bits are set out of the log: bits has count bits for the pages of the slot
 * from first on, a multiple of 64; both lie in the slot. Takes the aspace mutex. 0; -ENOMEM:
 * nothing changed.
 */
__must_check int dirty_log_clear(struct vm *vm, const struct slot *slot, u64 first, u64 count,
				 const u64 *bits);
/*
 * Copies the log to out (dirty_log_size bytes) and empties it; from now on a write is noted
 * anew. Takes the aspace mutex. 0; -ENOMEM: nothing changed.
 */
__must_check int dirty_log_take(struct vm *vm, const struct slot *slot, u64 *out);
