/* SPDX-License-Identifier: BSD-2-Clause */
/* A sleeping lock with FIFO hand-over, for thread context only. */
#pragma once

#include "core/waitq.h"

struct mutex {
	struct waitq waitq;
	uintptr_t state;	/* owner's address, bit 0: somebody waits; atomic */
};

void mutex_init(struct mutex *m);
void mutex_lock(struct mutex *m);
/* 0, or -EINTR when must_exit came first. A kick does not end the wait and stays pending. */
__must_check int mutex_lock_killable(struct mutex *m);
void mutex_unlock(struct mutex *m);
bool mutex_held(const struct mutex *m);	/* by the caller; for assertions */
