/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls on handles: look up, do the operation, put. What each kind does is in its own file. */
#include "api/calls.h"
#include "api/domain.h"
#include "api/linux.h"

#define IO_MAX 0x7ffff000ULL	/* Linux's bound of one read or write */

typedef s64 (*transfer_fn)(const struct handle *h, struct domain *d, dva_t buf, u64 len);

static s64 transfer(struct domain_thread *t, const struct call_args *args, transfer_fn fn)
{
	struct handle h;
	s64 ret = handle_get(&t->domain->handles, (u32)args->rdi, &h);

	if (ret < 0) {
		return ret;
	}
	ret = call_range_ok(args->rsi, args->rdx);
	if (!ret) {
		ret = fn(&h, t->domain, DVA(args->rsi), MIN(args->rdx, IO_MAX));
	}
	object_put(h.obj);
	return ret;
}

s64 call_read(struct domain_thread *t, const struct call_args *args)
{
	return transfer(t, args, handle_read);
}

s64 call_write(struct domain_thread *t, const struct call_args *args)
{
	return transfer(t, args, handle_write);
}

s64 call_pread64(struct domain_thread *t, const struct call_args *args)
{
	struct handle h;
	s64 ret;

	if ((s64)args->r10 < 0) {
		return -EINVAL;
	}
	ret = handle_get(&t->domain->handles, (u32)args->rdi, &h);
	if (ret < 0) {
		return ret;
	}
	ret = call_range_ok(args->rsi, args->rdx);
	if (!ret) {
		u64 len = MIN(args->rdx, IO_MAX);

		ret = handle_pread(&h, t->domain, DVA(args->rsi), len, args->r10);
	}
	object_put(h.obj);
	return ret;
}

s64 call_ioctl(struct domain_thread *t, const struct call_args *args)
{
	struct handle h;
	s64 ret = handle_get(&t->domain->handles, (u32)args->rdi, &h);

	if (ret < 0) {
		return ret;
	}
	ret = handle_ioctl(&h, t->domain, (u32)args->rsi, args->rdx);
	object_put(h.obj);
	return ret;
}

s64 call_close(struct domain_thread *t, const struct call_args *args)
{
	return handle_close(&t->domain->handles, t->domain, (u32)args->rdi);
}

s64 call_dup3(struct domain_thread *t, const struct call_args *args)
{
	struct handle h;
	s64 ret;

	if (((u32)args->rdx & ~(u32)O_CLOEXEC) || (u32)args->rdi == (u32)args->rsi) {
		return -EINVAL;
	}
	if ((u32)args->rsi >= HANDLES_MAX) {
		return -EBADF;
	}
	ret = handle_get(&t->domain->handles, (u32)args->rdi, &h);
	if (ret < 0) {
		return ret;
	}
	ret = handle_set(&t->domain->handles, t->domain, (u32)args->rsi, &h);
	object_put(h.obj);
	return ret;
}

s64 call_ftruncate(struct domain_thread *t, const struct call_args *args)
{
	struct handle h;
	s64 ret;

	if ((s64)args->rsi < 0) {
		return -EINVAL;
	}
	ret = handle_get(&t->domain->handles, (u32)args->rdi, &h);
	if (ret < 0) {
		return ret;
	}
	ret = handle_truncate(&h, args->rsi);
	object_put(h.obj);
	return ret;
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
