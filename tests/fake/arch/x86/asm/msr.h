/* SPDX-License-Identifier: BSD-2-Clause */
/* Shadows the real leaf header in unit tests: MSRs are variables, and writes are counted. */
#pragma once

#define rdmsr real_rdmsr
#define wrmsr real_wrmsr
#include_next "arch/x86/asm/msr.h"
#undef rdmsr
#undef wrmsr

struct fake_msr {
	u32 index, writes, reads;
	u64 value;
};

/* Indexes are entered as they are first used. Weak: one array in every program. */
__attribute__((weak)) struct fake_msr fake_msrs[32];

static inline struct fake_msr *fake_msr(u32 index)
{
	u32 i;

	for (i = 0; i < 31 && fake_msrs[i].index && fake_msrs[i].index != index; i++) {
	}
	fake_msrs[i].index = index;
	return &fake_msrs[i];
}

static inline u64 rdmsr(u32 index)
{
	fake_msr(index)->reads++;
	return fake_msr(index)->value;
}

static inline void wrmsr(u32 index, u64 value)
{
	fake_msr(index)->writes++;
	fake_msr(index)->value = value;
}
