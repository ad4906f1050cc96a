/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads of the fake machine: every core thread is a fiber (ucontext), every CPU remembers the
 * fiber it is in, and the test's own context chooses which CPU runs next. One host thread, so every
 * run can be repeated from its seed.
 */
#include <sanitizer/asan_interface.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include "arch/x86/asm/irq.h"
#include "arch/x86/asm/percpu.h"
#include "core/sched.h"
#include "core/thread.h"
#include "core/time.h"
#include "core/timer.h"
#include "fake.h"

#define FIBER_STACK (256 * 1024)
#define MAX_FIBERS 256

struct fiber {
	ucontext_t context;
	char *stack;
	const void *bottom;
	size_t size;
	void *asan;
	struct thread *thread; /* NULL: an idle loop */
};

static struct fiber main_fiber;
static struct fiber fibers[MAX_FIBERS];
static struct thread threads[MAX_FIBERS];
static struct thread idles[MAX_CPUS];
static u32 fiber_count, thread_count;
static bool in_cpu; /* a CPU runs, not the test */
/* The test did something in CPU 0's name, as if in an interrupt of it: that ends its halt. */
static bool test_acted;
static u64 random_state; /* 0: no random switching */

static void switch_fiber(struct fiber *from, struct fiber *to)
{
	__sanitizer_start_switch_fiber(&from->asan, to->bottom, to->size);
	swapcontext(&from->context, &to->context);
	__sanitizer_finish_switch_fiber(from->asan, NULL, NULL);
}

static void fiber_main(void)
{
	struct thread *t = this_cpu()->current;
	struct fiber *f = (struct fiber *)(uintptr_t)t->sp;
	const void *bottom;
	size_t size;

	__sanitizer_finish_switch_fiber(NULL, &bottom, &size);
	if (!main_fiber.bottom) {
		main_fiber.bottom = bottom; /* the very first switch comes from the test */
		main_fiber.size = size;
	}
	if (f->thread) {
		thread_entry_c(f->thread);
	}
	sched_idle_loop();
}

static struct fiber *new_fiber(struct thread *t)
{
	struct fiber *f = &fibers[fiber_count++];

	if (fiber_count > MAX_FIBERS) {
		abort();
	}
	if (!f->stack) {
		f->stack = malloc(FIBER_STACK);
	}
	__asan_unpoison_memory_region(f->stack, FIBER_STACK); /* frames of an earlier boot */
	f->bottom = f->stack;
	f->size = FIBER_STACK;
	f->thread = t;
	getcontext(&f->context);
	f->context.uc_stack.ss_sp = f->stack;
	f->context.uc_stack.ss_size = FIBER_STACK;
	makecontext(&f->context, fiber_main, 0);
	return f;
}

void arch_thread_prepare(struct thread *t)
{
	t->sp = (u64)(uintptr_t)new_fiber(t);
}

void arch_thread_switch(struct thread *prev, struct thread *next)
{
	if (irqs_on()) {
		fprintf(stderr, "thread switch with interrupts on\n");
		abort();
	}
	switch_fiber((struct fiber *)(uintptr_t)prev->sp, (struct fiber *)(uintptr_t)next->sp);
}

static struct fiber *fiber_of_cpu(struct cpu *cpu)
{
	return (struct fiber *)(uintptr_t)cpu->current->sp;
}

/* Leaves this CPU; the test goes on. */
static void to_main(void)
{
	struct cpu *cpu = this_cpu();

	in_cpu = false;
	switch_fiber(fiber_of_cpu(cpu), &main_fiber);
	in_cpu = true;
}

void fake_pause(void)
{
	to_main();
	if (fake_irqs_on()) {
		fake_deliver();
	}
}

bool fake_step(u32 index)
{
	struct cpu *cpu = arch_cpu(index);

	if (index == 0 && test_acted) {
		fake_cpus[0].kick = true;
		test_acted = false;
	}
	if (fake_cpus[index].idle && !fake_irq_pending(index)) {
		return false;
	}
	fake_set_cpu(index);
	in_cpu = true;
	switch_fiber(&main_fiber, fiber_of_cpu(cpu));
	in_cpu = false;
	fake_set_cpu(0);
	return true;
}

void arch_idle(void)
{
	struct fake_cpu *f = &fake_cpus[this_cpu()->index];

	if (f->irqs) {
		fprintf(stderr, "arch_idle with interrupts on\n");
		abort();
	}
	f->irqs = true;
	f->idle = true;
	while (!fake_irq_pending(this_cpu()->index)) {
		to_main();
	}
	f->idle = false;
	fake_deliver();
	f->irqs = false;
}

void fake_rounds(u32 n, u64 ticks)
{
	while (n--) {
		for (u32 i = 0; i < arch_cpu_count(); i++) {
			fake_step(i);
		}
		fake_tsc += ticks;
	}
}

static u32 draw(u32 limit)
{
	random_state = random_state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (u32)(random_state >> 33) % limit;
}

static void point(void)
{
	if (!in_cpu) {
		test_acted = true;
	} else if (random_state && draw(4) == 0) {
		to_main();
	}
}

static void relax(void)
{
	if (in_cpu) {
		to_main();
	} else {
		for (u32 i = 0; i < arch_cpu_count(); i++) {
			fake_step(i);
		}
	}
}

static void call(u64 mask, void (*fn)(void *), void *arg)
{
	u32 me = this_cpu()->index;

	for (u32 i = 0; i < arch_cpu_count(); i++) {
		if (i == me || !(mask & BIT(i))) {
			continue;
		}
		while (fake_cpus[i].call) {
			relax();
		}
		fake_cpus[i].call_fn = fn;
		fake_cpus[i].call_arg = arg;
		fake_cpus[i].call = true;
	}
	if (mask & BIT(me)) {
		bool irqs = irq_save();

		fn(arg);
		irq_restore(irqs);
	}
	for (u32 i = 0; i < arch_cpu_count(); i++) {
		while (i != me && (mask & BIT(i)) && fake_cpus[i].call) {
			relax();
		}
	}
}

/* Whether somebody can run; otherwise moves the clock to the next armed timer. */
static bool somebody_can_run(void)
{
	u64 next = UINT64_MAX;

	for (u32 i = 0; i < arch_cpu_count(); i++) {
		if (!fake_cpus[i].idle || fake_irq_pending(i)) {
			return true;
		}
		next = MIN(next, fake_cpus[i].armed);
	}
	if (next == UINT64_MAX) {
		return false;
	}
	fake_tsc = next;
	return true;
}

bool fake_run_random(u32 seed, const volatile bool *done, u32 max_steps)
{
	bool ok = true;

	random_state = seed * 2654435761ULL + 1;
	while (!*done && ok && max_steps--) {
		ok = somebody_can_run();
		fake_step(draw(arch_cpu_count()));
		if (draw(8) == 0) {
			fake_tsc += draw(2000);
		}
	}
	random_state = 0;
	return *done;
}

struct thread *fake_thread(const char *name, void (*fn)(void *), void *arg)
{
	struct thread *t = &threads[thread_count++];

	thread_init(t, name, (hva_t){0}, fn, arg);
	return t;
}

void fake_smp_boot(u32 n)
{
	fake_reset(n);
	fiber_count = thread_count = 0;
	random_state = 0;
	in_cpu = false;
	fake_hooks.point = point;
	fake_hooks.relax = relax;
	fake_hooks.call = call;
	fake_hooks.timer = timer_interrupt;
	time_init(FAKE_KHZ, 0);
	for (u32 i = 0; i < n; i++) {
		struct cpu *cpu = arch_cpu(i);

		timer_queue_init(&cpu->timers);
		runqueue_init(&cpu->rq, &idles[i]);
		idles[i].sp = (u64)(uintptr_t)new_fiber(NULL);
	}
}
