/* SPDX-License-Identifier: BSD-2-Clause */
/* The random generator of the unit tests. */
#include "fake_random.h"

u64 fake_seed = 1;

u32 fake_random(u32 limit)
{
	fake_seed = fake_seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (u32)(fake_seed >> 33) % limit;
}
