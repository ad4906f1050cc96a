/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Physical page frames: a buddy allocator over the frame table (one struct frame per 4 KiB of
 * RAM). An order-n block is 2^n frames, naturally aligned; the first frame describes it.
 */
#pragma once

#include "core/list.h"
#include "mm/memmap.h"

#define FRAME_MAX_ORDER 10
#define HUGE_ORDER 9
#define FRAME_RESERVE 64	/* kept back for FRAME_URGENT: flush and teardown must not fail */

enum frame_owner { FRAME_UNUSABLE, FRAME_FREE, FRAME_HYP, FRAME_SLAB, FRAME_TABLE, FRAME_DOMAIN };

struct frame {
	u32 refcount;		/* atomic */
	u8 owner;		/* enum frame_owner */
	u8 order;
	u16 slab_class;		/* mm/slab.c */
	struct list node;	/* free list, slab list, gather list */
	void *priv;		/* owner's use */
};

#define FRAME_URGENT 1u		/* may use the reserve */
#define FRAME_ZERO 2u

/*
 * Builds the table and frees all RAM of map. table: memory for it, mapped and zeroed, for frames
 * 0..top_frame-1.
 */
void frames_init(struct frame *table, u64 top_frame, const struct memmap *map);
/*
 * 2^order frames, refcount 1, or NULL. Any context but interrupts (irqlock inside). Zeroing big
 * blocks: in 64 KiB steps with interrupts on.
 */
__must_check struct frame *frame_alloc(u32 order, enum frame_owner owner, u32 flags);
/* Drops a reference; the last one frees the block. NULL: nothing. */
void frame_put(struct frame *f);
/*
 * Makes an allocated order-n block into 2^n separate order-0 frames, each with the block's
 * refcount (must be 1).
 */
void frame_split(struct frame *f);
hpa_t frame_hpa(const struct frame *f);
void *frame_ptr(const struct frame *f);
struct frame *frame_of(hpa_t hpa);	/* of RAM; asserts that */
bool hpa_is_ram(hpa_t hpa);
u64 frames_free_count(void);
u64 frames_total_count(void);
