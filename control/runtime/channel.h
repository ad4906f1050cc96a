/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A byte channel: what a pipe is, in memory that several domains may share. Bytes in a ring,
 * who has which end, a lock. Another domain may write anything here at any time: indexes are
 * checked at every use, so the worst is wrong bytes, or a lock that a living domain keeps.
 * pipe.c uses it and does the waiting.
 */
#pragma once

#include "control/runtime/types.h"

#define CHANNEL_DATA 65536u	/* bytes, as a Linux pipe */
#define CHANNEL_ATOMIC 4096u	/* a write of so many is never mixed with others: PIPE_BUF */
#define CHANNEL_ENDS 64u	/* domains per end */

enum channel_end { CHANNEL_READ, CHANNEL_WRITE };

struct channel {
	u32 lock;		/* id of the domain that holds it, 0: free */
	u32 taken, put;		/* bytes, free-running */
	u32 shown;		/* CHANNEL_SHOWN_*: what the eventfds say */
	u64 ends[2];		/* by channel_end: a bit per domain that has it open */
	u8 pad[4096 - 32];
	u8 data[CHANNEL_DATA];
};

#define CHANNEL_SHOWN_DATA 1u	/* the data event is raised: a reader would not wait */
#define CHANNEL_SHOWN_FULL 2u	/* the space event is raised: a writer would wait */

/*
 * Takes and drops the lock in the name of domain `id`. A holder of which gone() says that its
 * domain has ended loses it; a live one is waited for, however long it takes.
 */
void channel_lock(struct channel *c, u32 id, bool (*gone)(u32 id));
void channel_unlock(struct channel *c);
/* Bytes in the ring, at most CHANNEL_DATA. */
u32 channel_used(const struct channel *c);
/* What CHANNEL_SHOWN_* should be. */
u32 channel_to_show(const struct channel *c);
/* A free bit of that end, now taken; -1: all are. */
int channel_join(struct channel *c, enum channel_end end);
void channel_leave(struct channel *c, enum channel_end end, int bit);
/*
 * Between the program's memory and the ring, lock held: bytes moved, 0 if there are none or no
 * room, or -EFAULT. put: all of len if len is at most CHANNEL_ATOMIC, or nothing.
 */
long channel_take(struct channel *c, u64 buffer, u64 len);
long channel_put(struct channel *c, u64 buffer, u64 len);
