/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Micro-guests of a few bytes in one page, entered through the contract alone: no domain, no
 * emulation. What they show works before anything above exists, on VMX and SVM alike. This is the
 * main thread of an image of its own, smoke.elf: the hypervisor, with this file for core/main.c.
 */
#include "arch/x86/asm/irq.h"
#include "core/arch.h"
#include "core/log.h"
#include "core/main.h"
#include "core/panic.h"
#include "core/string.h"
#include "core/thread.h"
#include "core/time.h"
#include "mm/kvmap.h"
#include "tests/smoke/smoke.h"

static struct smoke guest;

static const struct smoke_test tests[] = {
	{"io-hlt",
	 "io exit port 3f8, hlt exit",
	 smoke_io_hlt,
	 /* mov dx; mov al; out; hlt */
	 {0xba, 0xf8, 0x03, 0xb0, 0x41, 0xee, 0xf4}},
	{"bad-state", "entry refused, rule named, then runs", smoke_bad_state, {0xf4}},
	{"s2-fault",
	 "stage-2 write fault, then mapped",
	 smoke_s2_fault,
	 {0xc6, 0x06, 0x00, 0x78, 0x5a, 0xf4}}, /* mov byte [7800h], 5ah; hlt */
	{"exits",
	 "cpuid, rdmsr, wrmsr, cr0, wbinvd, #UD",
	 smoke_exits,
	 {0x0f, 0xa2, 0x0f, 0x32, 0x0f, 0x30, 0x0f, 0x22, 0xc0, 0x0f, 0x09, 0x0f, 0x0b}},
	{"window", "window behind sti, injected interrupt", smoke_window, {0xfb, 0x90, 0xeb, 0xfe}},
	{"interrupted",
	 "an interrupted interrupt is delivered later",
	 smoke_interrupted,
	 {0xfb, 0x90, 0xeb, 0xfe}}, /* sti; nop; jmp . */
	{"soft-int", "an interrupted INT n is delivered later", smoke_soft_int, {0xcd, 0x21, 0xf4}},
	{"inject-soft",
	 "an injected INT n returns behind it",
	 smoke_inject_soft,
	 {0xcd, 0x21, 0xf4}},
	{"spin", "a spin is interrupted", smoke_spin, {0xfb, 0xeb, 0xfe}},
	{"triple-fault", "a triple fault is an exit", smoke_triple_fault, {0xcc}},
	{"move", "runs on every CPU in turn", smoke_move, {0x40, 0xf4, 0xeb, 0xfc}},
};

void smoke_enter(struct smoke *g)
{
	irq_disable();
	if (s2_enter(g->vcpu.s2, &g->vcpu.s2_seen)) {
		hv_s2_flush(&g->vcpu);
	}
	hv_run(&g->vcpu, &g->exit);
	s2_leave();
	irq_enable();
}

u8 smoke_run(struct smoke *g)
{
	u32 i;

	for (i = 0; i < 1000; i++) {
		smoke_enter(g);
		if (g->exit.kind != HV_EXIT_INTR && g->exit.kind != HV_EXIT_TIMER &&
		    g->exit.kind != HV_EXIT_NMI) {
			break;
		}
	}
	return g->exit.kind;
}

bool smoke_expect(const struct smoke *g, bool ok, const char *what)
{
	if (!ok) {
		log_err("smoke: expected %s; exit kind %u reason %x info %lx rip %lx", what,
			g->exit.kind, g->exit.raw_reason, g->exit.raw_qualification,
			g->vcpu.regs.rip);
	}
	return ok;
}

bool smoke_map(struct smoke *g, u64 gpa)
{
	int err = s2_map(&g->s2, GPA(gpa), frame_hpa(g->page), 0, S2_R | S2_W | S2_X);

	return smoke_expect(g, err == 0, "memory for a mapping");
}

/* Real mode, CS:IP = 0:SMOKE_CODE, all segments based at 0. */
static bool make(struct smoke *g, const u8 *code, size_t len)
{
	struct hv_sregs s;
	u32 i;

	memset(g, 0, sizeof(*g));
	g->page = frame_alloc(0, FRAME_HYP, FRAME_ZERO);
	if (!g->page || s2_init(&g->s2) != 0 || hv_vcpu_init(&g->vcpu) != 0) {
		return smoke_expect(g, false, "memory for a guest");
	}
	g->mem = frame_ptr(g->page);
	memcpy(g->mem, code, len);
	hv_load(&g->vcpu);
	hv_s2_activate(&g->vcpu, &g->s2);
	hv_set_deadline(&g->vcpu, clock.tsc_khz);
	hv_get_sregs(&g->vcpu, &s, HV_SREG_ALL);
	for (i = HV_ES; i <= HV_GS; i++) {
		s.seg[i].selector = 0;
		s.seg[i].base = 0;
	}
	hv_set_sregs(&g->vcpu, &s, HV_SREG_ALL);
	g->vcpu.regs.rip = SMOKE_CODE;
	g->vcpu.regs.gpr[HV_RSP] = SMOKE_STACK;
	return smoke_map(g, SMOKE_CODE);
}

static void destroy(struct smoke *g)
{
	hv_put(&g->vcpu);
	hv_vcpu_free(&g->vcpu);
	s2_destroy(&g->s2);
	frame_put(g->page);
}

static void run_tests(void *unused)
{
	u32 i, failed = 0;
	bool ok;

	(void)unused;
	for (i = 0; i < ARRAY_SIZE(tests); i++) {
		ok = make(&guest, tests[i].code, sizeof(tests[i].code));
		if (!ok) {
			failed++;
			break;
		}
		ok = tests[i].fn(&guest);
		log_info("smoke: %s: %s: %s", tests[i].name, tests[i].passed, ok ? "ok" : "FAILED");
		failed += ok ? 0 : 1;
		destroy(&guest);
	}
	log_info("corbel: smoke test %s", failed ? "FAILED" : "passed");
	log_info("corbel: halted");
	arch_halt_forever();
}

void main_start(void)
{
	static struct thread t;
	void *stack = kstack_alloc();

	ASSERT(stack);
	thread_init(&t, "main", (hva_t){(u64)(uintptr_t)stack}, run_tests, NULL);
	thread_start(&t);
}
