/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The decoder: prefixes, one- and two-byte opcodes, ModRM with SIB and displacement. Called by
 * vmm/exit_insn.c at every exit of hardware without instruction lengths, so the common case (no
 * prefix) stays short.
 */
#include "core/errno.h"
#include "vmm/emul/insn.h"

/* Numbers of enum hv_seg, in the order of the prefixes' meaning. */
enum { SEG_ES, SEG_CS, SEG_SS, SEG_DS, SEG_FS, SEG_GS };

#define REX_W 8
#define REX_R 4
#define REX_B 1

struct cursor {
	const u8 *b;
	u32 n, at, code_size;
	u8 rex;
	bool repne, operand, address; /* prefixes F2, 66, 67 */
	struct insn *i;
};

/* The next byte, or -EAGAIN / -E2BIG. */
static int next(struct cursor *c)
{
	if (c->at >= INSN_MAX) {
		return -E2BIG;
	}
	return c->at < c->n ? c->b[c->at++] : -EAGAIN;
}

static int skip_bytes(struct cursor *c, u32 count)
{
	if (c->at + count > INSN_MAX) {
		return -E2BIG;
	}
	c->at += count;
	return c->at <= c->n ? 0 : -EAGAIN;
}

/* Whether byte is a prefix; notes it. */
static bool take_prefix(struct cursor *c, u8 byte)
{
	switch (byte) {
	case 0x26: c->i->segment = SEG_ES; return true;
	case 0x2e: c->i->segment = SEG_CS; return true;
	case 0x36: c->i->segment = SEG_SS; return true;
	case 0x3e: c->i->segment = SEG_DS; return true;
	case 0x64: c->i->segment = SEG_FS; return true;
	case 0x65: c->i->segment = SEG_GS; return true;
	case 0x66: c->operand = true; return true;
	case 0x67: c->address = true; return true;
	case 0xf0: c->i->lock = true; return true;
	case 0xf2:
		c->repne = true;
		c->i->rep = true;
		return true;
	case 0xf3: c->i->rep = true; return true;
	default: return false;
	}
}

/*
 * Reads prefixes; the opcode's first byte or an error. A REX byte counts only right before the
 * opcode.
 */
static int prefixes(struct cursor *c)
{
	for (;;) {
		int byte = next(c);

		if (byte < 0) {
			return byte;
		}
		if (take_prefix(c, byte)) {
			c->rex = 0;
		} else if (c->code_size == 8 && (byte & 0xf0) == 0x40) {
			c->rex = byte;
		} else {
			return byte;
		}
	}
}

static void set_sizes(struct cursor *c)
{
	u32 base = c->code_size == 8 ? 4 : c->code_size;

	c->i->operand_size = c->rex & REX_W ? 8 : c->operand ? 6 - base : base;
	c->i->address_size = c->code_size == 8 ? (c->address ? 4 : 8)
			     : c->address      ? 6 - base
					       : base;
}

static void set_registers(struct cursor *c, u8 modrm)
{
	c->i->reg = (modrm >> 3 & 7) | (c->rex & REX_R ? 8 : 0);
	c->i->rm = (modrm & 7) | (c->rex & REX_B ? 8 : 0);
	c->i->memory = modrm >> 6 != 3;
}

/* Skips what follows a ModRM byte that names memory. */
static int skip_memory(struct cursor *c, u8 modrm)
{
	u8 mod = modrm >> 6, rm = modrm & 7;
	u32 displacement = mod == 1 ? 1 : 0;
	int sib;

	if (c->i->address_size == 2) {
		return skip_bytes(c, mod == 2 || (mod == 0 && rm == 6) ? 2 : displacement);
	}
	if (mod == 2 || (mod == 0 && rm == 5)) {
		displacement = 4;
	}
	if (rm == 4) {
		sib = next(c);
		if (sib < 0) {
			return sib;
		}
		if (mod == 0 && (sib & 7) == 5) {
			displacement = 4;
		}
	}
	return skip_bytes(c, displacement);
}

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

static int group_0f01(struct cursor *c)
{
	static const u8 by_reg[8] = {INSN_DT_ACCESS, INSN_DT_ACCESS, INSN_DT_ACCESS, INSN_DT_ACCESS,
				     INSN_SMSW,	     INSN_NONE,	     INSN_LMSW,	     INSN_INVLPG};
	int modrm = next(c), err = 0;

	if (modrm < 0) {
		return modrm;
	}
	set_registers(c, modrm);
	c->i->op = by_reg[modrm >> 3 & 7];
	if (c->i->memory) {
		err = skip_memory(c, modrm);
	} else if (c->i->op != INSN_SMSW && c->i->op != INSN_LMSW) {
		c->i->op = register_form_0f01(modrm);
	}
	return err;
}

/*
 * MOV to and from control and debug registers: ModRM always names registers, whatever its top
 * bits are.
 */
static int move_special(struct cursor *c, u8 op)
{
	int modrm = next(c);

	if (modrm < 0) {
		return modrm;
	}
	set_registers(c, modrm);
	c->i->memory = false;
	c->i->op = op;
	if ((op == INSN_READ_CR || op == INSN_WRITE_CR) && c->i->lock && !c->i->reg) {
		c->i->reg = 8; /* the spelling of CR8 outside 64-bit mode */
	}
	return 0;
}

static int two_byte(struct cursor *c)
{
	int byte = next(c);

	switch (byte) {
	case 0x01: return group_0f01(c);
	case 0x06: c->i->op = INSN_CLTS; return 0;
	case 0x08: c->i->op = INSN_INVD; return 0;
	case 0x09: c->i->op = INSN_WBINVD; return 0;
	case 0x20: return move_special(c, INSN_READ_CR);
	case 0x21: return move_special(c, INSN_READ_DR);
	case 0x22: return move_special(c, INSN_WRITE_CR);
	case 0x23: return move_special(c, INSN_WRITE_DR);
	case 0x30: c->i->op = INSN_WRMSR; return 0;
	case 0x31: c->i->op = INSN_RDTSC; return 0;
	case 0x32: c->i->op = INSN_RDMSR; return 0;
	case 0x33: c->i->op = INSN_RDPMC; return 0;
	case 0xa2: c->i->op = INSN_CPUID; return 0;
	default: return byte < 0 ? byte : 0;
	}
}

static int one_byte(struct cursor *c, u8 byte)
{
	struct insn *i = c->i;

	switch (byte) {
	case 0x0f: return two_byte(c);
	case 0x6c:
	case 0x6d: i->op = INSN_INS; break;
	case 0x6e:
	case 0x6f: i->op = INSN_OUTS; break;
	case 0x90: i->op = i->rep && !c->repne && !(c->rex & REX_B) ? INSN_PAUSE : INSN_NONE; break;
	case 0xcc: i->op = INSN_INT3; break;
	case 0xcd: i->op = INSN_INT; return skip_bytes(c, 1);
	case 0xce: i->op = c->code_size == 8 ? INSN_NONE : INSN_INTO; break;
	case 0xe4:
	case 0xe5: i->op = INSN_IN; return skip_bytes(c, 1);
	case 0xe6:
	case 0xe7: i->op = INSN_OUT; return skip_bytes(c, 1);
	case 0xec:
	case 0xed: i->op = INSN_IN; break;
	case 0xee:
	case 0xef: i->op = INSN_OUT; break;
	case 0xf1: i->op = INSN_INT1; break;
	case 0xf4: i->op = INSN_HLT; break;
	default: break;
	}
	if (byte == 0x6c || byte == 0x6e) {
		i->operand_size = 1;
	}
	return 0;
}

int insn_decode(const u8 *b, u32 n, u32 code_size, struct insn *i)
{
	struct cursor c = {.b = b, .n = n, .code_size = code_size, .i = i};
	int err;

	*i = (struct insn){.segment = INSN_NO_SEG};
	err = prefixes(&c);
	if (err < 0) {
		return err;
	}
	set_sizes(&c);
	err = one_byte(&c, err);
	if (err) {
		return err;
	}
	i->len = c.at;
	return i->op == INSN_NONE ? -EINVAL : 0;
}
