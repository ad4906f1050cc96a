/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The smoke tests with events: windows, injection, and deliveries that a stage-2 fault interrupts
 * (where the two vendors differ most: who keeps the event, where RIP is, what length a software
 * interrupt has).
 */
#include "arch/x86/asm/irq.h"
#include "tests/smoke/smoke.h"

#define HANDLER (SMOKE_CODE + 0x100)
#define UNMAPPED_STACK 0x9000

static const struct hv_event irq = {.type = HV_EVENT_EXTINT, .vector = 0x20};

/* The page is also at 0: vectors 20H and 21H lead to a HLT. */
static bool make_vectors(struct smoke *g)
{
	u32 vector;

	for (vector = 0x20; vector <= 0x21; vector++) {
		g->mem[vector * 4] = HANDLER & 0xff;
		g->mem[vector * 4 + 1] = HANDLER >> 8;
	}
	g->mem[HANDLER - SMOKE_CODE] = 0xf4;
	return smoke_map(g, 0);
}

static u16 pushed_ip(const struct smoke *g)
{
	u64 at = g->vcpu.regs.gpr[HV_RSP] & (PAGE_SIZE - 1);

	return (u16)(g->mem[at] | g->mem[at + 1] << 8);
}

static bool in_handler(struct smoke *g, u64 stack, u16 return_ip)
{
	bool ok = smoke_run(g) == HV_EXIT_HLT && g->vcpu.regs.rip == HANDLER &&
		  g->vcpu.regs.gpr[HV_RSP] == stack - 6 && !(g->vcpu.regs.rflags & RFLAGS_IF) &&
		  pushed_ip(g) == return_ip;

	return smoke_expect(g, ok, "the handler's hlt");
}

static bool to_window(struct smoke *g)
{
	bool ok;

	hv_request_window(&g->vcpu, false, true);
	ok = smoke_run(g) == HV_EXIT_WINDOW && g->vcpu.regs.rip == SMOKE_CODE + 2;
	hv_request_window(&g->vcpu, false, false);
	return smoke_expect(g, ok, "a window behind sti; nop");
}

bool smoke_window(struct smoke *g)
{
	if (!make_vectors(g) || !to_window(g)) {
		return false;
	}
	hv_inject(&g->vcpu, &irq);
	return in_handler(g, SMOKE_STACK, SMOKE_CODE + 2);
}

/* The delivery pushes to a page that is not there. */
static bool to_stack_fault(struct smoke *g)
{
	bool ok = smoke_run(g) == HV_EXIT_S2_FAULT &&
		  (g->exit.s2.gpa.v & PAGE_MASK) == UNMAPPED_STACK - PAGE_SIZE;

	return smoke_expect(g, ok, "a fault at the stack") &&
	       smoke_map(g, UNMAPPED_STACK - PAGE_SIZE);
}

bool smoke_interrupted(struct smoke *g)
{
	if (!make_vectors(g) || !to_window(g)) {
		return false;
	}
	g->vcpu.regs.gpr[HV_RSP] = UNMAPPED_STACK;
	hv_inject(&g->vcpu, &irq);
	if (!to_stack_fault(g)) {
		return false;
	}
	if (!smoke_expect(
		    g, g->exit.reinject.type == HV_EVENT_EXTINT && g->exit.reinject.vector == 0x20,
		    "the interrupt back")) {
		return false;
	}
	hv_inject(&g->vcpu, &g->exit.reinject);
	return in_handler(g, UNMAPPED_STACK, SMOKE_CODE + 2);
}

/* Either the event comes back with its length, or RIP is at the INT and it runs again. */
bool smoke_soft_int(struct smoke *g)
{
	const struct hv_event *e = &g->exit.reinject;
	bool ok;

	g->vcpu.regs.gpr[HV_RSP] = UNMAPPED_STACK;
	if (!make_vectors(g) || !to_stack_fault(g)) {
		return false;
	}
	ok = e->type == HV_EVENT_NONE ||
	     (e->type == HV_EVENT_SOFT_INT && e->vector == 0x21 && e->insn_len == 2);
	if (!smoke_expect(g, ok && g->vcpu.regs.rip == SMOKE_CODE, "rip at the int")) {
		return false;
	}
	if (e->type != HV_EVENT_NONE) {
		hv_inject(&g->vcpu, e);
	}
	return in_handler(g, UNMAPPED_STACK, SMOKE_CODE + 2);
}

/* As an emulator would inject it, interrupted once. */
bool smoke_inject_soft(struct smoke *g)
{
	static const struct hv_event soft = {
		.type = HV_EVENT_SOFT_INT, .vector = 0x21, .insn_len = 2};
	const struct hv_event *e = &g->exit.reinject;

	g->vcpu.regs.gpr[HV_RSP] = UNMAPPED_STACK;
	if (!make_vectors(g)) {
		return false;
	}
	hv_inject(&g->vcpu, &soft);
	if (!to_stack_fault(g)) {
		return false;
	}
	if (!smoke_expect(g,
			  e->type == HV_EVENT_SOFT_INT && e->vector == 0x21 && e->insn_len == 2 &&
				  g->vcpu.regs.rip == SMOKE_CODE,
			  "the int back")) {
		return false;
	}
	hv_inject(&g->vcpu, e);
	return in_handler(g, UNMAPPED_STACK, SMOKE_CODE + 2);
}
