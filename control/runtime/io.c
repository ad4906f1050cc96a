/* SPDX-License-Identifier: BSD-2-Clause */
/* read, write and their kin for handles that entry.S does not send out by itself. */
#include "control/runtime/calls.h"

#include <asm/poll.h>
#include <linux/fcntl.h>
#include <linux/uio.h>

#include "control/runtime/console.h"
#include "control/runtime/file.h"
#include "control/runtime/hypercall.h"
#include "control/runtime/signal.h"
#include "control/runtime/user.h"
#include "control/runtime/wait.h"

#define VECTORS_MAX 1024

static long read_at_offset(u32 handle, struct file *f, u64 buffer, u64 len)
{
	long n = call_plain(__NR_pread64, handle, buffer, len, f->offset);

	if (n > 0) {
		f->offset += (u64)n;
	}
	return n;
}

/* A call that blocks or not as the flags say, whatever the hypervisor's object does. */
static long transfer(u64 nr, u32 handle, struct file *f, u64 buffer, u64 len)
{
	u32 event = nr == __NR_read ? POLLIN : POLLOUT;
	long n;

	if ((f->flags & O_NONBLOCK) && !f->native_nonblock) {
		n = file_wait(handle, event, 0);
		if (n <= 0) {
			return n ? n : -EAGAIN;
		}
	}
	for (;;) {
		n = call_plain(nr, handle, buffer, len);
		if (n > 0 && f->edges) {
			/* What a read takes away makes room, and the other way round. */
			wait_changed(f, nr == __NR_read ? POLLOUT : POLLIN);
		}
		if (n != -EAGAIN || (f->flags & O_NONBLOCK)) {
			return n;
		}
		n = file_wait(handle, event, ~0ull);
		if (n < 0) {
			return n;
		}
	}
}

/* An object of the runtime's own. A write goes on until all is written, a read has one go. */
static long own_transfer(struct file *f, bool write, u64 buffer, u64 len)
{
	long (*one)(struct file *, u64, u64) = write ? f->ops->write : f->ops->read;
	u64 done = 0;
	long n;

	if ((f->flags & O_ACCMODE) == (write ? O_RDONLY : O_WRONLY)) {
		return -EBADF;
	}
	if (!one) {
		return -EINVAL;
	}
	if (!user_range_ok(buffer, len)) {
		return -EFAULT;
	}
	for (;;) {
		n = one(f, buffer + done, len - done);
		done += n > 0 ? (u64)n : 0;
		if (n >= 0 && (!write || done == len)) {
			return (long)done;
		}
		if (n < 0 && (n != -EAGAIN || (f->flags & O_NONBLOCK))) {
			return done ? (long)done : n;
		}
		n = n < 0 ? poll_object(f, write ? POLLOUT : POLLIN) : 0;
		if (n < 0) {
			return done ? (long)done : n;
		}
	}
}

static long read_file(u32 handle, struct file *f, u64 buffer, u64 len)
{
	if (f->ops) {
		return own_transfer(f, false, buffer, len);
	}
	if (f->type == CORBEL_H_CONSOLE) {
		return console_read(handle, f, buffer, len);
	}
	return file_has_offset(f) ? read_at_offset(handle, f, buffer, len)
				  : transfer(__NR_read, handle, f, buffer, len);
}

static long write_file(u32 handle, struct file *f, u64 buffer, u64 len)
{
	if (f->ops) {
		return own_transfer(f, true, buffer, len);
	}
	return f->type == CORBEL_H_CONSOLE ? console_write(handle, buffer, len)
					   : transfer(__NR_write, handle, f, buffer, len);
}

static long read_handle(u32 handle, u64 buffer, u64 len)
{
	struct file *f = file_get(handle);
	long n;

	if (!f) {
		return -EBADF;
	}
	n = read_file(handle, f, buffer, len);
	file_put(f);
	return n;
}

static long write_handle(u32 handle, u64 buffer, u64 len)
{
	struct file *f = file_get(handle);
	long n;

	if (!f) {
		return -EBADF;
	}
	n = write_file(handle, f, buffer, len);
	file_put(f);
	return n;
}

long sys_read(struct regs *r)
{
	return read_handle((u32)r->rdi, r->rsi, r->rdx);
}

long sys_write(struct regs *r)
{
	return write_handle((u32)r->rdi, r->rsi, r->rdx);
}

static long vector(const struct regs *r, long (*one)(u32, u64, u64))
{
	struct iovec v;
	long total = 0, n;

	if (r->rdx > VECTORS_MAX) {
		return -EINVAL;
	}
	for (u64 i = 0; i < r->rdx; i++) {
		if (copy_in(&v, r->rsi + i * sizeof(v), sizeof(v))) {
			return total ? total : -EFAULT;
		}
		n = v.iov_len ? one((u32)r->rdi, (u64)v.iov_base, v.iov_len) : 0;
		if (n < 0) {
			return total ? total : n;
		}
		total += n;
		if ((u64)n < v.iov_len) {
			break;
		}
	}
	return total;
}

long sys_readv(struct regs *r)
{
	return vector(r, read_handle);
}

long sys_writev(struct regs *r)
{
	return vector(r, write_handle);
}
