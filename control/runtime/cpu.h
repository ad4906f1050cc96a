/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The CPU as ring 0 of a domain sees it: features found once, tables and MSRs set up by every
 * thread.
 */
#pragma once

#include "control/runtime/thread.h"
#include "control/runtime/types.h"

struct cpu_features {
	bool huge_pages;	/* 1 GiB */
	bool xsave;
	u32 xsave_size;		/* bytes for all enabled state */
	u64 xcr0;
	u32 hwcap;		/* CPUID 1 EDX */
};

extern struct cpu_features cpu;

static inline void cpuid(u32 leaf, u32 sub, u32 *a, u32 *b, u32 *c, u32 *d)
{
	asm volatile("cpuid" : "=a"(*a), "=b"(*b), "=c"(*c), "=d"(*d) : "a"(leaf), "c"(sub));
}

static inline void write_msr(u32 msr, u64 value)
{
	asm volatile("wrmsr" : : "c"(msr), "a"((u32)value), "d"((u32)(value >> 32)) : "memory");
}

static inline u64 read_msr(u32 msr)
{
	u32 low, high;

	asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
	return low | (u64)high << 32;
}

static inline u64 read_tsc(void)
{
	u32 low, high;

	asm volatile("rdtsc" : "=a"(low), "=d"(high));
	return low | (u64)high << 32;
}

#define MSR_FS_BASE 0xc0000100
#define MSR_GS_BASE 0xc0000101
#define MSR_KERNEL_GS_BASE 0xc0000102	/* holds the program's GS base while in ring 0 */

/*
 * Finds the features and the hypercall instruction. Once, before any call. flags: of the boot
 * block.
 */
void cpu_detect(u32 flags);
/*
 * Gives the calling vCPU t's descriptor tables, system-call entry and GS base, and enables FPU
 * state.
 */
void cpu_load(struct thread *t);
/* Where this vCPU's system calls go: to child_syscall, all of them, or the usual way. */
void cpu_set_entry(bool child);
