/* SPDX-License-Identifier: BSD-2-Clause */
/* A scene of the state test: a guest, the moment at which it is moved, what must come of it. */
#ifndef TESTS_STATE_SCENE_H
#define TESTS_STATE_SCENE_H

#include "tests/state/machine.h"

#define WHOLE_MS 30000	/* bound of a run that must succeed; a loaded emulator is slow */
#define MAX_STEPS 3

struct scene {
	const char *name;
	const uint8_t *begin, *end;
	int vcpus;
	int move_at;			/* the step at which the machine is moved */
	int (*start)(struct guest *m);	/* before the first entry; may be NULL, as the rest */
	int (*at[MAX_STEPS])(struct guest *m);	/* at step 1, 2, 3; before the move, if one is */
	int (*run)(struct guest *m, struct saved *s, enum piece without, int ms);
						/* instead of steps and end */
	int (*check)(struct guest *m, const struct saved *s);
	const char *log;		/* what the guest must have logged, in hex, if not NULL */
};

struct drop {
	const char *name;
	enum piece piece;
	const char *scene;		/* that notices */
};

extern const struct scene scenes[];
extern const int scene_count;
extern const struct drop drops[];
extern const int drop_count;

#endif
