/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pipes inside the domain: a ring of bytes between two files. Writes of up to PIPE_BUF bytes are
 * done as a whole or not at all; who waits is io.c's matter.
 */
#include "control/runtime/calls.h"

#include <asm/ioctls.h>
#include <asm/siginfo.h>
#include <asm/signal.h>
#include <linux/fcntl.h>
#include <linux/limits.h>
#include <linux/mman.h>
#include <linux/stat.h>

#include "control/runtime/domain.h"
#include "control/runtime/file.h"
#include "control/runtime/hypercall.h"
#include "control/runtime/signal.h"
#include "control/runtime/user.h"
#include "control/runtime/wait.h"

#define PIPES_MAX 256
#define PIPE_SIZE 65536ull
#define PIPE_BUFFERS (CORBEL_RUNTIME_HEAP + (64ull << 20)) /* one per pipe */

enum { READER, WRITER };

struct pipe {
	struct lock lock;
	u8 *ring;
	u64 written, taken; /* bytes so far */
	struct file *ends[2]; /* NULL: closed */
	u32 ends_open;
};

static struct pipe pipes[PIPES_MAX];
static struct lock pipes_lock;

/* Copies len bytes between the ring at position at and the program. 0 or -EFAULT. */
static long copy_ring(struct pipe *p, u64 at, u64 user, u64 len, bool in)
{
	u64 start = at % PIPE_SIZE, first = PIPE_SIZE - start < len ? PIPE_SIZE - start : len;

	if (in) {
		return copy_in(p->ring + start, user, first) ||
				       copy_in(p->ring, user + first, len - first)
			       ? -EFAULT
			       : 0;
	}
	return copy_out(user, p->ring + start, first) ||
			       copy_out(user + first, p->ring, len - first)
		       ? -EFAULT
		       : 0;
}

static long pipe_read(struct file *f, u64 buffer, u64 len)
{
	struct pipe *p = f->object;
	struct file *writer;
	bool was_full;
	u64 n;

	if (!len) {
		return 0;
	}
	lock_take(&p->lock);
	writer = p->ends[WRITER];
	n = p->written - p->taken;
	was_full = PIPE_SIZE - n < PIPE_BUF;
	n = n < len ? n : len;
	if (!n || copy_ring(p, p->taken, buffer, n, false)) {
		lock_drop(&p->lock);
		return n ? -EFAULT : writer ? -EAGAIN : 0;
	}
	p->taken += n;
	lock_drop(&p->lock);
	if (writer && was_full) {
		wait_changed(writer, POLLOUT);
	}
	return (long)n;
}

static long broken(void)
{
	struct signal_info info = {.code = SI_USER, .pid = domain.pid};

	signal_send_thread(this_thread(), SIGPIPE, &info);
	return -EPIPE;
}

static long pipe_write(struct file *f, u64 buffer, u64 len)
{
	struct pipe *p = f->object;
	struct file *reader;
	u64 space, n;

	if (!len) {
		return 0;
	}
	lock_take(&p->lock);
	reader = p->ends[READER];
	space = PIPE_SIZE - (p->written - p->taken);
	n = space < len ? space : len;
	if (!reader || !n || (n < len && len <= PIPE_BUF)) {
		lock_drop(&p->lock);
		return reader ? -EAGAIN : broken();
	}
	if (copy_ring(p, p->written, buffer, n, true)) {
		lock_drop(&p->lock);
		return -EFAULT;
	}
	p->written += n;
	lock_drop(&p->lock);
	wait_changed(reader, POLLIN);
	return (long)n;
}

static u32 reader_poll(struct file *f, struct poll_set *set)
{
	struct pipe *p = f->object;
	u32 bits;

	(void)set;
	lock_take(&p->lock);
	bits = (p->written != p->taken ? POLLIN : 0) | (p->ends[WRITER] ? 0 : POLLHUP);
	lock_drop(&p->lock);
	return bits;
}

static u32 writer_poll(struct file *f, struct poll_set *set)
{
	struct pipe *p = f->object;
	u32 bits;

	(void)set;
	lock_take(&p->lock);
	bits = (PIPE_SIZE - (p->written - p->taken) >= PIPE_BUF ? POLLOUT : 0) |
	       (p->ends[READER] ? 0 : POLLERR);
	lock_drop(&p->lock);
	return bits;
}

static long pipe_ioctl(struct file *f, u32 command, u64 argument)
{
	struct pipe *p = f->object;
	s32 bytes;

	if (command != FIONREAD) {
		return -ENOTTY;
	}
	lock_take(&p->lock);
	bytes = (s32)(p->written - p->taken);
	lock_drop(&p->lock);
	return copy_out(argument, &bytes, sizeof(bytes));
}

static void destroy(struct pipe *p)
{
	call_own(__NR_munmap, p->ring, PIPE_SIZE);
	lock_take(&pipes_lock);
	p->ring = NULL;
	lock_drop(&pipes_lock);
}

static void release_end(struct pipe *p, int end)
{
	struct file *other;
	bool last;

	lock_take(&p->lock);
	p->ends[end] = NULL;
	other = p->ends[!end];
	last = --p->ends_open == 0;
	lock_drop(&p->lock);
	if (other) {
		wait_changed(other, POLLIN | POLLOUT | POLLERR | POLLHUP);
	}
	if (last) {
		destroy(p);
	}
}

static void reader_release(struct file *f)
{
	release_end(f->object, READER);
}

static void writer_release(struct file *f)
{
	release_end(f->object, WRITER);
}

static const struct file_ops reader_ops = {
	.mode = S_IFIFO | 0600,
	.read = pipe_read,
	.poll = reader_poll,
	.ioctl = pipe_ioctl,
	.release = reader_release,
};

static const struct file_ops writer_ops = {
	.mode = S_IFIFO | 0600,
	.write = pipe_write,
	.poll = writer_poll,
	.ioctl = pipe_ioctl,
	.release = writer_release,
};

/* A free pipe with its ring mapped, or NULL with *error set. */
static struct pipe *pipe_take(long *error)
{
	struct pipe *p = NULL;
	long at;

	lock_take(&pipes_lock);
	for (u32 i = 0; !p && i < PIPES_MAX; i++) {
		if (!pipes[i].ring) {
			p = &pipes[i];
			*p = (struct pipe){.ring = (u8 *)PIPE_BUFFERS + i * PIPE_SIZE};
		}
	}
	lock_drop(&pipes_lock);
	if (!p) {
		*error = -ENFILE;
		return NULL;
	}
	at = call_own(__NR_mmap, p->ring, PIPE_SIZE, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1);
	if (at != (long)p->ring) {
		p->ring = NULL;
		*error = -ENOMEM;
		return NULL;
	}
	return p;
}

/* A new handle for one end: its number, or -errno. */
static long add_end(struct pipe *p, int end, u32 flags)
{
	u64 key = BIT((u64)(p - pipes) % 64);
	long number;

	p->ends_open++;
	number = file_install(end == WRITER ? &writer_ops : &reader_ops, p,
			      flags | (end == WRITER ? O_WRONLY : O_RDONLY), key);
	if (number < 0) {
		p->ends_open--;
	} else {
		p->ends[end] = file_of((u32)number);
	}
	return number;
}

static void close_number(long number)
{
	file_forget((u32)number);
	call_own(__NR_close, number);
}

static long make_pipe(u64 address, u32 flags)
{
	long reader, writer, error = 0;
	struct pipe *p;
	s32 numbers[2];

	if (flags & ~(u32)(O_CLOEXEC | O_NONBLOCK)) {
		return -EINVAL;
	}
	p = pipe_take(&error);
	if (!p) {
		return error;
	}
	reader = add_end(p, READER, flags);
	if (reader < 0) {
		destroy(p);
		return reader;
	}
	writer = add_end(p, WRITER, flags);
	if (writer < 0) {
		close_number(reader);
		return writer;
	}
	numbers[0] = (s32)reader;
	numbers[1] = (s32)writer;
	if (copy_out(address, numbers, sizeof(numbers))) {
		close_number(reader);
		close_number(writer);
		return -EFAULT;
	}
	return 0;
}

long sys_pipe(struct regs *r)
{
	return make_pipe(r->rdi, 0);
}

long sys_pipe2(struct regs *r)
{
	return make_pipe(r->rdi, (u32)r->rsi);
}
