/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls on handles by a child before execve. Its numbers lead through a map to handles of the
 * domain: closing and duplicating change the map only; what it opens has a handle of the domain
 * until the child is gone from the thread.
 */
#include "control/runtime/process.h"

#include <linux/fcntl.h>
#include <linux/mman.h>

#include "control/runtime/calls.h"
#include "control/runtime/file.h"
#include "control/runtime/hypercall.h"
#include "control/runtime/pipe.h"
#include "control/runtime/user.h"

static void set_bit(u64 *map, u32 bit, bool on)
{
	map[bit / 64] = on ? map[bit / 64] | BIT(bit % 64) : map[bit / 64] & ~BIT(bit % 64);
}

void child_files_start(struct child_run *run)
{
	memset(run->owned, 0, sizeof(run->owned));
	file_get_all(run->held, run->cloexec);
	for (u32 n = 0; n < SYSCALL_HIDDEN; n++) {
		run->map[n] = run->held[n] ? (int16_t)n : -1;
	}
}

/* Closes what the child has opened, unless another thread has and the number is another's. */
static void close_owned(const struct child_run *run, u32 handle)
{
	numbers_take();
	if (file_known(handle) == run->held[handle]) {
		file_close_held(handle);
	}
	numbers_drop();
}

void child_files_end(struct child_run *run)
{
	for (u32 n = 0; n < SYSCALL_HIDDEN; n++) {
		if (run->owned[n / 64] & BIT(n % 64)) {
			close_owned(run, n);
		}
		if (run->held[n]) {
			file_put(run->held[n]);
		}
	}
}

struct file *child_file(const struct child_run *run, u64 number)
{
	s32 handle = (u32)number < SYSCALL_HIDDEN ? run->map[(u32)number] : -1;

	return handle >= 0 && file_known((u32)handle) == run->held[handle] ? run->held[handle]
									   : NULL;
}

static bool is_open(const struct child_run *run, u64 number)
{
	return child_file(run, number);
}

/* The lowest free number from `lowest` on for a handle of the domain. */
static long place(struct child_run *run, u32 handle, u32 lowest, bool cloexec)
{
	for (u32 n = lowest; n < SYSCALL_HIDDEN; n++) {
		if (run->map[n] < 0) {
			run->map[n] = (int16_t)handle;
			set_bit(run->cloexec, n, cloexec);
			return n;
		}
	}
	return -EMFILE;
}

/* The domain has closed what the handle was, so the child has, too. */
static void drop_held(struct child_run *run, u32 handle)
{
	for (u32 n = 0; n < SYSCALL_HIDDEN; n++) {
		if (run->map[n] == (int16_t)handle) {
			run->map[n] = -1;
		}
	}
	file_put(run->held[handle]);
	run->held[handle] = NULL;
}

/* A handle that the child has just got from the domain becomes a number of its own. */
static long adopt(struct child_run *run, long handle)
{
	long number = -EMFILE;
	struct file *f;

	if (handle < 0) {
		return handle;
	}
	if (run->held[handle]) {
		drop_held(run, (u32)handle);
	}
	f = file_get((u32)handle);
	if (f) {
		number = place(run, (u32)handle, 0, file_cloexec((u32)handle));
	}
	if (number >= 0) {
		run->held[handle] = f;
		set_bit(run->owned, (u32)handle, true);
		return number;
	}
	file_close((u32)handle);
	if (f) {
		file_put(f);
	}
	return number;
}

/* Takes back what adopt gave. */
static void disown(struct child_run *run, u32 number)
{
	u32 handle = (u32)run->map[number];

	set_bit(run->owned, handle, false);
	close_owned(run, handle);
	drop_held(run, handle);
}

static long make_pipe(struct child_run *run, u64 out, u32 flags)
{
	u32 handles[2];
	s32 numbers[2];
	long error;

	if (flags & ~(u32)(O_NONBLOCK | O_CLOEXEC)) {
		return -EINVAL;
	}
	error = pipe_create(handles, flags);
	if (error) {
		return error;
	}
	for (u32 i = 0; i < 2; i++) {
		numbers[i] = (s32)adopt(run, handles[i]);
		error = numbers[i] < 0 ? numbers[i] : error;
	}
	error = error ? error : copy_out(out, numbers, sizeof(numbers));
	for (u32 i = 0; error && i < 2; i++) {
		if (numbers[i] >= 0) {
			disown(run, (u32)numbers[i]);
		}
	}
	return error;
}

static long duplicate(struct child_run *run, u32 from, u32 to, u64 flags)
{
	if (!is_open(run, from) || to >= SYSCALL_HIDDEN) {
		return -EBADF;
	}
	if (from != to) {
		run->map[to] = run->map[from];
		set_bit(run->cloexec, to, flags & O_CLOEXEC);
	}
	return to;
}

/* A call on a handle, with the domain's number for the child's. */
static long translated(struct child_run *run, struct regs *r, long (*call)(struct regs *r))
{
	u64 number = r->rdi;
	long n;

	r->rdi = (u64)run->map[(u32)number];
	n = call(r);
	r->rdi = number;
	return n;
}

static long send_out(struct regs *r)
{
	return syscall_send(r);
}

static long control(struct child_run *run, struct regs *r)
{
	u32 number = (u32)r->rdi;

	switch (r->rsi) {
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		return r->rdx >= SYSCALL_HIDDEN ? -EINVAL
						: place(run, (u32)run->map[number], (u32)r->rdx,
							r->rsi == F_DUPFD_CLOEXEC);
	case F_GETFD: return run->cloexec[number / 64] & BIT(number % 64) ? FD_CLOEXEC : 0;
	case F_SETFD: set_bit(run->cloexec, number, r->rdx & FD_CLOEXEC); return 0;
	default: return translated(run, r, sys_fcntl);
	}
}

static long map_file(struct child_run *run, struct regs *r)
{
	u64 number = r->r8;
	long n;

	if (!(r->r10 & MAP_ANONYMOUS)) {
		if (!is_open(run, number)) {
			return -EBADF;
		}
		r->r8 = (u64)run->map[(u32)number];
	}
	n = syscall_send(r);
	r->r8 = number;
	return n;
}

/* close_range, as far as posix_spawn needs it. */
static long close_many(struct child_run *run, u64 first, u64 last)
{
	for (u64 n = first; n <= last && n < SYSCALL_HIDDEN; n++) {
		run->map[n] = -1;
	}
	return first > last ? -EINVAL : 0;
}

/* Calls whose first argument is an open handle. */
static long handle_call(struct child_run *run, struct regs *r)
{
	switch (r->nr_error) {
	case __NR_read: return translated(run, r, sys_read);
	case __NR_write: return translated(run, r, sys_write);
	case __NR_readv: return translated(run, r, sys_readv);
	case __NR_writev: return translated(run, r, sys_writev);
	case __NR_lseek: return translated(run, r, sys_lseek);
	case __NR_fstat: return translated(run, r, sys_fstat);
	case __NR_ioctl: return translated(run, r, sys_ioctl);
	case __NR_pread64:
	case __NR_ftruncate: return translated(run, r, send_out);
	case __NR_close: run->map[(u32)r->rdi] = -1; return 0;
	case __NR_dup: return place(run, (u32)run->map[(u32)r->rdi], 0, false);
	default: return control(run, r);
	}
}

long child_file_call(struct child_run *run, struct regs *r)
{
	switch (r->nr_error) {
	case __NR_read:
	case __NR_write:
	case __NR_readv:
	case __NR_writev:
	case __NR_lseek:
	case __NR_fstat:
	case __NR_ioctl:
	case __NR_pread64:
	case __NR_ftruncate:
	case __NR_close:
	case __NR_dup:
	case __NR_fcntl: return is_open(run, r->rdi) ? handle_call(run, r) : -EBADF;
	case __NR_dup2: return duplicate(run, (u32)r->rdi, (u32)r->rsi, 0);
	case __NR_dup3:
		return (u32)r->rdi == (u32)r->rsi || (r->rdx & ~(u64)O_CLOEXEC)
			       ? -EINVAL
			       : duplicate(run, (u32)r->rdi, (u32)r->rsi, r->rdx);
	case __NR_open: return adopt(run, sys_open(r));
	case __NR_openat: return adopt(run, sys_openat(r));
	case __NR_memfd_create: return adopt(run, sys_memfd_create(r));
	case __NR_eventfd2: return adopt(run, sys_eventfd2(r));
	case __NR_pipe: return make_pipe(run, r->rdi, 0);
	case __NR_pipe2: return make_pipe(run, r->rdi, (u32)r->rsi);
	case __NR_mmap: return map_file(run, r);
	case __NR_close_range: return close_many(run, (u32)r->rdi, (u32)r->rsi);
	default: return -ENOSYS;
	}
}
