/* SPDX-License-Identifier: BSD-2-Clause */
/* domain_create and domain_wait: one domain starts another and waits for its end. */
#include "api/calls.h"
#include "api/domain.h"
#include "api/linux.h"
#include "core/string.h"

#define BOOT_PREFIX "/boot/"
#define PATH_SIZE 64
#define INHERITED_MAX 1024
#define COPY_AT_ONCE 64	/* handle numbers */

static u32 domain_poll(struct object *o, struct waitq **wq)
{
	struct domain_end *e = container_of(o, struct domain_end, obj);

	*wq = &e->wq;
	return smp_load_acquire(&e->gone) ? POLLIN : 0;
}

static s64 domain_ioctl(struct object *o, struct domain *d __unused, u32 cmd, u64 arg)
{
	if (cmd != CORBEL_DOMAIN_KILL) {
		return -ENOTTY;
	}
	if (arg == 0 || arg > SIGNAL_MAX) {
		return -EINVAL;
	}
	domain_end_by_signal(container_of(o, struct domain_end, obj), (s32)arg);
	return 0;
}

static u64 domain_length(struct object *o)
{
	return container_of(o, struct domain_end, obj)->id;
}

static const struct handle_ops domain_ops = {
	.type = CORBEL_H_DOMAIN,
	.ioctl = domain_ioctl,
	.poll = domain_poll,
	.length = domain_length,
};

/*
 * What a domain may give to another: objects that know no address space. A memfd's frames stay
 * its maker's quota.
 */
static bool may_be_given(const struct handle *h)
{
	switch (h->ops->type) {
	case CORBEL_H_CONSOLE:
	case CORBEL_H_BOOTFILE:
	case CORBEL_H_TEXT:
	case CORBEL_H_EVENTFD:
	case CORBEL_H_MEMFD:
	case CORBEL_H_DOMAIN: return true;
	default: return false;
	}
}

static int give_handle(struct domain *from, struct domain *to, u32 number, s32 mine)
{
	struct handle h;
	s64 ret;

	if (mine < 0) {
		return mine == -1 ? 0 : -EBADF;
	}
	ret = handle_get(&from->handles, (u32)mine, &h);
	if (ret < 0) {
		return (int)ret;
	}
	ret = may_be_given(&h) ? handle_set(&to->handles, to, number, &h) : -EINVAL;
	object_put(h.obj);
	return ret < 0 ? (int)ret : 0;
}

static int give_handles(struct domain *from, struct domain *to,
			const struct corbel_domain_create *a)
{
	s32 mine[COPY_AT_ONCE];
	int err = 0;

	for (u32 i = 0; !err && i < a->handle_count; i++) {
		u32 at = i % COPY_AT_ONCE, n = MIN(a->handle_count - i, (u32)COPY_AT_ONCE);

		if (at == 0) {
			err = call_copy_in(mine, a->handles + i * sizeof(mine[0]),
					   n * sizeof(mine[0]));
			cond_resched();
		}
		if (!err) {
			err = give_handle(from, to, i, mine[at]);
		}
	}
	return err;
}

/* The strings of the new program: exactly argc + envc, the last byte a NUL. Freed by the caller. */
static int copy_strings(const struct corbel_domain_create *a, char **out)
{
	u64 count = 0;
	char *s;
	int err;

	if (a->strings_len > DOMAIN_STRINGS_MAX || a->argc > a->strings_len ||
	    a->envc > a->strings_len) {
		return -E2BIG;
	}
	s = kmalloc(a->strings_len + 1);
	if (!s) {
		return -ENOMEM;
	}
	err = call_copy_in(s, a->strings, a->strings_len);
	for (u64 i = 0; !err && i < a->strings_len; i++) {
		count += s[i] == 0;
	}
	if (!err && (count != (u64)a->argc + a->envc ||
		     (a->strings_len > 0 && s[a->strings_len - 1] != 0))) {
		err = -EINVAL;
	}
	if (err) {
		kfree(s);
		return err;
	}
	*out = s;
	return 0;
}

/* The name behind /boot/, or an error. */
static int program_name(u64 path, char *buf, const char **name)
{
	int len = call_string_in(buf, PATH_SIZE, path);

	if (len < 0) {
		return len == -ENAMETOOLONG ? -ENOENT : len;
	}
	if (strncmp(buf, BOOT_PREFIX, strlen(BOOT_PREFIX)) != 0) {
		return -ENOENT;
	}
	*name = buf + strlen(BOOT_PREFIX);
	return 0;
}

/* The caller gets its handle on the end last: nobody knows a domain that may not come to be. */
static s64 create(struct domain_thread *t, const struct corbel_domain_create *a,
		  const struct domain_program *p)
{
	u64 quota = a->memory_bytes ? a->memory_bytes >> PAGE_SHIFT : t->domain->as.quota.limit;
	struct domain *d = domain_create(p->name, false, quota);
	struct handle end = {.ops = &domain_ops, .rights = RIGHT_READ};
	s64 number;
	int err;

	if (!d) {
		return -ENOMEM;
	}
	end.obj = &d->end->obj;
	number = handle_take(&t->domain->handles);
	err = number < 0 ? (int)number : give_handles(t->domain, d, a);
	if (!err) {
		err = domain_boot(d, p, a->handle_count);
	}
	if (err) {
		domain_close(d);
	}
	if (number >= 0) {
		handle_fill(&t->domain->handles, (u64)number, err ? NULL : &end);
	}
	object_put(&d->obj);
	return err ? err : number;
}

s64 call_domain_create(struct domain_thread *t, const struct call_args *args)
{
	struct corbel_domain_create a;
	struct domain_program p = {0};
	char path[PATH_SIZE], *strings;
	s64 ret = call_struct_in(&a, sizeof(a), args->rdi);

	if (ret) {
		return ret;
	}
	if (a.flags != 0 || a.pad != 0 || a.handle_count > INHERITED_MAX) {
		return -EINVAL;
	}
	if (a.memory_bytes >> PAGE_SHIFT > t->domain->as.quota.limit) {
		return -EPERM;
	}
	ret = program_name(a.program, path, &p.name);
	if (!ret) {
		ret = copy_strings(&a, &strings);
	}
	if (ret) {
		return ret;
	}
	p.argc = a.argc;
	p.envc = a.envc;
	p.strings = strings;
	p.strings_len = (u32)a.strings_len;
	ret = create(t, &a, &p);
	kfree(strings);
	return ret;
}

s64 call_domain_wait(struct domain_thread *t, const struct call_args *args)
{
	struct corbel_domain_status status = {.size = sizeof(status)};
	struct domain_end *e;
	struct handle h;
	int err = handle_get(&t->domain->handles, (u32)args->rdi, &h);

	if (err) {
		return err;
	}
	if (h.ops->type != CORBEL_H_DOMAIN) {
		err = -EINVAL;
	} else {
		e = container_of(h.obj, struct domain_end, obj);
		err = domain_end_wait(e, WAIT_INTERRUPTIBLE);
		status.crashed = e->crashed;
		status.code = e->code;
	}
	object_put(h.obj);
	return err ? err : call_struct_out(args->rsi, &status, sizeof(status));
}
