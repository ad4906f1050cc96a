/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stage-2 tables as objects: making and destroying them, looking an address up, and the primitive
 * edits from which stage2_map.c and stage2_change.c are made. The guest side of the flush is
 * s2_enter in stage2_flush.c.
 */
#include "mm/stage2.h"

#include "mm/stage2_table.h"

struct s2_format s2_format;

void s2_set_format(const struct s2_format *f)
{
	s2_format = *f;
}

int s2_init(struct s2 *s2)
{
	struct frame *f = frame_alloc(0, FRAME_TABLE, FRAME_ZERO);

	if (!f) {
		return -ENOMEM;
	}
	*s2 = (struct s2){ .root = frame_hpa(f), .gen = 1, .table_frames = 1 };
	return 0;
}

static void destroy_table(struct s2 *s2, hpa_t table, u32 level)
{
	const u64 *entries = s2_table(table);

	for (u32 i = 0; i < S2_ENTRIES && level > 1; i++) {
		if ((entries[i] & s2_format.present) && !s2_is_leaf(entries[i], level)) {
			destroy_table(s2, s2_addr(entries[i]), level - 1);
		}
	}
	if (level == 2) {
		cond_resched();
	}
	s2->table_frames--;
	frame_put(frame_of(table));
}

void s2_destroy(struct s2 *s2)
{
	destroy_table(s2, s2->root, S2_LEVELS);
	ASSERT(s2->table_frames == 0);
	s2->root = HPA(0);
	s2->mapped_pages = 0;
}

u64 *s2_find(struct s2 *s2, u64 gpa, u32 *level, hpa_t *table)
{
	hpa_t t = s2->root;

	for (u32 l = S2_LEVELS;; l--) {
		u64 *entry = &s2_table(t)[s2_index(gpa, l)];
		u64 e = READ_ONCE(*entry);

		if (!(e & s2_format.present) || s2_is_leaf(e, l)) {
			*level = l;
			*table = t;
			return entry;
		}
		t = s2_addr(e);
	}
}

int s2_lookup(struct s2 *s2, gpa_t gpa, hpa_t *hpa, u32 *rights, u32 *order)
{
	hpa_t t = s2->root;

	if (gpa.v >= S2_TOP) {
		return -ENOENT;
	}
	/* Not by s2_find: without the lock each entry may be read once only. */
	for (u32 l = S2_LEVELS; l >= 1; l--) {
		u64 e = READ_ONCE(s2_table(t)[s2_index(gpa.v, l)]);

		if (!(e & s2_format.present)) {
			return -ENOENT;
		}
		if (s2_is_leaf(e, l)) {
			u64 in_page = gpa.v & (s2_span(l) - 1) & PAGE_MASK;

			*hpa = HPA((s2_addr(e).v & ~(s2_span(l) - 1)) | in_page);
			*rights = s2_rights(e);
			*order = 9 * (l - 1);
			return 0;
		}
		t = s2_addr(e);
	}
	return -ENOENT;
}

hpa_t s2_link_table(struct s2 *s2, hpa_t table, u64 *entry, struct s2_frames *spares)
{
	hpa_t fresh = frame_hpa(s2_frames_pop(spares));

	if (!(*entry & s2_format.present)) {
		s2_add_live(table, 1);
	}
	s2->table_frames++;
	/* Release: a walker that sees the entry sees the table's contents. */
	smp_store_release(entry, fresh.v | s2_format.table);
	return fresh;
}

void s2_split_leaf(struct s2 *s2, hpa_t table, u64 *entry, struct s2_frames *spares)
{
	struct frame *f = list_first(&spares->list, struct frame, node);
	hpa_t base = HPA(s2_addr(*entry).v & ~(HUGE_SIZE - 1));
	u32 rights = s2_rights(*entry);
	u64 *leaves;

	ASSERT(spares->count > 0);
	leaves = frame_ptr(f);
	for (u32 i = 0; i < S2_ENTRIES; i++) {
		leaves[i] = s2_leaf(HPA(base.v + i * PAGE_SIZE), 1, rights);
	}
	s2_add_live(frame_hpa(f), S2_ENTRIES);
	s2_link_table(s2, table, entry, spares);
}
