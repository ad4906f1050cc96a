/* SPDX-License-Identifier: BSD-2-Clause */
/* LINK: arch/x86/hv/hv_tag.c */
/*
 * TLB tags: never 0, never two holders in a generation, a flush at every roll-over and at the
 * start.
 */
#include "arch/x86/hv/hv_common.h"
#include "unit.h"

static void order(void **state)
{
	struct hv_tags t;
	struct hv_tag tag;

	(void)state;
	hv_tags_init(&t, 15);
	assert_true(hv_tag_take(&t, &tag));
	for (u32 i = 1; i <= 15; i++) {
		assert_int_equal(tag.id, i);
		assert_int_equal(tag.gen, t.gen);
		assert_int_equal(hv_tag_take(&t, &tag), i == 15);
	}
	assert_int_equal(tag.id, 1);
}

static void no_gen_is_zero(void **state)
{
	struct hv_tags t;

	(void)state;
	hv_tags_init(&t, 1);
	assert_true(t.gen != 0); /* a vCPU without a tag has generation 0 */
}

static void holders(void **state)
{
	struct hv_tag tag[40] = {{0}};
	struct hv_tags t;
	u64 x = 7, flushes = 0, taken = 0;

	(void)state;
	hv_tags_init(&t, 15);
	for (u32 n = 0; n < 20000; n++) {
		struct hv_tag *me;

		x = x * 6364136223846793005ULL + 1442695040888963407ULL;
		me = &tag[(x >> 33) % 40];
		if ((x >> 50) % 8 == 0) {
			me->gen = 0; /* flushed, or moved away */
		}
		if (me->gen != t.gen) {
			flushes += hv_tag_take(&t, me);
			taken++;
		}
		assert_in_range(me->id, 1, 15);
		for (u32 i = 0; i < 40; i++) {
			assert_true(&tag[i] == me || tag[i].gen != t.gen || tag[i].id != me->id);
		}
	}
	assert_int_equal(flushes, (taken + 14) / 15);
}

UNIT_MAIN(T(order), T(no_gen_is_zero), T(holders))
