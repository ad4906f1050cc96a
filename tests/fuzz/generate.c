/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random instructions of the opcode table in 64-bit code, and registers that make most of their
 * operands lie in the arena.
 */
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "vmm/emul/operand.h"

static u64 rng;

void fuzz_seed(u64 seed)
{
	rng = seed * 0x9e3779b97f4a7c15ULL + 1;
}

u64 fuzz_random(void)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return rng * 0x2545f4914f6cdd1dULL;
}

static bool chance(u32 percent)
{
	return fuzz_random() >> 32 < (u64)percent * 0x100000000ULL / 100;
}

static u32 below(u32 n)
{
	return (u32)((fuzz_random() >> 32) * n >> 32);
}

struct maker {
	struct fuzz_case *c;
	const struct emul_row *row;
	bool two_byte, operand16, address32, lock;
	u8 opcode, rex, modrm;
	u64 target;
	u32 rip_at; /* where a RIP-relative displacement stands; 0: none */
};

static void byte(struct maker *m, u8 b)
{
	if (m->c->len < CODE_MAX) {
		m->c->bytes[m->c->len] = b;
	}
	m->c->len++;
}

static void bytes(struct maker *m, u64 value, u32 count)
{
	for (u32 i = 0; i < count; i++) {
		byte(m, (u8)(value >> (8 * i)));
	}
}

static const struct emul_row *choose(struct maker *m)
{
	const struct emul_row *row;

	for (;;) {
		m->two_byte = chance(35);
		m->opcode = (u8)fuzz_random();
		row = m->two_byte ? &emul_two_byte[m->opcode] : &emul_one_byte[m->opcode];
		m->modrm = (u8)fuzz_random();
		if (row->group) {
			row = &row->group[m->modrm >> 3 & 7];
		}
		if (row->run) {
			return row;
		}
	}
}

static bool uses_modrm(const struct maker *m)
{
	const struct emul_row *row = m->row;

	return (row->dst >= OP_RM && row->dst <= OP_SREG) ||
	       (row->src >= OP_RM && row->src <= OP_SREG);
}

static void prefixes(struct maker *m)
{
	static const u8 segments[] = {0x26, 0x2e, 0x36, 0x3e, 0x65};

	m->address32 = chance(15);
	m->operand16 = !(m->row->flags & ROW_NO_66) && chance(25);
	m->lock = m->row->flags & ROW_LOCK && m->row->dst == OP_RM && m->modrm < 0xc0 && chance(20);
	m->rex = chance(60) ? 0x40 | below(16) : 0;
	if (chance(10)) {
		byte(m, segments[below(ARRAY_SIZE(segments))]);
	}
	if (m->operand16) {
		byte(m, 0x66);
	}
	if (m->address32) {
		byte(m, 0x67);
	}
	if (m->lock) {
		byte(m, 0xf0);
	}
	if (m->row->flags & ROW_STRING && chance(60)) {
		byte(m, chance(50) ? 0xf2 : 0xf3);
	}
	if (m->rex) {
		byte(m, m->rex);
	}
}

/* A register's value such that base or index reach what is wanted; the upper half is noise. */
static void aim(struct maker *m, u32 reg, u64 value)
{
	m->c->start.gpr[reg] = m->address32 ? (u32)value | fuzz_random() << 32 : value;
}

static void memory_with_sib(struct maker *m, u8 mod)
{
	u8 s = (u8)fuzz_random(), scale = s >> 6;
	u32 index = (s >> 3 & 7) | (m->rex & 2 ? 8 : 0), base = (s & 7) | (m->rex & 1 ? 8 : 0);
	bool has_base = mod != 0 || (s & 7) != HV_RBP, has_index = index != HV_RSP;
	u64 disp = mod == 1 ? (u64)(s64)(s8)fuzz_random() : mod == 2 ? fuzz_random() % 65536 : 0;
	u64 offset = 0;

	byte(m, s);
	if (has_index) {
		aim(m, index, has_base ? fuzz_random() : below(1 << 20));
		offset = m->c->start.gpr[index] << scale;
	}
	if (has_base) {
		aim(m, base, m->target - disp - offset);
		bytes(m, disp, mod == 1 ? 1 : mod == 2 ? 4 : 0);
	} else {
		bytes(m, m->target - offset, 4);
	}
}

static void memory(struct maker *m)
{
	u8 mod = m->modrm >> 6, rm = m->modrm & 7;
	u64 disp = mod == 1 ? (u64)(s64)(s8)fuzz_random() : (u64)(s64)(s32)fuzz_random();

	if (rm == HV_RSP) {
		memory_with_sib(m, mod);
	} else if (mod == 0 && rm == HV_RBP) {
		m->rip_at = m->c->len;
		bytes(m, 0, 4);
	} else {
		disp = mod ? disp : 0;
		aim(m, rm | (m->rex & 1 ? 8 : 0), m->target - disp);
		bytes(m, disp, mod == 2 ? 4 : mod);
	}
}

static void immediate(struct maker *m)
{
	u32 size = m->row->flags & ROW_BYTE ? 1 : m->rex & 8 ? 4 : m->operand16 ? 2 : 4;

	if (m->row->src == OP_IMM) {
		bytes(m, fuzz_random(), size);
	} else if (m->row->src == OP_IMM8) {
		bytes(m, fuzz_random(), 1);
	} else if (m->row->dst == OP_MOFFS || m->row->src == OP_MOFFS) {
		bytes(m, m->target, m->address32 ? 4 : 8);
	}
}

/* Counts and addresses of string instructions, stack, and bit numbers of registers. */
static void aim_implied(struct maker *m)
{
	u64 *gpr = m->c->start.gpr;

	gpr[HV_RSP] = ARENA + 0x1000 + below(0x1000);
	if (m->row->flags & ROW_STRING) {
		aim(m, HV_RSI, ARENA + below(ARENA_SIZE));
		aim(m, HV_RDI, chance(10) ? gpr[HV_RSI] : ARENA + below(ARENA_SIZE));
		/* A count of 0 by 32 bits clears the upper half on some CPUs; it never exits. */
		aim(m, HV_RCX, m->address32 + below(20));
		if (chance(20)) {
			gpr[HV_RAX] = 0;
		}
	}
	if (m->two_byte && m->row->src == OP_REG) {
		gpr[(m->modrm >> 3 & 7) | (m->rex & 4 ? 8 : 0)] =
			(u64)((s64)(fuzz_random() % 65536) - 32768);
	}
}

/* What the manual leaves open. */
static u64 undefined_flags(const struct maker *m)
{
	int (*run)(struct emul *e) = m->row->run;
	u32 size = m->row->flags & ROW_BYTE ? 8 : m->rex & 8 ? 64 : m->operand16 ? 16 : 32, count;

	if (run == emul_op_and || run == emul_op_or || run == emul_op_xor) {
		return FLAG_AF;
	}
	if (run == emul_op_bt || run == emul_op_bts || run == emul_op_btr || run == emul_op_btc) {
		return FLAG_OF | FLAG_SF | FLAG_AF | FLAG_PF;
	}
	if (run != emul_op_shift) {
		return 0;
	}
	count = m->row->src == OP_ONE	 ? 1
		: m->row->src == OP_IMM8 ? m->c->bytes[m->c->len - 1]
					 : (u32)m->c->start.gpr[HV_RCX];
	count &= size == 64 ? 63 : 31;
	return (count > 1 ? FLAG_OF : 0) | ((m->modrm >> 3 & 7) >= 4 && count ? FLAG_AF : 0) |
	       ((m->modrm >> 3 & 7) >= 4 && count >= size ? FLAG_CF : 0);
}

bool fuzz_generate(struct fuzz_case *c)
{
	struct maker m = {.c = c};
	u32 rip;

	memset(c, 0, sizeof(*c));
	for (u32 i = 0; i < HV_GPRS; i++) {
		c->start.gpr[i] = chance(20) ? below(3) - 1ULL : fuzz_random();
	}
	c->start.rflags = (fuzz_random() & 0xcd5) | 0x202;
	m.row = choose(&m);
	m.target = ARENA + (chance(5) ? ARENA_SIZE - 12 + below(24) : below(ARENA_SIZE));
	if (chance(15) && !(m.row->flags & ROW_MEMORY)) {
		m.modrm |= 0xc0;
	} else if (m.modrm >= 0xc0) {
		m.modrm -= 0x40 * (1 + below(3));
	}
	prefixes(&m);
	aim_implied(&m);
	if (m.two_byte) {
		byte(&m, 0x0f);
	}
	byte(&m, m.opcode);
	if (uses_modrm(&m)) {
		if (m.row->src == OP_SREG && (m.modrm >> 3 & 7) > HV_GS) {
			return false;
		}
		byte(&m, m.modrm);
		if (m.modrm < 0xc0) {
			memory(&m);
		}
	}
	immediate(&m);
	if (c->len > CODE_MAX) {
		return false;
	}
	if (m.rip_at) {
		rip = (u32)(m.target - (CODE + c->len));
		memcpy(c->bytes + m.rip_at, &rip, sizeof(rip));
	}
	c->undefined = undefined_flags(&m);
	c->narrow = m.row->flags & ROW_STRING && m.address32;
	c->compares = m.row->run == emul_op_cmps || m.row->run == emul_op_scas;
	return true;
}
