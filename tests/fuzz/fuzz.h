/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The emulator against the CPU of the build host: random instructions run natively between guard
 * pages and through vmm/emul, and what they leave is compared. Run by tests/unit/test_emul_fuzz.c.
 */
#pragma once

#include "core/types.h"
#include "vmm/emul/emul.h"

#define ARENA 0x10000000ULL /* what the instructions work on; also by 32-bit addresses */
#define ARENA_SIZE 0x3000ULL
#define CODE 0x20000000ULL /* where the instruction lies */
#define CODE_MAX 15

struct state {
	u64 gpr[HV_GPRS];
	u64 rflags;
	bool fault;
	u64 fault_address; /* 0: the CPU tells none */
};

struct fuzz_case {
	u8 bytes[CODE_MAX];
	u32 len;
	struct state start;
	u64 undefined; /* flags that the manual leaves open */
	bool narrow;   /* REP by 32-bit registers: a fault may clear their upper halves */
	bool compares; /* CMPS or SCAS: a fault takes back what earlier rounds did to the flags */
};

/* Maps arena and code. Once. */
void native_start(void);
/* Runs the case on the CPU; selectors of the segment registers to sel[6]. */
void native_run(const struct fuzz_case *c, struct state *end);
void native_selectors(u16 *sel);

/* Deterministic random numbers. */
u64 fuzz_random(void);
void fuzz_seed(u64 seed);
/* Makes the next case. false: try again. */
bool fuzz_generate(struct fuzz_case *c);

/* Runs count cases; returns the number of differences, each printed. */
u64 fuzz_run(u64 seed, u64 count);
