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
static long name_ends(u32 pipe, const long n[2], u32 flags)
{
	long error = pipe_adopt_end((u32)n[0], pipe, CHANNEL_READ, O_RDONLY | flags);

	if (error) {
		pipe_end_closed(pipe, CHANNEL_READ);
	} else {
		error = pipe_adopt_end((u32)n[1], pipe, CHANNEL_WRITE, O_WRONLY | flags);
		if (!error) {
			return 0;
		}
		file_forget((u32)n[0]);
	}
	pipe_end_closed(pipe, CHANNEL_WRITE);
	return error;
}

long pipe_create(u32 numbers[2], u32 flags)
{
	struct pipe_gift gift = {.bit = {0, 0}};
	long n[3], pipe, error = make_objects(n);

	if (error) {
		return error;
	}
	gift.event[CHANNEL_READ] = hidden_copy((s32)n[0]);
	gift.event[CHANNEL_WRITE] = hidden_copy((s32)n[1]);
	gift.memfd = hidden_move((s32)n[2]);
	pipe = pipe_install(&gift);
	if (pipe >= 0) {
		struct channel *c = pipe_channel((u32)pipe);

		c->ends[CHANNEL_READ] = c->ends[CHANNEL_WRITE] = 1;
		error = name_ends((u32)pipe, n, flags & O_NONBLOCK);
	}
	if (pipe < 0 || error) {
		call_own(__NR_close, n[0]);
		call_own(__NR_close, n[1]);
		return pipe < 0 ? pipe : error;
	}
	for (u32 i = 0; i < 2; i++) {
		file_set_cloexec((u32)n[i], flags & O_CLOEXEC);
		numbers[i] = (u32)n[i];
	}
	return 0;
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
