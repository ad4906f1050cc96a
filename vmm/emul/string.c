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

int emul_op_movs(struct emul *e)
{
	u64 value;
	int err;

	if (none(e)) {
		return 0;
	}
	err = emul_read_at(e, e->i.seg, index_of(e, HV_RSI), &value, e->i.size, false);
	if (!err) {
		err = emul_write_at(e, HV_ES, index_of(e, HV_RDI), &value, e->i.size);
	}
	if (err) {
		return err;
	}
	advance(e, HV_RSI);
	advance(e, HV_RDI);
	return count(e, false);
}

int emul_op_cmps(struct emul *e)
{
	int err;

	if (none(e)) {
		return 0;
	}
	err = emul_read_at(e, e->i.seg, index_of(e, HV_RSI), &e->dst, e->i.size, false);
	if (!err) {
		err = emul_read_at(e, HV_ES, index_of(e, HV_RDI), &e->src, e->i.size, false);
	}
	if (err) {
		return err;
	}
	e->size = e->i.size;
	emul_compare(e);
	advance(e, HV_RSI);
	advance(e, HV_RDI);
	return count(e, true);
}

int emul_op_stos(struct emul *e)
{
	int err;

	if (none(e)) {
		return 0;
	}
	err = emul_write_at(e, HV_ES, index_of(e, HV_RDI), &e->regs.gpr[HV_RAX],
			    e->i.size);
	if (err) {
		return err;
	}
	advance(e, HV_RDI);
	return count(e, false);
}

int emul_op_lods(struct emul *e)
{
	u64 value;
	int err;

	if (none(e)) {
		return 0;
	}
	err = emul_read_at(e, e->i.seg, index_of(e, HV_RSI), &value, e->i.size, false);
	if (err) {
		return err;
	}
	emul_put(e, HV_RAX, e->i.size, value);
	advance(e, HV_RSI);
	return count(e, false);
}

int emul_op_scas(struct emul *e)
{
	int err;

	if (none(e)) {
		return 0;
	}
	e->dst = e->regs.gpr[HV_RAX] & size_mask(e->i.size);
	err = emul_read_at(e, HV_ES, index_of(e, HV_RDI), &e->src, e->i.size, false);
	if (err) {
		return err;
	}
	e->size = e->i.size;
	emul_compare(e);
	advance(e, HV_RDI);
	return count(e, true);
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
