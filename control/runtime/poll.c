/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * poll, ppoll, select, pselect: all become ppoll of the hypervisor. A console that makes lines is
 * ready when a line is, so its bytes are taken into the line discipline as they come and the wait
 * goes on.
 */
#include "control/runtime/calls.h"

#include <linux/poll.h>
#include <asm/poll.h>
#include <linux/time_types.h>

#include "control/runtime/clock.h"
#include "control/runtime/console.h"
#include "control/runtime/file.h"
#include "control/runtime/hypercall.h"
#include "control/runtime/pipe.h"
#include "control/runtime/signal.h"
#include "control/runtime/user.h"

#define MASK_BYTES 8
#define POLL_MAX 4096
#define SELECT_MAX 1024
#define RED_ZONE 128
#define NS_PER_MS 1000000ull
#define READ_EVENTS (POLLIN | POLLRDNORM | POLLHUP | POLLERR)
#define WRITE_EVENTS (POLLOUT | POLLWRNORM | POLLERR)

static bool makes_lines(s32 handle)
{
	struct file *f = handle >= 0 ? file_of((u32)handle) : NULL;

	return f && f->type == CORBEL_H_CONSOLE && !console_reads_raw();
}

/* The console in the list that makes lines and is polled for reading: its index, or -1. */
static s64 find_console(u64 fds, u64 count, struct pollfd *p)
{
	for (u64 i = 0; i < count; i++) {
		if (!copy_in(p, fds + i * sizeof(*p), sizeof(*p)) && (p->events & POLLIN) &&
		    makes_lines(p->fd)) {
			return (s64)i;
		}
	}
	return -1;
}

/*
 * A signal that the mask of this call lets through may have been pending before, when nobody was
 * kicked for it: then the call only looks.
 */
static long ask(u64 fds, u64 count, u64 deadline)
{
	struct __kernel_timespec left;
	bool pending;
	long n;

	do {
		pending = signal_is_pending();
		left = clock_left(pending ? 0 : deadline);
		n = call_own(__NR_ppoll, fds, count,
			     deadline == ~0ull && !pending ? 0 : (u64)&left, 0, MASK_BYTES);
	} while (n == -EINTR && !signal_is_pending());
	return pending && n == 0 ? -EINTR : n;
}

/* A pipe's events say less than poll does: entries of pipes get their bits. The new count. */
static long correct_pipes(u64 fds, u64 count, long ready)
{
	struct pollfd p;

	for (u64 i = 0; ready > 0 && i < count; i++) {
		struct file *f;

		if (copy_in(&p, fds + i * sizeof(p), sizeof(p)) || p.fd < 0 || !p.revents) {
			continue;
		}
		f = file_known((u32)p.fd);
		if (f && f->type == FILE_PIPE) {
			p.revents = (short)pipe_revents(f, (u16)p.events);
			ready -= !p.revents;
			if (copy_out(fds + i * sizeof(p), &p, sizeof(p))) {
				return -EFAULT;
			}
		}
	}
	return ready;
}

static long send_poll(u64 fds, u64 count, u64 deadline)
{
	long asked, ready;

	do {
		asked = ask(fds, count, deadline);
		ready = correct_pipes(fds, count, asked);
		if (asked > 0 && !ready) {
			/* It was asked for what a pipe's number has and its end has not. */
			struct __kernel_timespec pause = {.tv_nsec = (long)NS_PER_MS};

			call_own(__NR_clock_nanosleep, 1, 0, &pause, 0);
		}
	} while (asked > 0 && !ready && clock_monotonic() < deadline && !signal_is_pending());
	return ready;
}

/* After a poll: is the console's line there? Corrects the entry and the count. */
static long correct(u64 entry, struct pollfd *p, long ready)
{
	bool had_bytes, has_line;

	if (copy_in(p, entry, sizeof(*p))) {
		return -EFAULT;
	}
	had_bytes = p->revents & POLLIN;
	if (had_bytes) {
		console_pump((u32)p->fd);
	}
	has_line = console_readable();
	if (has_line == had_bytes) {
		return ready;
	}
	ready += has_line ? !p->revents : 0;
	p->revents = (short)(has_line ? p->revents | POLLIN : p->revents & ~POLLIN);
	ready -= has_line ? 0 : !p->revents;
	return copy_out(entry, p, sizeof(*p)) ? -EFAULT : ready;
}

static long wait_for(u64 fds, u64 count, u64 deadline)
{
	struct pollfd p;
	s64 console;
	long ready;

	if (count > POLL_MAX) {
		return -EINVAL;
	}
	if (!user_range_ok(fds, count * sizeof(p)) && count) {
		return -EFAULT;
	}
	console = find_console(fds, count, &p);
	if (console < 0) {
		return send_poll(fds, count, deadline);
	}
	for (;;) {
		ready = send_poll(fds, count, console_readable() ? 0 : deadline);
		if (ready >= 0) {
			ready = correct(fds + (u64)console * sizeof(p), &p, ready);
		}
		if (ready) {
			return ready;
		}
		if (signal_is_pending()) {
			return -EINTR;
		}
		if (clock_monotonic() >= deadline) {
			return 0;
		}
	}
}

static long use_mask(u64 address, u64 size)
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

long sys_poll(struct regs *r)
{
	s32 ms = (s32)r->rdx;

	return wait_for(r->rdi, (u32)r->rsi,
			ms < 0 ? ~0ull : clock_deadline(0, (u64)ms * NS_PER_MS));
}

long sys_ppoll(struct regs *r)
{
	u64 deadline = ~0ull;
	long error = r->rdx ? clock_deadline_in(r->rdx, &deadline) : 0;

	if (!error) {
		error = use_mask(r->r10, r->r8);
	}
	return error ? error : wait_for(r->rdi, (u32)r->rsi, deadline);
}

struct select_sets {
	u64 in[3][SELECT_MAX / 64];
	u64 count; /* numbers that are in some set */
};

static const short select_events[3] = {POLLIN, POLLOUT, POLLPRI};
static const short select_results[3] = {READ_EVENTS, WRITE_EVENTS, POLLPRI};

static short wanted(const struct select_sets *s, u64 handle)
{
	short events = 0;

	for (int set = 0; set < 3; set++) {
		if (s->in[set][handle / 64] & BIT(handle % 64)) {
			events |= select_events[set];
		}
	}
	return events;
}

static long sets_in(struct select_sets *s, const struct regs *r)
{
	const u64 addresses[3] = {r->rsi, r->rdx, r->r10};
	u64 bytes = ROUND_UP((r->rdi + 7) / 8, 8);

	memset(s, 0, sizeof(*s));
	for (int set = 0; set < 3; set++) {
		if (addresses[set] && copy_in(s->in[set], addresses[set], bytes)) {
			return -EFAULT;
		}
	}
	for (u64 handle = 0; handle < r->rdi; handle++) {
		s->count += wanted(s, handle) != 0;
	}
	return 0;
}

/* The list for poll lies on the program's stack, below what it may use. */
static long list_out(const struct select_sets *s, u64 handles, u64 list)
{
	struct pollfd p = {0};

	for (u64 handle = 0; handle < handles; handle++) {
		p.fd = (int)handle;
		p.events = wanted(s, handle);
		if (p.events) {
			if (copy_out(list, &p, sizeof(p))) {
				return -ENOMEM;
			}
			list += sizeof(p);
		}
	}
	return 0;
}

static long results_out(struct select_sets *s, const struct regs *r, u64 list)
{
	const u64 addresses[3] = {r->rsi, r->rdx, r->r10};
	long ready = 0;
	struct pollfd p;

	for (u64 i = 0; i < s->count; i++, list += sizeof(p)) {
		if (copy_in(&p, list, sizeof(p))) {
			return -EFAULT;
		}
		if (p.revents & POLLNVAL) {
			return -EBADF;
		}
		for (int set = 0; set < 3; set++) {
			u64 *word = &s->in[set][p.fd / 64], bit = BIT(p.fd % 64);

			if ((*word & bit) && (p.revents & select_results[set])) {
				ready++;
			} else {
				*word &= ~bit;
			}
		}
	}
	for (int set = 0; set < 3; set++) {
		if (addresses[set] &&
		    copy_out(addresses[set], s->in[set], ROUND_UP((r->rdi + 7) / 8, 8))) {
			return -EFAULT;
		}
	}
	return ready;
}

static long select_until(const struct regs *r, u64 deadline)
{
	struct select_sets s;
	u64 list;
	long n;

	if (r->rdi > SELECT_MAX) {
		return -EINVAL;
	}
	n = sets_in(&s, r);
	if (n) {
		return n;
	}
	list = ROUND_DOWN(r->rsp - RED_ZONE - s.count * sizeof(struct pollfd), 16);
	n = list_out(&s, r->rdi, list);
	if (!n) {
		n = wait_for(list, s.count, deadline);
	}
	return n < 0 ? n : results_out(&s, r, list);
}

long sys_select(struct regs *r)
{
	u64 deadline = ~0ull;
	s64 tv[2];

	if (r->r8) {
		if (copy_in(tv, r->r8, sizeof(tv))) {
			return -EFAULT;
		}
		if (tv[0] < 0 || tv[1] < 0) {
			return -EINVAL;
		}
		deadline = clock_deadline(tv[0] + tv[1] / 1000000, (u64)(tv[1] % 1000000) * 1000);
	}
	return select_until(r, deadline);
}

long sys_pselect6(struct regs *r)
{
	u64 deadline = ~0ull, mask[2] = {0};
	long error = r->r8 ? clock_deadline_in(r->r8, &deadline) : 0;

	if (!error && r->r9 && copy_in(mask, r->r9, sizeof(mask))) {
		error = -EFAULT;
	}
	if (!error) {
		error = use_mask(mask[0], mask[1]);
	}
	return error ? error : select_until(r, deadline);
}
