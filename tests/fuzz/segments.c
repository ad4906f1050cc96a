/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The segments of the cases: the kernel's own, and in the local descriptor table some with bases
 * and limits, that grow down, that may not be written or read.
 */
#include "tests/fuzz/fuzz.h"

#define LDT(n) ((n) << 3 | 7)
#define CODE_SEG (0xfb)
#define EXEC_SEG (0xf9)
#define DATA_SEG (0xf3)
#define DOWN_SEG (0xf7)
#define READ_SEG (0xf1)

const struct fuzz_segment fuzz_segments[SEG_COUNT] = {
	[SEG_CODE64] = {0x33, 0, ~0u, CODE_SEG | HV_ATTR_L | HV_ATTR_G},
	[SEG_CODE32] = {0x23, 0, ~0u, CODE_SEG | HV_ATTR_DB | HV_ATTR_G},
	[SEG_CODE16] = {LDT(0), CODE, 0xffff, CODE_SEG},
	[SEG_EXEC32] = {LDT(1), 0, ~0u, EXEC_SEG | HV_ATTR_DB | HV_ATTR_G},
	[SEG_FLAT] = {0x2b, 0, ~0u, DATA_SEG | HV_ATTR_DB | HV_ATTR_G},
	[SEG_NULL] = {0, 0, 0, HV_ATTR_UNUSABLE},
	/* for data in any of DS, ES, GS; the first five for the stack, too */
	[SEG_LDT] = {LDT(2), ARENA, ARENA_SIZE - 1, DATA_SEG},
	{LDT(3), ARENA + 0x100, 0x1fff, DATA_SEG | HV_ATTR_DB},
	{LDT(4), ARENA - 0x1000, 0xfff, DOWN_SEG},
	{LDT(5), ARENA - 0x1000, 0xfff, DOWN_SEG | HV_ATTR_DB},
	{LDT(6), ARENA - 0x5000, ~0u, DATA_SEG | HV_ATTR_DB | HV_ATTR_G},
	{LDT(7), ARENA, ARENA_SIZE - 1, READ_SEG},
	{LDT(8), 0x1000, ~0u, READ_SEG | HV_ATTR_DB | HV_ATTR_G},
};
