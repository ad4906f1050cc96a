/* SPDX-License-Identifier: BSD-2-Clause */
/* The fake machine's CPUs, clock and interrupts: see fake.h. */
#include "fake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/x86/asm/tsc.h"
#include "core/string.h"

struct fake_cpu fake_cpus[MAX_CPUS];
u64 fake_tsc;
char fake_console[8192];
struct fake_hooks fake_hooks;
jmp_buf fake_halt_jump;
bool fake_halt_expected;
char fake_panic_text[256];

static u32 cpu_count = 1;
static u32 current;

void fake_reset(u32 n)
{
	memset(fake_cpus, 0, sizeof(fake_cpus));
	memset(&fake_hooks, 0, sizeof(fake_hooks));
	memset(fake_console, 0, sizeof(fake_console));
	fake_tsc = 0;
	cpu_count = n;
	current = 0;
	for (u32 i = 0; i < n; i++) {
		struct fake_cpu *f = &fake_cpus[i];

		f->cpu.self = &f->cpu;
		f->cpu.index = i;
		f->cpu.online = true;
		f->irqs = true;
		f->armed = UINT64_MAX;
	}
}

void fake_set_cpu(u32 index)
{
	current = index;
}

struct cpu *fake_this_cpu(void)
{
	return &fake_cpus[current].cpu;
}

bool fake_irqs_on(void)
{
	return fake_cpus[current].irqs;
}

bool fake_irq_pending(u32 index)
{
	const struct fake_cpu *f = &fake_cpus[index];

	return f->kick || f->call || f->armed <= fake_tsc;
}

void fake_deliver(void)
{
	struct fake_cpu *f = &fake_cpus[current];

	while (fake_irq_pending(current)) {
		f->irqs = false;
		f->cpu.irq_depth++;
		if (f->armed <= fake_tsc) {
			f->armed = UINT64_MAX;
			if (fake_hooks.timer) {
				fake_hooks.timer();
			}
		} else if (f->call) {
			f->call_fn(f->call_arg);
			__atomic_store_n(&f->call, false, __ATOMIC_SEQ_CST);
		} else {
			f->kick = false;
		}
		f->cpu.irq_depth--;
		f->irqs = true;
	}
}

void fake_set_irqs(bool on)
{
	bool was = fake_cpus[current].irqs;

	/*
	 * While they are on, and after they went off: others may run on both sides of the border.
	 */
	if (fake_hooks.point && was) {
		fake_hooks.point();
	}
	fake_cpus[current].irqs = on;
	if (fake_hooks.point) {
		fake_hooks.point();
	}
	if (on) {
		fake_deliver();
	}
}

void fake_relax(void)
{
	if (fake_hooks.relax) {
		fake_hooks.relax();
	}
}

void fake_advance(u64 ticks)
{
	fake_tsc += ticks;
	if (fake_cpus[current].irqs) {
		fake_deliver();
	}
}

u64 fake_rdtsc(void)
{
	return fake_tsc;
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

void arch_kick_cpu(u32 index)
{
	fake_cpus[index].kick = true;
	fake_cpus[index].kicks++;
	if (fake_hooks.kicked) {
		fake_hooks.kicked(index);
	}
}

void arch_call_cpus(u64 mask, void (*fn)(void *), void *arg)
{
	u32 me = current;
	bool irqs = fake_cpus[me].irqs;

	if (!irqs && (mask & ~BIT(me))) {
		fprintf(stderr, "call to other CPUs with interrupts off\n");
		abort();
	}
	if (fake_hooks.call) {
		fake_hooks.call(mask, fn, arg);
		return;
	}
	for (u32 i = 0; i < cpu_count; i++) {
		if (mask & BIT(i)) {
			bool was = fake_cpus[i].irqs;

			current = i;
			fake_cpus[i].irqs = false;
			fn(arg);
			fake_cpus[i].irqs = was;
		}
	}
	current = me;
}

void arch_timer_arm(u64 deadline_ns)
{
	fake_cpus[current].armed = deadline_ns;
}

void arch_console_write(const char *s, size_t len)
{
	size_t used = strlen(fake_console);
	size_t room = sizeof(fake_console) - 1 - used;

	memcpy(fake_console + used, s, len < room ? len : room);
}

void arch_backtrace(u64 fp)
{
	(void)fp;
	arch_console_write("(back-trace)\n", 13);
}

void arch_stop_others(void)
{
	arch_console_write("(stopped)\n", 10);
}

void fake_halt(void)
{
	if (!fake_halt_expected) {
		fprintf(stderr, "halted: %s\n%s\n", fake_panic_text, fake_console);
		abort();
	}
	longjmp(fake_halt_jump, 1);
}

void arch_halt_forever(void)
{
	fake_halt();
}

/* The host's libc may lack it. */
__attribute__((weak)) size_t strlcpy(char *dst, const char *src, size_t size)
{
	size_t len = strlen(src);

	if (size > 0) {
		size_t n = len < size ? len : size - 1;

		memcpy(dst, src, n);
		dst[n] = '\0';
	}
	return len;
}
