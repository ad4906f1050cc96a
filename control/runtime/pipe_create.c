/* SPDX-License-Identifier: BSD-2-Clause */
/* pipe and pipe2. */
#include "control/runtime/pipe.h"

#include <linux/fcntl.h>

#include "control/runtime/calls.h"
#include "control/runtime/hidden.h"
#include "control/runtime/hypercall.h"
#include "control/runtime/user.h"

/* A handle of the hypervisor at a number that the program may have. */
static long make_event(void)
{
	long handle = call_own(__NR_eventfd2, 0, O_NONBLOCK);

	if (handle >= SYSCALL_HIDDEN) {
		call_own(__NR_close, handle);
		return -EMFILE;
	}
	return handle;
}

static s32 make_memory(void)
{
	static const char name[] = "pipe";
	long memfd = call_own(__NR_memfd_create, name, 0), error;

	if (memfd < 0) {
		return (s32)memfd;
	}
	error = call_own(__NR_ftruncate, memfd, sizeof(struct channel));
	memfd = hidden_move((s32)memfd);
	if (error) {
		hidden_close((s32)memfd);
	}
	return error ? (s32)error : (s32)memfd;
}

static void close_all(const struct pipe_gift *gift, const long n[2])
{
	for (u32 i = 0; i < 2; i++) {
		hidden_close(gift->event[i]);
		if (n[i] >= 0) {
			file_close_held((u32)n[i]);
		}
	}
	hidden_close(gift->memfd);
}

/* The hidden handles, and two events at the lowest free numbers. Nothing is left if it fails. */
static long make_objects(struct pipe_gift *gift, long n[2])
{
	long error = 0;

	gift->memfd = make_memory();
	error = gift->memfd < 0 ? gift->memfd : 0;
	for (u32 i = 0; i < 2; i++) {
		n[i] = error ? error : make_event();
		gift->event[i] = n[i] < 0 ? -1 : hidden_copy((s32)n[i]);
		error = error ? error : n[i] < 0 ? n[i] : gift->event[i] < 0 ? gift->event[i] : 0;
	}
	if (error) {
		close_all(gift, n);
	}
	return error;
}

/* Both ends to their numbers; an end that has none is closed. */
static long name_ends(struct pipe *p, const long n[2], u32 flags)
{
	static const u32 access[2] = {O_RDONLY, O_WRONLY};
	long error = 0;

	for (u32 end = 0; end < 2; end++) {
		error = error ? error : pipe_attach((u32)n[end], p, end, access[end] | flags);
		if (error) {
			pipe_close(p, end);
		}
	}
	return error;
}

static long create_held(u32 numbers[2], u32 flags)
{
	struct pipe_gift gift = {.bit = {0, 0}};
	long n[2], error = make_objects(&gift, n);
	struct pipe *p;

	if (error) {
		return error;
	}
	p = pipe_install(&gift, &error);
	if (p) {
		error = name_ends(p, n, flags);
	}
	for (u32 i = 0; i < 2; i++) {
		if (error) {
			file_close_held((u32)n[i]);
		}
		numbers[i] = (u32)n[i];
	}
	return error;
}

long pipe_create(u32 numbers[2], u32 flags)
{
	long error;

	numbers_take();
	error = create_held(numbers, flags);
	numbers_drop();
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
			file_close(numbers[i]);
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
