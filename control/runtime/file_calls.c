/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls about handles: opening, closing, duplicating, offsets, flags. */
#include "control/runtime/calls.h"

#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/memfd.h>

#include "control/runtime/file.h"
#include "control/runtime/hypercall.h"
#include "control/runtime/user.h"

#define EFD_NONBLOCK O_NONBLOCK /* <linux/eventfd.h> is not in every distribution */
#define EFD_CLOEXEC O_CLOEXEC
#define SETTABLE (O_NONBLOCK | O_APPEND)

static long open_file(u64 directory, u64 name, u32 flags, u64 mode)
{
	long number;

	numbers_take();
	number = file_opened(call_plain(__NR_openat, directory, name, flags, mode),
			     flags & (O_ACCMODE | SETTABLE | O_CLOEXEC), false);
	numbers_drop();
	return number;
}

long sys_openat(struct regs *r)
{
	return open_file(r->rdi, r->rsi, (u32)r->rdx, r->r10);
}

long sys_open(struct regs *r)
{
	return open_file((u64)AT_FDCWD, r->rdi, (u32)r->rsi, r->rdx);
}

static long eventfd(u64 value, u32 flags)
{
	long number;

	numbers_take();
	number = file_opened(call_plain(__NR_eventfd2, value, flags),
			     O_RDWR | (flags & (EFD_NONBLOCK | EFD_CLOEXEC)),
			     flags & EFD_NONBLOCK);
	numbers_drop();
	return number;
}

long sys_eventfd2(struct regs *r)
{
	return eventfd(r->rdi, (u32)r->rsi);
}

long sys_eventfd(struct regs *r)
{
	return eventfd(r->rdi, 0);
}

long sys_memfd_create(struct regs *r)
{
	long number;

	numbers_take();
	number = file_opened(call_plain(__NR_memfd_create, r->rdi, r->rsi),
			     O_RDWR | (r->rsi & MFD_CLOEXEC ? O_CLOEXEC : 0), false);
	numbers_drop();
	return number;
}

long sys_close(struct regs *r)
{
	return (u32)r->rdi < SYSCALL_HIDDEN ? file_close((u32)r->rdi) : -EBADF;
}

/* Numbers taken. */
static long duplicate_held(u32 from, u32 to, u32 flags)
{
	struct file *f = to < SYSCALL_HIDDEN ? file_of(from) : NULL;

	return f ? file_duplicate(f, from, to, flags) : -EBADF;
}

static long duplicate_to(u32 from, u32 to, u32 flags)
{
	long number;

	numbers_take();
	number = duplicate_held(from, to, flags);
	numbers_drop();
	return number;
}

/* The lowest free number from `lowest` on, reserved; -errno. */
static long reserve_free(u32 lowest)
{
	long number = lowest ? -EBUSY : call_own(CORBEL_HANDLE_RESERVE, -1);

	while (number == -EBUSY && lowest < SYSCALL_HIDDEN) {
		number = call_own(CORBEL_HANDLE_RESERVE, lowest++);
	}
	return number == -EBUSY ? -EMFILE : number;
}

static long duplicate_free(u32 from, u32 lowest, u32 flags)
{
	long number = -EBADF, result;

	numbers_take();
	if (file_of(from)) {
		number = reserve_free(lowest);
	}
	if (number >= 0) {
		result = duplicate_held(from, (u32)number, flags);
		if (result < 0) { /* a number that is none for the program: too many */
			call_own(__NR_close, number);
			number = number < SYSCALL_HIDDEN ? result : -EMFILE;
		}
	}
	numbers_drop();
	return number;
}

long sys_dup(struct regs *r)
{
	return duplicate_free((u32)r->rdi, 0, 0);
}

/* dup2 of a number to itself. */
static long duplicate_same(u32 number)
{
	struct file *f = file_get(number);

	if (f) {
		file_put(f);
	}
	return f ? (long)number : -EBADF;
}

long sys_dup2(struct regs *r)
{
	if ((u32)r->rdi == (u32)r->rsi) {
		return duplicate_same((u32)r->rdi);
	}
	return duplicate_to((u32)r->rdi, (u32)r->rsi, 0);
}

long sys_dup3(struct regs *r)
{
	if ((u32)r->rdi == (u32)r->rsi || (r->rdx & ~(u64)O_CLOEXEC)) {
		return -EINVAL;
	}
	return duplicate_to((u32)r->rdi, (u32)r->rsi, (u32)r->rdx);
}

static void set_flags(struct file *f, u32 flags)
{
	f->flags = (f->flags & ~(u32)SETTABLE) | (flags & SETTABLE);
	file_update_direct();
}

static long control(struct file *f, u32 number, u64 command, u64 argument)
{
	switch (command) {
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		return argument >= SYSCALL_HIDDEN
			       ? -EINVAL
			       : duplicate_free(number, (u32)argument,
						command == F_DUPFD_CLOEXEC ? O_CLOEXEC : 0);
	case F_GETFD: return file_cloexec(number) ? FD_CLOEXEC : 0;
	case F_SETFD: file_set_cloexec(number, argument & FD_CLOEXEC); return 0;
	case F_GETFL: return f->flags;
	case F_SETFL: set_flags(f, (u32)argument); return 0;
	default: return -EINVAL;
	}
}

long sys_fcntl(struct regs *r)
{
	struct file *f = file_get((u32)r->rdi);
	long result = -EBADF;

	if (f) {
		result = control(f, (u32)r->rdi, r->rsi, r->rdx);
		file_put(f);
	}
	return result;
}

static long seek(struct file *f, u32 number, u64 distance, u64 whence)
{
	s64 from, to;

	if (!file_has_offset(f)) {
		return -ESPIPE;
	}
	switch (whence) {
	case SEEK_SET: from = 0; break;
	case SEEK_CUR: from = (s64)f->offset; break;
	case SEEK_END: from = (s64)file_length(number, f); break;
	default: return -EINVAL;
	}
	if (__builtin_add_overflow(from, (s64)distance, &to) || to < 0) {
		return -EINVAL;
	}
	f->offset = (u64)to;
	return to;
}

long sys_lseek(struct regs *r)
{
	struct file *f = file_get((u32)r->rdi);
	long result = -EBADF;

	if (f) {
		result = seek(f, (u32)r->rdi, r->rsi, r->rdx);
		file_put(f);
	}
	return result;
}
