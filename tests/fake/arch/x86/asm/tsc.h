/* SPDX-License-Identifier: BSD-2-Clause */
/* Shadows the real leaf header in unit tests: the counter stands still unless a test moves it. */
#pragma once

#include "core/types.h"

u64 fake_rdtsc(void);

static inline u64 rdtsc(void)
{
	return fake_rdtsc();
}
