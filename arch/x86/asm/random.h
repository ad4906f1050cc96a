/* SPDX-License-Identifier: BSD-2-Clause */
/* The CPU's random number generator, where it has one. */
#pragma once

#include "arch/x86/asm/cpuid.h"

#define CPUID_1_ECX_RDRAND BIT(30)

static inline bool cpu_has_rdrand(void)
{
	return cpuid(1, 0).ecx & CPUID_1_ECX_RDRAND;
}

/* A random word; false: the generator had none this time. Only if cpu_has_rdrand(). */
static inline bool rdrand(u64 *value)
{
	bool ok;

	__asm__ volatile("rdrand %0" : "=r"(*value), "=@ccc"(ok));
	return ok;
}
