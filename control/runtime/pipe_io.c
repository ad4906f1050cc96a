/* SPDX-License-Identifier: BSD-2-Clause */
/* read and write of a pipe's ends: who waits, how long, and SIGPIPE. */
#include "control/runtime/pipe.h"

#include <asm/siginfo.h>
#include <asm/signal.h>
#include <linux/fcntl.h>

#include "control/runtime/domain.h"
#include "control/runtime/signal.h"

long pipe_read(u32 handle, u64 buffer, u64 len)
{
	u32 flags = 0;
	struct pipe *p = pipe_hold(handle, CHANNEL_READ, &flags);
	long n;

	if (!p) {
		return -EBADF;
	}
	n = len ? pipe_take(p, buffer, len) : 0;
	while (n == -EAGAIN && !(flags & O_NONBLOCK)) {
		n = pipe_wait(p, CHANNEL_READ);
		if (!n) {
			n = pipe_take(p, buffer, len);
		}
	}
	pipe_drop(p);
	return n;
}

static long write_all(const struct pipe *p, u64 buffer, u64 len, u32 flags)
{
	u64 done = 0;
	long n = 0;

	while (done < len) {
		n = pipe_put(p, buffer + done, len - done);
		if (n == -EAGAIN && !(flags & O_NONBLOCK)) {
			n = pipe_wait(p, CHANNEL_WRITE);
			if (!n) {
				continue;
			}
		}
		if (n < 0) {
			break;
		}
		done += (u64)n;
	}
	if (n == -EPIPE) {
		struct signal_info info = {.code = SI_USER, .pid = domain.pid};

		signal_send_thread(this_thread(), SIGPIPE, &info);
	}
	return done ? (long)done : n;
}

long pipe_write(u32 handle, u64 buffer, u64 len)
{
	u32 flags = 0;
	struct pipe *p = pipe_hold(handle, CHANNEL_WRITE, &flags);
	long n;

	if (!p) {
		return -EBADF;
	}
	n = write_all(p, buffer, len, flags);
	pipe_drop(p);
	return n;
}
