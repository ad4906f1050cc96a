/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs each case through the emulator, on a copy of the arena, and compares with the CPU. */
#include <stdio.h>
#include <string.h>

#include "arch/x86/asm/cr.h"
#include "core/errno.h"
#include "tests/fuzz/fuzz.h"
#include "vmm/emul/operand.h"

#define STATUS                                                                                     \
	(FLAG_CF | FLAG_PF | FLAG_AF | FLAG_ZF | FLAG_SF | FLAG_OF | FLAG_DF | FLAG_NT |   \
	 FLAG_AC | FLAG_ID)

enum { VEC_PF = 14 };

#define FLAG_TF BIT(8)
#define FLAG_NT BIT(14)
#define FLAG_ID BIT(21)

u32 fuzz_ran[3][256][8];

static u8 copy[ARENA_SIZE];
static u64 xmm[XMMS][2];

/* Whether the whole access lies in the arena; else the first byte outside is the fault. */
static int check(struct emul *e, u64 linear, u32 len)
{
	for (u32 i = 0; i < len; i++) {
		if (linear + i - ARENA >= ARENA_SIZE) {
			e->fault.vector = VEC_PF;
			e->fault.address = linear + i;
			return -EFAULT;
		}
	}
	return 0;
}

int emul_load(struct emul *e, u64 linear, void *buf, u32 len, bool for_write)
{
	int err = check(e, linear, len);

	(void)for_write;
	if (!err) {
		memcpy(buf, copy + (linear - ARENA), len);
	}
	return err;
}

int emul_store(struct emul *e, u64 linear, const void *buf, u32 len)
{
	int err = check(e, linear, len);

	if (!err) {
		memcpy(copy + (linear - ARENA), buf, len);
	}
	return err;
}

void emul_get_xmm(struct emul *e, u8 reg, u64 *value)
{
	(void)e;
	memcpy(value, xmm[reg], sizeof(xmm[reg]));
}

void emul_set_xmm(struct emul *e, u8 reg, const u64 *value)
{
	(void)e;
	memcpy(xmm[reg], value, sizeof(xmm[reg]));
}

static void set_system(const struct fuzz_case *c, struct emul *e)
{
	e->s.cr0 = CR0_PG | CR0_PE | (fuzz_try_ac ? CR0_AM : 0);
	e->s.cr4 = CR4_OSFXSR;
	e->user = true;
	for (u32 i = HV_ES; i <= HV_GS; i++) {
		const struct fuzz_segment *s = &fuzz_segments[c->seg[i]];

		e->s.seg[i] = (struct hv_segment){s->base, s->limit, s->attr, s->selector};
	}
}

static int emulate(const struct fuzz_case *c, struct state *end)
{
	static struct emul e;
	struct hv_regs before;
	int err;

	memset(&e, 0, sizeof(e));
	err = emul_decode(c->bytes, c->len, c->code_size, &e.i);
	if (err || e.i.len != c->len) {
		return -EINVAL;
	}
	memcpy(e.regs.gpr, c->start.gpr, sizeof(e.regs.gpr));
	memcpy(xmm, c->start.xmm, sizeof(xmm));
	e.regs.rip = CODE - fuzz_segments[c->seg[HV_CS]].base;
	e.regs.rflags = c->start.rflags;
	set_system(c, &e);
	do {
		before = e.regs;
		err = emul_execute(&e);
	} while (!err && e.again);
	if (err) {
		e.regs = before;
	}
	memcpy(end->gpr, e.regs.gpr, sizeof(end->gpr));
	memcpy(end->xmm, xmm, sizeof(end->xmm));
	end->rflags = e.regs.rflags;
	end->fault = err == -EFAULT;
	end->vector = end->fault ? e.fault.vector : 0;
	end->fault_address = end->vector == VEC_PF ? e.fault.address : 0;
	return err == -EFAULT ? 0 : err;
}

static bool same_registers(const struct fuzz_case *c, const struct state *a, const struct state *b)
{
	for (u32 i = 0; i < (c->code_size == 8 ? HV_GPRS : 8u); i++) {
		bool counts = i == HV_RCX || i == HV_RSI || i == HV_RDI;
		u64 mask = c->narrow && a->fault && counts ? UINT32_MAX : ~0ULL;

		mask &= c->code_size == 8 ? ~0ULL : UINT32_MAX;
		if ((a->gpr[i] ^ b->gpr[i]) & mask) {
			return false;
		}
	}
	return !memcmp(a->xmm, b->xmm, c->code_size == 8 ? sizeof(a->xmm) : sizeof(a->xmm) / 2);
}

/* Which of its two operands CMPS reads first, if both fault, is the CPU's business. */
static bool same_fault(const struct fuzz_case *c, const struct state *a, const struct state *b)
{
	if (!strcmp(c->row->name, "cmps") && a->fault && b->fault) {
		return true;
	}
	return a->fault == b->fault && a->vector == b->vector &&
	       (!a->fault_address || !b->fault_address || a->fault_address == b->fault_address);
}

static bool same(const struct fuzz_case *c, const struct state *a, const struct state *b)
{
	u64 flags = c->compares && a->fault ? 0 : STATUS & ~c->undefined;

	return same_fault(c, a, b) && same_registers(c, a, b) &&
	       (a->rflags & flags) == (b->rflags & flags) &&
	       !memcmp(copy, (const void *)(uintptr_t)ARENA, ARENA_SIZE);
}

static void print_state(const char *who, const struct state *s)
{
	printf("  %s: flags %llx", who, (unsigned long long)s->rflags);
	if (s->fault) {
		printf(" fault %u at %llx", s->vector, (unsigned long long)s->fault_address);
	}
	for (u32 i = 0; i < HV_GPRS; i++) {
		printf("%s%016llx", i % 4 ? " " : "\n    ", (unsigned long long)s->gpr[i]);
	}
	printf("\n");
}

static void report(u64 number, const struct fuzz_case *c, const struct state *cpu,
		   const struct state *emulator, int err)
{
	printf("case %llu, %u-bit code, %s:", (unsigned long long)number, 8 * c->code_size,
	       c->row->name);
	for (u32 i = 0; i < c->len; i++) {
		printf(" %02x", c->bytes[i]);
	}
	printf("%s\n  segments", err ? " (not emulated)" : "");
	for (u32 i = HV_ES; i <= HV_GS; i++) {
		printf(" %04x", fuzz_segments[c->seg[i]].selector);
	}
	printf("\n");
	print_state("start   ", &c->start);
	print_state("cpu     ", cpu);
	print_state("emulator", emulator);
	for (u32 i = 0; i < XMMS; i++) {
		if (memcmp(cpu->xmm[i], emulator->xmm[i], sizeof(cpu->xmm[i]))) {
			printf("  xmm%u\n", i);
		}
	}
	for (u32 i = 0; i < ARENA_SIZE; i++) {
		u8 native = ((const u8 *)(uintptr_t)ARENA)[i];

		if (native != copy[i]) {
			printf("  memory %llx: cpu %02x, emulator %02x\n",
			       (unsigned long long)(ARENA + i), native, copy[i]);
		}
	}
}

/* Behind the guard pages may be memory of this program, which the CPU would really change. */
static bool stray(const struct state *s)
{
	return s->fault_address && s->fault_address - (ARENA - PAGE_SIZE) >=
					   ARENA_SIZE + 2 * PAGE_SIZE;
}

static void fill(void)
{
	for (u32 i = 0; i < ARENA_SIZE; i += 8) {
		u64 value = fuzz_random();

		memcpy(copy + i, &value, sizeof(value));
	}
	memcpy((void *)(uintptr_t)ARENA, copy, ARENA_SIZE);
}

/* Flags to be popped must not trap; what CMPXCHG is to find must be found. */
static void prepare(struct fuzz_case *c)
{
	const struct fuzz_segment *ss = &fuzz_segments[c->seg[HV_SS]];
	bool wide = c->code_size == 8 || ss->attr & HV_ATTR_DB;
	u64 sp = c->start.gpr[HV_RSP] & (wide ? ~0ULL : 0xffff);
	u64 at = c->target - ARENA;
	u32 size = c->size;

	sp += c->code_size == 8 ? 0 : ss->base;
	if (c->row->run == emul_op_popf && sp + 1 - ARENA < ARENA_SIZE) {
		copy[sp + 1 - ARENA] &= ~(FLAG_TF >> 8);
		((u8 *)(uintptr_t)ARENA)[sp + 1 - ARENA] &= ~(FLAG_TF >> 8);
	}
	if (!c->match || at > ARENA_SIZE - 16) {
		return;
	}
	if (c->row->run == emul_op_cmpxchg_pair) {
		size = size == 8 ? 8 : 4;
		memcpy(&c->start.gpr[HV_RDX], copy + at + size, size);
	}
	memcpy(&c->start.gpr[HV_RAX], copy + at, size);
}

u64 fuzz_run(u64 seed, u64 count, u32 code_size)
{
	u64 differences = 0, faults = 0, strays = 0;
	struct state cpu, emulator;
	struct fuzz_case c;

	fuzz_seed(seed);
	fill();
	for (u64 i = 0; i < count; i++) {
		int err;

		while (!fuzz_generate(&c, code_size)) {
		}
		prepare(&c);
		memset(&emulator, 0, sizeof(emulator));
		err = emulate(&c, &emulator);
		if (stray(&emulator)) {
			strays++;
			fill();
			continue;
		}
		native_run(&c, &cpu);
		faults += cpu.fault;
		fuzz_ran[c.map][c.opcode][c.reg] += !cpu.fault;
		if (err || !same(&c, &cpu, &emulator)) {
			if (differences++ < 20) {
				report(i, &c, &cpu, &emulator, err);
			}
			fill();
		}
	}
	printf("seed %llu, %u-bit code: %llu cases, %llu faults, %llu not run, %llu differences\n",
	       (unsigned long long)seed, 8 * code_size, (unsigned long long)count,
	       (unsigned long long)faults, (unsigned long long)strays,
	       (unsigned long long)differences);
	return differences;
}
