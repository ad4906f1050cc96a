/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls on handles: look up, do the operation, put. What each kind does is in its own file. */
#include "api/calls.h"
#include "api/domain.h"
#include "api/linux.h"

#define IO_MAX 0x7ffff000ULL	/* Linux's bound of one read or write */

typedef s64 handle_fn(const struct handle *h, struct domain *d, const struct call_args *args);

/* The call fn on the handle that the first argument names. In line: KVM_RUN comes by. */
static inline __attribute__((always_inline)) s64 on_handle(struct domain_thread *t,
							   const struct call_args *args,
							   handle_fn *fn)
{
	struct handle h;
	s64 ret = handle_get(&t->domain->handles, (u32)args->rdi, &h);

	if (ret < 0) {
		return ret;
	}
	ret = fn(&h, t->domain, args);
	object_put(h.obj);
	return ret;
}

static s64 read(const struct handle *h, struct domain *d, const struct call_args *args)
{
	s64 err = call_range_ok(args->rsi, args->rdx);

	return err ? err : handle_read(h, d, DVA(args->rsi), MIN(args->rdx, IO_MAX));
}

s64 call_read(struct domain_thread *t, const struct call_args *args)
{
	return on_handle(t, args, read);
}

static s64 write(const struct handle *h, struct domain *d, const struct call_args *args)
{
	s64 err = call_range_ok(args->rsi, args->rdx);

	return err ? err : handle_write(h, d, DVA(args->rsi), MIN(args->rdx, IO_MAX));
}

s64 call_write(struct domain_thread *t, const struct call_args *args)
{
	return on_handle(t, args, write);
}

static s64 pread(const struct handle *h, struct domain *d, const struct call_args *args)
{
	s64 err = call_range_ok(args->rsi, args->rdx);

	return err ? err : handle_pread(h, d, DVA(args->rsi), MIN(args->rdx, IO_MAX), args->r10);
}

s64 call_pread64(struct domain_thread *t, const struct call_args *args)
{
	return (s64)args->r10 < 0 ? -EINVAL : on_handle(t, args, pread);
}

static s64 ioctl(const struct handle *h, struct domain *d, const struct call_args *args)
{
	return handle_ioctl(h, d, (u32)args->rsi, args->rdx);
}

s64 call_ioctl(struct domain_thread *t, const struct call_args *args)
{
	return on_handle(t, args, ioctl);
}

s64 call_close(struct domain_thread *t, const struct call_args *args)
{
	return handle_close(&t->domain->handles, t->domain, (u32)args->rdi);
}

static s64 dup(const struct handle *h, struct domain *d, const struct call_args *args)
{
	return handle_set(&d->handles, d, (u32)args->rsi, h);
}

s64 call_dup3(struct domain_thread *t, const struct call_args *args)
{
	if (((u32)args->rdx & ~(u32)O_CLOEXEC) || (u32)args->rdi == (u32)args->rsi) {
		return -EINVAL;
	}
	return (u32)args->rsi >= HANDLES_MAX ? -EBADF : on_handle(t, args, dup);
}

static s64 truncate(const struct handle *h, struct domain *d __unused,
		    const struct call_args *args)
{
	return handle_truncate(h, args->rsi);
}

s64 call_ftruncate(struct domain_thread *t, const struct call_args *args)
{
	return (s64)args->rsi < 0 ? -EINVAL : on_handle(t, args, truncate);
}

s64 call_handle_reserve(struct domain_thread *t, const struct call_args *args)
{
	s64 number = (s32)args->rdi;

	return number < -1 ? -EINVAL : handle_reserve(&t->domain->handles, number);
}

s64 call_handle_info(struct domain_thread *t, const struct call_args *args)
{
	struct corbel_handle_info info = {0};
	struct handle h;
	s64 ret = handle_get_any(&t->domain->handles, (u32)args->rdi, &h);

	if (ret < 0) {
		return ret;
	}
	info.size = sizeof(info);
	info.type = h.ops->type;
	info.length = handle_length(&h);
	object_put(h.obj);
	return call_struct_out(args->rsi, &info, sizeof(info));
}
