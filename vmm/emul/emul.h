/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The emulator of the instructions that guests aim at device memory: decoding, operands, flags.
 * It works on copies of the registers, which the caller takes over when an instruction is done,
 * so that an instruction can start over after the VMM has answered a read. Called by
 * vmm/exit_mmio.c; memory comes from whoever links it (emul_load and emul_store).
 */
#pragma once

#include "arch/x86/hv/hv_state.h"

struct emul;

/* Operands. RM8 and RM16: the ModRM operand in a size of its own. */
enum emul_operand {
	OP_NONE, OP_RM, OP_RM8, OP_RM16, OP_RM32, OP_REG, OP_SREG,
	OP_LOW, /* the register in the opcode's low bits */
	OP_ACC,
	OP_IMM,	 /* operand size, at most 4 bytes, sign extended */
	OP_IMM8, /* sign extended */
	OP_CL, OP_ONE, OP_MOFFS
};

#define ROW_BYTE BIT(0)	    /* operands of one byte */
#define ROW_NO_READ BIT(1)  /* the destination is not read */
#define ROW_NO_WRITE BIT(2) /* nor written */
#define ROW_SRC_BACK BIT(3) /* the source is written, too */
#define ROW_LOCK BIT(4)	    /* LOCK is allowed with memory */
#define ROW_OWN BIT(5)	    /* run() does all of it */
#define ROW_STRING BIT(6)
#define ROW_STACK BIT(7) /* 8 bytes instead of 4 in 64-bit code */
#define ROW_LONG BIT(8)	 /* 64-bit code only */
#define ROW_MEMORY BIT(9) /* no register form */
#define ROW_NO_66 BIT(10) /* at least 4 bytes, not with the operand-size prefix */
#define ROW_NO_REP BIT(11) /* another instruction with F2 or F3 */
#define ROW_IMM BIT(12)	  /* an immediate behind the operands, as OP_IMM */
#define ROW_IMM8 BIT(13)  /* the same of one byte */
#define ROW_BITS BIT(14)  /* the source counts bits from the memory operand's address on */
#define ROW_PLAIN BIT(15) /* a move of OP_REG or OP_IMM and OP_RM */
#define ROW_REGISTERS BIT(16) /* ModRM names registers, whatever its top bits are */
#define ROW_EXIT(insn) ((u32)(insn) << 24) /* only decoded: enum insn_op, for insn_decode() */
#define ROW_EXIT_OF(row) ((row)->flags >> 24)

/* A row of the opcode table. run and group NULL: not emulated. */
struct emul_row {
	const char *name;
	int (*run)(struct emul *e);
	const struct emul_row *group; /* 8 rows, by the reg field of ModRM */
	u8 dst, src;		      /* enum emul_operand */
	u32 flags;
};

extern const struct emul_row emul_one_byte[256], emul_two_byte[256], emul_0f38[256];

#define EMUL_NO_REG 0xff

struct emul_insn {
	const struct emul_row *row;
	u64 disp, imm;
	u8 len, opcode, rep, rex; /* rep: 0, F2, F3 */
	u8 code_size, size, address_size;
	u8 seg; /* of the memory operand, enum hv_seg */
	u8 reg, rm, base, index, scale;
	bool memory, rip_relative, lock, override, operand; /* operand: prefix 66 */
	bool plain; /* a move of 4 or 8 bytes by a 64-bit address, without segment */
};

/*
 * Decodes at most n bytes at b in code of size 2, 4 or 8, if it is in the table. 0; -EAGAIN: more
 * bytes are needed; -E2BIG: longer than 15; -EINVAL: no row.
 */
__must_check int emul_decode_any(const u8 *b, u32 n, u32 code_size, struct emul_insn *i);
/* The same for what is emulated, with the prefixes that its row takes; else -EINVAL. */
__must_check int emul_decode(const u8 *b, u32 n, u32 code_size, struct emul_insn *i);

struct emul {
	struct emul_insn i;
	struct hv_regs regs; /* the working copy; RIP is that of the instruction */
	struct hv_sregs s;
	bool user;	     /* ring 3 */
	bool again;	     /* out: REP is not at its end */
	bool keep;	     /* a destination register is left alone */
	bool aligned;	     /* memory that is not on a multiple of 16 is #GP */
	u64 offset;	     /* of the memory operand */
	u64 dst, src, size;
	/* the fault, when -EFAULT is returned */
	struct {
		u8 vector;
		bool has_error;
		u32 error;
		u64 address;
	} fault;
};

/*
 * Carries out e->i (of REP: one round). 0: e->regs are those after it but for RIP; -EFAULT:
 * e->fault is to be raised; other errors come from emul_load and emul_store.
 */
__must_check int emul_execute(struct emul *e);

/*
 * The caller's memory by linear address. 0; -EFAULT: a fault, noted in e->fault; any other error
 * ends the execution. for_write: the same place will be written by this instruction.
 */
__must_check int emul_load(struct emul *e, u64 linear, void *buf, u32 len, bool for_write);
__must_check int emul_store(struct emul *e, u64 linear, const void *buf, u32 len);
/* The caller's register XMM reg: reads or writes its 16 bytes. */
void emul_get_xmm(struct emul *e, u8 reg, u64 *value);
void emul_set_xmm(struct emul *e, u8 reg, const u64 *value);
