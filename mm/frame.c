/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The buddy allocator. Only the first frame of a block is kept up to date: the others keep an old
 * owner, which no one looks at, because a frame that is aligned to order n and lies in a block of
 * order <= n is that block's first.
 */
#include "mm/frame.h"

#include "core/fault.h"
#include "core/lock.h"
#include "core/panic.h"
#include "core/string.h"
#include "mm/layout.h"

static struct irqlock lock;		/* everything below, and the free frames */
static struct frame *frames;
static u64 top_index;
static struct list free_list[FRAME_MAX_ORDER + 1];
static u64 free_count, total_count;

static u64 index_of(const struct frame *f)
{
	return (u64)(f - frames);
}

/*
 * Gives the block to its free list, joining it with its free neighbour of the same order as long
 * as there is one.
 */
static void free_block(struct frame *f, u32 order)
{
	u64 index = index_of(f);

	frames[index].owner = FRAME_FREE;
	free_count += 1ULL << order;
	while (order < FRAME_MAX_ORDER) {
		u64 other = index ^ (1ULL << order);
		struct frame *buddy = &frames[other];

		if (other >= top_index || buddy->owner != FRAME_FREE || buddy->order != order) {
			break;
		}
		list_remove(&buddy->node);
		index &= ~(1ULL << order);
		order++;
	}
	f = &frames[index];
	f->order = (u8)order;
	f->owner = FRAME_FREE;
	list_push_front(&free_list[order], &f->node);
}

/* Takes a block out, halving a larger one if there is no other. NULL: none. */
static struct frame *take_block(u32 order)
{
	struct frame *f;
	u32 have = order;

	while (have <= FRAME_MAX_ORDER && list_empty(&free_list[have])) {
		have++;
	}
	if (have > FRAME_MAX_ORDER) {
		return NULL;
	}
	f = list_first(&free_list[have], struct frame, node);
	list_remove(&f->node);
	while (have > order) {
		struct frame *upper;

		have--;
		upper = f + (1ULL << have);
		upper->owner = FRAME_FREE;
		upper->order = (u8)have;
		list_push_front(&free_list[have], &upper->node);
	}
	free_count -= 1ULL << order;
	return f;
}

static void add_range(u64 index, u64 end)
{
	for (u64 i = index; i < end; i++) {
		frames[i].owner = FRAME_HYP;
		list_init(&frames[i].node);
	}
	while (index < end) {
		u32 order = 0;

		while (order < FRAME_MAX_ORDER && IS_ALIGNED(index, 2ULL << order) &&
		       index + (2ULL << order) <= end) {
			order++;
		}
		free_block(&frames[index], order);
		index += 1ULL << order;
	}
}

void frames_init(struct frame *table, u64 top_frame, const struct memmap *map)
{
	lock = (struct irqlock){ 0 };
	frames = table;
	top_index = top_frame;
	free_count = 0;
	for (u32 order = 0; order <= FRAME_MAX_ORDER; order++) {
		list_init(&free_list[order]);
	}
	for (u32 i = 0; i < map->count; i++) {
		u64 end = map->range[i].end >> PAGE_SHIFT;

		add_range(map->range[i].start >> PAGE_SHIFT, MIN(end, top_frame));
	}
	total_count = free_count;
}

struct frame *frame_alloc(u32 order, enum frame_owner owner, u32 flags)
{
	u64 keep = (flags & FRAME_URGENT) ? 0 : FRAME_RESERVE;
	struct frame *f = NULL;
	bool irqs;

	ASSERT(order <= FRAME_MAX_ORDER && owner > FRAME_FREE);
	if (fault_should_fail()) {
		return NULL;
	}
	irqs = irqlock_acquire(&lock);
	if (free_count >= keep + (1ULL << order)) {
		f = take_block(order);
	}
	if (f) {
		f->owner = (u8)owner;
		f->order = (u8)order;
		f->refcount = 1;
		f->slab_class = 0;
		f->priv = NULL;
	}
	irqlock_release(&lock, irqs);
	if (f && (flags & FRAME_ZERO)) {
		memset(frame_ptr(f), 0, PAGE_SIZE << order);
	}
	return f;
}

void frame_put(struct frame *f)
{
	u32 old;
	bool irqs;

	if (!f) {
		return;
	}
	ASSERT(f->owner > FRAME_FREE);
	old = __atomic_fetch_sub(&f->refcount, 1, __ATOMIC_ACQ_REL);
	ASSERT(old > 0);
	if (old > 1) {
		return;
	}
	irqs = irqlock_acquire(&lock);
	free_block(f, f->order);
	irqlock_release(&lock, irqs);
}

void frame_split(struct frame *f)
{
	u64 n = 1ULL << f->order;

	ASSERT(f->owner > FRAME_FREE && f->refcount == 1);
	f->order = 0;
	for (u64 i = 1; i < n; i++) {
		f[i].refcount = 1;
		f[i].owner = f->owner;
		f[i].order = 0;
		f[i].slab_class = 0;
		f[i].priv = NULL;
		list_init(&f[i].node);
	}
}

hpa_t frame_hpa(const struct frame *f)
{
	return HPA(index_of(f) << PAGE_SHIFT);
}

void *frame_ptr(const struct frame *f)
{
	return hpa_to_ptr(frame_hpa(f));
}

bool hpa_is_ram(hpa_t hpa)
{
	u64 index = hpa.v >> PAGE_SHIFT;

	return index < top_index && frames[index].owner != FRAME_UNUSABLE;
}

struct frame *frame_of(hpa_t hpa)
{
	ASSERT(hpa_is_ram(hpa));
	return &frames[hpa.v >> PAGE_SHIFT];
}

u64 frames_free_count(void)
{
	return READ_ONCE(free_count);
}

u64 frames_total_count(void)
{
	return total_count;
}
