/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Taking rights away from a range of stage-2 tables. The range is worked through in batches, so
 * that the lock is held for a bounded time; the flush comes once, at the end. Large leaves that
 * stick out of the range are split first.
 */
#include "mm/stage2_table.h"

struct change {
	struct s2 *s2;
	u32 keep;			/* rights that may stay; 0: remove the leaf */
	u64 start, end;			/* start moves on */
	u32 budget;			/* entries left in this batch */
	bool lost;			/* somebody lost a right: flush */
	struct s2_frames spares, gone;
};

static bool loses_rights(const struct change *c, u64 entry)
{
	return c->keep == 0 || (s2_rights(entry) & ~c->keep);
}

/* Takes away from a leaf that lies in the range. */
static void change_leaf(struct change *c, hpa_t table, u64 *entry, u32 level)
{
	if (c->keep == 0) {
		WRITE_ONCE(*entry, 0);
		s2_add_live(table, -1);
		c->s2->mapped_pages -= s2_span(level) >> PAGE_SHIFT;
		c->lost = true;
	} else if (loses_rights(c, *entry)) {
		hpa_t hpa = HPA(s2_addr(*entry).v & ~(s2_span(level) - 1));

		WRITE_ONCE(*entry, s2_leaf(hpa, level, s2_rights(*entry) & c->keep));
		c->lost = true;
	}
}

/*
 * Works on [start, end) of one table and below; returns where it stopped, `end` if the budget was
 * enough.
 */
static u64 change_table(struct change *c, hpa_t table, u32 level, u64 start, u64 end)
{
	u64 next;

	for (u64 gpa = start; gpa < end; gpa = next) {
		u64 *entry = &s2_table(table)[s2_index(gpa, level)];
		u64 stopped;

		next = MIN(end, ALIGN_DOWN(gpa, s2_span(level)) + s2_span(level));
		if (c->budget == 0) {
			return gpa;
		}
		c->budget--;
		if (!(*entry & s2_format.present)) {
			continue;
		}
		if (s2_is_leaf(*entry, level)) {
			if (next - gpa == s2_span(level)) {
				change_leaf(c, table, entry, level);
			} else {
				ASSERT(!loses_rights(c, *entry));	/* else it had been split */
			}
			continue;
		}
		stopped = change_table(c, s2_addr(*entry), level - 1, gpa, next);
		if (s2_live(s2_addr(*entry)) == 0) {
			s2_frames_push(&c->gone, frame_of(s2_addr(*entry)));
			WRITE_ONCE(*entry, 0);
			s2_add_live(table, -1);
			c->s2->table_frames--;
		}
		if (stopped < next) {
			return stopped;
		}
	}
	return end;
}

/* Whether `gpa`, a border of the range, lies inside a large leaf that has to change. Lock held. */
static bool must_split(struct change *c, u64 gpa, u64 **entry, hpa_t *table)
{
	u32 level;

	if (gpa >= S2_TOP || IS_ALIGNED(gpa, HUGE_SIZE)) {
		return false;
	}
	*entry = s2_find(c->s2, gpa, &level, table);
	return level > 1 && (**entry & s2_format.present) && loses_rights(c, **entry);
}

/* Splits at both borders or at none: 0, or how many spares are needed. Lock held. */
static u32 split_borders(struct change *c)
{
	u64 *entry;
	hpa_t table;
	u32 need = 0;

	need += must_split(c, c->start, &entry, &table);
	need += must_split(c, c->end, &entry, &table);
	if (c->spares.count < need) {
		return need;
	}
	if (must_split(c, c->start, &entry, &table)) {
		s2_split_leaf(c->s2, table, entry, &c->spares);
	}
	if (must_split(c, c->end, &entry, &table)) {
		s2_split_leaf(c->s2, table, entry, &c->spares);
	}
	return 0;
}

static int change_range(struct s2 *s2, gpa_t start, gpa_t end, u32 keep)
{
	struct change c = { .s2 = s2, .keep = keep, .start = start.v, .end = MIN(end.v, S2_TOP) };
	u32 need;
	int r = 0;

	ASSERT(IS_ALIGNED(start.v | end.v, PAGE_SIZE));
	s2_frames_init(&c.spares);
	s2_frames_init(&c.gone);
	while (c.start < c.end) {
		spin_lock(&s2->lock);
		need = split_borders(&c);
		if (need == 0) {
			c.budget = S2_BATCH;
			c.start = change_table(&c, s2->root, S2_LEVELS, c.start, c.end);
		}
		spin_unlock(&s2->lock);
		r = s2_frames_fill(&c.spares, need, FRAME_URGENT);
		if (r < 0) {
			break;
		}
		cond_resched();
	}
	s2_frames_free(&c.spares);
	if (c.lost || c.gone.count > 0) {
		spin_lock(&s2->lock);
		__atomic_fetch_add(&s2->gen, 1, __ATOMIC_RELEASE);
		spin_unlock(&s2->lock);
		s2_flush(s2, &c.gone);
	}
	return r;
}

int s2_unmap(struct s2 *s2, gpa_t start, gpa_t end)
{
	return change_range(s2, start, end, 0);
}

int s2_protect(struct s2 *s2, gpa_t start, gpa_t end, u32 keep)
{
	ASSERT(keep & S2_R);
	return change_range(s2, start, end, keep);
}
