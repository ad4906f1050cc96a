/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random instructions of the opcode table, and registers that make most of their operands lie in
 * the arena.
 */
#include <cpuid.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "vmm/emul/operand.h"

bool fuzz_try_ac;

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

#define NO_OVERRIDE 0xff

struct maker {
	struct fuzz_case *c;
	const struct emul_row *row;
	u32 map; /* 1, 2: 0F, 3: 0F 38 */
	u32 size, address_size;
	bool lock;
	u8 opcode, rex, modrm, seg, prefix; /* seg: override; prefix: 66, F2, F3 of a vector move */
	u32 used;			    /* bit per register that the operand's address needs */
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

static bool is_vector(const struct emul_row *row)
{
	return row->run == emul_op_vector_load || row->run == emul_op_vector_store;
}

/* Which prefixes make a move between an XMM register and memory, by opcode. */
static const struct {
	u8 opcode;
	const char *prefixes; /* 0: none */
	u32 count;
} vectors[] = {
	{0x10, "\0\x66\xf2\xf3", 4}, {0x11, "\0\x66\xf2\xf3", 4}, {0x28, "\0\x66", 2},
	{0x29, "\0\x66", 2},	      {0x2a, "\x66", 1},		 {0x2b, "\0\x66", 2},
	{0x6f, "\x66\xf3", 2},	      {0x7e, "\xf3", 1},		 {0x7f, "\x66\xf3", 2},
	{0xd6, "\x66", 1},	      {0xe7, "\x66", 1},
};

static u8 vector_prefix(u8 opcode)
{
	for (u32 i = 0; i < ARRAY_SIZE(vectors); i++) {
		if (vectors[i].opcode == opcode) {
			return (u8)vectors[i].prefixes[below(vectors[i].count)];
		}
	}
	return 0;
}

bool fuzz_can_run(u32 map, const struct emul_row *row)
{
	static u32 ecx;
	u32 eax, ebx, edx;

	if (!ecx) {
		__get_cpuid(1, &eax, &ebx, &ecx, &edx);
	}
	if (!row->run || row->run == emul_op_nothing) {
		return false;
	}
	return (row->run != emul_op_movbe || ecx & bit_MOVBE) && (map < 2 || ecx & bit_SSE4_1);
}

static const struct emul_row *choose(struct maker *m)
{
	const struct emul_row *row;

	for (;;) {
		m->map = chance(60) ? 1 : chance(80) ? 2 : 3;
		m->opcode = (u8)fuzz_random();
		row = m->map == 1   ? &emul_one_byte[m->opcode]
		      : m->map == 2 ? &emul_two_byte[m->opcode]
				    : &emul_0f38[m->opcode];
		m->modrm = (u8)fuzz_random();
		m->c->reg = 0;
		if (row->group) {
			m->c->reg = m->modrm >> 3 & 7;
			row = &row->group[m->c->reg];
		}
		if (row->flags & ROW_LONG && m->c->code_size != 8) {
			continue;
		}
		if (fuzz_can_run(m->map - 1, row)) {
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

static void set_sizes(struct maker *m, bool other_operand, bool other_address)
{
	u32 code = m->c->code_size, base = code == 8 ? 4 : code;

	m->address_size = code == 8 ? (other_address ? 4 : 8) : other_address ? 6 - base : base;
	m->size = m->row->flags & ROW_BYTE ? 1
		  : m->rex & 8		   ? 8
		  : other_operand	   ? 6 - base
					   : base;
	if (m->row->flags & ROW_STACK && code == 8) {
		m->size = other_operand && !(m->rex & 8) ? 2 : 8;
	}
}

static void put_repeat(struct maker *m)
{
	bool string = m->row->flags & ROW_STRING;

	if (!is_vector(m->row) && !(m->row->flags & ROW_NO_REP) && chance(string ? 60 : 3)) {
		byte(m, chance(50) ? 0xf2 : 0xf3);
	}
}

static void prefixes(struct maker *m)
{
	static const u8 segments[] = {HV_ES, HV_CS, HV_SS, HV_DS, HV_GS};
	static const u8 codes[] = {0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65};
	bool vector = is_vector(m->row), long_code = m->c->code_size == 8;
	bool operand = !vector && !(m->row->flags & ROW_NO_66) && chance(25);
	bool address = chance(15);

	m->lock = m->row->flags & ROW_LOCK && m->row->dst == OP_RM && m->modrm < 0xc0 && chance(20);
	m->rex = long_code && chance(60) ? 0x40 | below(16) : 0;
	m->seg = chance(10) ? segments[below(ARRAY_SIZE(segments))] : NO_OVERRIDE;
	m->prefix = vector ? vector_prefix(m->opcode) : 0;
	set_sizes(m, operand, address);
	if (m->seg != NO_OVERRIDE) {
		byte(m, codes[m->seg]);
	}
	if (operand) {
		byte(m, 0x66);
	}
	if (address) {
		byte(m, 0x67);
	}
	if (m->lock) {
		byte(m, 0xf0);
	}
	put_repeat(m);
	if (m->prefix) {
		byte(m, m->prefix);
	}
	if (m->rex) {
		byte(m, m->rex);
	}
}

static u64 base_of(const struct maker *m, u8 seg)
{
	return m->c->code_size == 8 ? 0 : fuzz_segments[m->c->seg[seg]].base;
}

/* The segment of the operand: on_stack if its address is made of RSP or RBP. */
static u64 operand_base(const struct maker *m, bool on_stack)
{
	return base_of(m, m->seg != NO_OVERRIDE ? m->seg : on_stack ? HV_SS : HV_DS);
}

/* A register's value such that base or index reach what is wanted; what is above is noise. */
static void aim(struct maker *m, u32 reg, u64 value)
{
	u64 mask = size_mask(m->address_size);

	m->used |= 1u << reg;
	m->c->start.gpr[reg] = (value & mask) | (fuzz_random() & ~mask);
}

static void memory_with_sib(struct maker *m, u8 mod)
{
	u8 s = (u8)fuzz_random(), scale = s >> 6;
	u32 index = (s >> 3 & 7) | (m->rex & 2 ? 8 : 0), base = (s & 7) | (m->rex & 1 ? 8 : 0);
	bool has_base = mod != 0 || (s & 7) != HV_RBP, has_index = index != HV_RSP;
	u64 disp = mod == 1 ? (u64)(s64)(s8)fuzz_random() : mod == 2 ? fuzz_random() % 65536 : 0;
	u64 to = m->c->target - operand_base(m, has_base && (base == HV_RSP || base == HV_RBP));
	u64 offset = 0;

	byte(m, s);
	if (has_index) {
		aim(m, index, has_base ? fuzz_random() : below(1 << 20));
		offset = m->c->start.gpr[index] << scale;
	}
	if (has_base) {
		aim(m, base, to - disp - offset);
		bytes(m, disp, mod == 1 ? 1 : mod == 2 ? 4 : 0);
	} else {
		bytes(m, to - offset, 4);
	}
}

static void memory16(struct maker *m, u8 mod, u8 rm)
{
	static const u8 base[8] = {HV_RBX, HV_RBX, HV_RBP, HV_RBP, HV_RSI, HV_RDI, HV_RBP, HV_RBX};
	u64 disp = mod == 1 ? (u64)(s64)(s8)fuzz_random() : mod ? fuzz_random() : 0;
	bool absolute = mod == 0 && rm == 6;
	u64 to = m->c->target - operand_base(m, !absolute && base[rm] == HV_RBP), index = 0;

	if (absolute) {
		bytes(m, to, 2);
		return;
	}
	if (rm < 4) {
		aim(m, rm & 1 ? HV_RDI : HV_RSI, fuzz_random());
		index = m->c->start.gpr[rm & 1 ? HV_RDI : HV_RSI];
	}
	aim(m, base[rm], to - disp - index);
	bytes(m, disp, mod);
}

static void memory(struct maker *m)
{
	u8 mod = m->modrm >> 6, rm = m->modrm & 7;
	u64 disp = mod == 1 ? (u64)(s64)(s8)fuzz_random() : (u64)(s64)(s32)fuzz_random();

	if (m->address_size == 2) {
		memory16(m, mod, rm);
	} else if (rm == HV_RSP) {
		memory_with_sib(m, mod);
	} else if (mod == 0 && rm == HV_RBP) {
		m->rip_at = m->c->code_size == 8 ? m->c->len : 0;
		bytes(m, m->c->target - operand_base(m, false), 4);
	} else {
		disp = mod ? disp : 0;
		aim(m, rm | (m->rex & 1 ? 8 : 0),
		    m->c->target - operand_base(m, rm == HV_RBP && !(m->rex & 1)) - disp);
		bytes(m, disp, mod == 2 ? 4 : mod);
	}
}

static void immediate(struct maker *m)
{
	const struct emul_row *row = m->row;
	bool double_shift = row->run == emul_op_shld || row->run == emul_op_shrd;

	if (row->src == OP_IMM || row->flags & ROW_IMM) {
		bytes(m, fuzz_random(), MIN(m->size, 4));
	} else if (row->src == OP_IMM8 || row->flags & ROW_IMM8) {
		bytes(m, double_shift && m->size == 2 ? below(17) : fuzz_random(), 1);
	} else if (row->dst == OP_MOFFS || row->src == OP_MOFFS) {
		bytes(m, m->c->target - operand_base(m, false), m->address_size);
	}
}

static void aim_string(struct maker *m)
{
	u64 si = ARENA + below(ARENA_SIZE), di = chance(10) ? si : ARENA + below(ARENA_SIZE);

	aim(m, HV_RSI, si - operand_base(m, false));
	aim(m, HV_RDI, di - base_of(m, HV_ES));
	/* A count of 0 by 32 bits clears the upper half on some CPUs; it never exits. */
	aim(m, HV_RCX, (m->address_size != m->c->code_size) + below(20));
}

/* Counts and addresses of string instructions, stack, and bit numbers of registers. */
static void aim_implied(struct maker *m)
{
	const struct emul_row *row = m->row;
	u64 *gpr = m->c->start.gpr;

	gpr[HV_RSP] = ARENA + 0x1000 + below(0x1000) - base_of(m, HV_SS);
	if (m->c->code_size != 8 && !(fuzz_segments[m->c->seg[HV_SS]].attr & HV_ATTR_DB)) {
		gpr[HV_RSP] = (gpr[HV_RSP] & 0xffff) | (fuzz_random() & 0xffff0000);
	}
	if (row->run == emul_op_leave) {
		gpr[HV_RBP] = gpr[HV_RSP];
	}
	if (row->flags & ROW_STRING) {
		aim_string(m);
	}
	if (row->run == emul_op_xlat) {
		aim(m, HV_RBX, m->c->target - operand_base(m, false) - (u8)gpr[HV_RAX]);
	}
	if ((row->run == emul_op_div || row->run == emul_op_idiv) && chance(60)) {
		gpr[HV_RDX] = below(3) - 1ULL;
		gpr[HV_RAX] &= chance(50) ? 0xff : ~0ULL;
	}
	if (row->flags & ROW_BITS) {
		gpr[(m->modrm >> 3 & 7) | (m->rex & 4 ? 8 : 0)] =
			(u64)((s64)(fuzz_random() % 65536) - 32768);
	}
	if (row->flags & ROW_STRING && chance(20)) {
		gpr[HV_RAX] = 0;
	}
}

/* What the manual leaves open. */
static u64 undefined_flags(const struct maker *m)
{
	const u64 all = FLAG_CF | FLAG_PF | FLAG_AF | FLAG_ZF | FLAG_SF | FLAG_OF;
	int (*run)(struct emul *e) = m->row->run;
	u32 size = 8 * m->size, count;

	if (run == emul_op_and || run == emul_op_or || run == emul_op_xor) {
		return FLAG_AF;
	}
	if (run == emul_op_bt || run == emul_op_bts || run == emul_op_btr || run == emul_op_btc) {
		return FLAG_OF | FLAG_SF | FLAG_AF | FLAG_PF;
	}
	if (run == emul_op_mul || run == emul_op_imul || run == emul_op_imul_wide ||
	    run == emul_op_imul_imm) {
		return FLAG_PF | FLAG_AF | FLAG_ZF | FLAG_SF;
	}
	if (run == emul_op_div || run == emul_op_idiv) {
		return all;
	}
	if (run == emul_op_bsf || run == emul_op_bsr) {
		return all & ~FLAG_ZF;
	}
	if (run != emul_op_shift && run != emul_op_shld && run != emul_op_shrd) {
		return 0;
	}
	count = m->row->src == OP_ONE ? 1
		: m->row->src == OP_IMM8 || m->row->flags & ROW_IMM8
			? m->c->bytes[m->c->len - 1]
			: (u32)m->c->start.gpr[HV_RCX];
	count &= size == 64 ? 63 : 31;
	if (run != emul_op_shift) {
		return count ? FLAG_AF | (count > 1 ? FLAG_OF : 0) : 0;
	}
	return (count > 1 ? FLAG_OF : 0) | ((m->modrm >> 3 & 7) >= 4 && count ? FLAG_AF : 0) |
	       ((m->modrm >> 3 & 7) >= 4 && count >= size ? FLAG_CF : 0);
}

static void choose_segments(struct fuzz_case *c)
{
	bool flat = c->code_size == 4 && chance(40);
	u32 all = SEG_COUNT - SEG_LDT;

	memset(c->seg, SEG_NULL, sizeof(c->seg));
	c->seg[HV_CS] = c->code_size == 8   ? SEG_CODE64
			: c->code_size == 2 ? SEG_CODE16
			: chance(80)	    ? SEG_CODE32
					    : SEG_EXEC32;
	c->seg[HV_SS] = c->code_size == 8 || flat ? SEG_FLAT : SEG_LDT + below(5);
	if (c->code_size != 8) {
		c->seg[HV_DS] = flat ? SEG_FLAT : SEG_LDT + below(all);
		c->seg[HV_ES] = flat ? SEG_FLAT : SEG_LDT + below(all);
		c->seg[HV_GS] = chance(80) ? SEG_LDT + below(all) : SEG_NULL;
	}
}

/* Mostly within the arena, sometimes at its ends or around the end of the canonical addresses. */
static u64 choose_target(const struct maker *m)
{
	u64 target = ARENA + below(ARENA_SIZE);

	if (chance(5)) {
		target = ARENA - 12 + below(24) + (chance(80) ? ARENA_SIZE : 0);
	} else if (m->c->code_size == 8 && chance(2)) {
		target = (1ULL << 47) - 12 + below(24);
	}
	if ((m->row->run == emul_op_cmpxchg_pair || is_vector(m->row)) && chance(85)) {
		target &= ~15ULL;
	}
	return target;
}

static void random_state(struct fuzz_case *c)
{
	for (u32 i = 0; i < HV_GPRS; i++) {
		c->start.gpr[i] = chance(20) ? below(3) - 1ULL : fuzz_random();
	}
	for (u32 i = 0; i < XMMS; i++) {
		c->start.xmm[i][0] = fuzz_random();
		c->start.xmm[i][1] = fuzz_random();
	}
	c->start.rflags = (fuzz_random() & 0xcd5) | 0x202 |
			  (fuzz_try_ac && chance(5) ? FLAG_AC : 0);
}

static void choose_form(struct maker *m)
{
	if (chance(15) && !(m->row->flags & ROW_MEMORY)) {
		m->modrm |= 0xc0;
	} else if (m->modrm >= 0xc0) {
		m->modrm -= 0x40 * (1 + below(3));
	}
}

static void opcode(struct maker *m)
{
	if (m->map > 1) {
		byte(m, 0x0f);
	}
	if (m->map > 2) {
		byte(m, 0x38);
	}
	byte(m, m->opcode);
}

/* What compare.c must know. */
static void describe(struct maker *m)
{
	struct fuzz_case *c = m->c;
	int (*run)(struct emul *e) = m->row->run;
	u32 rip;

	if (m->rip_at) {
		rip = (u32)(c->target - (CODE + c->len));
		memcpy(c->bytes + m->rip_at, &rip, sizeof(rip));
	}
	c->row = m->row;
	c->map = m->map - 1;
	c->opcode = m->opcode;
	c->size = m->size;
	c->undefined = undefined_flags(m);
	c->narrow = m->row->flags & ROW_STRING && m->address_size != c->code_size;
	c->compares = !strcmp(m->row->name, "cmps") || !strcmp(m->row->name, "scas");
	c->match = (run == emul_op_cmpxchg || run == emul_op_cmpxchg_pair) && m->modrm < 0xc0 &&
		   !(m->used & (1u << HV_RAX | 1u << HV_RDX)) && chance(50);
	if (c->code_size != 8) {
		for (u32 i = 0; i < HV_GPRS; i++) {
			c->start.gpr[i] &= UINT32_MAX;
		}
	}
}

bool fuzz_generate(struct fuzz_case *c, u32 code_size)
{
	struct maker m = {.c = c};

	memset(c, 0, sizeof(*c));
	c->code_size = code_size;
	random_state(c);
	choose_segments(c);
	m.row = choose(&m);
	c->target = choose_target(&m);
	choose_form(&m);
	prefixes(&m);
	aim_implied(&m);
	opcode(&m);
	if (uses_modrm(&m)) {
		if (m.row->src == OP_SREG && (m.modrm >> 3 & 7) > HV_GS) {
			return false;
		}
		byte(&m, m.modrm);
		if (m.modrm < 0xc0) {
			memory(&m);
		}
	}
	if ((m.row->run == emul_op_shld || m.row->run == emul_op_shrd) && m.size == 2 &&
	    !(m.row->flags & ROW_IMM8) && (c->start.gpr[HV_RCX] & 31) > 16) {
		return false; /* the result is not defined */
	}
	immediate(&m);
	if (c->len > CODE_MAX) {
		return false;
	}
	describe(&m);
	return true;
}
