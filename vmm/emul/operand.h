/* SPDX-License-Identifier: BSD-2-Clause */
/* Registers, segments and memory as the operations see them. Private to vmm/emul. */
#pragma once

#include "vmm/emul/emul.h"

/* The low size bytes all set. */
static inline u64 size_mask(u32 size)
{
	return size >= 8 ? ~0ULL : (1ULL << (8 * size)) - 1;
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

/* The operations of the table (alu.c, bit.c, move.c, mul.c, stack.c, string.c, vector.c). */
int emul_op_add(struct emul *e);
int emul_op_or(struct emul *e);
int emul_op_adc(struct emul *e);
int emul_op_sbb(struct emul *e);
int emul_op_and(struct emul *e);
int emul_op_sub(struct emul *e);
int emul_op_xor(struct emul *e);
int emul_op_not(struct emul *e);
int emul_op_neg(struct emul *e);
int emul_op_inc(struct emul *e);
int emul_op_dec(struct emul *e);
int emul_op_xadd(struct emul *e);
int emul_op_cmpxchg(struct emul *e);
int emul_op_mov(struct emul *e);
int emul_op_movsx8(struct emul *e);
int emul_op_movsx16(struct emul *e);
int emul_op_movsx32(struct emul *e);
int emul_op_xchg(struct emul *e);
int emul_op_cmov(struct emul *e);
int emul_op_setcc(struct emul *e);
int emul_op_push(struct emul *e);
int emul_op_pop(struct emul *e);
int emul_op_pushf(struct emul *e);
int emul_op_popf(struct emul *e);
int emul_op_leave(struct emul *e);
int emul_op_bt(struct emul *e);
int emul_op_bts(struct emul *e);
int emul_op_btr(struct emul *e);
int emul_op_btc(struct emul *e);
int emul_op_shift(struct emul *e);
int emul_op_movs(struct emul *e);
int emul_op_cmps(struct emul *e);
int emul_op_stos(struct emul *e);
int emul_op_lods(struct emul *e);
int emul_op_scas(struct emul *e);
int emul_op_xlat(struct emul *e);
int emul_op_mul(struct emul *e);
int emul_op_imul_wide(struct emul *e); /* to RDX:RAX */
int emul_op_imul(struct emul *e);
int emul_op_imul_imm(struct emul *e);
int emul_op_div(struct emul *e);
int emul_op_idiv(struct emul *e);
int emul_op_shld(struct emul *e);
int emul_op_shrd(struct emul *e);
int emul_op_bsf(struct emul *e);
int emul_op_bsr(struct emul *e);
int emul_op_movbe(struct emul *e);
int emul_op_nothing(struct emul *e);
int emul_op_cmpxchg_pair(struct emul *e); /* CMPXCHG8B, CMPXCHG16B */
int emul_op_vector_load(struct emul *e);
int emul_op_vector_store(struct emul *e);

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
