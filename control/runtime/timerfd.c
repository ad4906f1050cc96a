/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * timerfd: a deadline and how often it has passed. Nothing runs when it passes: who waits for the
 * file sleeps until then, and the count is made when somebody looks.
 */
#include "control/runtime/calls.h"

#include <linux/fcntl.h>
#include <linux/time.h>

#include "control/runtime/clock.h"
#include "control/runtime/file.h"
#include "control/runtime/lock.h"
#include "control/runtime/user.h"
#include "control/runtime/wait.h"

#define TIMERFDS_MAX 256
#define TFD_ABSTIME 1u
#define TFD_CANCEL_ON_SET 2u /* nobody sets the clock, so nothing is ever cancelled */

struct timerfd {
	struct lock lock;
	bool used, wall;
	u64 deadline, interval; /* ns, CLOCK_MONOTONIC; 0: none */
	u64 ticks;		/* passed and not read */
};

static struct timerfd timerfds[TIMERFDS_MAX];
static struct lock timerfds_lock;

/* Counts what has passed. Lock held. */
static void count(struct timerfd *t)
{
	u64 now = clock_monotonic(), n = 1;

	if (!t->deadline || now < t->deadline) {
		return;
	}
	if (t->interval) {
		n += (now - t->deadline) / t->interval;
	}
	t->ticks += n;
	t->deadline = t->interval ? t->deadline + n * t->interval : 0;
}

static long timerfd_read(struct file *f, u64 buffer, u64 len)
{
	struct timerfd *t = f->object;
	u64 ticks;

	if (len < sizeof(ticks)) {
		return -EINVAL;
	}
	lock_take(&t->lock);
	count(t);
	ticks = t->ticks;
	t->ticks = 0;
	lock_drop(&t->lock);
	if (!ticks) {
		return -EAGAIN;
	}
	return copy_out(buffer, &ticks, sizeof(ticks)) ? -EFAULT : (long)sizeof(ticks);
}

static u32 timerfd_poll(struct file *f, struct poll_set *set)
{
	struct timerfd *t = f->object;
	bool ready;

	lock_take(&t->lock);
	count(t);
	ready = t->ticks != 0;
	if (set && t->deadline && t->deadline < set->deadline) {
		set->deadline = t->deadline;
	}
	lock_drop(&t->lock);
	return ready ? POLLIN : 0;
}

static void timerfd_release(struct file *f)
{
	struct timerfd *t = f->object;

	lock_take(&timerfds_lock);
	t->used = false;
	lock_drop(&timerfds_lock);
}

static const struct file_ops timerfd_ops = {
	.mode = 0600,
	.read = timerfd_read,
	.poll = timerfd_poll,
	.release = timerfd_release,
};

static struct timerfd *take(u32 clock)
{
	struct timerfd *t = NULL;

	lock_take(&timerfds_lock);
	for (u32 i = 0; !t && i < TIMERFDS_MAX; i++) {
		if (!timerfds[i].used) {
			t = &timerfds[i];
			*t = (struct timerfd){.used = true,
					      .wall = clock == CLOCK_REALTIME ||
						      clock == CLOCK_REALTIME_ALARM};
		}
	}
	lock_drop(&timerfds_lock);
	return t;
}

long sys_timerfd_create(struct regs *r)
{
	u32 clock = (u32)r->rdi, flags = (u32)r->rsi;
	struct timerfd *t;
	long number;

	if ((flags & ~(u32)(O_CLOEXEC | O_NONBLOCK)) ||
	    (clock != CLOCK_MONOTONIC && clock != CLOCK_REALTIME && clock != CLOCK_BOOTTIME &&
	     clock != CLOCK_REALTIME_ALARM && clock != CLOCK_BOOTTIME_ALARM)) {
		return -EINVAL;
	}
	t = take(clock);
	if (!t) {
		return -ENFILE;
	}
	number = file_install(&timerfd_ops, t, O_RDWR | flags, BIT((u64)(t - timerfds) % 64));
	if (number < 0) {
		t->used = false;
	}
	return number;
}

/* The file of a timerfd, to be put, or NULL with *error set. */
static struct file *get(u32 handle, long *error)
{
	struct file *f = file_get(handle);

	*error = f ? 0 : -EBADF;
	if (f && f->ops != &timerfd_ops) {
		file_put(f);
		*error = -EINVAL;
		f = NULL;
	}
	return f;
}

/* Interval and time to the next expiry. Lock held. */
static struct __kernel_itimerspec left(struct timerfd *t)
{
	struct __kernel_itimerspec spec = {.it_interval = clock_timespec(t->interval)};

	count(t);
	if (t->deadline) {
		spec.it_value = clock_left(t->deadline);
		if (!spec.it_value.tv_sec && !spec.it_value.tv_nsec) {
			spec.it_value.tv_nsec = 1;
		}
	}
	return spec;
}

static void set_timer(struct timerfd *t, u64 value, u64 interval, bool absolute)
{
	t->ticks = 0;
	t->interval = interval;
	t->deadline = 0;
	if (value) {
		t->deadline = absolute ? clock_from(t->wall, value)
				       : clock_deadline((s64)(value / NS_PER_S), value % NS_PER_S);
	}
}

long sys_timerfd_settime(struct regs *r)
{
	const u64 interval_at = r->rdx, value_at = r->rdx + sizeof(struct __kernel_timespec);
	struct __kernel_itimerspec old;
	u64 value, interval;
	struct timerfd *t;
	struct file *f;
	long error = clock_read(interval_at, &interval);

	if (error != -EFAULT) {
		long second = clock_read(value_at, &value);

		error = second == -EFAULT || !error ? second : error;
	}
	if (!error && ((u32)r->rsi & ~(TFD_ABSTIME | TFD_CANCEL_ON_SET))) {
		error = -EINVAL;
	}
	f = error ? NULL : get((u32)r->rdi, &error);
	if (!f) {
		return error;
	}
	t = f->object;
	lock_take(&t->lock);
	old = left(t);
	set_timer(t, value, interval, r->rsi & TFD_ABSTIME);
	lock_drop(&t->lock);
	wait_changed(f, POLLIN);
	file_put(f);
	return r->r10 ? copy_out(r->r10, &old, sizeof(old)) : 0;
}

long sys_timerfd_gettime(struct regs *r)
{
	struct __kernel_itimerspec now;
	long error;
	struct file *f = get((u32)r->rdi, &error);
	struct timerfd *t;

	if (!f) {
		return error;
	}
	t = f->object;
	lock_take(&t->lock);
	now = left(t);
	lock_drop(&t->lock);
	file_put(f);
	return copy_out(r->rsi, &now, sizeof(now));
}
