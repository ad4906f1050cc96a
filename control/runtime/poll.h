/* SPDX-License-Identifier: BSD-2-Clause */
/* What poll.c shares with select.c and epoll_wait.c. */
#pragma once

#include "control/runtime/wait.h"

/* Waits for w->list[0..count): how many are ready, 0 at the deadline, or -errno. */
long poll_list(struct wait_lists *w, u32 count, u64 deadline);
/* The signal mask for this call, if address is not 0. 0, -EFAULT, -EINVAL. */
long poll_mask(u64 address, u64 size);
