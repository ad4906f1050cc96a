/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs each case through the emulator, on a copy of the arena, and compares with the CPU. */
#include <stdio.h>
#include <string.h>

#include "core/errno.h"
#include "tests/fuzz/fuzz.h"
#include "vmm/emul/operand.h"

#define STATUS (FLAG_CF | FLAG_PF | FLAG_AF | FLAG_ZF | FLAG_SF | FLAG_OF | FLAG_DF)

static u8 copy[ARENA_SIZE];

/* Whether the whole access lies in the arena; else the first byte outside is the fault. */
static int check(struct emul *e, u64 linear, u32 len)
{
	for (u32 i = 0; i < len; i++) {
		if (linear + i - ARENA >= ARENA_SIZE) {
			e->fault.vector = 14;
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

static int emulate(const struct fuzz_case *c, const u16 *sel, struct state *end)
{
	static struct emul e;
	struct hv_regs before;
	int err;

	memset(&e, 0, sizeof(e));
	err = emul_decode(c->bytes, c->len, 8, &e.i);
	if (err || e.i.len != c->len) {
		return -EINVAL;
	}
	memcpy(e.regs.gpr, c->start.gpr, sizeof(e.regs.gpr));
	e.regs.rip = CODE;
	e.regs.rflags = c->start.rflags;
	e.s.cr0 = 0x80000001;
	for (u32 i = HV_ES; i <= HV_GS; i++) {
		e.s.seg[i].selector = sel[i];
	}
	do {
		before = e.regs;
		err = emul_execute(&e);
	} while (!err && e.again);
	if (err) {
		e.regs = before;
	}
	memcpy(end->gpr, e.regs.gpr, sizeof(end->gpr));
	end->rflags = e.regs.rflags;
	end->fault = err == -EFAULT;
	end->fault_address = end->fault && e.fault.vector == 14 ? e.fault.address : 0;
	return err == -EFAULT ? 0 : err;
}

static bool same_registers(const struct fuzz_case *c, const struct state *a, const struct state *b)
{
	for (u32 i = 0; i < HV_GPRS; i++) {
		bool counts = i == HV_RCX || i == HV_RSI || i == HV_RDI;
		u64 mask = c->narrow && a->fault && counts ? UINT32_MAX : ~0ULL;

		if ((a->gpr[i] ^ b->gpr[i]) & mask) {
			return false;
		}
	}
	return true;
}

static bool same(const struct fuzz_case *c, const struct state *a, const struct state *b)
{
	u64 flags = c->compares && a->fault ? 0 : STATUS & ~c->undefined;

	return a->fault == b->fault && same_registers(c, a, b) &&
	       (a->rflags & flags) == (b->rflags & flags) &&
	       (!a->fault_address || !b->fault_address || a->fault_address == b->fault_address) &&
	       !memcmp(copy, (const void *)(uintptr_t)ARENA, ARENA_SIZE);
}

static void print_state(const char *who, const struct state *s)
{
	printf("  %s: flags %llx%s at %llx", who, (unsigned long long)s->rflags,
	       s->fault ? " fault" : "", (unsigned long long)s->fault_address);
	for (u32 i = 0; i < HV_GPRS; i++) {
		printf("%s%016llx", i % 4 ? " " : "\n    ", (unsigned long long)s->gpr[i]);
	}
	printf("\n");
}

static void report(u64 number, const struct fuzz_case *c, const struct state *cpu,
		   const struct state *emulator, int err)
{
	printf("case %llu:", (unsigned long long)number);
	for (u32 i = 0; i < c->len; i++) {
		printf(" %02x", c->bytes[i]);
	}
	printf("%s\n", err ? " (not emulated)" : "");
	print_state("start   ", &c->start);
	print_state("cpu     ", cpu);
	print_state("emulator", emulator);
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

u64 fuzz_run(u64 seed, u64 count)
{
	struct state cpu, emulator;
	u64 differences = 0, faults = 0, strays = 0;
	struct fuzz_case c;
	u16 sel[HV_GS + 1];

	native_selectors(sel);
	fuzz_seed(seed);
	fill();
	for (u64 i = 0; i < count; i++) {
		int err;

		while (!fuzz_generate(&c)) {
		}
		memset(&emulator, 0, sizeof(emulator));
		err = emulate(&c, sel, &emulator);
		if (stray(&emulator)) {
			strays++;
			fill();
			continue;
		}
		native_run(&c, &cpu);
		faults += cpu.fault;
		if (err || !same(&c, &cpu, &emulator)) {
			if (differences++ < 20) {
				report(i, &c, &cpu, &emulator, err);
			}
			fill();
		}
	}
	printf("seed %llu: %llu cases, %llu faults, %llu not run, %llu differences\n",
	       (unsigned long long)seed, (unsigned long long)count, (unsigned long long)faults,
	       (unsigned long long)strays,
	       (unsigned long long)differences);
	return differences;
}
