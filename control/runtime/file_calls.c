/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls about handles: opening, closing, duplicating, offsets, flags. */
#include "control/runtime/calls.h"

#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/memfd.h>

#include "control/runtime/domain.h"
#include "control/runtime/file.h"
#include "control/runtime/hypercall.h"
#include "control/runtime/kvm_mask.h"
#include "control/runtime/user.h"

#define EFD_NONBLOCK O_NONBLOCK /* <linux/eventfd.h> is not in every distribution */
#define EFD_CLOEXEC O_CLOEXEC
#define SETTABLE (O_NONBLOCK | O_APPEND)

static long opened(long handle, u32 flags)
{
	struct file *f;

	if (handle < 0) {
		return handle;
	}
	f = file_of((u32)handle);
	if (!f) { /* no number or no record is left for the program */
		call_own(__NR_close, handle);
		return -EMFILE;
	}
	f->flags = flags & (O_ACCMODE | SETTABLE);
	file_set_cloexec((u32)handle, flags & O_CLOEXEC);
	file_update_direct();
	return handle;
}

long sys_openat(struct regs *r)
{
	return opened(call_plain(__NR_openat, r->rdi, r->rsi, r->rdx, r->r10), (u32)r->rdx);
}

long sys_open(struct regs *r)
{
	return opened(call_plain(__NR_openat, AT_FDCWD, r->rdi, r->rsi, r->rdx), (u32)r->rsi);
}

static long eventfd(u64 value, u32 flags)
{
	long handle = call_plain(__NR_eventfd2, value, flags);

	if (handle >= 0) {
		struct file *f = file_of((u32)handle);

		if (f) {
			f->native_nonblock = flags & EFD_NONBLOCK;
		}
		return opened(handle, O_RDWR | (flags & (EFD_NONBLOCK | EFD_CLOEXEC)));
	}
	return handle;
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
	return opened(call_plain(__NR_memfd_create, r->rdi, r->rsi),
		      O_RDWR | (r->rsi & MFD_CLOEXEC ? O_CLOEXEC : 0));
}

long sys_close(struct regs *r)
{
	if ((u32)r->rdi >= SYSCALL_HIDDEN) {
		return -EBADF;
	}
	file_forget((u32)r->rdi);
	kvm_mask_forget((u32)r->rdi);
	return call_plain(__NR_close, (u32)r->rdi);
}

/* Makes `to` a number of the runtime's own, whatever it names now. 0 or -errno. */
static long reserve(u32 to)
{
	struct corbel_handle_info info = {.size = sizeof(info)};
	long number;

	while ((number = call_own(CORBEL_HANDLE_RESERVE, to)) == -EBUSY) {
		if (!call_own(CORBEL_HANDLE_INFO, to, &info) && info.type == CORBEL_H_RESERVED) {
			return 0;
		}
		call_own(__NR_close, to);
	}
	return number < 0 ? number : 0;
}

static long duplicate_file(struct file *f, u32 from, u32 to, u32 flags)
{
	bool own = f->type == CORBEL_H_RESERVED;
	long error = own ? reserve(to) : call_plain(__NR_dup3, from, to, flags & O_CLOEXEC);

	if (error < 0) {
		return error;
	}
	file_forget(to);
	kvm_mask_copy(from, to);
	file_share(to, f);
	file_set_cloexec(to, flags & O_CLOEXEC);
	return to;
}

static long duplicate_to(u32 from, u32 to, u32 flags)
{
	struct file *f = to < SYSCALL_HIDDEN ? file_get(from) : NULL;
	long number = -EBADF;

	if (f) {
		number = duplicate_file(f, from, to, flags);
		file_put(f);
	}
	return number;
}

/* The lowest free number from `lowest` on. */
static long duplicate_free(u32 from, u32 lowest, u32 flags)
{
	long number, result;

	if (!file_of(from)) {
		return -EBADF;
	}
	number = lowest ? -EBUSY : call_own(CORBEL_HANDLE_RESERVE, -1);
	while (number == -EBUSY && lowest < SYSCALL_HIDDEN) {
		number = call_own(CORBEL_HANDLE_RESERVE, lowest++);
	}
	if (number < 0) {
		return number == -EBUSY ? -EMFILE : number;
	}
	result = duplicate_to(from, (u32)number, flags);
	if (result < 0) {
		call_own(__NR_close, number);
	}
	return result;
}

long sys_dup(struct regs *r)
{
	return duplicate_free((u32)r->rdi, 0, 0);
}

long sys_dup2(struct regs *r)
{
	if ((u32)r->rdi == (u32)r->rsi) {
		return file_of((u32)r->rdi) ? (long)r->rdi : -EBADF;
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

long sys_fcntl(struct regs *r)
{
	struct file *f = file_of((u32)r->rdi);

	if (!f) {
		return -EBADF;
	}
	switch (r->rsi) {
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		if (r->rdx >= SYSCALL_HIDDEN) {
			return -EINVAL;
		}
		return duplicate_free((u32)r->rdi, (u32)r->rdx,
				      r->rsi == F_DUPFD_CLOEXEC ? O_CLOEXEC : 0);
	case F_GETFD: return file_cloexec((u32)r->rdi) ? FD_CLOEXEC : 0;
	case F_SETFD: file_set_cloexec((u32)r->rdi, r->rdx & FD_CLOEXEC); return 0;
	case F_GETFL: return f->flags;
	case F_SETFL:
		f->flags = (f->flags & ~(u32)SETTABLE) | ((u32)r->rdx & SETTABLE);
		file_update_direct();
		return 0;
	default: return -EINVAL;
	}
}

long sys_lseek(struct regs *r)
{
	struct file *f = file_of((u32)r->rdi);
	s64 from, to;

	if (!f) {
		return -EBADF;
	}
	if (!file_has_offset(f)) {
		return -ESPIPE;
	}
	switch (r->rdx) {
	case SEEK_SET: from = 0; break;
	case SEEK_CUR: from = (s64)f->offset; break;
	case SEEK_END: from = (s64)file_length((u32)r->rdi, f); break;
	default: return -EINVAL;
	}
	if (__builtin_add_overflow(from, (s64)r->rsi, &to) || to < 0) {
		return -EINVAL;
	}
	f->offset = (u64)to;
	return to;
}
