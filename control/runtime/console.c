/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading and writing the console through tty.c; the modes by ioctl are in console_mode.c. */
#include "control/runtime/console.h"

#include <asm/siginfo.h>
#include <asm/unistd.h>
#include <linux/fcntl.h>
#include <linux/poll.h>
#include <asm/poll.h>

#include "control/runtime/clock.h"
#include "control/runtime/console_tty.h"
#include "control/runtime/file.h"
#include "control/runtime/hypercall.h"
#include "control/runtime/signal.h"
#include "control/runtime/user.h"

#define CHUNK 192
#define DECISECOND 100000000ull

static struct lock tty_lock;
static struct tty tty;
static bool tty_ready;

struct tty *tty_locked(void)
{
	lock_take(&tty_lock);
	if (!tty_ready) {
		tty_init(&tty);
		tty_ready = true;
	}
	return &tty;
}

void tty_unlock(void)
{
	lock_drop(&tty_lock);
}

bool console_reads_raw(void)
{
	return tty_ready && tty_reads_raw(&tty);
}

bool console_writes_raw(void)
{
	return tty_ready && tty_writes_raw(&tty);
}

bool console_readable(void)
{
	bool readable = tty_readable(tty_locked());

	tty_unlock();
	return readable;
}

long console_pump(u32 handle)
{
	struct signal_info info = { .code = SI_KERNEL };
	struct tty_effect effect;
	u8 bytes[CHUNK];
	long n = call_own(__NR_read, handle, bytes, sizeof(bytes));

	for (long i = 0; i < n; i++) {
		tty_input(tty_locked(), bytes[i], &effect);
		tty_unlock();
		if (effect.echo_len) {
			call_own(__NR_write, handle, effect.echo, effect.echo_len);
		}
		if (effect.signal) {
			signal_send_process(effect.signal, &info);
		}
	}
	return n < 0 ? n : n ? 0 : -EIO;
}

/* What the mode says about waiting: 1 read on, 0 give back nothing, or -errno. */
static long may_wait(u32 handle, const struct file *f, const struct termios *mode)
{
	long ready;

	if (f->flags & O_NONBLOCK) {
		ready = file_wait(handle, POLLIN, 0);
		return ready ? ready : -EAGAIN;
	}
	if (!(mode->c_lflag & ICANON) && !mode->c_cc[VMIN]) {
		return file_wait(handle, POLLIN, clock_deadline(0, mode->c_cc[VTIME] * DECISECOND));
	}
	return 1;
}

long console_read(u32 handle, const struct file *f, u64 buffer, u64 len)
{
	struct termios mode;
	struct tty *t;
	u8 bytes[CHUNK];
	long n;

	if (!len) {
		return 0;
	}
	for (;;) {
		t = tty_locked();
		mode = t->mode;
		n = tty_take(t, bytes, len < CHUNK ? len : CHUNK);
		tty_unlock();
		if (n >= 0) {
			file_update_direct();
			return copy_out(buffer, bytes, (u64)n) ? -EFAULT : n;
		}
		n = may_wait(handle, f, &mode);
		if (n <= 0) {
			return n;
		}
		n = console_pump(handle);
		if (n) {
			return n;
		}
		if (signal_is_pending() && !console_readable()) {
			return -EINTR;
		}
	}
}

/*
 * All of it, whatever the interruptions: half an expansion cannot be given back. 0 or -errno for
 * the first byte.
 */
static long write_all(u32 handle, const u8 *bytes, u64 len)
{
	u64 done = 0;

	while (done < len) {
		long n = call_own(__NR_write, handle, bytes + done, len - done);

		if (n < 0 && (n != -EINTR || !done)) {
			return n;
		}
		done += n > 0 ? (u64)n : 0;
	}
	return 0;
}

long console_write(u32 handle, u64 buffer, u64 len)
{
	u8 in[CHUNK], out[2 * CHUNK];
	u64 done = 0;

	while (done < len) {
		u64 part = len - done < CHUNK ? len - done : CHUNK, expanded;
		long error = copy_in(in, buffer + done, part);

		if (!error) {
			expanded = tty_output(tty_locked(), in, part, out);
			tty_unlock();
			error = write_all(handle, out, expanded);
		}
		if (error) {
			return done ? (long)done : error;
		}
		done += part;
	}
	return (long)done;
}
