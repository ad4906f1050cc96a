/* SPDX-License-Identifier: BSD-2-Clause */
/* Pending signals and the pool of queued real-time signals. Called by signal.c under its lock. */
#include "control/runtime/sigqueue.h"

#include <asm/signal.h>

#define QUEUED_MAX 2048
#define SYNCHRONOUS                                                                                \
	(SIGMASK(SIGSEGV) | SIGMASK(SIGBUS) | SIGMASK(SIGILL) | SIGMASK(SIGTRAP) |                 \
	 SIGMASK(SIGFPE) | SIGMASK(SIGSYS))

static struct queued {
	u16 next;
	u16 sig;
	struct signal_info info;
} pool[QUEUED_MAX]; /* 0 is never used */
static u16 free_first;
static u32 pool_used = 1;

static u16 take_entry(void)
{
	u16 i = free_first;

	if (i) {
		free_first = pool[i].next;
	} else if (pool_used < QUEUED_MAX) {
		i = (u16)pool_used++;
	}
	return i;
}

long sigqueue_add(const struct sigqueue *q, u32 sig, const struct signal_info *info)
{
	u16 *link = q->more, i;

	if (!(*q->pending & SIGMASK(sig))) {
		*q->pending |= SIGMASK(sig);
		q->info[sig - 1] = *info;
		return 1;
	}
	if (sig < REALTIME_FIRST) {
		return 0;
	}
	i = take_entry();
	if (!i) {
		return -EAGAIN;
	}
	while (*link) {
		link = &pool[*link].next;
	}
	pool[i] = (struct queued){.sig = (u16)sig, .info = *info};
	*link = i;
	return 1;
}

/* Takes the first entry of sig out of the list: false if there is none. */
static bool take_more(const struct sigqueue *q, u32 sig, struct signal_info *info)
{
	u16 *link = q->more, i;

	while (*link && pool[*link].sig != sig) {
		link = &pool[*link].next;
	}
	i = *link;
	if (!i) {
		return false;
	}
	*info = pool[i].info;
	*link = pool[i].next;
	pool[i].next = free_first;
	free_first = i;
	return true;
}

u32 sigqueue_take(const struct sigqueue *q, u64 set, struct signal_info *info)
{
	u64 found = *q->pending & set;
	u32 sig;

	if (!found) {
		return 0;
	}
	found = found & SYNCHRONOUS ? found & SYNCHRONOUS : found;
	sig = (u32)__builtin_ctzll(found) + 1;
	*info = q->info[sig - 1];
	if (sig < REALTIME_FIRST || !take_more(q, sig, &q->info[sig - 1])) {
		*q->pending &= ~SIGMASK(sig);
	}
	return sig;
}

void sigqueue_flush(const struct sigqueue *q, u64 set)
{
	struct signal_info lost;

	while (sigqueue_take(q, set, &lost)) {
	}
}
