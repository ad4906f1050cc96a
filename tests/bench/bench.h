/* SPDX-License-Identifier: BSD-2-Clause */
/* What the benchmark's guests and host agree on. */
#ifndef BENCH_H
#define BENCH_H

#define BENCH_ROUNDS 1000

/* What is measured: a guest writes the ticks of all rounds to port BENCH_PORT + one of these. */
#define BENCH_EMPTY 0
#define BENCH_CPUID 1
#define BENCH_PORT_VMM 2
#define BENCH_CHIPS_EMPTY 3
#define BENCH_PORT_PIC 4
#define BENCH_PORT_PIT 5
#define BENCH_PORT_VMM_CHIPS 6
#define BENCH_LAPIC_READ 7
#define BENCH_LAPIC_WRITE 8
#define BENCH_TIMER_ARM 9
#define BENCH_TIMER 10
#define BENCH_FIGURES 11

#define BENCH_PORT 0x200
#define BENCH_PORT_READ 0x300		/* served by the VMM */
#define BENCH_PORT_DONE 0x301

/* Guest-physical addresses. */
#define BENCH_IDT 0x5000
#define BENCH_CODE 0x10000
#define BENCH_CS 8
#define BENCH_VECTOR 0x40

#ifndef __ASSEMBLER__
#include <stdint.h>

/* The code at BENCH_CODE, its entries and the handler of BENCH_VECTOR, as offsets in it. */
extern const char bench_code[], bench_code_end[];
extern const char bench_plain[], bench_chips[], bench_timer_handler[];

/*
 * Runs the code from entry to its end in a VM of its own, with or without the chips in the
 * hypervisor, and fills in what it writes. Exits with a message if a call fails.
 */
void bench_run_guest(const char *entry, int chips, uint32_t ticks[BENCH_FIGURES]);
#endif
#endif
