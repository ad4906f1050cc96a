/* SPDX-License-Identifier: BSD-2-Clause */
/* Multiplication and division. Rows of vmm/emul/op_table.c. */
#include "vmm/emul/operand.h"

#define FLAGS (FLAG_CF | FLAG_OF)

enum { VEC_DE = 0 };

/* CF and OF: the upper half says more than the lower one. The other flags are not defined. */
static void set_carry(struct emul *e, bool carry)
{
	e->regs.rflags = (e->regs.rflags & ~FLAGS) | (carry ? FLAGS : 0);
}

/* Writes a double-width result to AX or to RDX:RAX. */
static void put_pair(struct emul *e, u64 high, u64 low)
{
	if (e->size == 1) {
		emul_put(e, HV_RAX, 2, (low & 0xff) | high << 8);
		return;
	}
	emul_put(e, HV_RAX, e->size, low);
	emul_put(e, HV_RDX, e->size, high);
}

/* The signed product's lower half in *low; returns the upper half. */
static u64 multiply_signed(u64 a, u64 b, u32 size, u64 *low)
{
	__int128 product = (__int128)(s64)sign_extend(a, size) * (s64)sign_extend(b, size);

	*low = (u64)product & size_mask(size);
	return (u64)(product >> (8 * size)) & size_mask(size);
}

/* Whether the upper half is only the lower one's sign. */
static bool fits(u64 high, u64 low, u32 size)
{
	return high == (low >> (8 * size - 1) & 1 ? size_mask(size) : 0);
}

int emul_op_mul(struct emul *e)
{
	unsigned __int128 product =
		(unsigned __int128)e->dst * emul_reg(e, HV_RAX, e->size);
	u64 high = (u64)(product >> (8 * e->size)) & size_mask(e->size);

	put_pair(e, high, (u64)product & size_mask(e->size));
	set_carry(e, high);
	return 0;
}

int emul_op_imul_wide(struct emul *e)
{
	u64 low, high = multiply_signed(e->dst, emul_reg(e, HV_RAX, e->size), e->size, &low);

	put_pair(e, high, low);
	set_carry(e, !fits(high, low, e->size));
	return 0;
}

int emul_op_imul(struct emul *e)
{
	u64 high = multiply_signed(e->dst, e->src, e->size, &e->dst);

	set_carry(e, !fits(high, e->dst, e->size));
	return 0;
}

int emul_op_imul_imm(struct emul *e)
{
	e->dst = e->i.imm;
	return emul_op_imul(e);
}

/*
 * Unsigned division of high:low, size bytes each, in *low and *high: quotient and remainder. false:
 * the quotient does not fit.
 */
static bool divide(u64 *high, u64 *low, u64 by, u32 size)
{
	u64 rest = *high, quotient = 0;

	if (rest >= by) {
		return false;
	}
	for (u32 bit = 8 * size; bit--;) {
		bool carry = rest >> 63;

		rest = rest << 1 | (*low >> bit & 1);
		if (carry || rest >= by) {
			rest -= by;
			quotient |= 1ULL << bit;
		}
	}
	*high = rest;
	*low = quotient;
	return true;
}

/* The dividend: AX or RDX:RAX. */
static void get_pair(const struct emul *e, u64 *high, u64 *low)
{
	*low = emul_reg(e, HV_RAX, e->size);
	*high = e->size == 1 ? e->regs.gpr[HV_RAX] >> 8 & 0xff : emul_reg(e, HV_RDX, e->size);
}

static int divide_error(struct emul *e)
{
	return emul_fault(e, VEC_DE, false);
}

int emul_op_div(struct emul *e)
{
	u64 high, low;

	get_pair(e, &high, &low);
	if (!divide(&high, &low, e->dst, e->size)) {
		return divide_error(e);
	}
	put_pair(e, high, low);
	return 0;
}

/* On magnitudes: the remainder has the dividend's sign. */
int emul_op_idiv(struct emul *e)
{
	u32 top = 8 * e->size - 1;
	u64 high, low, by = sign_extend(e->dst, e->size), mask = size_mask(e->size), limit;
	bool minus, minus_by = by >> 63;

	get_pair(e, &high, &low);
	minus = high >> top & 1;
	if (minus) {
		high = (~high + !low) & mask;
		low = -low & mask;
	}
	limit = (1ULL << top) - (minus == minus_by);
	if (!divide(&high, &low, minus_by ? -by : by, e->size) || low > limit) {
		return divide_error(e);
	}
	put_pair(e, (minus ? -high : high) & mask, (minus != minus_by ? -low : low) & mask);
	return 0;
}
