/* SPDX-License-Identifier: BSD-2-Clause */
/* Waking futexes from inside the hypervisor: the words that a thread's end clears. */
#pragma once

#include "core/types.h"

struct domain;

/* Wakes all waiters of the word at addr (aligned) of d. Returns how many. Thread context. */
u32 futex_wake_all(struct domain *d, u64 addr);
