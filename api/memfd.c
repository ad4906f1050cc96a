/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memfd_create: memory with a handle, mapped shared. Its size is given once (as if sealed against
 * another change afterwards); its frames are the creator's quota, also when the creator is gone and
 * a domain that got the handle still uses them.
 */
#include "api/calls.h"
#include "api/domain.h"
#include "api/linux.h"
#include "mm/layout.h"

struct memfd {
	struct object obj;
	struct mutex lock;
	struct domain *maker;		/* held for its quota, by the backing too */
	struct backing *backing;	/* under lock; NULL: size 0 */
	u64 size;			/* under lock */
};

static void destroy(struct object *o)
{
	struct memfd *m = container_of(o, struct memfd, obj);

	if (m->backing) {
		backing_put(m->backing);
	}
	domain_drop(m->maker);
	kfree(m);
}

static const struct object_type memfd_type = {.name = "memfd", .destroy = destroy};

static void drop_maker(void *maker)
{
	domain_drop(maker);
}

static s64 memfd_truncate(struct object *o, u64 len)
{
	struct memfd *m = container_of(o, struct memfd, obj);
	int err = 0;

	if (len > DOM_USER_TOP) {
		return -EFBIG;
	}
	mutex_lock(&m->lock);
	if (m->backing && len != m->size) {
		err = -EPERM;
	} else if (!m->backing && len > 0) {
		m->backing = backing_memfd(&m->maker->as.quota, ALIGN_UP(len, PAGE_SIZE));
		err = m->backing ? 0 : -ENOMEM;
		if (!err) {
			domain_hold(m->maker);
			backing_set_release(m->backing, drop_maker, m->maker);
			m->size = len;
		}
	}
	mutex_unlock(&m->lock);
	return err;
}

/* The backing with a reference, and the size; NULL: size 0. */
static struct backing *contents(struct memfd *m, u64 *size)
{
	struct backing *b;

	mutex_lock(&m->lock);
	b = m->backing;
	if (b) {
		backing_get(b);
	}
	*size = m->size;
	mutex_unlock(&m->lock);
	return b;
}

static s64 memfd_pread(struct object *o, struct domain *d, dva_t buf, u64 len, u64 off)
{
	u64 size, done = 0;
	struct backing *b = contents(container_of(o, struct memfd, obj), &size);
	int err = 0;

	if (!b) {
		return 0;
	}
	len = off < size ? MIN(len, size - off) : 0;
	while (!err && done < len) {
		u64 in_page = (off + done) & ~PAGE_MASK, n = MIN(len - done, PAGE_SIZE - in_page);
		u32 order;
		hpa_t hpa;

		err = backing_page(b, off + done - in_page, false, false, &hpa, &order);
		if (!err) {
			err = copy_to_domain(&d->as, DVA(buf.v + done),
					     (char *)hpa_to_ptr(hpa) + in_page, n);
		}
		done += err ? 0 : n;
	}
	backing_put(b);
	return done || !err ? (s64)done : err;
}

static struct backing *memfd_mmap(struct object *o, u64 off, u64 len, u32 rights, bool shared,
				  int *err)
{
	u64 size;
	struct backing *b = contents(container_of(o, struct memfd, obj), &size);

	if (!b) {
		/* A mapping of an empty file, of which every access would be an error. */
		*err = -EINVAL;
		return NULL;
	}
	if (!shared && (rights & S2_W)) {
		/* A private writable view would need copy on write. */
		*err = -EOPNOTSUPP;
	} else if (off > ALIGN_UP(size, PAGE_SIZE) || len > ALIGN_UP(size, PAGE_SIZE) - off) {
		*err = -EINVAL;
	} else {
		return b;
	}
	backing_put(b);
	return NULL;
}

static u64 memfd_length(struct object *o)
{
	return READ_ONCE(container_of(o, struct memfd, obj)->size);
}

static const struct handle_ops memfd_ops = {
	.type = CORBEL_H_MEMFD, .pread = memfd_pread, .truncate = memfd_truncate,
	.mmap = memfd_mmap, .length = memfd_length
};

s64 call_memfd_create(struct domain_thread *t, const struct call_args *args)
{
	const u32 known = MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL | MFD_EXEC;
	char name[MFD_NAME_MAX + 1];
	struct memfd *m;
	s64 ret;

	if ((u32)args->rsi & ~known) {
		return -EINVAL;
	}
	ret = call_string_in(name, sizeof(name), args->rdi);
	if (ret < 0) {
		return ret == -ENAMETOOLONG ? -EINVAL : ret;
	}
	m = kzalloc(sizeof(*m));
	if (!m) {
		return -ENOMEM;
	}
	object_init(&m->obj, &memfd_type);
	mutex_init(&m->lock);
	m->maker = t->domain;
	domain_hold(m->maker);
	return handle_install_new(&t->domain->handles, &m->obj, &memfd_ops,
				  RIGHT_READ | RIGHT_WRITE);
}
