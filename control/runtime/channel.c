/* SPDX-License-Identifier: BSD-2-Clause */
/* The byte channel: see channel.h. Knows no handles and never waits but for the lock. */
#include "control/runtime/channel.h"

#include <asm/unistd.h>

#include "control/runtime/clock.h"
#include "control/runtime/hypercall.h"
#include "control/runtime/user.h"

#define LOCK_PATIENCE (10 * NS_PER_MS) /* then the holder is looked at, and again */
#define TRIES 256

_Static_assert(offsetof(struct channel, data) == 4096, "the ring lies on pages of its own");

static bool change_holder(struct channel *c, u32 from, u32 to)
{
	return __atomic_compare_exchange_n(&c->lock, &from, to, false, __ATOMIC_ACQUIRE,
					   __ATOMIC_RELAXED);
}

void channel_lock(struct channel *c, u32 id, bool (*gone)(u32 id))
{
	u32 seen = 0, holder = 0;
	u64 since = 0;

	while (!__atomic_compare_exchange_n(&c->lock, &holder, id, false, __ATOMIC_ACQUIRE,
					    __ATOMIC_RELAXED)) {
		if (holder != seen) {
			seen = holder;
			since = clock_monotonic();
		} else if (clock_monotonic() - since > LOCK_PATIENCE) {
			since = clock_monotonic();
			/* Ended in between: what it changed last is one index. */
			if (gone(holder) && change_holder(c, holder, id)) {
				return;
			}
		}
		for (u32 i = 0; i < TRIES && __atomic_load_n(&c->lock, __ATOMIC_RELAXED); i++) {
			asm volatile("pause");
		}
		if (__atomic_load_n(&c->lock, __ATOMIC_RELAXED)) {
			call_own(__NR_sched_yield);
		}
		holder = 0;
	}
}

void channel_unlock(struct channel *c)
{
	__atomic_store_n(&c->lock, 0, __ATOMIC_RELEASE);
}

static u32 used_at(u32 put, u32 taken)
{
	return put - taken <= CHANNEL_DATA ? put - taken : CHANNEL_DATA;
}

u32 channel_used(const struct channel *c)
{
	return used_at(__atomic_load_n(&c->put, __ATOMIC_RELAXED),
		       __atomic_load_n(&c->taken, __ATOMIC_RELAXED));
}

u32 channel_to_show(const struct channel *c)
{
	u64 readers = __atomic_load_n(&c->ends[CHANNEL_READ], __ATOMIC_RELAXED);
	u64 writers = __atomic_load_n(&c->ends[CHANNEL_WRITE], __ATOMIC_RELAXED);
	u32 used = channel_used(c);

	return (used || !writers ? CHANNEL_SHOWN_DATA : 0) |
	       (CHANNEL_DATA - used < CHANNEL_ATOMIC && readers ? CHANNEL_SHOWN_FULL : 0);
}

int channel_join(struct channel *c, enum channel_end end)
{
	u64 ends = __atomic_load_n(&c->ends[end], __ATOMIC_RELAXED);
	int bit;

	do {
		if (!~ends) {
			return -1;
		}
		bit = __builtin_ctzll(~ends);
	} while (!__atomic_compare_exchange_n(&c->ends[end], &ends, ends | BIT(bit), false,
					      __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
	return bit;
}

void channel_leave(struct channel *c, enum channel_end end, int bit)
{
	__atomic_fetch_and(&c->ends[end], ~BIT(bit), __ATOMIC_ACQ_REL);
}

/* Moves len bytes that are there, or for which there is room, in at most two pieces. */
static long move(struct channel *c, u32 from, u64 buffer, u32 len, bool to_ring)
{
	u32 at = from % CHANNEL_DATA, first = len;
	long error;

	if (first > CHANNEL_DATA - at) {
		first = CHANNEL_DATA - at;
	}
	error = to_ring ? copy_in(c->data + at, buffer, first)
			: copy_out(buffer, c->data + at, first);
	if (!error && first < len) {
		error = to_ring ? copy_in(c->data, buffer + first, len - first)
				: copy_out(buffer + first, c->data, len - first);
	}
	return error ? error : (long)len;
}

long channel_take(struct channel *c, u64 buffer, u64 len)
{
	u32 taken = __atomic_load_n(&c->taken, __ATOMIC_RELAXED);
	u32 used = used_at(__atomic_load_n(&c->put, __ATOMIC_ACQUIRE), taken);
	long n = move(c, taken, buffer, len < used ? (u32)len : used, false);

	if (n > 0) {
		__atomic_store_n(&c->taken, taken + (u32)n, __ATOMIC_RELEASE);
	}
	return n;
}

long channel_put(struct channel *c, u64 buffer, u64 len)
{
	u32 put = __atomic_load_n(&c->put, __ATOMIC_RELAXED);
	u32 room = CHANNEL_DATA - used_at(put, __atomic_load_n(&c->taken, __ATOMIC_ACQUIRE));
	long n;

	if (room < len && len <= CHANNEL_ATOMIC) {
		return 0;
	}
	n = move(c, put, buffer, len < room ? (u32)len : room, true);
	if (n > 0) {
		__atomic_store_n(&c->put, put + (u32)n, __ATOMIC_RELEASE);
	}
	return n;
}
