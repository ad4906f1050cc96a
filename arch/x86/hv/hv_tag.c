/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TLB tags with roll-over: ASIDs and VPIDs are handed out in order, one CPU for itself; when they
 * run out a new generation begins with a flush of everything, and all older tags are void. Called
 * by the two *_tlb.c.
 */
#include "arch/x86/hv/hv_common.h"

void hv_tags_init(struct hv_tags *t, u32 last)
{
	t->gen = 1;
	t->last = last;
	t->next = last + 1;
}

bool hv_tag_take(struct hv_tags *t, struct hv_tag *tag)
{
	bool rolled = t->next > t->last;

	if (rolled) {
		t->gen++;
		t->next = 1;
	}
	tag->id = t->next++;
	tag->gen = t->gen;
	return rolled;
}
