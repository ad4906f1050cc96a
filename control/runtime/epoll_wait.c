/* SPDX-License-Identifier: BSD-2-Clause */
/* epoll_wait and its kin: the items as a list for poll.c, and the answers as events. */
#include <linux/eventpoll.h>

#include "control/runtime/calls.h"
#include "control/runtime/clock.h"
#include "control/runtime/epoll.h"
#include "control/runtime/file.h"
#include "control/runtime/hypercall.h"
#include "control/runtime/poll.h"
#include "control/runtime/user.h"

#define EVENTS_MAX (0x7fffffff / sizeof(struct epoll_event))

/*
 * What an EPOLLET item may still report; 0: nothing before its next edge. An item that is not ready
 * forgets what it has reported.
 */
static u32 armed(struct epoll_item *item, u32 wants)
{
	u32 now;

	if (!(item->events & EPOLLET) || epoll_of(item->file)) {
		return wants;
	}
	if (item->reported) {
		now = epoll_item_bits(item, wants, NULL);
		item->reported &= now;
		/* An error that stays would be all that poll sees. */
		if ((now & item->reported & (POLLERR | POLLHUP)) && !(now & ~item->reported)) {
			return 0;
		}
	}
	return wants & ~item->reported;
}

/* The items of e as w->list; items without an edge only by their key. Lock held. */
static u32 collect(struct epoll *e, struct wait_lists *w, u64 *keys)
{
	u32 count = 0;

	for (u16 i = e->first; i && count < POLL_MAX; i = epoll_items[i].next) {
		struct epoll_item *item = &epoll_items[i];
		u32 wants = epoll_item_wants(item), events = wants ? armed(item, wants) : 0;
		s32 handle;

		*keys |= item->file->key;
		handle = events ? file_number(item->file, item->handle) : -1;
		if (handle >= 0) {
			w->items[count] = i;
			w->list[count++] = (struct pollfd){
				.fd = handle, .events = (short)(events & ~(POLLERR | POLLHUP))};
		}
	}
	return count;
}

/* Puts what was served behind the others, so that all get their turn. Lock held. */
static void move_last(struct epoll *e, u16 i)
{
	u16 before = 0;

	if (e->last == i) {
		return;
	}
	for (u16 at = e->first; at != i; at = epoll_items[at].next) {
		before = at;
	}
	*(before ? &epoll_items[before].next : &e->first) = epoll_items[i].next;
	epoll_items[i].next = 0;
	epoll_items[e->last].next = i;
	e->last = i;
}

/* One ready entry as an event for the program: 1, 0 (not any more), or -EFAULT. Lock held. */
static long deliver(struct epoll *e, u16 i, u32 bits, u64 to)
{
	struct epoll_item *item = &epoll_items[i];
	struct epoll_event event;

	/* Another thread may have reported it since poll looked. */
	bits &= epoll_item_wants(item) & ~item->reported;
	if (item->epoll != e || !bits) {
		return 0;
	}
	if (item->events & EPOLLET) {
		bits |= epoll_item_bits(item, epoll_item_wants(item), NULL);
	}
	event = (struct epoll_event){.events = bits, .data = item->data};
	if (copy_out(to, &event, sizeof(event))) {
		return -EFAULT;
	}
	item->reported = item->events & EPOLLET && !epoll_of(item->file) ? bits : 0;
	item->disabled = item->events & EPOLLONESHOT;
	return 1;
}

static long harvest(struct epoll *e, const struct wait_lists *w, u32 count, u64 out, u32 max)
{
	u32 done = 0;
	long n = 0;

	lock_take(&epoll_lock);
	for (u32 k = 0; n >= 0 && k < count && done < max; k++) {
		u32 bits = (u16)w->list[k].revents;

		if (bits && !(bits & POLLNVAL)) {
			n = deliver(e, w->items[k], bits, out + done * sizeof(struct epoll_event));
			if (n > 0) {
				done++;
				move_last(e, w->items[k]);
			}
		}
	}
	lock_drop(&epoll_lock);
	return done ? (long)done : n;
}

static long wait_events(struct epoll *e, u64 out, u32 max, u64 deadline)
{
	struct wait_lists *w = wait_lists();
	u64 keys;
	u32 count;
	long n = w ? 0 : -ENOMEM;

	while (!n) {
		n = wait_begin();
		if (n) {
			break;
		}
		keys = e->key;
		lock_take(&epoll_lock);
		count = collect(e, w, &keys);
		lock_drop(&epoll_lock);
		n = poll_round(w, count, keys, deadline);
		if (n > 0) {
			n = harvest(e, w, count, out, max);
		}
		if (!n && clock_monotonic() >= deadline) {
			break;
		}
	}
	if (w) {
		wait_end();
	}
	/* Who only asks is not interrupted. */
	return n == -EINTR && !deadline ? 0 : n;
}

static long epoll_wait_until(const struct regs *r, u64 deadline)
{
	s32 max = (s32)r->rdx;
	struct file *f;
	long n = -EINVAL;

	if (max <= 0 || (u64)max > EVENTS_MAX) {
		return -EINVAL;
	}
	if (!user_range_ok(r->rsi, (u64)max * sizeof(struct epoll_event))) {
		return -EFAULT;
	}
	f = file_get((u32)r->rdi);
	if (!f) {
		return -EBADF;
	}
	if (epoll_of(f)) {
		n = wait_events(epoll_of(f), r->rsi, (u32)max, deadline);
	}
	file_put(f);
	return n;
}

static u64 deadline_of(s32 ms)
{
	return ms < 0 ? ~0ull : ms ? clock_deadline(0, (u64)ms * NS_PER_MS) : 0;
}

long sys_epoll_wait(struct regs *r)
{
	return epoll_wait_until(r, deadline_of((s32)r->r10));
}

long sys_epoll_pwait(struct regs *r)
{
	long error = poll_mask(r->r8, r->r9);

	return error ? error : epoll_wait_until(r, deadline_of((s32)r->r10));
}

long sys_epoll_pwait2(struct regs *r)
{
	u64 deadline = ~0ull;
	long error = r->r10 ? clock_deadline_in(r->r10, &deadline) : 0;

	if (!error) {
		error = poll_mask(r->r8, r->r9);
	}
	return error ? error : epoll_wait_until(r, deadline);
}
