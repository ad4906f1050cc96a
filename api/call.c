/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The call table and its dispatcher, called by the run loop of a control vCPU for every
 * hypercall. Rows come from the list in api/calls.h; a pointer per Linux number leads to its row.
 */
#include "api/call.h"

#include "api/calls.h"
#include "api/domain.h"
#include "core/string.h"

#define LINUX_NUMBERS 512
#define CORBEL_FIRST CORBEL_DOMAIN_CREATE

#define ROW_NAME(number, policy, name) ROW_##name,
enum { LINUX_CALLS(ROW_NAME) CORBEL_CALLS(ROW_NAME) ROW_COUNT };

#define ROW(nr, flags, call) \
	[ROW_##call] = {.number = (nr), .policy = (flags), .name = #call, .fn = call_##call},
static const struct call_row rows[] = {LINUX_CALLS(ROW) CORBEL_CALLS(ROW)};

/* NULL: no such call. */
#define ROW_OF_LINUX(nr, flags, call) [nr] = &rows[ROW_##call],
#define ROW_OF_CORBEL(nr, flags, call) [(nr) - CORBEL_FIRST] = &rows[ROW_##call],
static const struct call_row *const linux_rows[LINUX_NUMBERS] = {LINUX_CALLS(ROW_OF_LINUX)};
static const struct call_row *const corbel_rows[] = {CORBEL_CALLS(ROW_OF_CORBEL)};

static_assert(ROW_domain_create + ARRAY_SIZE(corbel_rows) == ROW_COUNT, "the block has no holes");

static const struct call_row *find_row(u32 number)
{
	if (likely(number < LINUX_NUMBERS)) {
		return linux_rows[number];
	}
	if (number - CORBEL_FIRST < ARRAY_SIZE(corbel_rows)) {
		return corbel_rows[number - CORBEL_FIRST];
	}
	return NULL;
}

s64 call_dispatch(struct domain_thread *t, u32 number, const struct call_args *args)
{
	const struct call_row *row = find_row(number & ~CORBEL_CALL_RUNTIME);

	if (!row) {
		return -ENOSYS;
	}
	if ((row->policy & CALL_PRIVILEGED) && !t->domain->privileged) {
		return -EPERM;
	}
	t->pointer_limit = number & CORBEL_CALL_RUNTIME ? DOM_USER_TOP : DOM_RUNTIME_BASE;
	return row->fn(t, args);
}

const struct call_row *call_rows(u32 *count)
{
	*count = ROW_COUNT;
	return rows;
}

/* Whether [addr, addr + len) is what the call being served may name. */
static bool range_ok(const struct domain_thread *t, u64 addr, size_t len)
{
	return addr <= t->pointer_limit && len <= t->pointer_limit - addr;
}

int call_copy_in(void *dst, u64 src, size_t len)
{
	struct domain_thread *t = current_domain_thread();

	return range_ok(t, src, len) ? copy_from_domain(&t->domain->as, dst, DVA(src), len)
				     : -EFAULT;
}

int call_copy_out(u64 dst, const void *src, size_t len)
{
	struct domain_thread *t = current_domain_thread();

	return range_ok(t, dst, len) ? copy_to_domain(&t->domain->as, DVA(dst), src, len) : -EFAULT;
}

int call_range_ok(u64 addr, u64 len)
{
	return range_ok(current_domain_thread(), addr, len) ? 0 : -EFAULT;
}

int call_string_in(char *buf, size_t size, u64 src)
{
	struct domain_thread *t = current_domain_thread();
	size_t room;
	int len;

	if (src >= t->pointer_limit) {
		return -EFAULT;
	}
	room = MIN(size, t->pointer_limit - src);
	len = copy_string_from_domain(&t->domain->as, buf, room, DVA(src));
	/* No NUL before the end of what may be named. */
	return len == -ENAMETOOLONG && room < size ? -EFAULT : len;
}

int call_struct_in(void *dst, u32 known, u64 src)
{
	u8 tail[64];
	u32 size;
	int err = call_copy_in(&size, src, sizeof(size));

	if (err) {
		return err;
	}
	if (size < sizeof(size) || size > PAGE_SIZE) {
		return size > PAGE_SIZE ? -E2BIG : -EINVAL;
	}
	memset(dst, 0, known);
	err = call_copy_in(dst, src, MIN(size, known));
	for (u32 at = known; !err && at < size; at += sizeof(tail)) {
		u32 n = MIN(size - at, (u32)sizeof(tail));

		err = call_copy_in(tail, src + at, n);
		for (u32 i = 0; !err && i < n; i++) {
			err = tail[i] ? -E2BIG : 0;
		}
	}
	memcpy(dst, &size, sizeof(size));
	return err;
}

int call_struct_out(u64 dst, const void *src, u32 known)
{
	u32 size;
	int err = call_copy_in(&size, dst, sizeof(size));

	if (err) {
		return err;
	}
	if (size < sizeof(size)) {
		return -EINVAL;
	}
	/* The size field is the caller's and stays. */
	return call_copy_out(dst + sizeof(size), (const char *)src + sizeof(size),
			     MIN(size, known) - sizeof(size));
}
