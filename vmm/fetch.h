/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The instruction at the guest's RIP, for exits whose length the hardware does not tell. The
 * page of code used last is kept with the table entries that led to it, and the instruction
 * decoded last with its bytes: while all of them still read the same and stage 2 has lost
 * nothing, both hold, so the usual case is a few loads instead of a walk and a decoding.
 */
#pragma once

#include "arch/x86/hv/hv_state.h"
#include "vmm/emul/insn.h"
#include "vmm/walk.h"

#define FETCH_EMPTY 1ULL /* no page has this address */
#define FETCH_MAX 15	 /* bytes of the longest instruction */

/* Instruction bytes: 15 and one to spare, so that they compare and copy as two words. */
union fetch_bytes {
	u8 b[16];
	u64 word[2];
};

struct fetch_cache {
	u64 page; /* linear address, or FETCH_EMPTY */
	u64 cr3, gen, mode;
	const u8 *code; /* the frame */
	const void *entry[WALK_LEVELS];
	u64 value[WALK_LEVELS];
	u32 levels;
	bool wide;
	/* the instruction decoded last, if it lies in this page */
	u8 code_size;
	u16 offset;
	union fetch_bytes bytes;
	struct insn insn; /* op INSN_NONE: none */
};

/* Where code is fetched from: linear RIP and everything that decides about its translation. */
struct fetch_at {
	u64 gva, mode;
	struct hv_sregs s; /* CS, SS and control registers only */
	u32 code_size;	   /* 2, 4, 8 bytes */
	bool user;	   /* with the rights of ring 3 */
};

/* Reads it from the registers. v is loaded. */
void fetch_where(struct vcpu *v, struct fetch_at *at);
/*
 * The instruction at `at`, if it is the one that fetch_remember() got last and nothing has
 * changed. Any context.
 */
const struct insn *fetch_known(struct vcpu *v, const struct fetch_at *at);
/* Notes that the bytes fetched at `at` decode to i. */
void fetch_remember(struct vcpu *v, const struct fetch_at *at, const union fetch_bytes *bytes,
		    const struct insn *i);
/*
 * Copies the instruction bytes skip bytes behind at->gva, up to FETCH_MAX or the end of the page.
 * The number of bytes; -EFAULT and *error: a page fault; -EIO: no memory there. v is loaded, and
 * again on return; may sleep.
 */
__must_check int fetch_bytes(struct vcpu *v, const struct fetch_at *at, u32 skip,
			     union fetch_bytes *bytes, u32 *error);
