/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The benchmark: cost of a hypercall, of a CPUID exit and of a port read served by the VMM, in
 * TSC ticks per round with the empty loop subtracted. Under `-icount` a tick is an instruction,
 * so the figures repeat to the digit. The same file runs on Linux, where a hypercall is a
 * system call.
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

int main(void)
{
	uint64_t now = __rdtsc(), empty, hypercall;
	struct bench_result r = { 0 };

	print_first_line(now);
	calls();		/* once to touch everything */
	empty = empty_loop();
	hypercall = calls();
	printf("bench: hypercall %llu instructions\n",
	       (unsigned long long)(hypercall - empty) / BENCH_ROUNDS);
	bench_run_guest(&r);
	printf("bench: cpuid_exit %u instructions\n", (r.cpuid - r.empty) / BENCH_ROUNDS);
	printf("bench: port_read_vmm %u instructions\n", (r.port_read - r.empty) / BENCH_ROUNDS);
	printf("bench: done\n");
	return 0;
}
