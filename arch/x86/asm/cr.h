/* SPDX-License-Identifier: BSD-2-Clause */
/* Control registers, XCR0 and debug registers of this CPU. */
#pragma once

#include "core/types.h"

#define CR0_PE BIT(0)
#define CR0_MP BIT(1)
#define CR0_EM BIT(2)
#define CR0_TS BIT(3)
#define CR0_ET BIT(4)
#define CR0_NE BIT(5)
#define CR0_WP BIT(16)
#define CR0_AM BIT(18)
#define CR0_NW BIT(29)
#define CR0_CD BIT(30)
#define CR0_PG BIT(31)

#define CR4_VME BIT(0)
#define CR4_PVI BIT(1)
#define CR4_TSD BIT(2)
#define CR4_DE BIT(3)
#define CR4_PSE BIT(4)
#define CR4_PAE BIT(5)
#define CR4_MCE BIT(6)
#define CR4_PGE BIT(7)
#define CR4_PCE BIT(8)
#define CR4_OSFXSR BIT(9)
#define CR4_OSXMMEXCPT BIT(10)
#define CR4_UMIP BIT(11)
#define CR4_LA57 BIT(12)
#define CR4_VMXE BIT(13)
#define CR4_FSGSBASE BIT(16)
#define CR4_PCIDE BIT(17)
#define CR4_OSXSAVE BIT(18)
#define CR4_SMEP BIT(20)
#define CR4_SMAP BIT(21)
#define CR4_PKE BIT(22)
#define CR4_CET BIT(23)

#define CR_ACCESSORS(nr) \
	static inline u64 read_cr##nr(void) \
	{ \
		u64 v; \
		__asm__ volatile("mov %%cr" #nr ", %0" : "=r"(v) :: "memory"); \
		return v; \
	} \
	static inline void write_cr##nr(u64 v) \
	{ \
		__asm__ volatile("mov %0, %%cr" #nr :: "r"(v) : "memory"); \
	}
CR_ACCESSORS(0)
CR_ACCESSORS(2)
CR_ACCESSORS(3)
CR_ACCESSORS(4)
#undef CR_ACCESSORS

#define DR_ACCESSORS(nr) \
	static inline u64 read_dr##nr(void) \
	{ \
		u64 v; \
		__asm__ volatile("mov %%dr" #nr ", %0" : "=r"(v)); \
		return v; \
	} \
	static inline void write_dr##nr(u64 v) \
	{ \
		__asm__ volatile("mov %0, %%dr" #nr :: "r"(v)); \
	}
DR_ACCESSORS(0)
DR_ACCESSORS(1)
DR_ACCESSORS(2)
DR_ACCESSORS(3)
DR_ACCESSORS(6)
#undef DR_ACCESSORS

/* Writes XCR0; CR4.OSXSAVE must be set. */
static inline void xsetbv0(u64 v)
{
	__asm__ volatile("xsetbv" :: "c"(0), "a"((u32)v), "d"((u32)(v >> 32)) : "memory");
}

/* RFLAGS bits by name (IF is in arch/x86/asm/irq.h). */
#define RFLAGS_FIXED 2ULL
#define RFLAGS_TF BIT(8)
#define RFLAGS_VM BIT(17)
