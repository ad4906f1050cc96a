/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Translation of guest-linear addresses by the guest's own page tables, in every paging mode,
 * with permissions. The tables are read through stage 2 in sections; accessed and dirty bits
 * are set if asked for.
 */
#pragma once

#include "core/types.h"

struct vcpu;

#define WALK_WRITE 2u /* the values of a page fault's error code */
#define WALK_USER 4u
#define WALK_FETCH 16u
#define WALK_PRESENT 1u
#define WALK_RESERVED 8u
#define WALK_MARK 256u /* no part of it: the access will happen, so its bits are set */

#define WALK_LEVELS 5

/* The mode of a walk: registers read once. */
struct walk_mode {
	u64 cr0, cr3, cr4, efer, rflags;
};

/* The table entries that a walk used, from the top. */
struct walk_trace {
	u32 count;
	bool wide; /* entries of 8 bytes, else 4 */
	u64 gpa[WALK_LEVELS], value[WALK_LEVELS];
};

/* v is loaded. */
void walk_mode_of(struct vcpu *v, struct walk_mode *m);
/*
 * Translates gva. access: WALK_WRITE, WALK_USER, WALK_FETCH, WALK_MARK. 0 and *gpa; -EFAULT and
 * *error = the page fault's error code; -EIO: a table lies outside the guest's memory (WALK_MARK:
 * its writable memory). May sleep; v is loaded again on return.
 */
__must_check int walk_translate(struct vcpu *v, const struct walk_mode *m, u64 gva, u32 access,
				gpa_t *gpa, u32 *error);
/* The same without WALK_MARK, and tells what it read. */
__must_check int walk_traced(struct vcpu *v, const struct walk_mode *m, u64 gva, u32 access,
			     gpa_t *gpa, u32 *error, struct walk_trace *trace);
