/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One instruction: its operands are read, the row's operation works on e->dst and e->src, and
 * the results are written: memory first, because it may fault. Called by vmm/exit_mmio.c.
 */
#include "vmm/emul/operand.h"

static u32 operand_size(const struct emul *e, u8 operand)
{
	switch (operand) {
	case OP_RM8: return 1;
	case OP_RM16: return 2;
	case OP_RM32: return 4;
	default: return e->i.size;
	}
}

static bool is_memory(const struct emul *e, u8 operand)
{
	return operand == OP_MOFFS ||
	       (e->i.memory && operand >= OP_RM && operand <= OP_RM32);
}

int emul_read_operand(struct emul *e, u8 operand, bool for_write, u64 *value)
{
	const struct emul_insn *i = &e->i;
	u32 size = operand_size(e, operand);

	*value = 0;
	if (is_memory(e, operand)) {
		return emul_read_at(e, i->seg, e->offset, value, size, for_write);
	}
	switch (operand) {
	case OP_RM:
	case OP_RM8:
	case OP_RM16:
	case OP_RM32: *value = emul_reg(e, i->rm, size); break;
	case OP_REG: *value = emul_reg(e, i->reg, size); break;
	case OP_SREG:
		if ((i->reg & 7) > HV_GS) {
			return -EINVAL;
		}
		*value = e->s.seg[i->reg & 7].selector;
		break;
	case OP_LOW: *value = emul_reg(e, (i->opcode & 7) | (i->rex & 1 ? 8 : 0), size); break;
	case OP_ACC: *value = emul_reg(e, HV_RAX, size); break;
	case OP_IMM:
	case OP_IMM8: *value = i->imm & size_mask(size); break;
	case OP_CL: *value = e->regs.gpr[HV_RCX] & 0xff; break;
	case OP_ONE: *value = 1; break;
	default: break;
	}
	return 0;
}

int emul_write_operand(struct emul *e, u8 operand, u64 value)
{
	const struct emul_insn *i = &e->i;
	u32 size = operand_size(e, operand);

	if (is_memory(e, operand)) {
		return emul_write_at(e, i->seg, e->offset, &value, size);
	}
	switch (operand) {
	case OP_RM: emul_set_reg(e, i->rm, size, value); break;
	case OP_REG: emul_set_reg(e, i->reg, size, value); break;
	case OP_LOW: emul_set_reg(e, (i->opcode & 7) | (i->rex & 1 ? 8 : 0), size, value); break;
	case OP_ACC: emul_set_reg(e, HV_RAX, size, value); break;
	default: return -EINVAL;
	}
	return 0;
}

/* A bit's number in a register counts from the operand's address in both directions. */
static void move_to_bit(struct emul *e)
{
	u32 bits = 8 * e->i.size;
	s64 index = (s64)(e->src << (64 - bits)) >> (64 - bits);

	e->offset = (e->offset + (u64)(index >> (e->i.size == 8 ? 6 : e->i.size == 4 ? 5 : 4)) *
					 e->i.size) &
		    size_mask(e->i.address_size);
}

/* The address of a plain move, if nothing has to be checked about it; else 0. */
static inline u64 plain_address(const struct emul *e)
{
	const struct emul_insn *i = &e->i;
	u64 linear = i->disp;

	if (i->base != EMUL_NO_REG) {
		linear += e->regs.gpr[i->base];
	}
	if (i->index != EMUL_NO_REG) {
		linear += e->regs.gpr[i->index] << i->scale;
	}
	/* not near the ends of the canonical halves, whatever the number of levels */
	return i->rip_relative || e->regs.rflags & FLAG_AC || ((u64)((s64)linear >> 46) + 1) > 1
		       ? 0
		       : linear;
}

/* What drivers do nearly always, by the short way. */
static inline int plain_move(struct emul *e, u64 linear)
{
	const struct emul_insn *i = &e->i;
	u64 value = 0;
	int err;

	if (i->row->dst == OP_REG) {
		err = emul_load(e, linear, &value, i->size, false);
		if (likely(!err)) {
			e->regs.gpr[i->reg] = value;
		}
		return err;
	}
	value = i->row->src == OP_REG ? e->regs.gpr[i->reg] : i->imm;
	return emul_store(e, linear, &value, i->size);
}

int emul_execute(struct emul *e)
{
	const struct emul_row *row = e->i.row;
	u32 flags = row->flags;
	int err;

	e->again = e->keep = e->aligned = false;
	if (likely(e->i.plain)) {
		u64 linear = plain_address(e);

		if (likely(linear)) {
			return plain_move(e, linear);
		}
	}
	if (flags & ROW_OWN) {
		return row->run(e);
	}
	e->size = e->i.size;
	e->offset = e->i.memory ? emul_offset(e) : 0;
	err = emul_read_operand(e, row->src, false, &e->src);
	if (err) {
		return err;
	}
	if (e->i.memory && flags & ROW_BITS) {
		move_to_bit(e);
	}
	if (!(flags & ROW_NO_READ)) {
		err = emul_read_operand(e, row->dst, !(flags & ROW_NO_WRITE), &e->dst);
		if (err) {
			return err;
		}
	}
	err = row->run(e);
	if (!err && flags & ROW_SRC_BACK) {
		err = emul_write_operand(e, row->src, e->src);
	}
	if (e->keep && !is_memory(e, row->dst)) {
		return err;
	}
	return err || flags & ROW_NO_WRITE ? err : emul_write_operand(e, row->dst, e->dst);
}
