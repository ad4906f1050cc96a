/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Micro-guests of a few bytes in one page, entered through the contract alone: no domain, no emulation. What they show
 * works before anything above exists, on VMX and SVM alike. Called by the main thread for the boot option `smoke`.
 */
#include "arch/x86/hv/hv_smoke.h"

#include "arch/x86/asm/cr.h"
#include "arch/x86/asm/irq.h"
#include "arch/x86/asm/msr.h"
#include "arch/x86/asm/percpu.h"
#include "arch/x86/hv/hv.h"
#include "core/cpu.h"
#include "core/errno.h"
#include "core/log.h"
#include "core/string.h"
#include "core/time.h"
#include "core/timer.h"
#include "mm/frame.h"
#include "mm/stage2.h"

#define PAGE_GPA 0x1000		/* where the guest's page is; code at its start */
#define STACK_TOP 0x2000
#define IVT_ENTRY(vector) ((vector) * 4)

/* One micro-guest: its page, its stage-2 tables, its vCPU. */
struct guest {
	struct hv_vcpu vcpu;
	struct s2 s2;
	struct frame *page;
	struct hv_exit exit;
};

static struct guest guest;

static void run(struct guest *g)
{
	irq_disable();
	if (s2_enter(g->vcpu.s2, &g->vcpu.s2_seen)) {
		hv_s2_flush(&g->vcpu);
	}
	hv_run(&g->vcpu, &g->exit);
	s2_leave();
	irq_enable();
}

/* Runs on through host interrupts. */
static u8 run_to_exit(struct guest *g)
{
	u32 i;

	for (i = 0; i < 1000; i++) {
		run(g);
		if (g->exit.kind != HV_EXIT_INTR && g->exit.kind != HV_EXIT_TIMER &&
		    g->exit.kind != HV_EXIT_NMI) {
			break;
		}
	}
	return g->exit.kind;
}

/* Real mode, CS:IP = 0:PAGE_GPA, page 0 (interrupt vectors) is the same page. */
static int guest_make(struct guest *g, const void *code, size_t len)
{
	struct hv_sregs s;
	u32 i;

	memset(g, 0, sizeof(*g));
	g->page = frame_alloc(0, FRAME_HYP, FRAME_ZERO);
	if (!g->page) {
		return -ENOMEM;
	}
	memcpy(frame_ptr(g->page), code, len);
	if (s2_init(&g->s2) != 0 || hv_vcpu_init(&g->vcpu) != 0 ||
	    s2_map(&g->s2, GPA(PAGE_GPA), frame_hpa(g->page), 0, S2_R | S2_W | S2_X) != 0) {
		return -ENOMEM;
	}
	hv_load(&g->vcpu);
	hv_s2_activate(&g->vcpu, &g->s2);
	hv_set_deadline(&g->vcpu, clock.tsc_khz);
	hv_get_sregs(&g->vcpu, &s, HV_SREG_ALL);
	for (i = HV_ES; i <= HV_GS; i++) {
		s.seg[i].selector = 0;
		s.seg[i].base = 0;
	}
	hv_set_sregs(&g->vcpu, &s, HV_SREG_ALL);
	g->vcpu.regs.rip = PAGE_GPA;
	g->vcpu.regs.gpr[HV_RSP] = STACK_TOP;
	return 0;
}

static void guest_free(struct guest *g)
{
	hv_put(&g->vcpu);
	hv_vcpu_free(&g->vcpu);
	s2_destroy(&g->s2);
	frame_put(g->page);
}

static bool expect(bool ok, const char *what)
{
	if (!ok) {
		log_err("smoke: expected %s; exit kind %u reason %x info %llx rip %llx", what, guest.exit.kind,
			guest.exit.raw_reason, (unsigned long long)guest.exit.raw_qualification,
			(unsigned long long)guest.vcpu.regs.rip);
	}
	return ok;
}

static bool test_io_hlt(struct guest *g)
{
	struct hv_exit *e = &g->exit;

	if (!expect(run_to_exit(g) == HV_EXIT_IO && e->io.port == 0x3f8 && e->io.size == 1 && !e->io.in &&
		    !e->io.string && e->insn_len == 1 && (g->vcpu.regs.gpr[HV_RAX] & 0xff) == 0x41,
		    "out 3f8")) {
		return false;
	}
	g->vcpu.regs.rip += e->insn_len;
	return expect(run_to_exit(g) == HV_EXIT_HLT && (e->insn_len == 1 || e->insn_len == 0), "hlt");
}

/* An entry fails, is dumped, and does no harm: with the state repaired the same vCPU runs. */
static bool test_bad_state(struct guest *g)
{
	struct hv_sregs s, good;

	hv_get_sregs(&g->vcpu, &s, HV_SREG_CR);
	good = s;
	s.cr0 |= CR0_PG | CR0_PE;	/* long mode without PAE: refused by both */
	s.efer = EFER_LME | EFER_LMA;
	hv_set_sregs(&g->vcpu, &s, HV_SREG_CR);
	if (!expect(run_to_exit(g) == HV_EXIT_FAIL_ENTRY && g->exit.fail.code != 0, "a failed entry")) {
		return false;
	}
	hv_set_sregs(&g->vcpu, &good, HV_SREG_CR);
	return expect(run_to_exit(g) == HV_EXIT_HLT, "hlt after the repaired state");
}

static bool test_s2_fault(struct guest *g)
{
	struct hv_exit *e = &g->exit;

	if (!expect(run_to_exit(g) == HV_EXIT_S2_FAULT && (e->s2.gpa.v & PAGE_MASK) == 0x7000 &&
		    (e->s2.access & S2_W) && !e->s2.walk, "a write fault at 7000")) {
		return false;
	}
	if (s2_map(&g->s2, GPA(0x7000), frame_hpa(g->page), 0, S2_R | S2_W) != 0) {
		return expect(false, "memory");
	}
	if (!expect(run_to_exit(g) == HV_EXIT_HLT, "hlt") ||
	    !expect(((u8 *)frame_ptr(g->page))[0x800] == 0x5a, "the byte written")) {
		return false;
	}
	return true;
}

/* A window opens behind STI and its shadow; the injected interrupt arrives; CPUID, RDMSR and RDTSC inside. */
static bool test_event(struct guest *g)
{
	static const struct hv_event irq = { .type = HV_EVENT_EXTINT, .vector = 0x20 };
	u8 *page = frame_ptr(g->page);

	if (s2_map(&g->s2, GPA(0), frame_hpa(g->page), 0, S2_R | S2_W | S2_X) != 0) {
		return expect(false, "memory");
	}
	/* Vectors and code share the page: vector 0x20 lies at 0x80 and points to PAGE_GPA + 0x100 (`hlt`). */
	page[IVT_ENTRY(0x20) + 0] = 0x00;
	page[IVT_ENTRY(0x20) + 1] = 0x11;
	page[0x100] = 0xf4;
	hv_request_window(&g->vcpu, false, true);
	if (!expect(run_to_exit(g) == HV_EXIT_WINDOW && g->vcpu.regs.rip == PAGE_GPA + 2, "a window behind sti; nop")) {
		return false;
	}
	hv_request_window(&g->vcpu, false, false);
	hv_inject(&g->vcpu, &irq);
	return expect(run_to_exit(g) == HV_EXIT_HLT && g->vcpu.regs.rip == PAGE_GPA + 0x100 &&
		      g->vcpu.regs.gpr[HV_RSP] == STACK_TOP - 6 && !(g->vcpu.regs.rflags & RFLAGS_IF),
		      "the handler's hlt");
}

static bool test_exits(struct guest *g)
{
	static const u8 kinds[] = { HV_EXIT_CPUID, HV_EXIT_MSR, HV_EXIT_MSR, HV_EXIT_CR, HV_EXIT_INVAL, HV_EXIT_EXCEPTION };
	static const u8 lens[] = { 2, 2, 2, 3, 2, 0 };
	u32 i;

	hv_set_intercepts(&g->vcpu, HV_INTERCEPT_HLT | HV_INTERCEPT_DR, 1u << 6);
	g->vcpu.regs.gpr[HV_RCX] = MSR_EFER;
	g->vcpu.regs.gpr[HV_RAX] = CR0_PE | CR0_ET;
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (!expect(run_to_exit(g) == kinds[i], "the next exit of cpuid rdmsr wrmsr movcr0 wbinvd ud2") ||
		    !expect(!g->exit.insn_len || !lens[i] || g->exit.insn_len == lens[i], "its length")) {
			log_err("smoke: number %u, length %u", i, g->exit.insn_len);
			return false;
		}
		g->vcpu.regs.rip += lens[i];
	}
	return expect(g->exit.exception.vector == 6, "#UD");
}

static bool fired;

static void on_timer(struct timer *t)
{
	(void)t;
	fired = true;
}

/* `sti; jmp .` does not keep the CPU's timer from being served. */
static bool test_spin(struct guest *g)
{
	struct timer t;
	bool spinning = true;

	fired = false;
	timer_init(&t, on_timer);
	timer_arm(&t, now_ns() + NSEC_PER_MSEC);
	while (spinning && !READ_ONCE(fired)) {
		run(g);
		spinning = g->exit.kind == HV_EXIT_INTR || g->exit.kind == HV_EXIT_TIMER;
	}
	(void)timer_cancel(&t);
	return expect(spinning, "a host interrupt");
}

static bool test_triple_fault(struct guest *g)
{
	struct hv_sregs s;

	hv_get_sregs(&g->vcpu, &s, HV_SREG_DT);
	s.idt.limit = 0;
	hv_set_sregs(&g->vcpu, &s, HV_SREG_DT);
	return expect(run_to_exit(g) == HV_EXIT_SHUTDOWN, "a shutdown");
}

static const struct {
	const char *name, *passed;
	bool (*fn)(struct guest *g);
	u8 code[16];
} tests[] = {
	{ "io-hlt", "io exit port 3f8, hlt exit", test_io_hlt, { 0xba, 0xf8, 0x03, 0xb0, 0x41, 0xee, 0xf4 } },
	{ "bad-state", "entry refused, rule named, then runs", test_bad_state, { 0xf4 } },
	{ "s2-fault", "stage-2 write fault, then mapped", test_s2_fault,
	  { 0xc6, 0x06, 0x00, 0x78, 0x5a, 0xf4 } },			/* mov byte [7800h], 5ah; hlt */
	{ "event", "window, injected interrupt", test_event, { 0xfb, 0x90, 0xeb, 0xfe } },
	{ "exits", "cpuid, rdmsr, wrmsr, cr0, wbinvd, #UD", test_exits,
	  { 0x0f, 0xa2, 0x0f, 0x32, 0x0f, 0x30, 0x0f, 0x22, 0xc0, 0x0f, 0x09, 0x0f, 0x0b } },
	{ "spin", "a spin is interrupted", test_spin, { 0xfb, 0xeb, 0xfe } },
	{ "triple-fault", "a triple fault is an exit", test_triple_fault, { 0xcc } },
};

int hv_smoke(void)
{
	u32 i, failed = 0;

	for (i = 0; i < ARRAY_SIZE(tests); i++) {
		bool ok = expect(guest_make(&guest, tests[i].code, sizeof(tests[i].code)) == 0, "memory") &&
			tests[i].fn(&guest);

		log_info("smoke: %s: %s: %s", tests[i].name, tests[i].passed, ok ? "ok" : "FAILED");
		failed += ok ? 0 : 1;
		guest_free(&guest);
	}
	return failed ? -EIO : 0;
}
