/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From bytes to struct emul_insn: prefixes, opcode, ModRM with SIB and displacement, immediates.
 * Called by vmm/exit_mmio.c, and for instructions that exit by vmm/emul/insn_len.c.
 */
#include "vmm/emul/emul.h"
#include "vmm/emul/insn.h"

#define REX_W 8
#define REX_R 4
#define REX_X 2
#define REX_B 1

struct cursor {
	const u8 *b;
	u32 n, at;
	bool address; /* prefix 67 */
	struct emul_insn *i;
};

/* Whether size bytes more are there. 0, -EAGAIN, -E2BIG. */
static inline int has(const struct cursor *c, u32 size)
{
	u32 end = c->at + size;

	return likely(end <= MIN(c->n, INSN_MAX)) ? 0 : end > INSN_MAX ? -E2BIG : -EAGAIN;
}

/* size (0, 1, 2, 4, 8) little-endian bytes, sign extended. 0, -EAGAIN, -E2BIG. */
static int take(struct cursor *c, u32 size, u64 *value)
{
	const u8 *from = c->b + c->at;
	s8 s1;
	s16 s2;
	s32 s4;
	int err = has(c, size);

	if (err) {
		return err;
	}
	c->at += size;
	switch (size) {
	case 1: __builtin_memcpy(&s1, from, 1); *value = (u64)(s64)s1; break;
	case 2: __builtin_memcpy(&s2, from, 2); *value = (u64)(s64)s2; break;
	case 4: __builtin_memcpy(&s4, from, 4); *value = (u64)(s64)s4; break;
	case 8: __builtin_memcpy(value, from, 8); break;
	default: *value = 0; break;
	}
	return 0;
}

static inline int take_byte(struct cursor *c, u8 *byte)
{
	int err = has(c, 1);

	if (!err) {
		*byte = c->b[c->at++];
	}
	return err;
}

/* In 64-bit code only FS and GS count. */
static void set_segment(struct emul_insn *i, u8 seg)
{
	if (i->code_size != 8 || seg >= HV_FS) {
		i->seg = seg;
		i->override = true;
	}
}

static bool prefix(struct cursor *c, u8 byte)
{
	struct emul_insn *i = c->i;

	switch (byte) {
	case 0x26: set_segment(i, HV_ES); return true;
	case 0x2e: set_segment(i, HV_CS); return true;
	case 0x36: set_segment(i, HV_SS); return true;
	case 0x3e: set_segment(i, HV_DS); return true;
	case 0x64: set_segment(i, HV_FS); return true;
	case 0x65: set_segment(i, HV_GS); return true;
	case 0x66: i->operand = true; return true;
	case 0x67: c->address = true; return true;
	case 0xf0: i->lock = true; return true;
	case 0xf2:
	case 0xf3: i->rep = byte; return true;
	default: return false;
	}
}

/* Reads prefixes and the opcode, and finds its row. */
static int opcode(struct cursor *c)
{
	struct emul_insn *i = c->i;
	const struct emul_row *map = emul_one_byte;
	u8 byte;
	int err;

	for (;;) {
		err = take_byte(c, &byte);
		if (err) {
			return err;
		}
		if (prefix(c, byte)) {
			i->rex = 0;
		} else if (i->code_size == 8 && (byte & 0xf0) == 0x40) {
			i->rex = byte;
		} else {
			break;
		}
	}
	if (byte == 0x0f) {
		map = emul_two_byte;
		err = take_byte(c, &byte);
		if (!err && byte == 0x38) {
			map = emul_0f38;
			err = take_byte(c, &byte);
		}
		if (err) {
			return err;
		}
	}
	i->opcode = byte;
	i->row = &map[byte];
	return i->row->run || i->row->group || ROW_EXIT_OF(i->row) ? 0 : -EINVAL;
}

static void set_sizes(struct cursor *c)
{
	struct emul_insn *i = c->i;
	u32 base = i->code_size == 8 ? 4 : i->code_size;

	i->size = i->rex & REX_W ? 8 : i->operand ? 6 - base : base;
	i->address_size = i->code_size == 8 ? (c->address ? 4 : 8) : c->address ? 6 - base : base;
}

/* 16-bit addressing: base and index by the rm field. */
static int memory16(struct cursor *c, u8 mod)
{
	static const u8 base[8] = {HV_RBX, HV_RBX, HV_RBP, HV_RBP, HV_RSI, HV_RDI, HV_RBP, HV_RBX};
	static const u8 index[4] = {HV_RSI, HV_RDI, HV_RSI, HV_RDI};
	struct emul_insn *i = c->i;
	u8 rm = i->rm & 7;

	i->base = base[rm];
	i->index = rm < 4 ? index[rm] : EMUL_NO_REG;
	if (mod == 0 && rm == 6) {
		i->base = EMUL_NO_REG;
		mod = 2;
	}
	if (!i->override && i->base == HV_RBP) {
		i->seg = HV_SS;
	}
	return take(c, mod, &i->disp);
}

static int sib(struct cursor *c, u8 mod, u32 *displacement)
{
	struct emul_insn *i = c->i;
	u8 byte;
	int err = take_byte(c, &byte);

	if (err) {
		return err;
	}
	i->scale = byte >> 6;
	i->index = (byte >> 3 & 7) | (i->rex & REX_X ? 8 : 0);
	if (i->index == HV_RSP) {
		i->index = EMUL_NO_REG;
	}
	i->base = (byte & 7) | (i->rex & REX_B ? 8 : 0);
	if ((byte & 7) == HV_RBP && mod == 0) {
		i->base = EMUL_NO_REG;
		*displacement = 4;
	}
	return 0;
}

static int memory(struct cursor *c, u8 mod)
{
	struct emul_insn *i = c->i;
	u32 displacement = mod == 2 ? 4 : mod;
	int err;

	if (i->address_size == 2) {
		return memory16(c, mod);
	}
	i->base = i->rm;
	if ((i->rm & 7) == HV_RSP) {
		err = sib(c, mod, &displacement);
		if (err) {
			return err;
		}
	} else if (mod == 0 && (i->rm & 7) == HV_RBP) {
		i->base = EMUL_NO_REG;
		i->rip_relative = i->code_size == 8;
		displacement = 4;
	}
	if (!i->override && (i->base == HV_RSP || i->base == HV_RBP)) {
		i->seg = HV_SS;
	}
	return take(c, displacement, &i->disp);
}

static bool uses_modrm(const struct emul_row *row)
{
	return row->group || (row->dst >= OP_RM && row->dst <= OP_SREG) ||
	       (row->src >= OP_RM && row->src <= OP_SREG);
}

static int modrm(struct cursor *c)
{
	struct emul_insn *i = c->i;
	u8 byte;
	int err = take_byte(c, &byte);

	if (err) {
		return err;
	}
	i->reg = (byte >> 3 & 7) | (i->rex & REX_R ? 8 : 0);
	i->rm = (byte & 7) | (i->rex & REX_B ? 8 : 0);
	if (i->row->group) {
		i->row = &i->row->group[byte >> 3 & 7];
	}
	if (!i->row->run && !ROW_EXIT_OF(i->row)) {
		return -EINVAL;
	}
	i->memory = byte >> 6 != 3 && !(i->row->flags & ROW_REGISTERS);
	return i->memory ? memory(c, byte >> 6) : 0;
}

/* What follows the operand: an immediate or the offset of a moffs form. */
static int rest(struct cursor *c)
{
	struct emul_insn *i = c->i;
	const struct emul_row *row = i->row;

	if (row->flags & ROW_BYTE) {
		i->size = 1;
	} else if (row->flags & ROW_STACK && i->code_size == 8) {
		i->size = i->operand && !(i->rex & REX_W) ? 2 : 8;
	} else if (row->flags & ROW_NO_66) {
		i->size = MAX(i->size, 4);
	}
	if (row->dst == OP_MOFFS || row->src == OP_MOFFS) {
		i->memory = true;
		i->base = i->index = EMUL_NO_REG;
		return take(c, i->address_size, &i->disp);
	}
	if (row->src == OP_IMM || row->flags & ROW_IMM) {
		return take(c, MIN(i->size, 4), &i->imm);
	}
	return row->src == OP_IMM8 || row->flags & ROW_IMM8 ? take(c, 1, &i->imm) : 0;
}

/* Whether the row takes the prefixes and the form of operand that were found. */
static bool allowed(const struct emul_insn *i)
{
	u32 flags = i->row->flags;

	if (i->lock && !(flags & ROW_LOCK && i->memory && i->row->dst == OP_RM)) {
		return false;
	}
	if ((flags & ROW_NO_66 && i->operand) || (flags & ROW_NO_REP && i->rep)) {
		return false;
	}
	return (!(flags & ROW_LONG) || i->code_size == 8) && (!(flags & ROW_MEMORY) || i->memory);
}

int emul_decode_any(const u8 *b, u32 n, u32 code_size, struct emul_insn *i)
{
	struct cursor c = {.b = b, .n = n, .i = i};
	int err;

	*i = (struct emul_insn){
		.seg = HV_DS, .code_size = code_size, .base = EMUL_NO_REG, .index = EMUL_NO_REG};
	err = opcode(&c);
	if (err) {
		return err;
	}
	set_sizes(&c);
	if (uses_modrm(i->row)) {
		err = modrm(&c);
		if (err) {
			return err;
		}
	}
	err = rest(&c);
	if (err) {
		return err;
	}
	i->len = c.at;
	i->plain = i->row->flags & ROW_PLAIN && i->memory && i->size >= 4 && i->seg < HV_FS &&
		   i->address_size == 8;
	return 0;
}

int emul_decode(const u8 *b, u32 n, u32 code_size, struct emul_insn *i)
{
	int err = emul_decode_any(b, n, code_size, i);

	return err ? err : i->row->run && allowed(i) ? 0 : -EINVAL;
}
