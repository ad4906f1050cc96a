/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The handle table. Rows are copied out under an irqlock with a reference taken, so no call ever
 * holds the table while it works; memory is allocated and objects are put outside the lock.
 */
#include "api/handle.h"

#include "api/abi/corbel.h"
#include "core/panic.h"
#include "core/string.h"

#define FIRST_SIZE 64u

static const struct object_type reserved_type = {.name = "reserved"};
static const struct handle_ops reserved_ops = {.type = CORBEL_H_RESERVED};
/* Lives for ever: its own reference is never put. */
static struct object reserved = {.type = &reserved_type, .refs = 1};
/* A row without operations: taken for an object to come, so it is neither free nor in use. */
static const struct handle coming = {.obj = &reserved};

int handle_table_init(struct handle_table *t)
{
	memset(t, 0, sizeof(*t));
	t->slots = kzalloc(FIRST_SIZE * sizeof(struct handle));
	if (!t->slots) {
		return -ENOMEM;
	}
	t->size = FIRST_SIZE;
	return 0;
}

/* Makes room for `number`. Lock not held. */
static int grow(struct handle_table *t, u32 number)
{
	u32 size = MAX(ALIGN_UP(number + 1, FIRST_SIZE), FIRST_SIZE);
	struct handle *slots, *old;
	bool irqs;

	size = MIN(MAX(size, 2 * READ_ONCE(t->size)), (u32)HANDLES_MAX);
	slots = kzalloc(size * sizeof(struct handle));
	if (!slots) {
		return -ENOMEM;
	}
	irqs = irqlock_acquire(&t->lock);
	old = slots;
	if (size > t->size) {
		memcpy(slots, t->slots, t->size * sizeof(struct handle));
		old = t->slots;
		t->slots = slots;
		t->size = size;
	}
	irqlock_release(&t->lock, irqs);
	kfree(old);
	return 0;
}

/* The row of `number` if it is in use. Lock held. */
static struct handle *used_row(struct handle_table *t, u64 number)
{
	if (number >= t->size || !t->slots[number].obj || !t->slots[number].ops) {
		return NULL;
	}
	return &t->slots[number];
}

/* Takes over h's reference. Lock held. */
static void fill_row(struct handle_table *t, u32 number, const struct handle *h)
{
	t->slots[number] = *h;
	__atomic_fetch_add(&h->obj->numbers, 1, __ATOMIC_RELAXED);
}

/* Lock held. */
static void empty_row(struct handle_table *t, u64 number)
{
	t->slots[number].obj = NULL;
	t->lowest = MIN(t->lowest, (u32)number);
}

/* Fills the lowest free number, growing the table if it must. */
static s64 fill_lowest(struct handle_table *t, const struct handle *h)
{
	for (;;) {
		bool irqs = irqlock_acquire(&t->lock);
		u32 i = t->lowest;

		while (i < t->size && t->slots[i].obj) {
			i++;
		}
		t->lowest = i;
		if (i < t->size) {
			fill_row(t, i, h);
			t->lowest = i + 1;
			irqlock_release(&t->lock, irqs);
			return i;
		}
		irqlock_release(&t->lock, irqs);
		if (i >= HANDLES_MAX) {
			return -EMFILE;
		}
		if (grow(t, i) < 0) {
			return -ENOMEM;
		}
	}
}

s64 handle_install(struct handle_table *t, struct object *o, const struct handle_ops *ops,
		   u32 rights)
{
	struct handle h = {.obj = o, .ops = ops, .rights = rights};

	return fill_lowest(t, &h);
}

int handle_get_any(struct handle_table *t, u64 number, struct handle *h)
{
	bool irqs = irqlock_acquire(&t->lock);
	struct handle *row = used_row(t, number);

	if (row) {
		*h = *row;
		object_get(h->obj);
	}
	irqlock_release(&t->lock, irqs);
	return row ? 0 : -EBADF;
}

/* On the way of every call on a handle: thread context, so interrupts are on before. */
int handle_get_row(struct handle_table *t, u64 number, struct handle *h)
{
	const struct handle *row;
	int ret = -EBADF;

	irq_disable();
	spin_lock(&t->lock.lock);
	row = &t->slots[number];
	if (likely(row->obj && row->obj != &reserved)) {
		*h = *row;
		object_get(h->obj);
		ret = 0;
	}
	irqlock_release(&t->lock, true);
	return ret;
}

/* What remains to do for a row that was taken out of its table. Lock not held. */
static void release_row(const struct handle *h, struct domain *d)
{
	u32 before = __atomic_fetch_sub(&h->obj->numbers, 1, __ATOMIC_ACQ_REL);

	ASSERT(before != 0);
	if (before == 1 && h->ops->close) {
		h->ops->close(h->obj, d);
	}
	object_put(h->obj);
}

int handle_close(struct handle_table *t, struct domain *d, u64 number)
{
	bool irqs = irqlock_acquire(&t->lock);
	struct handle *row = used_row(t, number);
	struct handle h;

	if (!row) {
		irqlock_release(&t->lock, irqs);
		return -EBADF;
	}
	h = *row;
	empty_row(t, number);
	irqlock_release(&t->lock, irqs);
	release_row(&h, d);
	return 0;
}

/* Grows the table until it has a row for `number`. */
static int make_room(struct handle_table *t, u64 number)
{
	if (number >= HANDLES_MAX) {
		return -EBADF;
	}
	return number < READ_ONCE(t->size) ? 0 : grow(t, (u32)number);
}

s64 handle_set(struct handle_table *t, struct domain *d, u64 number, const struct handle *h)
{
	struct handle old = {0};
	bool irqs;
	int err = make_room(t, number);

	if (err) {
		return err;
	}
	irqs = irqlock_acquire(&t->lock);
	old = t->slots[number];
	if (old.obj && !old.ops) {
		irqlock_release(&t->lock, irqs);
		return -EBUSY;
	}
	object_get(h->obj);
	fill_row(t, (u32)number, h);
	irqlock_release(&t->lock, irqs);
	if (old.obj) {
		release_row(&old, d);
	}
	return (s64)number;
}

s64 handle_reserve(struct handle_table *t, s64 number)
{
	struct handle h = {.obj = &reserved, .ops = &reserved_ops};
	s64 ret = number == -1 ? 0 : make_room(t, (u64)number);

	object_get(&reserved);
	if (number == -1) {
		ret = fill_lowest(t, &h);
	} else if (!ret) {
		bool irqs = irqlock_acquire(&t->lock);

		ret = t->slots[number].obj ? -EBUSY : number;
		if (ret >= 0) {
			fill_row(t, (u32)number, &h);
		}
		irqlock_release(&t->lock, irqs);
	}
	if (ret < 0) {
		object_put(&reserved);
	}
	return ret;
}

s64 handle_take(struct handle_table *t)
{
	return fill_lowest(t, &coming);
}

void handle_fill(struct handle_table *t, u64 number, const struct handle *h)
{
	bool irqs = irqlock_acquire(&t->lock);

	__atomic_fetch_sub(&reserved.numbers, 1, __ATOMIC_RELAXED);
	if (h) {
		object_get(h->obj);
		fill_row(t, (u32)number, h);
	} else {
		empty_row(t, number);
	}
	irqlock_release(&t->lock, irqs);
}

void handle_table_destroy(struct handle_table *t, struct domain *d)
{
	for (u32 i = 0; i < t->size; i++) {
		(void)!handle_close(t, d, i);
	}
	kfree(t->slots);
	t->slots = NULL;
	t->size = 0;
}
