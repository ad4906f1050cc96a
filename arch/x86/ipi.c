/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kick and call-function interrupts. One call is under way at a time (a ticket lock taken with
 * interrupts on, so that a waiter can serve the call of the one before it); each target clears
 * its bit when it has run the function.
 */
#include "arch/x86/ipi.h"

#include "arch/x86/apic.h"
#include "arch/x86/asm/percpu.h"
#include "arch/x86/cpu_data.h"
#include "arch/x86/trap.h"
#include "core/panic.h"

static struct spinlock call_lock;
static void (*call_fn)(void *);
static void *call_arg;
static bool stop_requested;
static u64 call_waiting;	/* bit per CPU that has not finished */

void arch_kick_cpu(u32 index)
{
	struct cpu *cpu = arch_cpu(index);

	if (cpu && cpu->online) {
		apic_send(cpu->arch->apic_id, APIC_ICR_FIXED | VEC_KICK);
	}
}

void ipi_call_interrupt(void)
{
	u64 bit = BIT(this_cpu()->index);

	if (__atomic_load_n(&call_waiting, __ATOMIC_ACQUIRE) & bit) {
		call_fn(call_arg);
		__atomic_fetch_and(&call_waiting, ~bit, __ATOMIC_RELEASE);
	}
}

static void send(u64 targets, u32 command)
{
	for (; targets; targets &= targets - 1) {
		apic_send(arch_cpu((u32)__builtin_ctzll(targets))->arch->apic_id, command);
	}
}

void arch_call_cpus(u64 mask, void (*fn)(void *), void *arg)
{
	u32 self;
	u64 targets;
	bool irqs;

	spin_lock(&call_lock);
	irqs = irq_save();
	self = this_cpu()->index;
	targets = mask & cpus_online() & ~BIT(self);
	/* a waiter that answers nobody would dead-lock two callers */
	ASSERT(irqs || targets == 0);
	if (targets) {
		call_fn = fn;
		call_arg = arg;
		__atomic_store_n(&call_waiting, targets, __ATOMIC_RELEASE);
		send(targets, APIC_ICR_FIXED | VEC_CALL);
	}
	if (mask & BIT(self)) {
		fn(arg);
	}
	irq_restore(irqs);
	while (__atomic_load_n(&call_waiting, __ATOMIC_ACQUIRE)) {
		cpu_relax();
	}
	spin_unlock(&call_lock);
}

bool ipi_stop_requested(void)
{
	return READ_ONCE(stop_requested);
}

void arch_stop_others(void)
{
	WRITE_ONCE(stop_requested, true);
	/*
	 * Not to all: a CPU that was left in the trampoline has no IDT and would reset the
	 * machine.
	 */
	send(cpus_online() & ~BIT(this_cpu()->index), APIC_ICR_NMI);
}
