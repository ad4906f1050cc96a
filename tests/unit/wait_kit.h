/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of sleeping share: a fake machine, threads on it, and when all have ended. */
#pragma once

#include "arch/x86/asm/percpu.h"
#include "core/errno.h"
#include "core/mutex.h"
#include "core/sched.h"
#include "core/time.h"
#include "core/waitq.h"
#include "fake.h"
#include "unit.h"

#define SEEDS 300
#define MAX_STEPS 400000

static volatile bool done;
static volatile u32 alive;

static inline struct thread *start(const char *name, void (*fn)(void *), void *arg)
{
	struct thread *t = fake_thread(name, fn, arg);

	alive++;
	thread_start(t);
	return t;
}

static inline void boot(u32 cpus)
{
	fake_smp_boot(cpus);
	done = false;
	alive = 0;
}

static inline void finished(void)
{
	if (--alive == 0) {
		done = true;
	}
}
