/* SPDX-License-Identifier: BSD-2-Clause */
/* What the benchmark's guest and host halves agree on. */
#ifndef BENCH_H
#define BENCH_H

#define BENCH_ROUNDS 1000
#define BENCH_PORT_EMPTY 0x100
#define BENCH_PORT_CPUID 0x101
#define BENCH_PORT_READ 0x102
#define BENCH_PORT_READ_DONE 0x103

#ifndef __ASSEMBLER__
#include <stdint.h>

extern const char bench_guest[], bench_guest_end[];

struct bench_result {
	uint32_t empty, cpuid, port_read;	/* TSC ticks for BENCH_ROUNDS rounds */
};

/* Runs the guest once through /dev/kvm. Exits with a message if a call fails. */
void bench_run_guest(struct bench_result *r);
#endif
#endif
