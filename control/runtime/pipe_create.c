/* SPDX-License-Identifier: BSD-2-Clause */
/* pipe and pipe2. */
#include "control/runtime/pipe.h"

#include <linux/fcntl.h>

#include "control/runtime/calls.h"
#include "control/runtime/hidden.h"
#include "control/runtime/hypercall.h"
#include "control/runtime/user.h"

/* The three objects at the three lowest free numbers. */
static long make_objects(long n[3])
{
	static const char name[] = "pipe";
	long error;

	n[0] = call_own(__NR_eventfd2, 0, O_NONBLOCK);
	n[1] = n[0] < 0 ? n[0] : call_own(__NR_eventfd2, 0, O_NONBLOCK);
	n[2] = n[1] < 0 ? n[1] : call_own(__NR_memfd_create, name, 0);
	error = n[2] < 0 ? n[2] : call_own(__NR_ftruncate, n[2], sizeof(struct channel));
	for (u32 i = 0; error && i < 3; i++) {
		if (n[i] >= 0) {
			call_own(__NR_close, n[i]);
		}
	}
	return error;
}

/* Both ends to their numbers; if that fails, both are closed. */
static long name_ends(struct pipe *p, const long n[2], u32 flags)
{
	long error = pipe_attach((u32)n[0], p, CHANNEL_READ, O_RDONLY | flags);

	if (error) {
		pipe_close(p, CHANNEL_READ);
	} else {
		error = pipe_attach((u32)n[1], p, CHANNEL_WRITE, O_WRONLY | flags);
		if (!error) {
			return 0;
		}
		file_forget((u32)n[0]);
	}
	pipe_close(p, CHANNEL_WRITE);
	return error;
}

long pipe_create(u32 numbers[2], u32 flags)
{
	struct pipe_gift gift = {.bit = {0, 0}};
	long n[3], error = make_objects(n);
	struct pipe *p;

	if (error) {
		return error;
	}
	gift.event[CHANNEL_READ] = hidden_copy((s32)n[0]);
	gift.event[CHANNEL_WRITE] = hidden_copy((s32)n[1]);
	gift.memfd = hidden_move((s32)n[2]);
	p = pipe_install(&gift, &error);
	if (p) {
		error = name_ends(p, n, flags);
	}
	for (u32 i = 0; i < 2; i++) {
		if (error) {
			call_own(__NR_close, n[i]);
		}
		numbers[i] = (u32)n[i];
	}
	return error;
}

static long make(u64 out, u32 flags)
{
	u32 numbers[2];
	long error;

	if (flags & ~(u32)(O_NONBLOCK | O_CLOEXEC)) {
		return -EINVAL;
	}
	error = pipe_create(numbers, flags);
	if (!error && copy_out(out, numbers, sizeof(numbers))) {
		for (u32 i = 0; i < 2; i++) {
			file_forget(numbers[i]);
			call_own(__NR_close, numbers[i]);
		}
		error = -EFAULT;
	}
	return error;
}

long sys_pipe(struct regs *r)
{
	return make(r->rdi, 0);
}

long sys_pipe2(struct regs *r)
{
	return make(r->rdi, (u32)r->rsi);
}
