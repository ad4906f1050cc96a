/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Instruction bytes of the guest, for exits whose instruction length the hardware does not tell. The page of code used
 * last is kept with the table entries that led to it: while all of them still read the same and stage 2 has lost
 * nothing, the translation holds, so the usual fetch is a few loads instead of a walk.
 */
#pragma once

#include "core/types.h"
#include "vmm/walk.h"

#define FETCH_EMPTY 1ULL	/* no page has this address */
#define FETCH_MAX 15		/* bytes of the longest instruction */

struct fetch_cache {
	u64 page;			/* linear address, or FETCH_EMPTY */
	u64 cr3, gen, mode;
	const u8 *code;			/* the frame */
	const void *entry[WALK_LEVELS];
	u64 value[WALK_LEVELS];
	u32 levels;
	bool wide;
};

/*
 * Copies the instruction bytes at linear address gva, up to FETCH_MAX or the end of the page; user: with the rights of
 * ring 3. The number of bytes; -EFAULT and *error: a page fault; -EIO: no memory there. v is loaded; may sleep.
 */
__must_check int vcpu_fetch(struct vcpu *v, u64 gva, bool user, u8 buf[16], u32 *error);
