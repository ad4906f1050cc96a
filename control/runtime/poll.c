/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waiting for a list of handles, of the hypervisor and of the runtime's own: what poll, select and
 * epoll_wait have in common, and poll itself. A console that makes lines is ready when a line is,
 * so its bytes are taken into the line discipline as they come and the wait goes on.
 */
#include "control/runtime/poll.h"

#include <linux/time_types.h>

#include "control/runtime/calls.h"
#include "control/runtime/clock.h"
#include "control/runtime/console.h"
#include "control/runtime/file.h"
#include "control/runtime/hypercall.h"
#include "control/runtime/signal.h"
#include "control/runtime/user.h"

#define MASK_BYTES 8
#define ALWAYS (POLLERR | POLLHUP)

static bool makes_lines(const struct file *f)
{
	return f->type == CORBEL_H_CONSOLE && !console_reads_raw();
}

/* Bits with their other names, as far as they are wanted. */
static u32 named(u32 bits, u32 events)
{
	bits |= (bits & POLLIN ? POLLRDNORM : 0) | (bits & POLLOUT ? POLLWRNORM : 0);
	return bits & (events | ALWAYS);
}

static u32 native_events(u32 events)
{
	return events | (events & POLLRDNORM ? POLLIN : 0) | (events & POLLWRNORM ? POLLOUT : 0);
}

void poll_set_add(struct poll_set *set, u32 handle, u32 events, u16 owner)
{
	if (set->count == POLL_MAX - 1) { /* one is for the thread's eventfd */
		set->full = true;
		return;
	}
	set->fds[set->count] =
		(struct pollfd){.fd = (s32)handle, .events = (short)native_events(events)};
	set->owner[set->count++] = owner;
}

/* What the hypervisor says of a handle, corrected for lines. */
static u32 corrected(const struct file *f, u32 handle, u32 bits, u32 events)
{
	if (makes_lines(f)) {
		if (bits & POLLIN) {
			console_pump(handle);
		}
		bits = (bits & ~(u32)POLLIN) | (console_readable() ? POLLIN : 0);
	}
	return named(bits, events);
}

u32 poll_now(struct file *f, u32 handle, u32 events, struct poll_set *set)
{
	long bits;

	if (f->ops) {
		return named(f->ops->poll(f, set), events);
	}
	bits = file_wait(handle, native_events(events), 0);
	if (set) {
		poll_set_add(set, handle, events, POLL_NO_OWNER);
	}
	return bits < 0 ? 0 : corrected(f, handle, (u32)bits, events);
}

/* Looks at one entry; handles of the hypervisor are only noted. Its revents, or -errno. */
static long look(struct pollfd *p, u16 place, struct poll_set *set)
{
	struct file *f = p->fd < 0 ? NULL : file_get((u32)p->fd);
	u32 events = (u16)p->events, bits = 0;
	long error = 0;

	if (!f) {
		return p->fd < 0 ? 0 : POLLNVAL;
	}
	if (f->ops) {
		error = set->keys ? 0 : wait_begin();
		set->keys |= f->key;
		bits = error ? 0 : named(f->ops->poll(f, set), events);
	} else {
		set->keys |= set->keys ? f->key : 0;
		poll_set_add(set, (u32)p->fd, events, place);
		if (makes_lines(f) && console_readable()) {
			bits = named(POLLIN, events);
		}
	}
	file_put(f);
	return error ? error : (long)bits;
}

static long look_all(struct pollfd *list, u32 count, struct poll_set *set)
{
	long ready = 0;

	for (u32 i = 0; i < count; i++) {
		long bits = look(&list[i], (u16)i, set);

		if (bits < 0) {
			return bits;
		}
		list[i].revents = (short)bits;
		ready += bits != 0;
	}
	return set->full ? -ENOMEM : ready;
}

/*
 * Asks the hypervisor, and waits there if nothing is ready. A signal that the mask of this call
 * lets through may have been pending before, when nobody was kicked for it: then the call only
 * looks.
 */
static long ask(struct poll_set *set, bool ready)
{
	u32 count = set->count;
	u64 deadline = ready ? 0 : set->deadline;
	struct __kernel_timespec left;
	bool pending;
	long n;

	if (set->keys && !ready) {
		set->fds[count++] = (struct pollfd){.fd = (s32)wait_handle(), .events = POLLIN};
		wait_narrow(set->keys);
	}
	pending = signal_is_pending();
	if (pending) {
		deadline = 0;
	}
	left = clock_left(deadline);
	n = count || !ready ? call_own(__NR_ppoll, set->fds, count, deadline == ~0ull ? 0 : &left,
				       0, MASK_BYTES)
			    : 0;
	if (n < 0 && n != -EINTR) {
		return n;
	}
	if (count > set->count && set->fds[set->count].revents) {
		wait_clear();
	}
	if (n == -EINTR) { /* without an answer */
		for (u32 i = 0; i < count; i++) {
			set->fds[i].revents = 0;
		}
	}
	return signal_is_pending() ? -EINTR : 0;
}

/* The hypervisor's answers into the list: how many entries are ready. */
static long merge(struct pollfd *list, u32 count, const struct poll_set *set)
{
	long ready = 0;

	for (u32 i = 0; i < set->count; i++) {
		struct pollfd *p = set->owner[i] < count ? &list[set->owner[i]] : NULL;
		struct file *f = p && set->fds[i].revents ? file_get((u32)p->fd) : NULL;

		if (f) {
			p->revents |= (short)corrected(f, (u32)p->fd, (u16)set->fds[i].revents,
						       (u16)p->events);
			file_put(f);
		} else if (p && set->fds[i].revents) {
			p->revents = POLLNVAL;
		}
	}
	for (u32 i = 0; i < count; i++) {
		ready += list[i].revents != 0;
	}
	return ready;
}

long poll_round(struct wait_lists *w, u32 count, u64 keys, u64 deadline)
{
	struct poll_set set = {
		.fds = w->fds, .owner = w->owner, .keys = keys, .deadline = deadline};
	long ready = look_all(w->list, count, &set), interrupted;

	if (ready < 0) {
		return ready;
	}
	interrupted = ask(&set, ready);
	if (interrupted && interrupted != -EINTR) {
		return interrupted;
	}
	ready = merge(w->list, count, &set);
	return ready ? ready : interrupted;
}

long poll_list(struct wait_lists *w, u32 count, u64 deadline)
{
	long n;

	do {
		n = poll_round(w, count, 0, deadline);
	} while (!n && clock_monotonic() < deadline);
	wait_end();
	return n;
}

long poll_object(struct file *f, u32 events)
{
	struct wait_lists *w = wait_lists();
	struct poll_set set;
	long error;
	u32 bits;

	if (!w) {
		return -ENOMEM;
	}
	do {
		set = (struct poll_set){
			.fds = w->fds, .owner = w->owner, .keys = f->key, .deadline = ~0ull};
		error = wait_begin();
		bits = error ? 0 : f->ops->poll(f, &set) & (events | ALWAYS);
		if (!bits && !error) {
			error = ask(&set, false);
		}
	} while (!bits && !error);
	wait_end();
	return bits ? 0 : error;
}

long poll_mask(u64 address, u64 size)
{
	u64 mask;

	if (!address) {
		return 0;
	}
	if (size != MASK_BYTES) {
		return -EINVAL;
	}
	if (copy_in(&mask, address, sizeof(mask))) {
		return -EFAULT;
	}
	signal_set_mask_for_call(mask);
	return 0;
}

static long poll_until(u64 fds, u64 count, u64 deadline)
{
	struct wait_lists *w;
	long n;

	if (count > POLL_MAX) {
		return -EINVAL;
	}
	w = wait_lists();
	if (!w) {
		return -ENOMEM;
	}
	if (copy_in(w->list, fds, count * sizeof(struct pollfd))) {
		return -EFAULT;
	}
	n = poll_list(w, (u32)count, deadline);
	for (u64 i = 0; n >= 0 && i < count; i++) {
		u64 to = fds + i * sizeof(struct pollfd) + offsetof(struct pollfd, revents);

		if (copy_out(to, &w->list[i].revents, sizeof(w->list[i].revents))) {
			n = -EFAULT;
		}
	}
	return n;
}

long sys_poll(struct regs *r)
{
	s32 ms = (s32)r->rdx;

	return poll_until(r->rdi, (u32)r->rsi,
			  ms < 0 ? ~0ull : clock_deadline(0, (u64)ms * NS_PER_MS));
}

long sys_ppoll(struct regs *r)
{
	u64 deadline = ~0ull;
	long n = r->rdx ? clock_deadline_in(r->rdx, &deadline) : 0;

	if (!n) {
		n = poll_mask(r->r10, r->r8);
	}
	if (!n) {
		n = poll_until(r->rdi, (u32)r->rsi, deadline);
		clock_left_out(r->rdx, deadline);
	}
	return n;
}
