/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fake machine for host unit tests.
 *
 * fake.c        CPUs, interrupt flags, clock, and what core/arch.h declares except threads. Calls
 * to other CPUs run at once "as" that CPU. Enough for everything that does not schedule. fake_smp.c
 * threads as fibers: the real scheduler runs, all CPUs in one host thread, in an order that is
 * either under the test's control or drawn from a seed. Link all of core for it. fake_panic.c
 * panic and fatal that a test can expect; or link core/panic.c. fake_log.c    log_write to stderr
 * if FAKE_LOG is set in the environment; or link core/log.c. fake_host.c   in place of fake.c and
 * fake_smp.c: a host thread per CPU. fake_sync.c   mutex and waitq without
 * scheduler, for single-threaded tests of the layers above.
 */
#pragma once

#include <setjmp.h>

#include "core/cpu.h"

#define FAKE_KHZ 1000000ULL /* 1 tick = 1 ns after time_init(FAKE_KHZ, 0) */

struct fake_cpu {
	struct cpu cpu;
	bool irqs;
	u64 armed; /* deadline of the timer, UINT64_MAX: none */
	bool kick; /* a kick interrupt is pending */
	void (*call_fn)(void *);
	void *call_arg;
	bool call; /* a call interrupt is pending */
	bool idle; /* halted in arch_idle */
	u32 kicks; /* kicks ever sent to it */
};

extern struct fake_cpu fake_cpus[MAX_CPUS];
extern u64 fake_tsc;
extern char fake_console[8192]; /* what arch_console_write got since fake_reset */

/* A machine of n CPUs, all online, CPU 0 current, interrupts on, time 0, no threads. */
void fake_reset(u32 n);
/* Continues the test "as" another CPU. */
void fake_set_cpu(u32 index);
/*
 * Delivers what is pending on the current CPU: timer (if due), call, kick. Interrupts must be on.
 */
void fake_deliver(void);
bool fake_irq_pending(u32 index);
/* Moves the clock (in ticks) and delivers the timer interrupt of the current CPU if it is due. */
void fake_advance(u64 ticks);

/* Set by fake_smp.c and by tests that look closer; NULL: the simple behaviour. */
extern struct fake_hooks {
	void (*point)(void); /* other CPUs may run here */
	void (*relax)(void);
	void (*call)(u64 mask, void (*fn)(void *), void *arg);
	void (*timer)(void); /* the timer interrupt's handler */
	void (*kicked)(u32 index);
} fake_hooks;

/*
 * ---- fake_panic.c, and arch_halt_forever of fake.c --------------------------------------------
 */

extern jmp_buf fake_halt_jump;
extern bool fake_halt_expected;
extern char fake_panic_text[256];

/* Runs the statement; true if it ended in panic, fatal or arch_halt_forever. */
#define FAKE_HALTS(statement)                                                                      \
	({                                                                                         \
		volatile bool halted = true;                                                       \
		fake_halt_expected = true;                                                         \
		if (!setjmp(fake_halt_jump)) {                                                     \
			statement;                                                                 \
			halted = false;                                                            \
		}                                                                                  \
		fake_halt_expected = false;                                                        \
		halted;                                                                            \
	})
__noreturn void fake_halt(void);

/*
 * ---- fake_smp.c
 * ----------------------------------------------------------------------------------
 */

/* As fake_reset, and every CPU stands before sched_idle_loop. */
void fake_smp_boot(u32 n);
/* Threads live until the next boot; returns a started-able one (thread_init done). */
struct thread *fake_thread(const char *name, void (*fn)(void *), void *arg);
/* For thread code: gives the host back to the test; goes on at the CPU's next step. */
void fake_pause(void);
/* Lets one CPU run to its next pause or idle; false: it is halted and nothing is pending. */
bool fake_step(u32 cpu);
/* One step of every CPU, then the clock moves by ticks; n times. */
void fake_rounds(u32 n, u64 ticks);
/*
 * Runs CPUs in an order drawn from seed, switching at every interrupt-flag change, until *done; the
 * clock moves on when all are halted. False: nobody can run and no timer is armed (a wake-up was
 * lost), or max steps were not enough.
 */
bool fake_run_random(u32 seed, const volatile bool *done, u32 max_steps);
