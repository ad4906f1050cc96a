/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two-level book of a lazily given backing, and the giving and taking of frames. The quota
 * counts the frames a domain can use; pages of the book (1 in 512) are not counted.
 */
#include "mm/chunks.h"

#include "core/panic.h"
#include "core/sched.h"
#include "core/string.h"
#include "mm/backing.h"
#include "mm/layout.h"
#include "mm/slab.h"

#define GIB_SHIFT 30
#define WORDS 512			/* in a page of the book */
/*
 * In a chunk's word: it is the address of a large block; else that of a table of frame addresses.
 */
#define CHUNK_HUGE 1ULL
#define CHUNK_PAGES (HUGE_SIZE >> PAGE_SHIFT)
#define ZERO_STEP (64 * 1024ULL)

static bool quota_take(struct quota *q, u64 n)
{
	u64 used = __atomic_load_n(&q->used, __ATOMIC_RELAXED);

	do {
		if (n > q->limit || used > q->limit - n) {
			return false;
		}
	} while (!__atomic_compare_exchange_n(&q->used, &used, used + n, true, __ATOMIC_RELAXED,
					      __ATOMIC_RELAXED));
	return true;
}

static void quota_give(struct quota *q, u64 n)
{
	u64 old = __atomic_fetch_sub(&q->used, n, __ATOMIC_RELAXED);

	ASSERT(old >= n);
}

/* A zeroed block for the domain, paid for. NULL: quota or memory. */
static struct frame *give_block(struct chunks *c, u32 order)
{
	u64 bytes = PAGE_SIZE << order;
	struct frame *f;

	if (!quota_take(c->quota, 1ULL << order)) {
		return NULL;
	}
	f = frame_alloc(order, FRAME_DOMAIN, 0);
	if (!f) {
		quota_give(c->quota, 1ULL << order);
		return NULL;
	}
	for (u64 off = 0; off < bytes; off += ZERO_STEP) {
		memset((char *)frame_ptr(f) + off, 0, MIN(ZERO_STEP, bytes - off));
		cond_resched();
	}
	return f;
}

static void take_block(struct chunks *c, hpa_t hpa, u32 order)
{
	struct frame *f = frame_of(hpa);

	ASSERT(f->owner == FRAME_DOMAIN && f->order == order);
	frame_put(f);
	quota_give(c->quota, 1ULL << order);
}

static u64 *new_page(u32 flags)
{
	struct frame *f = frame_alloc(0, FRAME_HYP, FRAME_ZERO | flags);

	return f ? frame_ptr(f) : NULL;
}

/* Entries in use of a table of small frames: its frame's priv. */
static u64 *table_of(u64 word, struct frame **f)
{
	*f = frame_of(HPA(word));
	return frame_ptr(*f);
}

static void add_used(struct frame *table, s64 n)
{
	table->priv = (void *)(uintptr_t)((u64)(uintptr_t)table->priv + (u64)n);
}

int chunks_init(struct chunks *c, struct quota *q, u64 size)
{
	u64 gibs = ALIGN_UP(size, 1ULL << GIB_SHIFT) >> GIB_SHIFT;

	mutex_init(&c->lock);
	c->quota = q;
	c->size = size;
	c->dir = kzalloc(MAX(gibs, 1) * sizeof(*c->dir));
	return c->dir ? 0 : -ENOMEM;
}

/*
 * The word of the chunk that off lies in; NULL: its page is missing and cannot or (make false)
 * shall not be made.
 */
static u64 *chunk_word(struct chunks *c, u64 off, bool make)
{
	u64 **slot = &c->dir[off >> GIB_SHIFT];

	if (!*slot && make) {
		*slot = new_page(0);
	}
	return *slot ? &(*slot)[(off >> HUGE_SHIFT) % WORDS] : NULL;
}

static int small_page(struct chunks *c, u64 *word, u64 off, hpa_t *hpa)
{
	struct frame *t;
	u64 *table;
	u64 *entry;

	if (*word == 0) {
		u64 *fresh = new_page(0);

		if (!fresh) {
			return -ENOMEM;
		}
		*word = ptr_to_hpa(fresh).v;
	}
	table = table_of(*word, &t);
	entry = &table[(off >> PAGE_SHIFT) % CHUNK_PAGES];
	if (*entry == 0) {
		struct frame *f = give_block(c, 0);

		if (!f) {
			if (!t->priv) {
				*word = 0;
				frame_put(t);
			}
			return -ENOMEM;
		}
		*entry = frame_hpa(f).v;
		add_used(t, 1);
	}
	*hpa = HPA(*entry);
	return 0;
}

int chunks_page(struct chunks *c, u64 off, bool want_huge, hpa_t *hpa, u32 *order)
{
	u64 *word;
	int r = -ENOMEM;

	mutex_lock(&c->lock);
	word = chunk_word(c, off, true);
	if (word) {
		if (*word == 0 && want_huge && ALIGN_DOWN(off, HUGE_SIZE) + HUGE_SIZE <= c->size) {
			struct frame *f = give_block(c, HUGE_ORDER);

			*word = f ? frame_hpa(f).v | CHUNK_HUGE : 0;
		}
		if (*word & CHUNK_HUGE) {
			*hpa = HPA((*word & ~CHUNK_HUGE) + (off & (HUGE_SIZE - 1)));
			*order = HUGE_ORDER;
			r = 0;
		} else {
			*order = 0;
			r = small_page(c, word, off, hpa);
		}
	}
	mutex_unlock(&c->lock);
	return r;
}

/*
 * Frees pages [first, last) of a large block by making it small frames. Without memory for their
 * table: cleared only.
 */
static void discard_part(struct chunks *c, u64 *word, u32 first, u32 last)
{
	struct frame *block = frame_of(HPA(*word & ~CHUNK_HUGE));
	u64 *table = new_page(FRAME_URGENT);

	if (!table) {
		memset((char *)frame_ptr(block) + first * PAGE_SIZE, 0, (last - first) * PAGE_SIZE);
		return;
	}
	frame_split(block);
	for (u32 i = 0; i < CHUNK_PAGES; i++) {
		hpa_t hpa = HPA((*word & ~CHUNK_HUGE) + i * PAGE_SIZE);

		if (i >= first && i < last) {
			take_block(c, hpa, 0);
		} else {
			table[i] = hpa.v;
		}
	}
	*word = ptr_to_hpa(table).v;
	add_used(frame_of(HPA(*word)), (s64)CHUNK_PAGES - (last - first));
}

static void discard_chunk(struct chunks *c, u64 *word, u32 first, u32 last)
{
	struct frame *t;
	u64 *table;

	if (*word & CHUNK_HUGE) {
		if (last - first < CHUNK_PAGES) {
			discard_part(c, word, first, last);
			return;
		}
		take_block(c, HPA(*word & ~CHUNK_HUGE), HUGE_ORDER);
		*word = 0;
		return;
	}
	table = table_of(*word, &t);
	for (u32 i = first; i < last; i++) {
		if (table[i] != 0) {
			take_block(c, HPA(table[i]), 0);
			table[i] = 0;
			add_used(t, -1);
		}
	}
	if (!t->priv) {
		*word = 0;
		frame_put(t);
	}
}

void chunks_discard(struct chunks *c, u64 off, u64 len)
{
	u64 end = off + len, next;

	mutex_lock(&c->lock);
	for (; off < end; off = next) {
		u64 *word = chunk_word(c, off, false);

		next = MIN(end, ALIGN_DOWN(off, HUGE_SIZE) + HUGE_SIZE);
		if (!word) {
			next = MIN(end, ((off >> GIB_SHIFT) + 1) << GIB_SHIFT);
		} else if (*word != 0) {
			u64 base = ALIGN_DOWN(off, HUGE_SIZE);

			discard_chunk(c, word, (u32)((off - base) >> PAGE_SHIFT),
				      (u32)((next - base) >> PAGE_SHIFT));
			cond_resched();
		}
	}
	mutex_unlock(&c->lock);
}

void chunks_destroy(struct chunks *c)
{
	chunks_discard(c, 0, ALIGN_UP(c->size, HUGE_SIZE));
	for (u64 i = 0; i << GIB_SHIFT < c->size; i++) {
		if (c->dir[i]) {
			frame_put(frame_of(ptr_to_hpa(c->dir[i])));
		}
	}
	kfree(c->dir);
}
