/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The benchmark: cost of a hypercall and of what a guest does most (tests/bench/loops.S), in TSC
 * ticks per round with the empty loop subtracted. Under `-icount` a tick is an instruction, so the
 * figures repeat to the digit. The same file runs on Linux, where a hypercall is a system call.
 */
#include "tests/bench/bench.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <x86intrin.h>

static uint64_t empty_loop(void)
{
	uint64_t start = __rdtsc();
	int i;

	for (i = 0; i < BENCH_ROUNDS; i++) {
		__asm__ volatile("" ::: "memory");
	}
	return __rdtsc() - start;
}

/*
 * A KVM request on handle -1 is refused at once by whoever serves it: what remains is the way there
 * and back. The runtime sends requests of KVM's type on as they are; others it answers itself.
 */
#define KVM_REQUEST 0xae00L

static uint64_t calls(void)
{
	uint64_t start = __rdtsc();
	int i;

	for (i = 0; i < BENCH_ROUNDS; i++) {
		long result;
		register long r10 __asm__("r10") = 0;

		__asm__ volatile("syscall"
				 : "=a"(result)
				 : "a"(SYS_ioctl), "D"(-1L), "S"(KVM_REQUEST), "d"(0L), "r"(r10)
				 : "rcx", "r11", "memory");
	}
	return __rdtsc() - start;
}

/*
 * Ticks from the hypervisor's entry to main(); the hypervisor gives the first in
 * /sys/corbel/stats.
 */
static void print_first_line(uint64_t now)
{
	char buf[4096], *at;
	int fd = open("/sys/corbel/stats", O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof(buf) - 1);

	if (n > 0) {
		buf[n] = 0;
		at = strstr(buf, "entry_tsc ");
		if (at) {
			printf("bench: first_line %llu ticks\n",
			       (unsigned long long)now -
				       strtoull(at + strlen("entry_tsc "), NULL, 10));
		}
	}
	if (fd >= 0) {
		close(fd);
	}
}

static const struct {
	const char *name;
	int figure, empty; /* what the loop costs by itself; -1: it is no loop */
} figures[] = {
	{"cpuid_exit", BENCH_CPUID, BENCH_EMPTY},
	{"port_read_vmm", BENCH_PORT_VMM, BENCH_EMPTY},
	{"port_read_vmm_chips", BENCH_PORT_VMM_CHIPS, BENCH_CHIPS_EMPTY},
	{"port_read_pic", BENCH_PORT_PIC, BENCH_CHIPS_EMPTY},
	{"port_read_pit", BENCH_PORT_PIT, BENCH_CHIPS_EMPTY},
	{"lapic_read", BENCH_LAPIC_READ, BENCH_CHIPS_EMPTY},
	{"lapic_write", BENCH_LAPIC_WRITE, BENCH_CHIPS_EMPTY},
	{"timer_arm", BENCH_TIMER_ARM, BENCH_CHIPS_EMPTY},
	{"timer_interrupt", BENCH_TIMER, -1},
};

int main(void)
{
	uint64_t now = __rdtsc(), empty, hypercall;
	uint32_t ticks[BENCH_FIGURES] = { 0 };
	unsigned i;

	print_first_line(now);
	calls();		/* once to touch everything */
	empty = empty_loop();
	hypercall = calls();
	printf("bench: hypercall %llu instructions\n",
	       (unsigned long long)(hypercall - empty) / BENCH_ROUNDS);
	bench_run_guest(bench_plain, 0, ticks);
	bench_run_guest(bench_chips, 1, ticks);
	for (i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
		uint32_t all = ticks[figures[i].figure];

		all -= figures[i].empty < 0 ? 0 : ticks[figures[i].empty];
		printf("bench: %s %u instructions\n", figures[i].name, all / BENCH_ROUNDS);
	}
	printf("bench: done\n");
	return 0;
}
