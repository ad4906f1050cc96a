/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the portable part (core, mm) needs of the CPU: declared here, defined in arch/x86, and faked
 * in tests/fake for the unit tests. Leaf operations that must be inline are in arch/x86/asm/.
 */
#pragma once

#include "core/types.h"

#define MAX_CPUS 64

struct thread;

/*
 * Dense CPU numbers 0..arch_cpu_count()-1; 0 is the boot CPU. Online: started and running threads.
 */
u32 arch_cpu_count(void);
struct cpu *arch_cpu(u32 index);

/*
 * Makes the CPU `index` pass through its kick interrupt (vector 0xf1): leaves guest mode, looks at
 * need_resched. Any context.
 */
void arch_kick_cpu(u32 index);

/*
 * Runs fn(arg) in interrupt context on every CPU whose bit is set in mask (the calling one:
 * directly) and returns when all have finished. Interrupts must be on (or only the own bit set); no
 * irqlock held.
 */
void arch_call_cpus(u64 mask, void (*fn)(void *), void *arg);

/*
 * Arms this CPU's timer interrupt for the absolute time deadline_ns (now_ns clock); UINT64_MAX:
 * none. Interrupts off.
 */
void arch_timer_arm(u64 deadline_ns);

/*
 * Waits for the next interrupt. Called and returns with interrupts off; they are on only in between
 * (sti; hlt; cli).
 */
void arch_idle(void);

/* Prepares the stack so that the first switch to t calls thread_entry_c(t) with interrupts off. */
void arch_thread_prepare(struct thread *t);
/*
 * Saves the callee-saved state of prev, continues next. Interrupts off, run-queue protocol as in
 * core/sched.c.
 */
void arch_thread_switch(struct thread *prev, struct thread *next);

/* Prints a symbolised back-trace starting at frame pointer fp with the panic-safe printer. */
void arch_backtrace(u64 fp);
/* Stops all other CPUs by NMI. For panic only. */
void arch_stop_others(void);
/* Ends the machine's work: interrupts off, halt for ever (prints nothing). */
__noreturn void arch_halt_forever(void);

/*
 * Writes to all consoles at once, polled, without locks; for log output before the prompt and for
 * panic.
 */
void arch_console_write(const char *s, size_t len);
