/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Decoding of the instructions that exit, for hardware that tells neither their length nor
 * their operands. No emulation: what the instruction does is decided by the exit's own handler.
 */
#pragma once

#include "core/types.h"

#define INSN_MAX 15

enum insn_op {
	INSN_NONE, INSN_CPUID, INSN_HLT, INSN_IN, INSN_OUT, INSN_INS, INSN_OUTS, INSN_RDMSR,
	INSN_WRMSR, INSN_RDPMC, INSN_RDTSC, INSN_RDTSCP, INSN_READ_CR, INSN_WRITE_CR, INSN_READ_DR,
	INSN_WRITE_DR, INSN_CLTS, INSN_LMSW, INSN_SMSW, INSN_XSETBV, INSN_INVD, INSN_WBINVD,
	INSN_INVLPG, INSN_MONITOR, INSN_MWAIT, INSN_PAUSE, INSN_HYPERCALL, INSN_INT, INSN_INT3,
	INSN_INTO, INSN_INT1, INSN_DT_ACCESS
};

/* Segment override as enum hv_seg, or none. */
#define INSN_NO_SEG 0xff

struct insn {
	u8 op; /* enum insn_op */
	u8 len;
	u8 address_size; /* 2, 4, 8 */
	u8 operand_size; /* 2, 4, 8 by mode, prefix and REX.W */
	u8 segment;	 /* override, or INSN_NO_SEG */
	bool rep, lock;
	bool memory; /* ModRM names memory, not a register */
	u8 reg, rm;  /* ModRM fields with REX.R and REX.B: control register and general register */
};

/*
 * Decodes the instruction at b (n bytes at hand) in code of size 2, 4 or 8 bytes. 0; -EAGAIN: more
 * bytes are needed; -E2BIG: longer than 15 bytes (#GP); -EINVAL: none of the above.
 */
__must_check int insn_decode(const u8 *b, u32 n, u32 code_size, struct insn *i);
