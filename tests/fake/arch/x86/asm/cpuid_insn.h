/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Shadows the real leaf header in unit tests: the host's CPUID, or the one of
 * tests/fake/fake_cpuid.c if that is linked.
 */
#pragma once

#include "core/types.h"

struct cpuid_regs {
	u32 eax, ebx, ecx, edx;
};

__attribute__((weak)) struct cpuid_regs fake_cpuid(u32 leaf, u32 subleaf);

static inline struct cpuid_regs cpuid(u32 leaf, u32 subleaf)
{
	struct cpuid_regs r;

	if (fake_cpuid) {
		return fake_cpuid(leaf, subleaf);
	}
	__asm__ volatile("cpuid"
			 : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
			 : "a"(leaf), "c"(subleaf));
	return r;
}
