/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kmalloc. A slab is one frame cut into objects of one power-of-two size. Its struct frame holds
 * what there is to know: priv = chain of free objects, refcount = 1 + objects in use, node =
 * membership in the class's list of slabs with free objects. A free object carries a mark, by
 * which a double free and a stray write are found. Larger sizes are frame blocks of their own. An
 * empty slab goes back to the frames at once.
 */
#include "mm/slab.h"

#include "core/fault.h"
#include "core/lock.h"
#include "core/panic.h"
#include "core/string.h"
#include "mm/frame.h"
#include "mm/layout.h"

#define MIN_SHIFT 4
#define CLASSES 8			/* 16 .. 2048 */
#define CLASS_LARGE 0xffff
#define MARK 0x5eedf4eec0de1abcULL

struct free_object {
	struct free_object *next;
	u64 mark;			/* MARK ^ own address */
};

struct slab_class {
	struct irqlock lock;
	struct list partial;		/* slabs with at least one free object */
};

static struct slab_class classes[CLASSES];
static u64 bytes_in_use;		/* atomic */

static u64 mark_of(const void *object)
{
	return MARK ^ (u64)(uintptr_t)object;
}

static u32 class_of(size_t size)
{
	u32 class = 0;

	while ((1ULL << (class + MIN_SHIFT)) < size) {
		class++;
	}
	return class;
}

void slab_init(void)
{
	for (u32 i = 0; i < CLASSES; i++) {
		classes[i] = (struct slab_class){ 0 };
		list_init(&classes[i].partial);
	}
	bytes_in_use = 0;
}

static void push_free(struct frame *slab, void *object)
{
	struct free_object *f = object;

	f->next = slab->priv;
	f->mark = mark_of(object);
	slab->priv = f;
}

static struct frame *new_slab(u32 class)
{
	struct frame *slab = frame_alloc(0, FRAME_SLAB, 0);
	char *base;

	if (!slab) {
		return NULL;
	}
	slab->slab_class = (u16)class;
	base = frame_ptr(slab);
	for (size_t off = PAGE_SIZE; off > 0;) {
		off -= 1ULL << (class + MIN_SHIFT);
		push_free(slab, base + off);
	}
	return slab;
}

/* One object of the slab, which has a free one. Class lock held. */
static void *take_object(struct frame *slab)
{
	struct free_object *f = slab->priv;

	ASSERT(f->mark == mark_of(f));
	slab->priv = f->next;
	f->mark = 0;
	slab->refcount++;
	if (!slab->priv) {
		list_remove(&slab->node);
	}
	return f;
}

static void *alloc_small(u32 class)
{
	struct slab_class *c = &classes[class];
	struct frame *fresh = NULL;
	void *object = NULL;
	bool irqs = irqlock_acquire(&c->lock);

	if (list_empty(&c->partial)) {
		irqlock_release(&c->lock, irqs);	/* no allocation under an irqlock */
		fresh = new_slab(class);
		irqs = irqlock_acquire(&c->lock);
		if (fresh) { /* to the front: used at once, also if another CPU has made one, too */
			list_push_front(&c->partial, &fresh->node);
		}
	}
	if (!list_empty(&c->partial)) {
		object = take_object(list_first(&c->partial, struct frame, node));
	}
	irqlock_release(&c->lock, irqs);
	if (object) {
		__atomic_fetch_add(&bytes_in_use, 1ULL << (class + MIN_SHIFT), __ATOMIC_RELAXED);
	}
	return object;
}

static void *alloc_large(size_t size)
{
	struct frame *f;
	u32 order = 0;

	while (order <= FRAME_MAX_ORDER && (PAGE_SIZE << order) < size) {
		order++;
	}
	if (order > FRAME_MAX_ORDER) {
		return NULL;
	}
	f = frame_alloc(order, FRAME_SLAB, 0);
	if (!f) {
		return NULL;
	}
	f->slab_class = CLASS_LARGE;
	__atomic_fetch_add(&bytes_in_use, PAGE_SIZE << order, __ATOMIC_RELAXED);
	return frame_ptr(f);
}

void *kmalloc(size_t size)
{
	u32 class;

	if (fault_should_fail()) {
		return NULL;
	}
	if (size > 1ULL << (CLASSES - 1 + MIN_SHIFT)) {
		return alloc_large(size);
	}
	class = class_of(size);
	return alloc_small(class);
}

void *kzalloc(size_t size)
{
	void *p = kmalloc(size);

	if (p) {
		memset(p, 0, size);
	}
	return p;
}

/*
 * The mark may be there by chance, so only an object found in the chain is a double free. Class
 * lock held.
 */
static bool is_free(const struct frame *slab, const struct free_object *object)
{
	if (object->mark != mark_of(object)) {
		return false;
	}
	for (const struct free_object *f = slab->priv; f; f = f->next) {
		if (f == object) {
			return true;
		}
	}
	return false;
}

static void free_small(struct frame *slab, void *p)
{
	u32 class = slab->slab_class;
	struct slab_class *c = &classes[class];
	bool irqs, empty;

	ASSERT(IS_ALIGNED((u64)(uintptr_t)p, 1ULL << (class + MIN_SHIFT)));
	irqs = irqlock_acquire(&c->lock);
	ASSERT(slab->refcount > 1 && !is_free(slab, p));
	if (!slab->priv) {
		list_push_front(&c->partial, &slab->node);
	}
	push_free(slab, p);
	slab->refcount--;
	empty = slab->refcount == 1;
	if (empty) {
		list_remove(&slab->node);
	}
	irqlock_release(&c->lock, irqs);
	__atomic_fetch_sub(&bytes_in_use, 1ULL << (class + MIN_SHIFT), __ATOMIC_RELAXED);
	if (empty) {
		frame_put(slab);
	}
}

void kfree(void *p)
{
	struct frame *f;

	if (!p) {
		return;
	}
	f = frame_of(ptr_to_hpa(p));
	ASSERT(f->owner == FRAME_SLAB);
	if (f->slab_class != CLASS_LARGE) {
		free_small(f, p);
		return;
	}
	ASSERT(IS_ALIGNED((u64)(uintptr_t)p, PAGE_SIZE));
	__atomic_fetch_sub(&bytes_in_use, PAGE_SIZE << f->order, __ATOMIC_RELAXED);
	f->slab_class = 0;
	frame_put(f);
}

u64 slab_bytes_in_use(void)
{
	return __atomic_load_n(&bytes_in_use, __ATOMIC_RELAXED);
}
