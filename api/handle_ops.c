/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The operations of a handle, and from this one place the answers for what its kind cannot do.
 * Called by the calls.
 */
#include "api/handle.h"

#include "api/linux.h"

s64 handle_read(const struct handle *h, struct domain *d, dva_t buf, u64 len)
{
	if (!(h->rights & RIGHT_READ)) {
		return -EBADF;
	}
	return h->ops->read ? h->ops->read(h->obj, d, buf, len) : -EINVAL;
}

s64 handle_pread(const struct handle *h, struct domain *d, dva_t buf, u64 len, u64 off)
{
	if (!h->ops->pread) {
		return -ESPIPE;
	}
	if (!(h->rights & RIGHT_READ)) {
		return -EBADF;
	}
	return h->ops->pread(h->obj, d, buf, len, off);
}

s64 handle_write(const struct handle *h, struct domain *d, dva_t buf, u64 len)
{
	if (!(h->rights & RIGHT_WRITE)) {
		return -EBADF;
	}
	return h->ops->write ? h->ops->write(h->obj, d, buf, len) : -EINVAL;
}

s64 handle_ioctl(const struct handle *h, struct domain *d, u32 cmd, u64 arg)
{
	return h->ops->ioctl ? h->ops->ioctl(h->obj, d, cmd, arg) : -ENOTTY;
}

s64 handle_truncate(const struct handle *h, u64 len)
{
	if (!(h->rights & RIGHT_WRITE)) {
		return -EINVAL;
	}
	return h->ops->truncate ? h->ops->truncate(h->obj, len) : -EINVAL;
}

struct backing *handle_mmap(const struct handle *h, u64 off, u64 len, u32 rights, bool shared,
			    int *err)
{
	if (!h->ops->mmap) {
		*err = -ENODEV;
		return NULL;
	}
	return h->ops->mmap(h->obj, off, len, rights, shared, err);
}

u32 handle_poll(const struct handle *h, struct waitq **wq)
{
	*wq = NULL;
	return h->ops->poll ? h->ops->poll(h->obj, wq) : POLLIN | POLLOUT;
}

u64 handle_length(const struct handle *h)
{
	return h->ops->length ? h->ops->length(h->obj) : 0;
}
