/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The list of usable RAM. Boot code adds what the loader reports and cuts out what is in use;
 * frames_init takes the result. Ranges stay sorted, disjoint and not adjacent, so each call
 * touches a few entries only.
 */
#include "mm/memmap.h"

static void remove_entries(struct memmap *m, u32 at, u32 n)
{
	for (u32 i = at; i + n < m->count; i++) {
		m->range[i] = m->range[i + n];
	}
	m->count -= n;
}

static int insert_entry(struct memmap *m, u32 at, u64 start, u64 end)
{
	if (m->count == MEMMAP_MAX) {
		return -ENOSPC;
	}
	for (u32 i = m->count; i > at; i--) {
		m->range[i] = m->range[i - 1];
	}
	m->range[at] = (struct mem_range){ start, end };
	m->count++;
	return 0;
}

int memmap_add(struct memmap *m, u64 start, u64 end)
{
	u32 first = 0, last;

	if (start > UINT64_MAX - (PAGE_SIZE - 1)) {
		return 0;
	}
	start = ALIGN_UP(start, PAGE_SIZE);
	end = ALIGN_DOWN(end, PAGE_SIZE);
	if (start >= end) {
		return 0;
	}
	while (first < m->count && m->range[first].end < start) {
		first++;
	}
	/* [first, last) overlap or touch the new range and become one with it. */
	for (last = first; last < m->count && m->range[last].start <= end; last++) {
		start = MIN(start, m->range[last].start);
		end = MAX(end, m->range[last].end);
	}
	if (last == first) {
		return insert_entry(m, first, start, end);
	}
	m->range[first] = (struct mem_range){ start, end };
	remove_entries(m, first + 1, last - first - 1);
	return 0;
}

int memmap_reserve(struct memmap *m, u64 start, u64 end)
{
	u32 i = 0;

	if (start >= end) {
		return 0;
	}
	start = ALIGN_DOWN(start, PAGE_SIZE);
	end = ALIGN_UP(MIN(end, ALIGN_DOWN(UINT64_MAX, PAGE_SIZE)), PAGE_SIZE);
	while (i < m->count) {
		struct mem_range *r = &m->range[i];

		if (r->end <= start || r->start >= end) {
			i++;
		} else if (r->start < start && r->end > end) {
			u64 tail = r->end;

			if (insert_entry(m, i + 1, end, tail) < 0) {
				return -ENOSPC;
			}
			r->end = start;
			i += 2;
		} else if (r->start < start) {
			r->end = start;
			i++;
		} else if (r->end > end) {
			r->start = end;
			i++;
		} else {
			remove_entries(m, i, 1);
		}
	}
	return 0;
}

u64 memmap_total(const struct memmap *m)
{
	u64 total = 0;

	for (u32 i = 0; i < m->count; i++) {
		total += m->range[i].end - m->range[i].start;
	}
	return total;
}

u64 memmap_top(const struct memmap *m)
{
	return m->count == 0 ? 0 : m->range[m->count - 1].end;
}
