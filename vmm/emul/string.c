/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * String instructions, one element at a time: the caller lets the guest execute the instruction
 * again while e->again, so that interrupts come in between. Rows of vmm/emul/op_table.c.
 */
#include "vmm/emul/operand.h"

#define REPNE 0xf2

static u64 index_of(const struct emul *e, u32 reg)
{
	return e->regs.gpr[reg] & size_mask(e->i.address_size);
}

static void advance(struct emul *e, u32 reg)
{
	u64 by = e->regs.rflags & FLAG_DF ? -(u64)e->i.size : e->i.size;

	emul_put(e, reg, e->i.address_size, e->regs.gpr[reg] + by);
}

/* Whether there is nothing to do: REP with a count of 0. */
static bool none(const struct emul *e)
{
	return e->i.rep && !index_of(e, HV_RCX);
}

/* The element is done. compares: ZF may end it. */
static int count(struct emul *e, bool compares)
{
	if (e->i.rep) {
		emul_put(e, HV_RCX, e->i.address_size, e->regs.gpr[HV_RCX] - 1);
		e->again = index_of(e, HV_RCX);
		if (compares && !(e->regs.rflags & FLAG_ZF) != (e->i.rep == REPNE)) {
			e->again = false;
		}
	}
	return 0;
}

/* What an instruction does with an element; without FROM_SI it starts from the accumulator. */
enum { FROM_SI = 1, TO_DI = 2, TO_AX = 4, COMPARE_DI = 8 };

int emul_op_string(struct emul *e)
{
	static const u8 parts[8] = {
		[0xa4 / 2 % 8] = FROM_SI | TO_DI,      /* MOVS */
		[0xa6 / 2 % 8] = FROM_SI | COMPARE_DI, /* CMPS */
		[0xaa / 2 % 8] = TO_DI,		       /* STOS */
		[0xac / 2 % 8] = FROM_SI | TO_AX,      /* LODS */
		[0xae / 2 % 8] = COMPARE_DI,	       /* SCAS */
	};
	u32 size = e->size = e->i.size, how = parts[e->i.opcode / 2 % 8];
	int err = 0;

	if (none(e)) {
		return 0;
	}
	e->dst = e->regs.gpr[HV_RAX] & size_mask(size);
	if (how & FROM_SI) {
		err = emul_read_at(e, e->i.seg, index_of(e, HV_RSI), &e->dst, size, false);
	}
	if (!err && how & TO_DI) {
		err = emul_write_at(e, HV_ES, index_of(e, HV_RDI), &e->dst, size);
	}
	if (!err && how & COMPARE_DI) {
		err = emul_read_at(e, HV_ES, index_of(e, HV_RDI), &e->src, size, false);
	}
	if (err) {
		return err;
	}
	if (how & COMPARE_DI) {
		emul_compare(e);
	}
	if (how & TO_AX) {
		emul_put(e, HV_RAX, size, e->dst);
	}
	if (how & FROM_SI) {
		advance(e, HV_RSI);
	}
	if (how & (TO_DI | COMPARE_DI)) {
		advance(e, HV_RDI);
	}
	return count(e, how & COMPARE_DI);
}

int emul_op_xlat(struct emul *e)
{
	u64 at = (e->regs.gpr[HV_RBX] + (u8)e->regs.gpr[HV_RAX]) & size_mask(e->i.address_size);
	u64 value;
	int err = emul_read_at(e, e->i.seg, at, &value, 1, false);

	if (!err) {
		emul_put(e, HV_RAX, 1, value);
	}
	return err;
}
