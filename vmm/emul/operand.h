/* SPDX-License-Identifier: BSD-2-Clause */
/* Registers, segments and memory as the operations see them. Private to vmm/emul. */
#pragma once

#include "vmm/emul/emul.h"

/* The low size bytes all set. */
static inline u64 size_mask(u32 size)
{
	return size >= 8 ? ~0ULL : (1ULL << (8 * size)) - 1;
}

/* The low size bytes as a signed number. */
static inline u64 sign_extend(u64 value, u32 size)
{
	return (u64)((s64)(value << (64 - 8 * size)) >> (64 - 8 * size));
}

/* Writes a register: 4 bytes clear the upper half, fewer leave the rest. */
static inline void emul_put(struct emul *e, u32 reg, u32 size, u64 value)
{
	u64 *r = &e->regs.gpr[reg], mask = size_mask(size);

	*r = (size < 4 ? *r & ~mask : 0) | (value & mask);
}

/* A register as byte operands name it: without REX, 4-7 are AH to BH. */
u64 emul_reg(const struct emul *e, u32 reg, u32 size);
void emul_set_reg(struct emul *e, u32 reg, u32 size, u64 value);
/* The offset that the ModRM operand names, with the registers as they are now. */
u64 emul_offset(const struct emul *e);
/*
 * Reads and writes size bytes (1-8 or 16) at seg:offset. 0, -EFAULT (limit, rights, alignment, not
 * canonical, page fault) or the memory's error.
 */
__must_check int emul_read_at(struct emul *e, u8 seg, u64 offset, u64 *value, u32 size,
			      bool for_write);
__must_check int emul_write_at(struct emul *e, u8 seg, u64 offset, const u64 *value, u32 size);
/* An operand of the row: its value, zero extended; memory is at e->offset. As above. */
__must_check int emul_read_operand(struct emul *e, u8 operand, bool for_write, u64 *value);
__must_check int emul_write_operand(struct emul *e, u8 operand, u64 value);
/* Notes an exception to be raised, with error code 0 if it has one; -EFAULT. */
int emul_fault(struct emul *e, u8 vector, bool has_error);

/* The operations of the table, by the file they are in. */
#define EMUL_OPS(op) \
	/* alu.c */ op(add) op(adc) op(sub) op(sbb) op(or) op(and) op(xor) op(not) op(neg) op(inc) \
	op(dec) op(xadd) op(cmpxchg) op(cmpxchg_pair) \
	/* bit.c */ op(bt) op(bts) op(btr) op(btc) op(shift) op(shld) op(shrd) op(bsf) op(bsr) \
	/* move.c */ op(mov) op(movsx) op(xchg) op(cmov) op(setcc) \
	op(movbe) op(nothing) \
	/* mul.c */ op(mul) op(imul_wide) op(imul) op(imul_imm) op(div) op(idiv) \
	/* stack.c */ op(push) op(pop) op(pushf) op(popf) op(leave) \
	/* string.c */ op(string) op(xlat) \
	/* vector.c */ op(vector_load) op(vector_store)

#define EMUL_OP_PROTOTYPE(name) int emul_op_##name(struct emul *e);
EMUL_OPS(EMUL_OP_PROTOTYPE)
#undef EMUL_OP_PROTOTYPE

/* ZF, SF and PF of a result of size bytes. */
u64 emul_result_flags(u64 value, u32 size);
/* CMP of e->dst with e->src: the flags only. */
void emul_compare(struct emul *e);

#define FLAG_CF BIT(0)
#define FLAG_PF BIT(2)
#define FLAG_AF BIT(4)
#define FLAG_ZF BIT(6)
#define FLAG_SF BIT(7)
#define FLAG_DF BIT(10)
#define FLAG_OF BIT(11)
#define FLAG_VM BIT(17)
#define FLAG_AC BIT(18)
