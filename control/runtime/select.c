/* SPDX-License-Identifier: BSD-2-Clause */
/* select and pselect: the sets become a list for poll, and its answers sets again. */
#include "control/runtime/calls.h"

#include <linux/poll.h>
#include <asm/poll.h>

#include "control/runtime/clock.h"
#include "control/runtime/poll.h"
#include "control/runtime/user.h"

#define SELECT_MAX 1024
#define READ_EVENTS (POLLIN | POLLRDNORM | POLLHUP | POLLERR)
#define WRITE_EVENTS (POLLOUT | POLLWRNORM | POLLERR)

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

static void fill_list(const struct select_sets *s, u64 handles, struct pollfd *list)
{
	for (u64 handle = 0; handle < handles; handle++) {
		short events = wanted(s, handle);

		if (events) {
			*list++ = (struct pollfd){.fd = (int)handle, .events = events};
		}
	}
}

static long results_out(struct select_sets *s, const struct regs *r, const struct pollfd *list)
{
	const u64 addresses[3] = {r->rsi, r->rdx, r->r10};
	long ready = 0;

	for (u64 i = 0; i < s->count; i++) {
		const struct pollfd p = list[i];

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
	struct wait_lists *w = wait_lists();
	struct select_sets s;
	long n;

	if ((s32)r->rdi < 0 || r->rdi > SELECT_MAX) {
		return -EINVAL;
	}
	n = w ? sets_in(&s, r) : -ENOMEM;
	if (n) {
		return n;
	}
	fill_list(&s, r->rdi, w->list);
	n = poll_list(w, (u32)s.count, deadline);
	return n < 0 ? n : results_out(&s, r, w->list);
}

long sys_select(struct regs *r)
{
	u64 deadline = ~0ull;
	struct __kernel_timespec left;
	s64 tv[2];
	long n;

	if (r->r8) {
		if (copy_in(tv, r->r8, sizeof(tv))) {
			return -EFAULT;
		}
		if (tv[0] < 0 || tv[1] < 0) {
			return -EINVAL;
		}
		deadline = clock_deadline(tv[0] + tv[1] / 1000000, (u64)(tv[1] % 1000000) * 1000);
	}
	n = select_until(r, deadline);
	if (r->r8) {
		left = clock_left(deadline);
		tv[0] = left.tv_sec;
		tv[1] = left.tv_nsec / 1000;
		/* As on Linux, where it cannot be written it is lost. */
		(void)!copy_out(r->r8, tv, sizeof(tv));
	}
	return n;
}

long sys_pselect6(struct regs *r)
{
	u64 deadline = ~0ull, mask[2] = {0};
	long n = r->r8 ? clock_deadline_in(r->r8, &deadline) : 0;

	if (!n && r->r9 && copy_in(mask, r->r9, sizeof(mask))) {
		n = -EFAULT;
	}
	if (!n) {
		n = poll_mask(mask[0], mask[1]);
	}
	if (!n) {
		n = select_until(r, deadline);
		clock_left_out(r->r8, deadline);
	}
	return n;
}
