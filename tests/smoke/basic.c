/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The smoke tests without events: each a function that runs its micro-guest and says whether it
 * went right.
 */
#include "arch/x86/asm/cr.h"
#include "arch/x86/asm/msr.h"
#include "core/log.h"
#include "core/sched.h"
#include "core/thread.h"
#include "core/time.h"
#include "core/timer.h"
#include "tests/smoke/smoke.h"

bool smoke_io_hlt(struct smoke *g)
{
	const struct hv_exit *e = &g->exit;
	bool ok = smoke_run(g) == HV_EXIT_IO && e->io.port == 0x3f8 && e->io.size == 1 &&
		  !e->io.in && !e->io.string && e->insn_len == 1 &&
		  (g->vcpu.regs.gpr[HV_RAX] & 0xff) == 0x41;

	if (!smoke_expect(g, ok, "out 3f8")) {
		return false;
	}
	g->vcpu.regs.rip += e->insn_len;
	return smoke_expect(g, smoke_run(g) == HV_EXIT_HLT && e->insn_len <= 1, "hlt");
}

/* An entry fails, is dumped, and does no harm: with the state repaired the same vCPU runs. */
bool smoke_bad_state(struct smoke *g)
{
	struct hv_sregs s, good;

	hv_get_sregs(&g->vcpu, &s, HV_SREG_CR);
	good = s;
	s.cr0 |= CR0_PG | CR0_PE; /* long mode without PAE: refused by both */
	s.efer = EFER_LME | EFER_LMA;
	hv_set_sregs(&g->vcpu, &s, HV_SREG_CR);
	if (!smoke_expect(g, smoke_run(g) == HV_EXIT_FAIL_ENTRY && g->exit.fail.code != 0,
			  "a failed entry")) {
		return false;
	}
	hv_set_sregs(&g->vcpu, &good, HV_SREG_CR);
	return smoke_expect(g, smoke_run(g) == HV_EXIT_HLT, "hlt after the repaired state");
}

bool smoke_s2_fault(struct smoke *g)
{
	const struct hv_exit *e = &g->exit;
	bool ok = smoke_run(g) == HV_EXIT_S2_FAULT && (e->s2.gpa.v & PAGE_MASK) == 0x7000 &&
		  (e->s2.access & S2_W) && !e->s2.walk;

	if (!smoke_expect(g, ok, "a write fault at 7000") || !smoke_map(g, 0x7000)) {
		return false;
	}
	return smoke_expect(g, smoke_run(g) == HV_EXIT_HLT && g->mem[0x800] == 0x5a,
			    "the byte written, then hlt");
}

bool smoke_exits(struct smoke *g)
{
	static const struct {
		u8 kind, len;
	} row[] = {{HV_EXIT_CPUID, 2}, {HV_EXIT_MSR, 2},   {HV_EXIT_MSR, 2},
		   {HV_EXIT_CR, 3},    {HV_EXIT_INVAL, 2}, {HV_EXIT_EXCEPTION, 0}};
	u32 i;

	hv_set_intercepts(&g->vcpu, HV_INTERCEPT_HLT | HV_INTERCEPT_DR | HV_INTERCEPT_CPUID,
			  1u << 6);
	g->vcpu.regs.gpr[HV_RCX] = MSR_EFER;
	g->vcpu.regs.gpr[HV_RAX] = CR0_PE | CR0_ET;
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		u8 kind = smoke_run(g);
		bool len_ok = !g->exit.insn_len || g->exit.insn_len == row[i].len;

		if (!smoke_expect(g, kind == row[i].kind && len_ok, "the next exit in the row")) {
			log_err("smoke: number %u, length %u", i, g->exit.insn_len);
			return false;
		}
		g->vcpu.regs.rip += row[i].len;
	}
	return smoke_expect(g, g->exit.exception.vector == 6, "#UD");
}

static bool fired;

static void on_timer(struct timer *t)
{
	(void)t;
	fired = true;
}

/* `sti; jmp .` does not keep the CPU's timer from being served. */
bool smoke_spin(struct smoke *g)
{
	struct timer t;
	bool spinning = true;

	fired = false;
	timer_init(&t, on_timer);
	timer_arm(&t, now_ns() + NSEC_PER_MSEC);
	while (spinning && !READ_ONCE(fired)) {
		smoke_enter(g);
		spinning = g->exit.kind == HV_EXIT_INTR || g->exit.kind == HV_EXIT_TIMER;
	}
	(void)timer_cancel(&t);
	return smoke_expect(g, spinning, "a host interrupt");
}

bool smoke_triple_fault(struct smoke *g)
{
	struct hv_sregs s;

	hv_get_sregs(&g->vcpu, &s, HV_SREG_DT);
	s.idt.limit = 0;
	hv_set_sregs(&g->vcpu, &s, HV_SREG_DT);
	return smoke_expect(g, smoke_run(g) == HV_EXIT_SHUTDOWN, "a shutdown");
}

/*
 * `inc ax; hlt`, each round on the next CPU: nothing of the vCPU may stay behind in the one before.
 */
bool smoke_move(struct smoke *g)
{
	struct thread *me = current_thread();
	u64 all = me->affinity;
	u32 i, cpus = arch_cpu_count();
	bool ok = true;

	for (i = 1; i <= 4 * cpus && ok; i++) {
		hv_put(&g->vcpu);
		if (sched_set_affinity(me, BIT(i % cpus)) != 0) {
			hv_load(&g->vcpu);
			continue; /* that CPU is not online */
		}
		cond_resched();
		hv_load(&g->vcpu);
		g->vcpu.regs.rip = SMOKE_CODE;
		g->vcpu.regs.gpr[HV_RAX] = i;
		ok = smoke_run(g) == HV_EXIT_HLT && g->vcpu.regs.gpr[HV_RAX] == i + 1;
	}
	(void)smoke_expect(g, ok, "the next number on the next CPU");
	hv_put(&g->vcpu);
	if (sched_set_affinity(me, all) != 0) {
		ok = false;
	}
	hv_load(&g->vcpu);
	return ok;
}
