/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The warp test: time that is read after seeing another CPU's reading must not be earlier. No CPU
 * waits for another one in it, because those of an emulator may stand still for long: handing a
 * lock around took half a minute on a busy machine. Called once by the report, when all CPUs are
 * up.
 */
#include "boot/warp.h"

#include "arch/x86/asm/tsc.h"
#include "core/cpu.h"

#define ROUNDS 2000
#define MEET_SPINS 1000000	/* CPUs that an emulator runs in turn need not meet */

static u64 last, worst;
static u32 arrived;

static void raise_to(u64 *word, u64 value)
{
	u64 was = READ_ONCE(*word);

	while (was < value && !__atomic_compare_exchange_n(word, &was, value, false,
							   __ATOMIC_SEQ_CST, __ATOMIC_RELAXED)) {
	}
}

static void take_turns(void *count)
{
	u32 spins, round;

	__atomic_fetch_add(&arrived, 1, __ATOMIC_SEQ_CST);
	for (spins = 0; spins < MEET_SPINS; spins++) {
		if (READ_ONCE(arrived) == *(const u32 *)count) {
			break;
		}
		cpu_relax();
	}
	for (round = 0; round < ROUNDS; round++) {
		u64 seen = __atomic_load_n(&last, __ATOMIC_ACQUIRE), now = rdtsc_ordered();

		if (now < seen) {
			raise_to(&worst, seen - now);
		}
		raise_to(&last, now);
	}
}

u64 tsc_warp(u32 online)
{
	last = worst = arrived = 0;
	arch_call_cpus(UINT64_MAX, take_turns, &online);
	return worst;
}
