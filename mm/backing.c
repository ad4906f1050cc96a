/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Backings: life, quota, and the kinds whose frames are there from the start. The lazily given
 * ones (ANON, MEMFD) keep their frames in mm/chunks.c.
 */
#include "mm/backing.h"

#include "core/errno.h"
#include "core/panic.h"
#include "core/string.h"
#include "mm/chunks.h"
#include "mm/layout.h"
#include "mm/slab.h"

struct backing {
	u32 refs;			/* atomic */
	enum backing_kind kind;
	u64 size;			/* bytes, whole pages for all kinds but BOOTFILE */
	void (*release)(void *);	/* when the last reference goes, or NULL */
	void *release_arg;
	union {
		struct chunks chunks;	/* ANON, MEMFD */
		hpa_t start;		/* BOOTFILE */
		struct frame **frames;	/* PAGES */
	};
};

static struct backing *new_backing(enum backing_kind kind, u64 size)
{
	struct backing *b = kzalloc(sizeof(*b));

	if (b) {
		b->refs = 1;
		b->kind = kind;
		b->size = size;
	}
	return b;
}

static struct backing *new_lazy(enum backing_kind kind, struct quota *q, u64 size)
{
	struct backing *b;

	if (size > CHUNKS_SIZE_MAX) {
		return NULL;
	}
	b = new_backing(kind, ALIGN_UP(size, PAGE_SIZE));
	if (b && chunks_init(&b->chunks, q, b->size) < 0) {
		kfree(b);
		return NULL;
	}
	return b;
}

struct backing *backing_anon(struct quota *q, u64 size)
{
	return new_lazy(BACKING_ANON, q, size);
}

struct backing *backing_memfd(struct quota *q, u64 size)
{
	return new_lazy(BACKING_MEMFD, q, size);
}

struct backing *backing_bootfile(hpa_t start, u64 size)
{
	struct backing *b = new_backing(BACKING_BOOTFILE, size);

	ASSERT(IS_ALIGNED(start.v, PAGE_SIZE));
	if (b) {
		b->start = start;
		/*
		 * The rest of the last page will be seen by who maps the file. It is the loader's,
		 * nobody uses it.
		 */
		memset((char *)hpa_to_ptr(start) + size, 0, ALIGN_UP(size, PAGE_SIZE) - size);
	}
	return b;
}

struct backing *backing_pages(struct frame *const *frames, u32 count, void (*release)(void *),
			      void *arg)
{
	struct backing *b = new_backing(BACKING_PAGES, count * PAGE_SIZE);

	if (!b) {
		return NULL;
	}
	b->frames = kmalloc(count * sizeof(struct frame *));
	if (!b->frames) {
		kfree(b);
		return NULL;
	}
	memcpy(b->frames, frames, count * sizeof(struct frame *));
	backing_set_release(b, release, arg);
	return b;
}

void backing_set_release(struct backing *b, void (*release)(void *), void *arg)
{
	b->release = release;
	b->release_arg = arg;
}

void backing_get(struct backing *b)
{
	u32 old = __atomic_fetch_add(&b->refs, 1, __ATOMIC_RELAXED);

	ASSERT(old > 0);
}

void backing_put(struct backing *b)
{
	u32 old = __atomic_fetch_sub(&b->refs, 1, __ATOMIC_ACQ_REL);

	ASSERT(old > 0);
	if (old > 1) {
		return;
	}
	if (b->kind == BACKING_ANON || b->kind == BACKING_MEMFD) {
		chunks_destroy(&b->chunks);
	} else if (b->kind == BACKING_PAGES) {
		kfree(b->frames);
	}
	if (b->release) {
		b->release(b->release_arg);
	}
	kfree(b);
}

enum backing_kind backing_kind(const struct backing *b)
{
	return b->kind;
}

static int bootfile_page(const struct backing *b, u64 off, bool write, hpa_t *hpa, u32 *order)
{
	u64 block = ALIGN_DOWN(off, HUGE_SIZE);

	if (write) {
		return -EACCES;
	}
	*hpa = HPA(b->start.v + off);
	*order = 0;
	if (IS_ALIGNED(b->start.v + block, HUGE_SIZE) && block + HUGE_SIZE <= b->size) {
		*order = HUGE_ORDER;
	}
	return 0;
}

int backing_page(struct backing *b, u64 off, bool write, bool want_huge, hpa_t *hpa, u32 *order)
{
	ASSERT(IS_ALIGNED(off, PAGE_SIZE));
	if (off >= b->size) {
		return -EFAULT;
	}
	switch (b->kind) {
	case BACKING_ANON:
	case BACKING_MEMFD:
		return chunks_page(&b->chunks, off, want_huge, hpa, order);
	case BACKING_BOOTFILE:
		return bootfile_page(b, off, write, hpa, order);
	case BACKING_PAGES:
		*hpa = frame_hpa(b->frames[off >> PAGE_SHIFT]);
		*order = 0;
		return 0;
	case BACKING_GMEM:
		break;		/* guest_memfd: none can be made yet */
	}
	return -EFAULT;
}

void backing_discard(struct backing *b, u64 off, u64 len)
{
	ASSERT(IS_ALIGNED(off | len, PAGE_SIZE));
	if (b->kind == BACKING_ANON && off < b->size) {
		chunks_discard(&b->chunks, off, MIN(len, b->size - off));
	}
}
