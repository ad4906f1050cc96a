/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Adding to stage-2 tables. The walk is done under the lock and says how many tables are missing;
 * they are allocated without it and the walk starts anew, so that a failed call has changed
 * nothing.
 */
#include "mm/stage2_table.h"

struct mapping {
	u64 gpa;
	hpa_t hpa;
	u32 level, rights;
	u32 tables;		/* out: spares needed */
};

/* A leaf is there already: adds rights, for a part of a large one after splitting it. Lock held. */
static int add_rights(struct s2 *s2, struct mapping *m, u64 *entry, u32 level, hpa_t table,
		      struct s2_frames *spares)
{
	u32 rights = s2_rights(*entry) | m->rights;
	hpa_t base = HPA(s2_addr(*entry).v & ~(s2_span(level) - 1));
	u64 in_leaf = m->gpa & (s2_span(level) - 1);

	if (base.v + in_leaf != m->hpa.v) {
		return -EEXIST;
	}
	if (rights == s2_rights(*entry)) {
		return 0;
	}
	if (level > m->level) {
		m->tables = 1;
		if (spares->count < m->tables) {
			return -EAGAIN;
		}
		s2_split_leaf(s2, table, entry, spares);
		entry = s2_find(s2, m->gpa, &level, &table);
	}
	WRITE_ONCE(*entry, s2_leaf(m->hpa, m->level, rights));
	return 0;
}

/* 0, -EEXIST, or -EAGAIN: m->tables says how many spares it takes. Lock held. */
static int map_locked(struct s2 *s2, struct mapping *m, struct s2_frames *spares)
{
	u32 level;
	hpa_t table;
	u64 *entry = s2_find(s2, m->gpa, &level, &table);

	if (level < m->level) {
		return -EEXIST;		/* small pages where a large one was wanted */
	}
	if (*entry & s2_format.present) {
		return add_rights(s2, m, entry, level, table, spares);
	}
	m->tables = level - m->level;
	if (spares->count < m->tables) {
		return -EAGAIN;
	}
	for (; level > m->level; level--) {
		table = s2_link_table(s2, table, entry, spares);
		entry = &s2_table(table)[s2_index(m->gpa, level - 1)];
	}
	s2_add_live(table, 1);
	s2->mapped_pages += s2_span(level) >> PAGE_SHIFT;
	WRITE_ONCE(*entry, s2_leaf(m->hpa, level, m->rights));
	return 0;
}

int s2_map(struct s2 *s2, gpa_t gpa, hpa_t hpa, u32 order, u32 rights)
{
	struct mapping m = {
		.gpa = gpa.v, .hpa = hpa, .level = order == 0 ? 1 : 2, .rights = rights
	};
	struct s2_frames spares;
	int r;

	ASSERT((order == 0 || order == HUGE_ORDER) && (rights & S2_R));
	ASSERT(IS_ALIGNED(gpa.v | hpa.v, PAGE_SIZE << order));
	if (gpa.v >= S2_TOP) {
		return -EINVAL;
	}
	s2_frames_init(&spares);
	do {
		spin_lock(&s2->lock);
		r = map_locked(s2, &m, &spares);
		spin_unlock(&s2->lock);
	} while (r == -EAGAIN && (r = s2_frames_fill(&spares, m.tables, 0)) == 0);
	s2_frames_free(&spares);
	return r;
}
