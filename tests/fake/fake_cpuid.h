/* SPDX-License-Identifier: BSD-2-Clause */
/* The CPUID of the fake machine: leaves that a test sets. */
#pragma once

#include "core/types.h"

/* A modern machine: basic leaves to 0xd with AVX, extended to 0x80000008, 40 address bits. */
void fake_cpuid_default(void);
/* Sets or replaces one leaf. */
void fake_cpuid_set(u32 leaf, u32 subleaf, u32 a, u32 b, u32 c, u32 d);
