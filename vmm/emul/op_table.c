/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The opcode table: one row per opcode that is emulated on device memory, or that exits and is
 * decoded for its length and operands (ROW_EXIT), in the order of the manual's maps. What has no
 * row ends as an emulation failure; why each is missing is the list of
 * tests/unit/opcode_reasons.h. Called by vmm/emul/decode.c and by tests/unit/test_emul_opcodes.c
 * (make opcodes).
 */
#include "vmm/emul/insn.h"
#include "vmm/emul/operand.h"

#define B ROW_BYTE
#define L ROW_LOCK
#define NW ROW_NO_WRITE
#define NR ROW_NO_READ

/* The six forms of an ALU operation at its first opcode. */
#define ALU(at, n, fn, f, lock)                                                                    \
	[(at) + 0] = {n, fn, 0, OP_RM, OP_REG, (f) | (lock) | B},                                  \
	[(at) + 1] = {n, fn, 0, OP_RM, OP_REG, (f) | (lock)},                                      \
	[(at) + 2] = {n, fn, 0, OP_REG, OP_RM, (f) | B},                                           \
	[(at) + 3] = {n, fn, 0, OP_REG, OP_RM, (f)},                                               \
	[(at) + 4] = {n, fn, 0, OP_ACC, OP_IMM, (f) | B},                                          \
	[(at) + 5] = {n, fn, 0, OP_ACC, OP_IMM, (f)}

#define ALU_GROUP(name_, imm, f)                                                                   \
	static const struct emul_row name_[8] = {                                                  \
		{"add", emul_op_add, 0, OP_RM, imm, (f) | L},                                      \
		{"or", emul_op_or, 0, OP_RM, imm, (f) | L},                                        \
		{"adc", emul_op_adc, 0, OP_RM, imm, (f) | L},                                      \
		{"sbb", emul_op_sbb, 0, OP_RM, imm, (f) | L},                                      \
		{"and", emul_op_and, 0, OP_RM, imm, (f) | L},                                      \
		{"sub", emul_op_sub, 0, OP_RM, imm, (f) | L},                                      \
		{"xor", emul_op_xor, 0, OP_RM, imm, (f) | L},                                      \
		{"cmp", emul_op_sub, 0, OP_RM, imm, (f) | NW},                                     \
	}

ALU_GROUP(group_80, OP_IMM, B);
ALU_GROUP(group_81, OP_IMM, 0);
ALU_GROUP(group_83, OP_IMM8, 0);

#define SHIFT_GROUP(name_, count, f)                                                               \
	static const struct emul_row name_[8] = {                                                  \
		[0 ... 7] = {"shift", emul_op_shift, 0, OP_RM, count, f},                          \
	}

SHIFT_GROUP(group_c0, OP_IMM8, B);
SHIFT_GROUP(group_c1, OP_IMM8, 0);
SHIFT_GROUP(group_d0, OP_ONE, B);
SHIFT_GROUP(group_d1, OP_ONE, 0);
SHIFT_GROUP(group_d2, OP_CL, B);
SHIFT_GROUP(group_d3, OP_CL, 0);

static const struct emul_row group_8f[8] = {{"pop", emul_op_pop, 0, OP_RM, 0, ROW_OWN | ROW_STACK}};
static const struct emul_row group_c6[8] = {{"mov", emul_op_mov, 0, OP_RM, OP_IMM, B | NR}};
static const struct emul_row group_c7[8] = {{"mov", emul_op_mov, 0, OP_RM, OP_IMM, NR | ROW_PLAIN}};

#define TEST_GROUP(name_, f)                                                                       \
	static const struct emul_row name_[8] = {                                                  \
		{"test", emul_op_and, 0, OP_RM, OP_IMM, (f) | NW},                                 \
		{"test", emul_op_and, 0, OP_RM, OP_IMM, (f) | NW},                                 \
		{"not", emul_op_not, 0, OP_RM, 0, (f) | L},                                        \
		{"neg", emul_op_neg, 0, OP_RM, 0, (f) | L},                                        \
		{"mul", emul_op_mul, 0, OP_RM, 0, (f) | NW},                                       \
		{"imul", emul_op_imul_wide, 0, OP_RM, 0, (f) | NW},                                \
		{"div", emul_op_div, 0, OP_RM, 0, (f) | NW},                                       \
		{"idiv", emul_op_idiv, 0, OP_RM, 0, (f) | NW},                                     \
	}

TEST_GROUP(group_f6, B);
TEST_GROUP(group_f7, 0);

static const struct emul_row group_fe[8] = {
	{"inc", emul_op_inc, 0, OP_RM, 0, B | L},
	{"dec", emul_op_dec, 0, OP_RM, 0, B | L},
};

static const struct emul_row group_ff[8] = {
	{"inc", emul_op_inc, 0, OP_RM, 0, L},
	{"dec", emul_op_dec, 0, OP_RM, 0, L},
	[6] = {"push", emul_op_push, 0, OP_NONE, OP_RM, ROW_OWN | ROW_STACK},
};

/* With memory; the register forms are in vmm/emul/insn_len.c. */
static const struct emul_row group_0f01[8] = {
	[0 ... 3] = {.dst = OP_RM, .flags = ROW_EXIT(INSN_DT_ACCESS)},
	[4] = {.dst = OP_RM, .flags = ROW_EXIT(INSN_SMSW)},
	[6] = {.dst = OP_RM, .flags = ROW_EXIT(INSN_LMSW)},
	[7] = {.dst = OP_RM, .flags = ROW_EXIT(INSN_INVLPG)},
};

static const struct emul_row group_0fae[8] = {
	[7] = {"clflush", emul_op_nothing, 0, OP_RM8, 0, NR | NW | ROW_MEMORY | ROW_NO_REP},
};

static const struct emul_row group_0fba[8] = {
	[4] = {"bt", emul_op_bt, 0, OP_RM, OP_IMM8, NW},
	[5] = {"bts", emul_op_bts, 0, OP_RM, OP_IMM8, L},
	[6] = {"btr", emul_op_btr, 0, OP_RM, OP_IMM8, L},
	[7] = {"btc", emul_op_btc, 0, OP_RM, OP_IMM8, L},
};

static const struct emul_row group_0fc7[8] = {
	[1] = {"cmpxchg8b", emul_op_cmpxchg_pair, 0, OP_RM, 0,
	       L | ROW_OWN | ROW_MEMORY | ROW_NO_REP},
};

#define GROUP(at, g) [at] = {"", NULL, g, 0, 0, 0}
#define STRING(at, n)                                                                              \
	[at] = {n, emul_op_string, 0, 0, 0, ROW_OWN | ROW_STRING | B},                             \
	[(at) + 1] = {n, emul_op_string, 0, 0, 0, ROW_OWN | ROW_STRING}

const struct emul_row emul_one_byte[256] = {
	ALU(0x00, "add", emul_op_add, 0, L),
	ALU(0x08, "or", emul_op_or, 0, L),
	ALU(0x10, "adc", emul_op_adc, 0, L),
	ALU(0x18, "sbb", emul_op_sbb, 0, L),
	ALU(0x20, "and", emul_op_and, 0, L),
	ALU(0x28, "sub", emul_op_sub, 0, L),
	ALU(0x30, "xor", emul_op_xor, 0, L),
	ALU(0x38, "cmp", emul_op_sub, NW, 0),
	[0x50 ... 0x57] = {"push", emul_op_push, 0, OP_NONE, OP_LOW, ROW_OWN | ROW_STACK},
	[0x58 ... 0x5f] = {"pop", emul_op_pop, 0, OP_LOW, 0, ROW_OWN | ROW_STACK},
	[0x63] = {"movsxd", emul_op_movsx, 0, OP_REG, OP_RM32, NR | ROW_LONG | ROW_NO_66},
	[0x68] = {"push", emul_op_push, 0, OP_NONE, OP_IMM, ROW_OWN | ROW_STACK},
	[0x69] = {"imul", emul_op_imul_imm, 0, OP_REG, OP_RM, NR | ROW_IMM},
	[0x6a] = {"push", emul_op_push, 0, OP_NONE, OP_IMM8, ROW_OWN | ROW_STACK},
	[0x6b] = {"imul", emul_op_imul_imm, 0, OP_REG, OP_RM, NR | ROW_IMM8},
	[0x6c] = {.flags = ROW_EXIT(INSN_INS) | B}, [0x6d] = {.flags = ROW_EXIT(INSN_INS)},
	[0x6e] = {.flags = ROW_EXIT(INSN_OUTS) | B}, [0x6f] = {.flags = ROW_EXIT(INSN_OUTS)},
	GROUP(0x80, group_80), GROUP(0x81, group_81), GROUP(0x83, group_83),
	[0x84] = {"test", emul_op_and, 0, OP_RM, OP_REG, B | NW},
	[0x85] = {"test", emul_op_and, 0, OP_RM, OP_REG, NW},
	[0x86] = {"xchg", emul_op_xchg, 0, OP_RM, OP_REG, B | L | ROW_SRC_BACK},
	[0x87] = {"xchg", emul_op_xchg, 0, OP_RM, OP_REG, L | ROW_SRC_BACK},
	[0x88] = {"mov", emul_op_mov, 0, OP_RM, OP_REG, B | NR},
	[0x89] = {"mov", emul_op_mov, 0, OP_RM, OP_REG, NR | ROW_PLAIN},
	[0x8a] = {"mov", emul_op_mov, 0, OP_REG, OP_RM, B | NR},
	[0x8b] = {"mov", emul_op_mov, 0, OP_REG, OP_RM, NR | ROW_PLAIN},
	[0x8c] = {"mov", emul_op_mov, 0, OP_RM16, OP_SREG, NR | ROW_MEMORY},
	GROUP(0x8f, group_8f),
	[0x90] = {.flags = ROW_EXIT(INSN_PAUSE)},
	[0x9c] = {"pushf", emul_op_pushf, 0, 0, 0, ROW_OWN | ROW_STACK},
	[0x9d] = {"popf", emul_op_popf, 0, 0, 0, ROW_OWN | ROW_STACK},
	[0xa0] = {"mov", emul_op_mov, 0, OP_ACC, OP_MOFFS, B | NR},
	[0xa1] = {"mov", emul_op_mov, 0, OP_ACC, OP_MOFFS, NR},
	[0xa2] = {"mov", emul_op_mov, 0, OP_MOFFS, OP_ACC, B | NR},
	[0xa3] = {"mov", emul_op_mov, 0, OP_MOFFS, OP_ACC, NR},
	STRING(0xa4, "movs"), STRING(0xa6, "cmps"),
	[0xa8] = {"test", emul_op_and, 0, OP_ACC, OP_IMM, B | NW},
	[0xa9] = {"test", emul_op_and, 0, OP_ACC, OP_IMM, NW},
	STRING(0xaa, "stos"), STRING(0xac, "lods"), STRING(0xae, "scas"),
	GROUP(0xc0, group_c0), GROUP(0xc1, group_c1), GROUP(0xc6, group_c6), GROUP(0xc7, group_c7),
	[0xc9] = {"leave", emul_op_leave, 0, 0, 0, ROW_OWN | ROW_STACK},
	[0xcc] = {.flags = ROW_EXIT(INSN_INT3)},
	[0xcd] = {.flags = ROW_EXIT(INSN_INT) | ROW_IMM8},
	[0xce] = {.flags = ROW_EXIT(INSN_INTO)},
	GROUP(0xd0, group_d0), GROUP(0xd1, group_d1), GROUP(0xd2, group_d2), GROUP(0xd3, group_d3),
	[0xd7] = {"xlat", emul_op_xlat, 0, 0, 0, ROW_OWN | B},
	[0xe4 ... 0xe5] = {.flags = ROW_EXIT(INSN_IN) | ROW_IMM8},
	[0xe6 ... 0xe7] = {.flags = ROW_EXIT(INSN_OUT) | ROW_IMM8},
	[0xec ... 0xed] = {.flags = ROW_EXIT(INSN_IN)},
	[0xee ... 0xef] = {.flags = ROW_EXIT(INSN_OUT)},
	[0xf1] = {.flags = ROW_EXIT(INSN_INT1)}, [0xf4] = {.flags = ROW_EXIT(INSN_HLT)},
	GROUP(0xf6, group_f6), GROUP(0xf7, group_f7), GROUP(0xfe, group_fe), GROUP(0xff, group_ff),
};

/* To and from control and debug registers: ModRM names registers, whatever its top bits are. */
#define MOV_SPECIAL(op) {.dst = OP_REG, .src = OP_RM, .flags = ROW_EXIT(op) | ROW_REGISTERS}

/* An XMM register and memory. */
#define VEC (ROW_OWN | ROW_MEMORY)

const struct emul_row emul_two_byte[256] = {
	GROUP(0x01, group_0f01),
	[0x06] = {.flags = ROW_EXIT(INSN_CLTS)},
	[0x08] = {.flags = ROW_EXIT(INSN_INVD)}, [0x09] = {.flags = ROW_EXIT(INSN_WBINVD)},
	[0x10] = {"movup", emul_op_vector_load, 0, OP_REG, OP_RM, VEC},
	[0x11] = {"movup", emul_op_vector_store, 0, OP_REG, OP_RM, VEC},
	[0x20] = MOV_SPECIAL(INSN_READ_CR), [0x21] = MOV_SPECIAL(INSN_READ_DR),
	[0x22] = MOV_SPECIAL(INSN_WRITE_CR), [0x23] = MOV_SPECIAL(INSN_WRITE_DR),
	[0x28] = {"movap", emul_op_vector_load, 0, OP_REG, OP_RM, VEC},
	[0x29] = {"movap", emul_op_vector_store, 0, OP_REG, OP_RM, VEC},
	[0x2b] = {"movntp", emul_op_vector_store, 0, OP_REG, OP_RM, VEC},
	[0x30] = {.flags = ROW_EXIT(INSN_WRMSR)}, [0x31] = {.flags = ROW_EXIT(INSN_RDTSC)},
	[0x32] = {.flags = ROW_EXIT(INSN_RDMSR)}, [0x33] = {.flags = ROW_EXIT(INSN_RDPMC)},
	[0x40 ... 0x4f] = {"cmov", emul_op_cmov, 0, OP_REG, OP_RM, 0},
	[0x6f] = {"movdq", emul_op_vector_load, 0, OP_REG, OP_RM, VEC},
	[0x7e] = {"movq", emul_op_vector_load, 0, OP_REG, OP_RM, VEC},
	[0x7f] = {"movdq", emul_op_vector_store, 0, OP_REG, OP_RM, VEC},
	[0x90 ... 0x9f] = {"set", emul_op_setcc, 0, OP_RM, 0, B | NR},
	[0xa2] = {.flags = ROW_EXIT(INSN_CPUID)},
	[0xa3] = {"bt", emul_op_bt, 0, OP_RM, OP_REG, NW | ROW_BITS},
	[0xa4] = {"shld", emul_op_shld, 0, OP_RM, OP_REG, ROW_IMM8},
	[0xa5] = {"shld", emul_op_shld, 0, OP_RM, OP_REG, 0},
	[0xab] = {"bts", emul_op_bts, 0, OP_RM, OP_REG, L | ROW_BITS},
	[0xac] = {"shrd", emul_op_shrd, 0, OP_RM, OP_REG, ROW_IMM8},
	[0xad] = {"shrd", emul_op_shrd, 0, OP_RM, OP_REG, 0},
	GROUP(0xae, group_0fae),
	[0xaf] = {"imul", emul_op_imul, 0, OP_REG, OP_RM, 0},
	[0xb0] = {"cmpxchg", emul_op_cmpxchg, 0, OP_RM, OP_REG, B | L},
	[0xb1] = {"cmpxchg", emul_op_cmpxchg, 0, OP_RM, OP_REG, L},
	[0xb3] = {"btr", emul_op_btr, 0, OP_RM, OP_REG, L | ROW_BITS},
	[0xb6] = {"movzx", emul_op_mov, 0, OP_REG, OP_RM8, NR},
	[0xb7] = {"movzx", emul_op_mov, 0, OP_REG, OP_RM16, NR},
	GROUP(0xba, group_0fba),
	[0xbb] = {"btc", emul_op_btc, 0, OP_RM, OP_REG, L | ROW_BITS},
	[0xbc] = {"bsf", emul_op_bsf, 0, OP_REG, OP_RM, NR | ROW_NO_REP},
	[0xbd] = {"bsr", emul_op_bsr, 0, OP_REG, OP_RM, NR | ROW_NO_REP},
	[0xbe] = {"movsx", emul_op_movsx, 0, OP_REG, OP_RM8, NR},
	[0xbf] = {"movsx", emul_op_movsx, 0, OP_REG, OP_RM16, NR},
	[0xc0] = {"xadd", emul_op_xadd, 0, OP_RM, OP_REG, B | L | ROW_SRC_BACK},
	[0xc1] = {"xadd", emul_op_xadd, 0, OP_RM, OP_REG, L | ROW_SRC_BACK},
	[0xc3] = {"movnti", emul_op_mov, 0, OP_RM, OP_REG,
		  NR | ROW_MEMORY | ROW_NO_66 | ROW_NO_REP},
	GROUP(0xc7, group_0fc7),
	[0xd6] = {"movq", emul_op_vector_store, 0, OP_REG, OP_RM, VEC},
	[0xe7] = {"movntdq", emul_op_vector_store, 0, OP_REG, OP_RM, VEC},
};

const struct emul_row emul_0f38[256] = {
	[0x2a] = {"movntdqa", emul_op_vector_load, 0, OP_REG, OP_RM, VEC},
	[0xf0] = {"movbe", emul_op_movbe, 0, OP_REG, OP_RM, NR | ROW_MEMORY | ROW_NO_REP},
	[0xf1] = {"movbe", emul_op_movbe, 0, OP_RM, OP_REG, NR | ROW_MEMORY | ROW_NO_REP},
};
