/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The emulator against the CPU of the build host: random instructions in 64-bit, 32-bit and 16-bit
 * code run natively between guard pages and through vmm/emul, and what they leave is compared. Run
 * by tests/unit/test_emul_fuzz.c.
 */
#pragma once

#include "core/types.h"
#include "vmm/emul/emul.h"

#define ARENA 0x10000000ULL /* what the instructions work on; also by 32-bit addresses */
#define ARENA_SIZE 0x3000ULL
#define CODE 0x20000000ULL /* where the instruction lies */
#define CODE_MAX 15
#define XMMS 16

struct state {
	u64 gpr[HV_GPRS];
	u64 rflags;
	u64 xmm[XMMS][2];
	bool fault;
	u8 vector;
	u64 fault_address; /* 0: the CPU tells none */
};

/* Segments of 16-bit and 32-bit code: made by modify_ldt, or the kernel's flat ones. */
struct fuzz_segment {
	u16 selector;
	u32 base, limit, attr; /* as in struct hv_segment */
};
extern const struct fuzz_segment fuzz_segments[];
enum {
	SEG_CODE64,
	SEG_CODE32,
	SEG_CODE16,
	SEG_EXEC32,
	SEG_FLAT,
	SEG_NULL,
	SEG_LDT, /* the first of those for data */
	SEG_COUNT = SEG_LDT + 7
};

struct fuzz_case {
	u8 bytes[CODE_MAX];
	u32 len, code_size; /* 8, 4, 2 */
	u8 seg[HV_GS + 1];  /* by enum hv_seg, which of fuzz_segments */
	const struct emul_row *row;
	u32 map, opcode, reg; /* 0-2: one byte, 0F, 0F 38; reg: of a group, else 0 */
	struct state start;
	u64 target; /* linear address of the memory operand */
	u32 size;   /* of operands, but for rows that have their own */
	u64 undefined; /* flags that the manual leaves open */
	bool narrow;   /* REP by shorter registers: a fault may clear their upper halves */
	bool compares; /* CMPS or SCAS: a fault takes back what earlier rounds did to the flags */
	bool match;    /* make RAX and RDX those that CMPXCHG expects */
};

/* Maps arena and code, makes the segments, and takes the signals: before each test. */
void native_start(void);
/* Runs the case on the CPU. */
void native_run(const struct fuzz_case *c, struct state *end);

/* Deterministic random numbers. */
u64 fuzz_random(void);
void fuzz_seed(u64 seed);
/* Whether cases with RFLAGS.AC are made: by native_start(), if the machine honours it. */
extern bool fuzz_try_ac;
/* Makes the next case in code of this size. false: try again. */
bool fuzz_generate(struct fuzz_case *c, u32 code_size);

/* How often a form was carried out without a fault, by map, opcode and group. */
extern u32 fuzz_ran[3][256][8];
/* Whether this CPU can run the row at all, and an effect can be seen. */
bool fuzz_can_run(u32 map, const struct emul_row *row);
/* Runs count cases in code of this size; returns the number of differences, each printed. */
u64 fuzz_run(u64 seed, u64 count, u32 code_size);
