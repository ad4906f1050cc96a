/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The decoder: encodings by hand, in each code size, at every cut, and with more prefixes than
 * an instruction may have.
 * LINK: vmm/emul/alu.c vmm/emul/bit.c vmm/emul/decode.c vmm/emul/execute.c vmm/emul/insn_len.c
 * LINK: vmm/emul/move.c vmm/emul/mul.c vmm/emul/op_table.c vmm/emul/operand.c vmm/emul/stack.c
 * LINK: vmm/emul/string.c vmm/emul/vector.c tests/fake/fake_emul.c
 */
#include <string.h>

#include "core/errno.h"
#include "unit.h"
#include "vmm/emul/insn.h"

#define B(...)                                                                                     \
	sizeof((u8[]){__VA_ARGS__}),                                                               \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}

/* sizes: bits 2, 4, 8 for the code sizes in which the row holds. */
static const struct {
	u32 sizes;
	u8 op;
	u32 len;
	u8 b[16];
} good[] = {
	{14, INSN_CPUID, B(0x0f, 0xa2)},
	{14, INSN_CPUID, B(0xf3, 0x66, 0x0f, 0xa2)},
	{8, INSN_CPUID, B(0x66, 0x4f, 0x0f, 0xa2)},
	{14, INSN_HLT, B(0xf4)},
	{14, INSN_HLT, B(0x2e, 0xf4)},
	{14, INSN_IN, B(0xe4, 0x20)},
	{14, INSN_IN, B(0xe5, 0x20)},
	{14, INSN_IN, B(0xec)},
	{14, INSN_IN, B(0x66, 0xed)},
	{14, INSN_OUT, B(0xe6, 0x20)},
	{14, INSN_OUT, B(0xe7, 0x20)},
	{14, INSN_OUT, B(0xee)},
	{14, INSN_OUT, B(0x66, 0xef)},
	{14, INSN_INS, B(0xf3, 0x6c)},
	{14, INSN_INS, B(0x6d)},
	{14, INSN_OUTS, B(0x67, 0x6e)},
	{14, INSN_OUTS, B(0xf3, 0x26, 0x6f)},
	{14, INSN_RDMSR, B(0x0f, 0x32)},
	{14, INSN_WRMSR, B(0x0f, 0x30)},
	{14, INSN_RDPMC, B(0x0f, 0x33)},
	{14, INSN_RDTSC, B(0x0f, 0x31)},
	{14, INSN_RDTSCP, B(0x0f, 0x01, 0xf9)},
	{14, INSN_READ_CR, B(0x0f, 0x20, 0xc0)},
	{14, INSN_WRITE_CR, B(0x0f, 0x22, 0x18)}, /* mod says memory: it is not */
	{8, INSN_WRITE_CR, B(0x44, 0x0f, 0x22, 0xc0)},
	{14, INSN_READ_DR, B(0x0f, 0x21, 0xf8)},
	{14, INSN_WRITE_DR, B(0x0f, 0x23, 0x3d)},
	{14, INSN_CLTS, B(0x0f, 0x06)},
	{14, INSN_LMSW, B(0x0f, 0x01, 0xf0)},
	{14, INSN_SMSW, B(0x0f, 0x01, 0xe3)},
	{2, INSN_LMSW, B(0x0f, 0x01, 0x36, 0x34, 0x12)},
	{2, INSN_LMSW, B(0x0f, 0x01, 0x77, 0x10)},
	{2, INSN_LMSW, B(0x0f, 0x01, 0xb7, 0x10, 0x00)},
	{2, INSN_LMSW, B(0x67, 0x0f, 0x01, 0x34, 0x25, 1, 2, 3, 4)},
	{12, INSN_SMSW, B(0x0f, 0x01, 0x20)},
	{12, INSN_SMSW, B(0x0f, 0x01, 0x25, 1, 2, 3, 4)},
	{12, INSN_SMSW, B(0x0f, 0x01, 0x24, 0x24)},
	{12, INSN_SMSW, B(0x0f, 0x01, 0x24, 0x25, 1, 2, 3, 4)},
	{12, INSN_SMSW, B(0x0f, 0x01, 0x64, 0x24, 8)},
	{12, INSN_SMSW, B(0x0f, 0x01, 0xa4, 0x24, 1, 2, 3, 4)},
	{4, INSN_SMSW, B(0x67, 0x0f, 0x01, 0x26, 1, 2)},
	{14, INSN_XSETBV, B(0x0f, 0x01, 0xd1)},
	{14, INSN_INVD, B(0x0f, 0x08)},
	{14, INSN_WBINVD, B(0x0f, 0x09)},
	{12, INSN_INVLPG, B(0x0f, 0x01, 0x38)},
	{12, INSN_INVLPG, B(0x0f, 0x01, 0x7d, 0x10)},
	{14, INSN_MONITOR, B(0x0f, 0x01, 0xc8)},
	{14, INSN_MONITOR, B(0x0f, 0x01, 0xfa)},
	{14, INSN_MWAIT, B(0x0f, 0x01, 0xc9)},
	{14, INSN_MWAIT, B(0x0f, 0x01, 0xfb)},
	{14, INSN_PAUSE, B(0xf3, 0x90)},
	{14, INSN_HYPERCALL, B(0x0f, 0x01, 0xc1)},
	{14, INSN_HYPERCALL, B(0x0f, 0x01, 0xd9)},
	{14, INSN_INT, B(0xcd, 0x80)},
	{14, INSN_INT3, B(0xcc)},
	{6, INSN_INTO, B(0xce)},
	{14, INSN_INT1, B(0xf1)},
	{12, INSN_DT_ACCESS, B(0x0f, 0x01, 0x10)},
};

static void each_encoding(void **state)
{
	struct insn i;

	(void)state;
	for (u32 k = 0; k < ARRAY_SIZE(good); k++) {
		for (u32 size = 2; size <= 8; size *= 2) {
			if (!(good[k].sizes & size)) {
				continue;
			}
			for (u32 n = 0; n < good[k].len; n++) {
				assert_int_equal(insn_decode(good[k].b, n, size, &i), -EAGAIN);
			}
			assert_int_equal(insn_decode(good[k].b, 15, size, &i), 0);
			assert_int_equal(i.op, good[k].op);
			assert_int_equal(i.len, good[k].len);
		}
	}
}

static void others(void **state)
{
	static const u8 rows[][16] = {
		{0x90},	      {0xf2, 0x90},	  {0xf3, 0xf2, 0x90}, {0xc3},
		{0x0f, 0x0b}, {0x0f, 0x01, 0xc0}, {0x0f, 0x01, 0xe8}, {0x0f, 0x01, 0x28},
	};
	struct insn i;

	(void)state;
	for (u32 k = 0; k < ARRAY_SIZE(rows); k++) {
		assert_int_equal(insn_decode(rows[k], 15, 4, &i), -EINVAL);
	}
	assert_int_equal(insn_decode((u8[16]){0xce}, 15, 8, &i), -EINVAL); /* INTO in 64-bit code */
	assert_int_equal(insn_decode((u8[16]){0xf3, 0x41, 0x90}, 15, 8, &i), -EINVAL); /* XCHG R8 */
	assert_int_equal(insn_decode((u8[16]){0x40, 0xf4}, 15, 4, &i), -EINVAL); /* INC, not REX */
}

static void too_long(void **state)
{
	u8 b[32];
	struct insn i;

	(void)state;
	for (u32 prefixes = 0; prefixes < 20; prefixes++) {
		memset(b, 0x66, sizeof(b));
		b[prefixes] = 0x0f;
		b[prefixes + 1] = 0xa2;
		if (prefixes + 2 <= INSN_MAX) {
			assert_int_equal(insn_decode(b, 15, 8, &i), 0);
			assert_int_equal(i.len, prefixes + 2);
		} else {
			assert_int_equal(insn_decode(b, 15, 8, &i), -E2BIG);
		}
	}
	/* The immediate or displacement may be what is too much. */
	memset(b, 0x2e, sizeof(b));
	b[14] = 0xe4;
	assert_int_equal(insn_decode(b, 15, 4, &i), -E2BIG);
	memset(b, 0x2e, sizeof(b));
	memcpy(b + 11, (u8[]){0x0f, 0x01, 0x25}, 3);
	assert_int_equal(insn_decode(b, 15, 4, &i), -E2BIG);
	memcpy(b + 12, (u8[]){0x0f, 0x01, 0x24}, 3);
	b[11] = 0x2e;
	assert_int_equal(insn_decode(b, 15, 4, &i), -E2BIG);
}

static void sizes(void **state)
{
	static const struct {
		u32 code;
		u8 b[16];
		u8 operand, address;
	} rows[] = {
		{2, {0x6d}, 2, 2},	 {2, {0x66, 0x6d}, 4, 2}, {2, {0x67, 0x6d}, 2, 4},
		{4, {0x6d}, 4, 4},	 {4, {0x66, 0x6d}, 2, 4}, {4, {0x67, 0x6d}, 4, 2},
		{8, {0x6d}, 4, 8},	 {8, {0x66, 0x6d}, 2, 8}, {8, {0x67, 0x6d}, 4, 4},
		{8, {0x48, 0x6d}, 8, 8}, {8, {0x6c}, 1, 8},	  {8, {0x48, 0x66, 0x6d}, 2, 8},
	};
	struct insn i;

	(void)state;
	for (u32 k = 0; k < ARRAY_SIZE(rows); k++) {
		assert_int_equal(insn_decode(rows[k].b, 15, rows[k].code, &i), 0);
		assert_int_equal(i.operand_size, rows[k].operand);
		assert_int_equal(i.address_size, rows[k].address);
	}
}

static void operands(void **state)
{
	static const u8 prefixes[] = {0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65};
	struct insn i;

	(void)state;
	assert_int_equal(insn_decode((u8[16]){0x45, 0x0f, 0x20, 0xc7}, 15, 8, &i), 0);
	assert_int_equal(i.reg, 8);
	assert_int_equal(i.rm, 15);
	assert_int_equal(insn_decode((u8[16]){0x0f, 0x22, 0xd9}, 15, 4, &i), 0);
	assert_int_equal(i.reg, 3);
	assert_int_equal(i.rm, 1);
	assert_false(i.memory);
	assert_int_equal(insn_decode((u8[16]){0xf0, 0x0f, 0x22, 0xc1}, 15, 4, &i), 0);
	assert_int_equal(i.reg, 8); /* LOCK MOV CR0 is CR8 */
	assert_true(i.lock);
	for (u32 k = 0; k < ARRAY_SIZE(prefixes); k++) {
		assert_int_equal(insn_decode((u8[16]){0xf3, prefixes[k], 0x6e}, 15, 4, &i), 0);
		assert_int_equal(i.segment, k);
		assert_true(i.rep);
	}
	assert_int_equal(insn_decode((u8[16]){0x6e}, 15, 4, &i), 0);
	assert_int_equal(i.segment, INSN_NO_SEG);
	assert_false(i.rep);
	assert_int_equal(insn_decode((u8[16]){0x0f, 0x01, 0x30}, 15, 4, &i), 0);
	assert_true(i.memory);
}

UNIT_MAIN(T(each_encoding), T(others), T(too_long), T(sizes), T(operands))
