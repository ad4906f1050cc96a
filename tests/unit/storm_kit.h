/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the storms share: where a kick came, as the runner saw it, and the table of counts that
 * each storm must reach. The kicker is on CPU 0 alone, the runner on CPU 1 or moved about.
 */
#pragma once

#include <inttypes.h>
#include <stdio.h>

#include "fake_host.h"

enum moment {
	BEFORE_ENTRY,	/* seen on the way in: the guest was not entered */
	AT_ENTRY,	/* came behind the last look: the guest was left at once */
	IN_GUEST,	/* ended the guest */
	AFTER_EXIT,	/* the guest left by itself, and was not entered again */
	IN_WAIT,	/* ended a sleep, or came on the way into it */
	MOMENTS
};

static const char *const moment_names[MOMENTS] = {"before entry", "at entry", "in guest",
						  "after exit", "in a wait"};

/* One more kick came at that moment, and was seen. Of the runner. */
struct moments {
	u64 count[MOMENTS];
};

/* Tells the counts; the program fails if one is below its least. */
static void moments_tell(const char *what, const struct moments *m, const u64 least[MOMENTS])
{
	printf("storm: %s:", what);
	for (u32 i = 0; i < MOMENTS; i++) {
		printf("%s %" PRIu64 " %s", i ? "," : "", (uint64_t)m->count[i], moment_names[i]);
	}
	printf("\n");
	fflush(stdout);
	for (u32 i = 0; i < MOMENTS; i++) {
		fake_check(m->count[i] >= least[i], "too few kicks of a kind");
	}
}

/* Up to some hundred cycles, sometimes many more, often nothing. */
static inline void any_delay(void)
{
	u32 kind = fake_draw(8);

	if (kind > 2) {
		fake_delay(fake_draw(kind == 7 ? 2000 : 300));
	}
}

/* Between the last look at what could come and the guest's first instruction. */
static inline void entry_takes_time(void)
{
	if (fake_draw(4) == 0) {
		fake_delay(fake_draw(200));
	}
}
