/* SPDX-License-Identifier: BSD-2-Clause */
/* Pipes of this domain: see pipe.h. pipes_lock guards the table, the channel's lock its ring. */
#include "control/runtime/pipe.h"

#include <asm/poll.h>
#include <linux/fcntl.h>
#include <linux/mman.h>

#include "control/runtime/domain.h"
#include "control/runtime/hidden.h"
#include "control/runtime/hypercall.h"
#include "control/runtime/lock.h"
#include "control/runtime/signal.h"

/* Where the channels lie. */
#define CHANNELS (CORBEL_RUNTIME_HEAP + 0x1800000)
#define STRIDE 0x20000ull
#define EVENT_FULL (~0ull - 1)
#define EITHER (POLLIN | POLLRDNORM)

struct pipe {
	struct channel *channel;	/* NULL: free */
	u32 users;			/* ends of this domain, of children, and calls */
	s32 memfd, event[2];		/* hidden handles; event[READ]: data, event[WRITE]: full */
	s32 bit[2];			/* of this domain's ends, -1: closed */
};

static struct pipe pipes[PIPES_MAX];
static struct lock pipes_lock;

static void close_handles(const struct pipe *p)
{
	hidden_close(p->memfd);
	hidden_close(p->event[CHANNEL_READ]);
	hidden_close(p->event[CHANNEL_WRITE]);
}

struct pipe *pipe_hold(u32 handle, enum channel_end end, u32 *flags)
{
	struct file *f = file_of(handle);
	struct pipe *p = NULL;

	lock_take(&pipes_lock);
	if (f && f->type == FILE_PIPE && f->pipe_end == end && pipes[f->pipe].channel) {
		p = &pipes[f->pipe];
		p->users++;
		*flags = f->flags;
	}
	lock_drop(&pipes_lock);
	return p;
}

void pipe_drop(struct pipe *p)
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

/* Makes the events say what is true. Channel's lock held. force: whatever they said before. */
static void show(const struct pipe *p, bool force)
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

static void show_locked(const struct pipe *p, bool force)
{
	channel_lock(p->channel, domain.pid);
	show(p, force);
	channel_unlock(p->channel);
}

long pipe_wait(const struct pipe *p, enum channel_end end)
{
	u32 event = end == CHANNEL_READ ? POLLIN : POLLOUT;
	long n = file_wait((u32)p->event[end], event, ~0ull);

	return n == -EINTR && signal_is_pending() ? -EINTR : 0;
}

long pipe_take(const struct pipe *p, u64 buffer, u64 len)
{
	struct channel *c = p->channel;
	bool writers;
	long n;

	channel_lock(c, domain.pid);
	writers = __atomic_load_n(&c->ends[CHANNEL_WRITE], __ATOMIC_RELAXED);
	n = channel_take(c, buffer, len);
	show(p, false);
	channel_unlock(c);
	return n || !writers ? n : -EAGAIN;
}

long pipe_put(const struct pipe *p, u64 buffer, u64 len)
{
	struct channel *c = p->channel;
	long n = -EPIPE;

	channel_lock(c, domain.pid);
	if (__atomic_load_n(&c->ends[CHANNEL_READ], __ATOMIC_RELAXED)) {
		n = channel_put(c, buffer, len);
		/* Too little room for this one: raised until there is enough for any such. */
		n = n ? n : -EAGAIN;
	}
	show(p, false);
	channel_unlock(c);
	return n;
}

u32 pipe_revents(const struct file *f, u32 events)
{
	u32 found = 0, show_now;

	lock_take(&pipes_lock);
	if (pipes[f->pipe].channel) {
		const struct channel *c = pipes[f->pipe].channel;

		show_now = channel_to_show(c);
		if (f->pipe_end == CHANNEL_READ) {
			found = channel_used(c) ? EITHER : 0;
			found |= c->ends[CHANNEL_WRITE] ? 0 : POLLHUP;
		} else {
			found = show_now & CHANNEL_SHOWN_FULL ? 0 : POLLOUT | POLLWRNORM;
			found |= c->ends[CHANNEL_READ] ? 0 : POLLERR;
		}
	}
	lock_drop(&pipes_lock);
	return found & (events | POLLHUP | POLLERR);
}

u32 pipe_readable(const struct file *f)
{
	u32 used = 0;

	lock_take(&pipes_lock);
	if (pipes[f->pipe].channel) {
		used = channel_used(pipes[f->pipe].channel);
	}
	lock_drop(&pipes_lock);
	return used;
}

void pipe_end_closed(u32 pipe, enum channel_end end)
{
	struct pipe *p = &pipes[pipe];

	channel_leave(p->channel, end, p->bit[end]);
	p->bit[end] = -1;
	show_locked(p, false);
	pipe_drop(p);
}

long pipe_give(u32 pipe, enum channel_end end, struct pipe_gift *gift)
{
	struct pipe *p = &pipes[pipe];
	int bit = channel_join(p->channel, end);

	if (bit < 0) {
		return -ENFILE;
	}
	lock_take(&pipes_lock);
	p->users++;
	lock_drop(&pipes_lock);
	gift->pipe = pipe;
	gift->memfd = p->memfd;
	gift->event[CHANNEL_READ] = p->event[CHANNEL_READ];
	gift->event[CHANNEL_WRITE] = p->event[CHANNEL_WRITE];
	gift->bit[end] = bit;
	return 0;
}

void pipe_take_back(u32 pipe, enum channel_end end, int bit)
{
	struct pipe *p = &pipes[pipe];

	channel_leave(p->channel, end, bit);
	show_locked(p, true);
	pipe_drop(p);
}

struct channel *pipe_channel(u32 pipe)
{
	return pipes[pipe].channel;
}

/* Maps the memfd of p, whose handles are set, at the place of the number `index`. */
static long map(struct pipe *p, u32 index)
{
	u64 at = CHANNELS + index * STRIDE;
	long mapped = call_own(__NR_mmap, at, sizeof(struct channel), PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_FIXED, p->memfd, 0);

	if (mapped != (long)at) {
		return mapped < 0 ? mapped : -ENOMEM;
	}
	p->channel = (struct channel *)at;
	return 0;
}

/* Puts p, without its channel yet, into a free row: the row's number, or -errno. */
static long take_row(const struct pipe *p)
{
	long error = -ENFILE;

	lock_take(&pipes_lock);
	for (u32 i = 0; i < PIPES_MAX; i++) {
		if (!pipes[i].channel) {
			pipes[i] = *p;
			error = map(&pipes[i], i);
			error = error ? error : (long)i;
			break;
		}
	}
	lock_drop(&pipes_lock);
	return error;
}

long pipe_install(const struct pipe_gift *gift)
{
	struct pipe p = {.users = (u32)(gift->bit[0] >= 0) + (u32)(gift->bit[1] >= 0),
			 .memfd = gift->memfd,
			 .event = {gift->event[0], gift->event[1]},
			 .bit = {gift->bit[0], gift->bit[1]}};
	long n = p.memfd < 0 || p.event[0] < 0 || p.event[1] < 0 ? -EMFILE : take_row(&p);

	if (n < 0) {
		close_handles(&p);
	}
	return n;
}

long pipe_adopt_end(u32 handle, u32 pipe, enum channel_end end, u32 flags)
{
	struct file *f = file_of(handle);

	if (!f) {
		return -ENFILE;
	}
	f->pipe = (u16)pipe;
	f->pipe_end = end;
	f->flags = flags;
	f->type = FILE_PIPE;
	file_update_direct();
	return 0;
}
