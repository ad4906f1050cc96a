/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The instructions that exit, for hardware that tells neither length nor operands: decoded by the
 * emulator's table, and told apart where opcode and ModRM's reg field do not. Called by
 * vmm/exit_insn.c; the result is kept with the bytes (vmm/fetch.c).
 */
#include "vmm/emul/insn.h"

#include "vmm/emul/emul.h"

#define REX_B 1
#define REP 0xf3

/* 0F 01 with a register: the whole ModRM byte counts. */
static u8 register_form_0f01(u8 modrm)
{
	switch (modrm) {
	case 0xc1:
	case 0xd9: return INSN_HYPERCALL;
	case 0xc8:
	case 0xfa: return INSN_MONITOR;
	case 0xc9:
	case 0xfb: return INSN_MWAIT;
	case 0xd1: return INSN_XSETBV;
	case 0xf9: return INSN_RDTSCP;
	default: return INSN_NONE;
	}
}

/* The row's instruction, if mode, prefixes and operands make it that one. */
static u8 op_of(const struct emul_insn *e)
{
	u8 op = ROW_EXIT_OF(e->row);

	switch (op) {
	case INSN_DT_ACCESS:
	case INSN_INVLPG:
		return e->memory ? op : register_form_0f01(0xc0 | (e->reg & 7) << 3 | (e->rm & 7));
	case INSN_INTO: return e->code_size == 8 ? INSN_NONE : op;
	case INSN_PAUSE: return e->rep == REP && !(e->rex & REX_B) ? op : INSN_NONE;
	default: return op;
	}
}

int insn_decode(const u8 *b, u32 n, u32 code_size, struct insn *i)
{
	struct emul_insn e;
	int err = emul_decode_any(b, n, code_size, &e);

	*i = (struct insn){.op = INSN_NONE};
	if (err) {
		return err;
	}
	*i = (struct insn){
		.op = op_of(&e), .len = e.len, .address_size = e.address_size,
		.operand_size = e.size, .segment = e.override ? e.seg : INSN_NO_SEG, .rep = e.rep,
		.lock = e.lock, .memory = e.memory, .reg = e.reg, .rm = e.rm
	};
	if ((i->op == INSN_READ_CR || i->op == INSN_WRITE_CR) && i->lock && !i->reg) {
		i->reg = 8; /* the spelling of CR8 outside 64-bit mode */
	}
	return i->op == INSN_NONE ? -EINVAL : 0;
}
