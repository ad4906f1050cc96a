/* SPDX-License-Identifier: BSD-2-Clause */
/* The pipes of this domain and who has their ends: see pipe.h. */
#include "control/runtime/pipe.h"

#include <linux/mman.h>
#include <linux/poll.h>
#include <asm/poll.h>

#include "control/runtime/domain.h"
#include "control/runtime/heap.h"
#include "control/runtime/hidden.h"
#include "control/runtime/hypercall.h"
#include "control/runtime/lock.h"
#include "control/runtime/process.h"
#include "control/runtime/wait.h"

#define STRIDE 0x20000ull
#define EVENT_FULL (~0ull - 1)

_Static_assert(sizeof(struct channel) <= STRIDE, "a channel has a place of its own");
_Static_assert(HEAP_CHANNELS + PIPES_MAX * STRIDE <= CORBEL_USER_TOP, "heap.h");

static struct pipe pipes[PIPES_MAX];
static struct lock pipes_lock;

static void close_handles(const struct pipe *p)
{
	hidden_close(p->memfd);
	hidden_close(p->event[CHANNEL_READ]);
	hidden_close(p->event[CHANNEL_WRITE]);
}

/* One user less. */
static void drop(struct pipe *p)
{
	struct pipe gone = {0};

	lock_take(&pipes_lock);
	if (--p->users == 0) {
		gone = *p;
		call_own(__NR_munmap, p->channel, sizeof(*p->channel));
		p->channel = NULL;
	}
	lock_drop(&pipes_lock);
	if (gone.channel) {
		close_handles(&gone);
	}
}

static void set_event(s32 event, bool on, u64 value)
{
	u64 old;

	call_own(__NR_read, event, &old, sizeof(old)); /* does not wait */
	if (on) {
		call_own(__NR_write, event, &value, sizeof(value));
	}
}

void pipe_show(const struct pipe *p, bool force)
{
	struct channel *c = p->channel;
	u32 now = channel_to_show(c), changed = force ? ~0u : now ^ c->shown;

	if (changed & CHANNEL_SHOWN_DATA) {
		set_event(p->event[CHANNEL_READ], now & CHANNEL_SHOWN_DATA, 1);
	}
	if (changed & CHANNEL_SHOWN_FULL) {
		set_event(p->event[CHANNEL_WRITE], now & CHANNEL_SHOWN_FULL, EVENT_FULL);
	}
	c->shown = now;
}

void pipe_lock(const struct pipe *p)
{
	channel_lock(p->channel, domain.pid, child_is_gone);
}

/* The end with that bit is closed: tells who waits at the other one, here and elsewhere. */
static void leave(struct pipe *p, enum channel_end end, s32 bit, bool force)
{
	struct file *other = __atomic_load_n(&p->file[!end], __ATOMIC_SEQ_CST);

	channel_leave(p->channel, end, bit);
	pipe_lock(p);
	pipe_show(p, force);
	channel_unlock(p->channel);
	if (other) {
		wait_changed(other, POLLIN | POLLOUT | POLLERR | POLLHUP);
	}
	drop(p);
}

void pipe_close(struct pipe *p, enum channel_end end)
{
	s32 bit = p->bit[end];

	__atomic_store_n(&p->file[end], NULL, __ATOMIC_SEQ_CST);
	p->bit[end] = -1;
	leave(p, end, bit, false);
}

long pipe_give(struct pipe *p, enum channel_end end, struct pipe_gift *gift)
{
	int bit = channel_join(p->channel, end);

	if (bit < 0) {
		return -ENFILE;
	}
	lock_take(&pipes_lock);
	p->users++;
	lock_drop(&pipes_lock);
	gift->pipe = p;
	gift->memfd = p->memfd;
	gift->event[CHANNEL_READ] = p->event[CHANNEL_READ];
	gift->event[CHANNEL_WRITE] = p->event[CHANNEL_WRITE];
	gift->bit[end] = bit;
	return 0;
}

void pipe_take_back(const struct pipe_share *share)
{
	leave(share->pipe, share->end, share->bit, true);
}

/* Maps the memfd of p, whose handles are set, at p's place. The ends with bits count from now. */
static long map(struct pipe *p)
{
	u64 at = HEAP_CHANNELS + (u64)(p - pipes) * STRIDE;
	long mapped = call_own(__NR_mmap, at, sizeof(struct channel), PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_FIXED, p->memfd, 0);

	if (mapped != (long)at) {
		return mapped < 0 ? mapped : -ENOMEM;
	}
	p->channel = (struct channel *)at;
	for (u32 end = 0; end < 2; end++) {
		if (p->bit[end] >= 0) {
			__atomic_fetch_or(&p->channel->ends[end], BIT(p->bit[end]),
					  __ATOMIC_ACQ_REL);
			p->users++;
		}
	}
	return 0;
}

struct pipe *pipe_install(const struct pipe_gift *gift, long *error)
{
	const struct pipe new_pipe = {.memfd = gift->memfd,
				      .event = {gift->event[0], gift->event[1]},
				      .bit = {gift->bit[0], gift->bit[1]}};
	struct pipe *p = NULL;

	*error = gift->memfd < 0 || gift->event[0] < 0 || gift->event[1] < 0 ? -EMFILE : -ENFILE;
	lock_take(&pipes_lock);
	for (u32 i = 0; *error == -ENFILE && i < PIPES_MAX; i++) {
		if (!pipes[i].channel) {
			p = &pipes[i];
			*p = new_pipe;
			*error = map(p);
			break;
		}
	}
	lock_drop(&pipes_lock);
	if (*error) {
		close_handles(&new_pipe);
		return NULL;
	}
	return p;
}
