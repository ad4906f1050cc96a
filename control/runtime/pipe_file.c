/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An end of a pipe as a file. Who waits for an end sleeps on its event, whichever domain the other
 * end is in; EPOLLET and the other end's going are told to waiters of this domain besides.
 */
#include "control/runtime/pipe.h"

#include <asm/ioctls.h>
#include <asm/siginfo.h>
#include <asm/signal.h>
#include <linux/fcntl.h>
#include <linux/stat.h>

#include "control/runtime/clock.h"
#include "control/runtime/domain.h"
#include "control/runtime/signal.h"
#include "control/runtime/user.h"
#include "control/runtime/wait.h"

#define LOOK_AGAIN (10 * NS_PER_MS)

static const struct file_ops ops[2];

struct pipe *pipe_of(const struct file *f, enum channel_end *end)
{
	*end = f->ops == &ops[CHANNEL_WRITE] ? CHANNEL_WRITE : CHANNEL_READ;
	return f->ops == &ops[*end] ? f->object : NULL;
}

/* Waiters see the event; only EPOLLET needs to be told. */
static void edge(const struct pipe *p, enum channel_end end, u32 events)
{
	struct file *f = __atomic_load_n(&p->file[end], __ATOMIC_SEQ_CST);

	if (f && __atomic_load_n(&f->edges, __ATOMIC_SEQ_CST)) {
		wait_changed(f, events);
	}
}

static long pipe_read(struct file *f, u64 buffer, u64 len)
{
	const struct pipe *p = f->object;
	struct channel *c = p->channel;
	bool writers, was_full;
	long n;

	if (!len) {
		return 0;
	}
	pipe_lock(p);
	writers = __atomic_load_n(&c->ends[CHANNEL_WRITE], __ATOMIC_RELAXED);
	was_full = channel_to_show(c) & CHANNEL_SHOWN_FULL;
	n = channel_take(c, buffer, len);
	pipe_show(p, false);
	channel_unlock(c);
	if (n > 0 && was_full) {
		edge(p, CHANNEL_WRITE, POLLOUT);
	}
	return n || !writers ? n : -EAGAIN;
}

/* A child before execve runs on its parent's thread, whose signal it must not be. */
static long broken(void)
{
	struct signal_info info = {.code = SI_USER, .pid = domain.pid};

	if (!this_thread()->child) {
		signal_send_thread(this_thread(), SIGPIPE, &info);
	}
	return -EPIPE;
}

static long pipe_write(struct file *f, u64 buffer, u64 len)
{
	const struct pipe *p = f->object;
	struct channel *c = p->channel;
	bool readers;
	long n = 0;

	if (!len) {
		return 0;
	}
	pipe_lock(p);
	readers = __atomic_load_n(&c->ends[CHANNEL_READ], __ATOMIC_RELAXED);
	if (readers) {
		n = channel_put(c, buffer, len);
	}
	pipe_show(p, false);
	channel_unlock(c);
	if (n > 0) {
		edge(p, CHANNEL_READ, POLLIN);
	}
	return !readers ? broken() : n ? n : -EAGAIN;
}

static u32 bits_now(const struct channel *c, enum channel_end end)
{
	bool other = __atomic_load_n(&c->ends[!end], __ATOMIC_RELAXED);

	if (end == CHANNEL_READ) {
		return (channel_used(c) ? POLLIN : 0) | (other ? 0 : POLLHUP);
	}
	return (channel_to_show(c) & CHANNEL_SHOWN_FULL ? 0 : POLLOUT) | (other ? 0 : POLLERR);
}

/*
 * The event of an end that is ready says nothing new when the other end goes. A waiter of this
 * domain is told, but not by another domain: then it looks from time to time.
 */
static void wait_for_end(const struct pipe *p, enum channel_end other, struct poll_set *set)
{
	u64 mine = p->bit[other] >= 0 ? BIT(p->bit[other]) : 0, again;

	if (__atomic_load_n(&p->channel->ends[other], __ATOMIC_RELAXED) & ~mine) {
		again = clock_monotonic() + LOOK_AGAIN;
		set->deadline = again < set->deadline ? again : set->deadline;
	}
}

static u32 pipe_poll(struct file *f, struct poll_set *set)
{
	enum channel_end end;
	const struct pipe *p = pipe_of(f, &end);
	u32 bits = bits_now(p->channel, end);

	if (set && !bits) {
		poll_set_add(set, (u32)p->event[end], end == CHANNEL_READ ? POLLIN : POLLOUT,
			     POLL_NO_OWNER);
	} else if (set) {
		wait_for_end(p, !end, set);
	}
	return bits;
}

static long pipe_ioctl(struct file *f, u32 command, u64 argument)
{
	const struct pipe *p = f->object;
	u32 bytes = channel_used(p->channel);

	return command == FIONREAD ? copy_out(argument, &bytes, sizeof(bytes)) : -ENOTTY;
}

static void pipe_release(struct file *f)
{
	enum channel_end end;
	struct pipe *p = pipe_of(f, &end);

	pipe_close(p, end);
}

static const struct file_ops ops[2] = {
	[CHANNEL_READ] = {
		.mode = S_IFIFO | 0600,
		.read = pipe_read,
		.poll = pipe_poll,
		.ioctl = pipe_ioctl,
		.release = pipe_release,
	},
	[CHANNEL_WRITE] = {
		.mode = S_IFIFO | 0600,
		.write = pipe_write,
		.poll = pipe_poll,
		.ioctl = pipe_ioctl,
		.release = pipe_release,
	},
};

long pipe_attach(u32 handle, struct pipe *p, enum channel_end end, u32 flags)
{
	struct file *f = file_attach(handle, &ops[end], p, flags);

	if (!f) {
		return -EMFILE;
	}
	__atomic_store_n(&p->file[end], f, __ATOMIC_SEQ_CST);
	return 0;
}
