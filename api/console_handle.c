/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Read, write and poll of the console for domains; the bytes come from and go to drivers/console.
 */
#include "api/console_handle.h"

#include "api/domain.h"
#include "api/linux.h"
#include "drivers/console.h"

#define CHUNK 256u

struct console_handle {
	struct object obj;
	bool nonblock;
};

static const struct object_type console_type = {.name = "console", .destroy = object_kfree};

struct object *console_open(bool nonblock)
{
	struct console_handle *c = kzalloc(sizeof(*c));

	if (!c) {
		return NULL;
	}
	object_init(&c->obj, &console_type);
	c->nonblock = nonblock;
	return &c->obj;
}

struct reading {
	u8 buf[CHUNK];
	size_t want, have;
};

static bool try_read(void *arg)
{
	struct reading *r = arg;

	r->have = console_take(r->buf, r->want);
	return r->have > 0;
}

static s64 console_read(struct object *o, struct domain *d, dva_t buf, u64 len)
{
	const struct console_handle *c = container_of(o, struct console_handle, obj);
	struct reading r = {.want = MIN(len, CHUNK)};
	int err = 0;

	if (len == 0) {
		return 0;
	}
	if (c->nonblock) {
		err = try_read(&r) ? 0 : -EAGAIN;
	} else {
		err = waitq_wait(console_waitq(), try_read, &r, WAIT_FOREVER, WAIT_INTERRUPTIBLE);
	}
	if (!err) {
		err = copy_to_domain(&d->as, buf, r.buf, r.have);
	}
	return err ? err : (s64)r.have;
}

static s64 console_write(struct object *o __unused, struct domain *d, dva_t buf, u64 len)
{
	char chunk[CHUNK];
	u64 done = 0;

	while (done < len) {
		size_t n = MIN(len - done, CHUNK);
		int err = copy_from_domain(&d->as, chunk, DVA(buf.v + done), n);

		if (err) {
			return done ? (s64)done : err;
		}
		console_output(chunk, n);
		done += n;
		if (READ_ONCE(current_thread()->must_exit)) {
			break;
		}
	}
	return (s64)done;
}

static u32 console_poll(struct object *o __unused, struct waitq **wq)
{
	*wq = console_waitq();
	return POLLOUT | (console_ready() ? POLLIN : 0);
}

const struct handle_ops console_ops = {
	.type = CORBEL_H_CONSOLE,
	.read = console_read,
	.write = console_write,
	.poll = console_poll,
};
