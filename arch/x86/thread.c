/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine's side of threads: first stack frame, idling, halting, back-trace. */
#include "core/thread.h"

#include "arch/x86/apic_regs.h"
#include "arch/x86/asm/irq.h"
#include "arch/x86/asm/msr.h"
#include "core/arch.h"
#include "core/log.h"
#include "core/symbols.h"
#include "mm/layout.h"

#define BACKTRACE_MAX 24

void thread_first_entry(void);

void arch_thread_prepare(struct thread *t)
{
	u64 *sp = (u64 *)(uintptr_t)(t->stack_base.v + THREAD_STACK_SIZE);

	/* alignment: at the function's entry RSP is 8 modulo 16 */
	*--sp = 0;
	*--sp = (u64)(uintptr_t)thread_first_entry;
	*--sp = 0;				/* rbp: the end of the back-trace */
	*--sp = (u64)(uintptr_t)t;		/* rbx */
	sp -= 4;				/* r12-r15: anything */
	t->sp = (u64)(uintptr_t)sp;
}

void arch_idle(void)
{
	/*
	 * QEMU 10 without KVM can lose sight of a pending interrupt: a #VMEXIT changes the CPU's
	 * word of interrupt requests without the lock under which a device changes it. A CPU that
	 * halts then never wakes, as its timer fires once. A write to TPR makes it look again.
	 */
	apic_write(APIC_TPR, 0);
	/*
	 * STI's shadow covers HLT: an interrupt that is pending wakes it and cannot come in
	 * between.
	 */
	__asm__ volatile("sti; hlt; cli" ::: "memory");
}

__noreturn void arch_halt_forever(void)
{
	for (;;) {
		__asm__ volatile("cli; hlt");
	}
}

/* Frame pointers only lead through hypervisor stacks: anything else ends the walk. */
static bool plausible(u64 fp)
{
	return IS_ALIGNED(fp, 8) &&
	       (fp >= IMAGE_BASE || (fp >= KVMAP_BASE && fp < KVMAP_BASE + KVMAP_SIZE));
}

void arch_backtrace(u64 fp)
{
	for (u32 i = 0; i < BACKTRACE_MAX && plausible(fp); i++) {
		const u64 *frame = (const u64 *)(uintptr_t)fp;
		u64 off = 0;
		const char *sym = symbol_lookup(frame[1], &off);

		if (!sym) {
			break;
		}
		log_err("  #%u %016lx %s+%lx", i, frame[1], sym, off);
		if (frame[0] <= fp) {
			break;
		}
		fp = frame[0];
	}
}
