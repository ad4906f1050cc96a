/* SPDX-License-Identifier: BSD-2-Clause */
/* Moves, with and without a condition or an extension. Rows of vmm/emul/op_table.c. */
#include "vmm/emul/operand.h"

int emul_op_mov(struct emul *e)
{
	e->dst = e->src;
	return 0;
}

int emul_op_movsx(struct emul *e)
{
	u8 from = e->i.row->src;

	e->dst = sign_extend(e->src, from == OP_RM8 ? 1 : from == OP_RM16 ? 2 : 4);
	return 0;
}

int emul_op_xchg(struct emul *e)
{
	u64 old = e->dst;

	e->dst = e->src;
	e->src = old;
	return 0;
}

/* The condition in the opcode's low four bits. */
static bool holds(const struct emul *e)
{
	u64 f = e->regs.rflags;
	bool less = !(f & FLAG_SF) != !(f & FLAG_OF), yes;

	switch (e->i.opcode >> 1 & 7) {
	case 0: yes = f & FLAG_OF; break;
	case 1: yes = f & FLAG_CF; break;
	case 2: yes = f & FLAG_ZF; break;
	case 3: yes = f & (FLAG_CF | FLAG_ZF); break;
	case 4: yes = f & FLAG_SF; break;
	case 5: yes = f & FLAG_PF; break;
	case 6: yes = less; break;
	default: yes = less || f & FLAG_ZF; break;
	}
	return yes != (e->i.opcode & 1);
}

/* The source is read in any case, and 4 bytes clear the upper half in any case. */
int emul_op_cmov(struct emul *e)
{
	if (holds(e)) {
		e->dst = e->src;
	}
	return 0;
}

int emul_op_setcc(struct emul *e)
{
	e->dst = holds(e);
	return 0;
}

int emul_op_movbe(struct emul *e)
{
	e->dst = __builtin_bswap64(e->src) >> (64 - 8 * e->size);
	return 0;
}

/* Cache lines of devices are not cached. */
int emul_op_nothing(struct emul *e __unused)
{
	return 0;
}
