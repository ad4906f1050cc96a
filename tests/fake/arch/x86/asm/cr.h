/* SPDX-License-Identifier: BSD-2-Clause */
/* Shadows the real leaf header in unit tests: CR4 and the debug registers are variables. */
#pragma once

#define read_cr4 real_read_cr4
#define write_cr4 real_write_cr4
#define read_dr0 real_read_dr0
#define read_dr1 real_read_dr1
#define read_dr2 real_read_dr2
#define read_dr3 real_read_dr3
#define read_dr6 real_read_dr6
#define write_dr0 real_write_dr0
#define write_dr1 real_write_dr1
#define write_dr2 real_write_dr2
#define write_dr3 real_write_dr3
#define write_dr6 real_write_dr6
#include_next "arch/x86/asm/cr.h"
#undef read_cr4
#undef write_cr4
#undef read_dr0
#undef read_dr1
#undef read_dr2
#undef read_dr3
#undef read_dr6
#undef write_dr0
#undef write_dr1
#undef write_dr2
#undef write_dr3
#undef write_dr6

/* Weak: one of each in every program. */
__attribute__((weak)) u64 fake_cr4;
__attribute__((weak)) u64 fake_dr[8];

static inline u64 read_cr4(void)
{
	return fake_cr4;
}

static inline void write_cr4(u64 v)
{
	fake_cr4 = v;
}

#define FAKE_DR(nr)                                                                                \
	static inline u64 read_dr##nr(void)                                                        \
	{                                                                                          \
		return fake_dr[nr];                                                                \
	}                                                                                          \
	static inline void write_dr##nr(u64 v)                                                     \
	{                                                                                          \
		fake_dr[nr] = v;                                                                   \
	}
FAKE_DR(0)
FAKE_DR(1)
FAKE_DR(2)
FAKE_DR(3)
FAKE_DR(6)
#undef FAKE_DR
