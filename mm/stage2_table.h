/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the stage-2 files share: entries in the terms of struct s2_format, the count of live
 * entries that each table's struct frame keeps, spare tables made before the lock is taken, and
 * the flush. Private to mm/stage2*.c.
 */
#pragma once

#include "core/panic.h"
#include "mm/frame.h"
#include "mm/layout.h"
#include "mm/stage2.h"

#define S2_LEVELS 4
#define S2_ENTRIES 512
#define S2_ADDR 0x000ffffffffff000ULL
#define S2_TOP (1ULL << 48)
#define S2_BATCH 256		/* entries looked at per hold of the lock */

extern struct s2_format s2_format;

static inline u64 s2_span(u32 level)
{
	return PAGE_SIZE << (9 * (level - 1));
}

static inline u32 s2_index(u64 gpa, u32 level)
{
	return (gpa >> (PAGE_SHIFT + 9 * (level - 1))) & (S2_ENTRIES - 1);
}

static inline u64 *s2_table(hpa_t table)
{
	return hpa_to_ptr(table);
}

static inline hpa_t s2_addr(u64 entry)
{
	return HPA(entry & S2_ADDR);
}

static inline bool s2_is_leaf(u64 entry, u32 level)
{
	return level == 1 || (entry & s2_format.leaf);
}

static inline u64 s2_leaf(hpa_t hpa, u32 level, u32 rights)
{
	const struct s2_format *f = &s2_format;
	u64 e = hpa.v | f->present | f->memtype | f->a | f->d | (level > 1 ? f->leaf : 0);

	e |= (rights & S2_W) ? f->w : 0;
	e |= f->x_is_nx == !(rights & S2_X) ? f->x : 0;
	return e;
}

static inline u32 s2_rights(u64 entry)
{
	bool x_bit = entry & s2_format.x;

	return S2_R | ((entry & s2_format.w) ? S2_W : 0) | (x_bit != s2_format.x_is_nx ? S2_X : 0);
}

/* Live entries of a table: its frame's priv. Changed under the lock. */
static inline u64 s2_live(hpa_t table)
{
	return (u64)(uintptr_t)frame_of(table)->priv;
}

static inline void s2_add_live(hpa_t table, s64 n)
{
	struct frame *f = frame_of(table);

	f->priv = (void *)(uintptr_t)((u64)(uintptr_t)f->priv + (u64)n);
}

/*
 * Frames for tables, zeroed, taken before the lock; and tables cut off, kept until nobody can be
 * walking them.
 */
struct s2_frames {
	struct list list;
	u32 count;
};

static inline void s2_frames_init(struct s2_frames *s)
{
	list_init(&s->list);
	s->count = 0;
}

static inline void s2_frames_push(struct s2_frames *s, struct frame *f)
{
	list_push_back(&s->list, &f->node);
	s->count++;
}

static inline struct frame *s2_frames_pop(struct s2_frames *s)
{
	struct frame *f = list_first(&s->list, struct frame, node);

	ASSERT(s->count > 0);
	list_remove(&f->node);
	s->count--;
	return f;
}

/*
 * Brings the number of spares to `want`: 0 or -ENOMEM (then what there is stays in s). No lock
 * held.
 */
__must_check int s2_frames_fill(struct s2_frames *s, u32 want, u32 flags);
/* Frees all. */
void s2_frames_free(struct s2_frames *s);

/*
 * A spare becomes the table behind *entry (in `table`, if the entry was empty it counts there).
 * Lock held.
 */
hpa_t s2_link_table(struct s2 *s2, hpa_t table, u64 *entry, struct s2_frames *spares);
/*
 * Replaces the 2 MiB leaf *entry by a table of 512 leaves with the same frames and rights. Lock
 * held.
 */
void s2_split_leaf(struct s2 *s2, hpa_t table, u64 *entry, struct s2_frames *spares);
/*
 * The entry that decides about gpa: a leaf or an empty one; *level: its level, *table: the table
 * it lies in. Lock held or in a section.
 */
u64 *s2_find(struct s2 *s2, u64 gpa, u32 *level, hpa_t *table);

/*
 * Called without the lock after rights were taken away and gen raised: returns when no CPU uses
 * old translations and no section walks the tables in `gone`, which are then freed. Interrupts on.
 */
void s2_flush(struct s2 *s2, struct s2_frames *gone);
