/* SPDX-License-Identifier: BSD-2-Clause */
/* Bit tests, shifts and rotations. Rows of vmm/emul/op_table.c. */
#include "vmm/emul/operand.h"

enum shift { ROL, ROR, RCL, RCR, SHL, SHR, SHL_TOO, SAR };

/* CF = the bit that e->src names; returns its mask. */
static u64 test_bit(struct emul *e)
{
	u64 bit = 1ULL << (e->src & (8 * e->size - 1));

	e->regs.rflags = (e->regs.rflags & ~FLAG_CF) | (e->dst & bit ? FLAG_CF : 0);
	return bit;
}

int emul_op_bt(struct emul *e)
{
	(void)test_bit(e);
	return 0;
}

int emul_op_bts(struct emul *e)
{
	e->dst |= test_bit(e);
	return 0;
}

int emul_op_btr(struct emul *e)
{
	e->dst &= ~test_bit(e);
	return 0;
}

int emul_op_btc(struct emul *e)
{
	e->dst ^= test_bit(e);
	return 0;
}

/* One step of a shift or rotation: the operand's new value; *carry in and out. */
static u64 step(u8 op, u64 v, u32 bits, u64 *carry)
{
	u64 top = v >> (bits - 1) & 1, low = v & 1, in = *carry;

	switch (op) {
	case ROL: *carry = top; return v << 1 | top;
	case RCL: *carry = top; return v << 1 | in;
	case SHL:
	case SHL_TOO: *carry = top; return v << 1;
	case ROR: *carry = low; return v >> 1 | low << (bits - 1);
	case RCR: *carry = low; return v >> 1 | in << (bits - 1);
	case SHR: *carry = low; return v >> 1;
	default: *carry = low; return v >> 1 | top << (bits - 1);
	}
}

/* OF as for a count of one; for others it is not defined. */
static u64 overflow(u8 op, u64 before, u64 after, u32 bits, u64 carry)
{
	u64 top = after >> (bits - 1) & 1;

	switch (op) {
	case ROR:
	case RCR: return top ^ (after >> (bits - 2) & 1);
	case SHR: return before >> (bits - 1) & 1;
	case SAR: return 0;
	default: return top ^ carry;
	}
}

int emul_op_shift(struct emul *e)
{
	u8 op = e->i.reg & 7;
	u32 bits = 8 * e->size, count = e->src & (e->size == 8 ? 63 : 31);
	u64 mask = size_mask(e->size), carry = e->regs.rflags & FLAG_CF, before = e->dst, f;

	if (!count) {
		return 0;
	}
	for (u32 k = 0; k < count; k++) {
		before = e->dst;
		e->dst = step(op, e->dst, bits, &carry) & mask;
	}
	f = (carry ? FLAG_CF : 0) | (overflow(op, before, e->dst, bits, carry) ? FLAG_OF : 0);
	e->regs.rflags = (e->regs.rflags & ~(FLAG_CF | FLAG_OF)) | f;
	if (op >= SHL) {
		e->regs.rflags &= ~(FLAG_ZF | FLAG_SF | FLAG_PF | FLAG_AF);
		e->regs.rflags |= emul_result_flags(e->dst, e->size);
	}
	return 0;
}

/*
 * The two operands as one number of twice the width, shifted: dst's side of it is the result. A
 * count beyond the width of 16-bit operands leaves the result open.
 */
static int shift_double(struct emul *e, bool left)
{
	u32 bits = 8 * e->size;
	u64 count = e->i.row->flags & ROW_IMM8 ? e->i.imm : e->regs.gpr[HV_RCX], before = e->dst;
	u64 mask = size_mask(e->size), carry;

	count &= e->size == 8 ? 63 : 31;
	if (!count) {
		return 0;
	}
	if (count > bits) {
		return -EINVAL;
	}
	if (left) {
		carry = before >> (bits - count) & 1;
		e->dst = (count < 64 ? before << count : 0) | e->src >> (bits - count);
	} else {
		carry = before >> (count - 1) & 1;
		e->dst = before >> count | e->src << (bits - count);
	}
	e->dst &= mask;
	e->regs.rflags &= ~(u64)(FLAG_CF | FLAG_OF | FLAG_ZF | FLAG_SF | FLAG_PF | FLAG_AF);
	e->regs.rflags |= emul_result_flags(e->dst, e->size) | (carry ? FLAG_CF : 0) |
			  ((before ^ e->dst) >> (bits - 1) & 1 ? FLAG_OF : 0);
	return 0;
}

int emul_op_shld(struct emul *e)
{
	return shift_double(e, true);
}

int emul_op_shrd(struct emul *e)
{
	return shift_double(e, false);
}

/* Of 0 the destination stays as it is. */
static int scan(struct emul *e, int bit)
{
	e->regs.rflags = (e->regs.rflags & ~(u64)FLAG_ZF) | (e->src ? 0 : FLAG_ZF);
	e->keep = !e->src;
	e->dst = bit;
	return 0;
}

int emul_op_bsf(struct emul *e)
{
	return scan(e, e->src ? __builtin_ctzll(e->src) : 0);
}

int emul_op_bsr(struct emul *e)
{
	return scan(e, e->src ? 63 - __builtin_clzll(e->src) : 0);
}
