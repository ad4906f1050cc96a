/* SPDX-License-Identifier: BSD-2-Clause */
/* What moves the stack pointer. Rows of vmm/emul/op_table.c. */
#include "vmm/emul/operand.h"

enum { VEC_GP = 13 };

#define FLAG_FIXED BIT(1)
#define FLAG_TF BIT(8)
#define FLAG_IF BIT(9)
#define FLAG_IOPL (BIT(12) | BIT(13))
#define FLAG_NT BIT(14)
#define FLAG_RF BIT(16)
#define FLAG_ID BIT(21)

/* What POPF may change in every ring. */
#define POPPED                                                                                     \
	(FLAG_CF | FLAG_PF | FLAG_AF | FLAG_ZF | FLAG_SF | FLAG_TF | FLAG_DF | FLAG_OF | FLAG_NT | \
	 FLAG_AC | FLAG_ID)

static u32 stack_size(const struct emul *e)
{
	return e->i.code_size == 8 ? 8 : e->s.seg[HV_SS].attr & HV_ATTR_DB ? 4 : 2;
}

static int push(struct emul *e, u64 value)
{
	u32 width = stack_size(e);
	u64 sp = (e->regs.gpr[HV_RSP] - e->i.size) & size_mask(width);
	int err = emul_write_at(e, HV_SS, sp, &value, e->i.size);

	if (!err) {
		emul_put(e, HV_RSP, width, sp);
	}
	return err;
}

static int pop(struct emul *e, u64 *value)
{
	u32 width = stack_size(e);
	u64 sp = e->regs.gpr[HV_RSP] & size_mask(width);
	int err = emul_read_at(e, HV_SS, sp, value, e->i.size, false);

	if (!err) {
		emul_put(e, HV_RSP, width, sp + e->i.size);
	}
	return err;
}

int emul_op_push(struct emul *e)
{
	u64 value;
	int err;

	e->offset = emul_offset(e);
	err = emul_read_operand(e, e->i.row->src, false, &value);
	return err ? err : push(e, value);
}

/* An address by RSP is that after the pop. */
int emul_op_pop(struct emul *e)
{
	u64 value;
	int err = pop(e, &value);

	if (err) {
		return err;
	}
	e->offset = emul_offset(e);
	return emul_write_operand(e, e->i.row->dst, value);
}

/* In virtual-8086 mode the flags belong to the monitor unless IOPL is 3. */
static bool flags_denied(const struct emul *e)
{
	return e->regs.rflags & FLAG_VM && (e->regs.rflags & FLAG_IOPL) != FLAG_IOPL;
}

int emul_op_pushf(struct emul *e)
{
	if (flags_denied(e)) {
		return emul_fault(e, VEC_GP, true);
	}
	return push(e, e->regs.rflags & ~(u64)(FLAG_VM | FLAG_RF));
}

int emul_op_popf(struct emul *e)
{
	u64 value, change = POPPED, old = e->regs.rflags;
	u32 cpl = e->user ? 3 : HV_ATTR_DPL(e->s.seg[HV_SS].attr);
	int err;

	if (flags_denied(e)) {
		return emul_fault(e, VEC_GP, true);
	}
	err = pop(e, &value);
	if (err) {
		return err;
	}
	change |= cpl <= (old >> 12 & 3) ? FLAG_IF : 0;
	change |= cpl ? 0 : FLAG_IOPL;
	change &= size_mask(e->i.size);
	old &= ~(u64)FLAG_RF;
	e->regs.rflags = (old & ~change) | (value & change) | FLAG_FIXED;
	return 0;
}

int emul_op_leave(struct emul *e)
{
	u32 width = stack_size(e);
	u64 value;
	int err;

	emul_put(e, HV_RSP, width, e->regs.gpr[HV_RBP]);
	err = pop(e, &value);
	if (!err) {
		emul_put(e, HV_RBP, e->i.size, value);
	}
	return err;
}
