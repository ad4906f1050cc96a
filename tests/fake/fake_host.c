/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fake machine with a host thread for each CPU, in place of fake.c and fake_smp.c: the real
 * scheduler runs on the host's CPUs with their memory order, so what another CPU sees, and when,
 * is real. Interrupts are flags that a CPU looks at where the flag goes on, where it spins, in
 * arch_idle and in its guest. For the storms (tests/unit/storm_NAME.c), without sanitizers.
 */
#include "fake_host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include "arch/x86/asm/irq.h"
#include "arch/x86/asm/percpu.h"
#include "arch/x86/asm/tsc.h"
#include "core/sched.h"
#include "core/thread.h"
#include "core/time.h"
#include "core/timer.h"
#include "host.h"

#define FIBER_STACK (256 * 1024)
#define MAX_THREADS 256
#define SPINS_TO_YIELD 1024	/* of a loop, until the host's other threads get the CPU */
#define SPINS_TO_SLEEP 32768	/* of an idle CPU, until it only looks now and then */
#define IDLE_US 50
#define SECONDS_TO_LOSE 20

struct fiber {
	ucontext_t context;
	struct thread *thread; /* NULL: an idle loop */
};

struct fake_cpu fake_cpus[MAX_CPUS];
char fake_console[8192];
struct fake_hooks fake_hooks;
jmp_buf fake_halt_jump;
bool fake_halt_expected;
char fake_panic_text[256];
u64 fake_beats;

static __thread u32 current;
static __thread bool irqs = true;
static __thread u64 random_state;
static struct thread threads[MAX_THREADS], idles[MAX_CPUS];
static u32 thread_count, cpu_count = 1;
static bool started; /* the CPUs have their threads */
static bool running; /* else they stay in arch_idle */
static u64 idle_ends;
static u32 call_lock;

/* ---- CPUs ---- */

struct cpu *fake_this_cpu(void)
{
	return &fake_cpus[current].cpu;
}

bool fake_irqs_on(void)
{
	return irqs;
}

u32 fake_draw(u32 limit)
{
	if (!random_state) {
		random_state = current * 0x9e3779b97f4a7c15ULL + 88172645463325252ULL;
	}
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (u32)(random_state >> 32) % limit;
}

/* A delay of up to n steps of a few cycles. */
void fake_delay(u32 n)
{
	for (volatile u32 left = n; left; left--) {
	}
}

u64 fake_rdtsc(void)
{
	return host_now_ns();
}

bool fake_irq_pending(u32 index)
{
	struct fake_cpu *f = &fake_cpus[index];

	return READ_ONCE(f->kick) || READ_ONCE(f->call) ||
	       (f->armed != UINT64_MAX && f->armed <= now_ns());
}

static void answer_call(struct fake_cpu *f)
{
	f->call_fn(f->call_arg);
	__atomic_store_n(&f->call, false, __ATOMIC_SEQ_CST);
}

bool fake_run_guest(u32 cpu, u32 steps)
{
	for (u32 i = 1; !fake_irq_pending(cpu); i++) {
		if (i == steps) {
			return false;
		}
		if (i % SPINS_TO_YIELD == 0) {
			host_yield();
		}
	}
	return true;
}

/* As trap_dispatch: each handler runs with interrupts off and switches nothing. */
void fake_deliver(void)
{
	struct fake_cpu *f = &fake_cpus[current];

	while (fake_irq_pending(current)) {
		irqs = false;
		f->cpu.irq_depth++;
		if (f->armed != UINT64_MAX && f->armed <= now_ns()) {
			f->armed = UINT64_MAX;
			timer_interrupt();
		} else if (__atomic_load_n(&f->call, __ATOMIC_ACQUIRE)) {
			answer_call(f);
		} else {
			(void)__atomic_exchange_n(&f->kick, false, __ATOMIC_SEQ_CST);
		}
		f->cpu.irq_depth--;
		irqs = true;
	}
}

/* Sometimes takes its time, so that others come in between anywhere. */
void fake_set_irqs(bool on)
{
	if (started && fake_draw(16) == 0) {
		fake_delay(fake_draw(200));
	}
	irqs = on;
	if (on && started) {
		fake_deliver();
	}
}

void fake_relax(void)
{
	static __thread u32 spins;

	__builtin_ia32_pause();
	if (++spins % SPINS_TO_YIELD == 0) {
		host_yield();
	}
	if (irqs) {
		fake_deliver();
	}
}

u32 arch_cpu_count(void)
{
	return cpu_count;
}

struct cpu *arch_cpu(u32 index)
{
	if (index >= cpu_count) {
		fprintf(stderr, "no CPU %u\n", index);
		abort();
	}
	return &fake_cpus[index].cpu;
}

/* An interrupt arrives some time after it was sent, but what was written before is seen then. */
void arch_kick_cpu(u32 index)
{
	__atomic_store_n(&fake_cpus[index].kick, true, __ATOMIC_RELEASE);
	__atomic_fetch_add(&fake_cpus[index].kicks, 1, __ATOMIC_RELAXED);
}

/* One call at a time; who waits answers others' meanwhile. */
void arch_call_cpus(u64 mask, void (*fn)(void *), void *arg)
{
	u32 me = current;

	while (__atomic_exchange_n(&call_lock, 1, __ATOMIC_ACQUIRE)) {
		fake_relax();
	}
	for (u32 i = 0; i < cpu_count; i++) {
		if (i != me && mask & BIT(i)) {
			fake_cpus[i].call_fn = fn;
			fake_cpus[i].call_arg = arg;
			__atomic_store_n(&fake_cpus[i].call, started, __ATOMIC_RELEASE);
		}
	}
	if (mask & BIT(me)) {
		bool were = irq_save();

		fn(arg);
		irq_restore(were);
	}
	for (u32 i = 0; i < cpu_count; i++) {
		while (i != me && __atomic_load_n(&fake_cpus[i].call, __ATOMIC_ACQUIRE)) {
			fake_relax();
		}
	}
	__atomic_store_n(&call_lock, 0, __ATOMIC_RELEASE);
}

void arch_timer_arm(u64 deadline_ns)
{
	fake_cpus[current].armed = deadline_ns;
}

/* While the CPUs are parked they answer calls only. */
void arch_idle(void)
{
	struct fake_cpu *f = &fake_cpus[current];

	irqs = true;
	__atomic_store_n(&f->idle, true, __ATOMIC_SEQ_CST);
	for (u32 spins = 0;; spins++) {
		if (READ_ONCE(running) && fake_irq_pending(current)) {
			break;
		}
		if (__atomic_load_n(&f->call, __ATOMIC_ACQUIRE)) {
			answer_call(f);
		}
		__builtin_ia32_pause();
		if (spins > SPINS_TO_SLEEP) {
			host_sleep_us(IDLE_US);
		} else if (spins % SPINS_TO_YIELD == SPINS_TO_YIELD - 1) {
			host_yield();
		}
	}
	__atomic_fetch_add(&idle_ends, 1, __ATOMIC_SEQ_CST);
	__atomic_store_n(&f->idle, false, __ATOMIC_SEQ_CST);
	fake_deliver();
	irqs = false;
}

/* ---- threads ---- */

static void fiber_main(void)
{
	struct fiber *f = (struct fiber *)(uintptr_t)this_cpu()->current->sp;

	if (f->thread) {
		thread_entry_c(f->thread);
	}
	sched_idle_loop();
}

static u64 new_fiber(struct thread *t)
{
	struct fiber *f = calloc(1, sizeof(*f));

	f->thread = t;
	getcontext(&f->context);
	f->context.uc_stack.ss_sp = malloc(FIBER_STACK);
	f->context.uc_stack.ss_size = FIBER_STACK;
	makecontext(&f->context, fiber_main, 0);
	return (u64)(uintptr_t)f;
}

void arch_thread_prepare(struct thread *t)
{
	t->sp = new_fiber(t);
}

/* Comes back on another host thread perhaps: nothing thread-local may be kept across it. */
void arch_thread_switch(struct thread *prev, struct thread *next)
{
	swapcontext(&((struct fiber *)(uintptr_t)prev->sp)->context,
		    &((struct fiber *)(uintptr_t)next->sp)->context);
}

struct thread *fake_thread(const char *name, void (*fn)(void *), void *arg)
{
	struct thread *t = &threads[thread_count++];

	thread_init(t, name, (hva_t){0}, fn, arg);
	return t;
}

void fake_pause(void)
{
	fake_relax();
}

static void *cpu_main(void *index)
{
	current = (u32)(uintptr_t)index;
	irqs = false;
	setcontext(&((struct fiber *)(uintptr_t)this_cpu()->current->sp)->context);
	return NULL;
}

/* ---- the machine ---- */

void fake_reset(u32 n)
{
	if (started) {
		fprintf(stderr, "one machine per program\n");
		abort();
	}
	memset(fake_cpus, 0, sizeof(fake_cpus));
	cpu_count = n;
	time_init(FAKE_KHZ, 0);
	for (u32 i = 0; i < n; i++) {
		struct cpu *cpu = &fake_cpus[i].cpu;

		cpu->self = cpu;
		cpu->index = i;
		cpu->online = true;
		fake_cpus[i].armed = UINT64_MAX;
		timer_queue_init(&cpu->timers);
		runqueue_init(&cpu->rq, &idles[i]);
		idles[i].sp = new_fiber(NULL);
	}
}

void fake_smp_boot(u32 n)
{
	fake_reset(n);
}

static void start_cpus(void)
{
	started = true;
	for (u32 i = 0; i < cpu_count; i++) {
		host_thread(cpu_main, (void *)(uintptr_t)i);
	}
}

/* Whether every CPU has nothing to do, at one and the same moment. */
static bool all_idle(void)
{
	u64 ends = __atomic_load_n(&idle_ends, __ATOMIC_SEQ_CST);

	for (u32 i = 0; i < cpu_count; i++) {
		if (!__atomic_load_n(&fake_cpus[i].idle, __ATOMIC_SEQ_CST) ||
		    READ_ONCE(fake_cpus[i].kick) || READ_ONCE(fake_cpus[i].cpu.rq.runnable)) {
			return false;
		}
	}
	return ends == __atomic_load_n(&idle_ends, __ATOMIC_SEQ_CST);
}

/* The order is the host's: seed and steps count for nothing. The test's thread only watches. */
bool fake_run_random(u32 seed, const volatile bool *done, u32 max_steps)
{
	u64 seen = 0, last = fake_rdtsc();

	(void)seed, (void)max_steps;
	WRITE_ONCE(running, true);
	if (!started) {
		start_cpus();
	}
	while (!*done || !all_idle()) {
		host_sleep_us(1000);
		if (READ_ONCE(fake_beats) != seen) {
			seen = READ_ONCE(fake_beats);
			last = fake_rdtsc();
		} else if (fake_rdtsc() - last > SECONDS_TO_LOSE * 1000000000ULL) {
			fprintf(stderr, "nothing has happened for %d s since round %lu\n",
				SECONDS_TO_LOSE, seen);
			return false;
		}
	}
	WRITE_ONCE(running, false);
	return true;
}

void fake_check(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "wrong: %s\n", what);
		_exit(1);
	}
}

/* ---- consoles and ends ---- */

void arch_console_write(const char *s, size_t len)
{
	fwrite(s, 1, len, stderr);
}

void arch_backtrace(u64 fp)
{
	(void)fp;
}

void arch_stop_others(void)
{
}

void fake_halt(void)
{
	fprintf(stderr, "halted: %s\n", fake_panic_text);
	_exit(1);
}

void arch_halt_forever(void)
{
	fake_halt();
}

/* The host's libc may lack it. */
__attribute__((weak)) size_t strlcpy(char *dst, const char *src, size_t size)
{
	snprintf(dst, size, "%s", src);
	return strlen(src);
}
