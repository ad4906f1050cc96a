/* SPDX-License-Identifier: BSD-2-Clause */
/* Arithmetic and logic with their flags, in C. Rows of vmm/emul/op_table.c. */
#include "vmm/emul/operand.h"

#define FLAGS (FLAG_CF | FLAG_PF | FLAG_AF | FLAG_ZF | FLAG_SF | FLAG_OF)

static u64 sign_of(u64 value, u32 size)
{
	return value >> (8 * size - 1) & 1;
}

u64 emul_result_flags(u64 value, u32 size)
{
	u64 f = 0;

	value &= size_mask(size);
	f |= value ? 0 : FLAG_ZF;
	f |= sign_of(value, size) ? FLAG_SF : 0;
	f |= __builtin_parity((u32)value & 0xff) ? 0 : FLAG_PF;
	return f;
}

static void set_flags(struct emul *e, u64 which, u64 flags)
{
	e->regs.rflags = (e->regs.rflags & ~which) | (flags & which);
}

/* a + b + carry. */
static u64 add(struct emul *e, u64 a, u64 b, u64 carry, u64 which)
{
	u32 size = e->size;
	u64 mask = size_mask(size), sum = (a + b + carry) & mask;
	u64 out = (a & b) | ((a | b) & ~sum); /* the carry out of every bit */
	u64 f = emul_result_flags(sum, size);

	f |= sign_of(out, size) ? FLAG_CF : 0;
	f |= (a ^ b ^ sum) & 0x10 ? FLAG_AF : 0;
	f |= sign_of((a ^ sum) & (b ^ sum), size) ? FLAG_OF : 0;
	set_flags(e, which, f);
	return sum;
}

/* a - b - borrow: the complement added, which turns the carries round. */
static u64 sub(struct emul *e, u64 a, u64 b, u64 borrow, u64 which)
{
	u64 diff = add(e, a, ~b & size_mask(e->size), !borrow, which);

	e->regs.rflags ^= (FLAG_CF | FLAG_AF) & which;
	return diff;
}

static int logic(struct emul *e, u64 value)
{
	e->dst = value & size_mask(e->size);
	set_flags(e, FLAGS, emul_result_flags(value, e->size));
	return 0;
}

int emul_op_add(struct emul *e)
{
	e->dst = add(e, e->dst, e->src, 0, FLAGS);
	return 0;
}

int emul_op_adc(struct emul *e)
{
	e->dst = add(e, e->dst, e->src, e->regs.rflags & FLAG_CF, FLAGS);
	return 0;
}

int emul_op_sub(struct emul *e)
{
	e->dst = sub(e, e->dst, e->src, 0, FLAGS);
	return 0;
}

int emul_op_sbb(struct emul *e)
{
	e->dst = sub(e, e->dst, e->src, e->regs.rflags & FLAG_CF, FLAGS);
	return 0;
}

int emul_op_or(struct emul *e)
{
	return logic(e, e->dst | e->src);
}

int emul_op_and(struct emul *e)
{
	return logic(e, e->dst & e->src);
}

int emul_op_xor(struct emul *e)
{
	return logic(e, e->dst ^ e->src);
}

int emul_op_not(struct emul *e)
{
	e->dst = ~e->dst & size_mask(e->size);
	return 0;
}

int emul_op_neg(struct emul *e)
{
	e->dst = sub(e, 0, e->dst, 0, FLAGS);
	return 0;
}

int emul_op_inc(struct emul *e)
{
	e->dst = add(e, e->dst, 1, 0, FLAGS & ~FLAG_CF);
	return 0;
}

int emul_op_dec(struct emul *e)
{
	e->dst = sub(e, e->dst, 1, 0, FLAGS & ~FLAG_CF);
	return 0;
}

int emul_op_xadd(struct emul *e)
{
	u64 old = e->dst;

	e->dst = add(e, e->dst, e->src, 0, FLAGS);
	e->src = old;
	return 0;
}

void emul_compare(struct emul *e)
{
	(void)sub(e, e->dst, e->src, 0, FLAGS);
}

/* Memory is written in both cases, as the bus sees it; a register only if it was equal. */
int emul_op_cmpxchg(struct emul *e)
{
	u64 old = e->dst, acc = emul_reg(e, HV_RAX, e->size);

	(void)sub(e, acc, old, 0, FLAGS);
	if (acc == old) {
		e->dst = e->src;
	} else {
		e->keep = true;
		emul_set_reg(e, HV_RAX, e->size, old);
	}
	return 0;
}

/* Two registers of 4 or 8 bytes against memory of twice that; memory is written in both cases. */
int emul_op_cmpxchg_pair(struct emul *e)
{
	const struct emul_insn *i = &e->i;
	u32 half = i->size == 8 ? 8 : 4;
	u64 have[2] = {0}, want[2], put[2];
	u64 *gpr = e->regs.gpr;
	int err;

	e->offset = emul_offset(e);
	e->aligned = half == 8;
	err = emul_read_at(e, i->seg, e->offset, have, 2 * half, true);
	if (err) {
		return err;
	}
	if (half == 4) {
		have[1] = have[0] >> 32;
		have[0] = (u32)have[0];
	}
	want[0] = gpr[HV_RAX] & size_mask(half);
	want[1] = gpr[HV_RDX] & size_mask(half);
	set_flags(e, FLAG_ZF, have[0] == want[0] && have[1] == want[1] ? FLAG_ZF : 0);
	if (e->regs.rflags & FLAG_ZF) {
		put[0] = gpr[HV_RBX] & size_mask(half);
		put[1] = gpr[HV_RCX] & size_mask(half);
	} else {
		put[0] = have[0];
		put[1] = have[1];
		emul_put(e, HV_RAX, half, have[0]);
		emul_put(e, HV_RDX, half, have[1]);
	}
	if (half == 4) {
		put[0] |= put[1] << 32;
	}
	return emul_write_at(e, i->seg, e->offset, put, 2 * half);
}
