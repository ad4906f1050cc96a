/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * futex. A word is known by (domain, address), or by (memory, byte) where it lies in a memfd,
 * whatever the PRIVATE flag says. The word is compared under its bucket's lock through the
 * domain's tables (a section), so a waker that changed it first is never missed; a missing page
 * is given outside of the lock, then all is tried again.
 */
#include "api/futex.h"

#include "api/calls.h"
#include "api/domain.h"
#include "api/linux.h"
#include "api/timespec.h"
#include "mm/layout.h"

#define BUCKETS 256u
#define TRIES 16	/* a page that is taken away again each time */

struct futex_key {
	const void *space;	/* struct domain or struct backing */
	u64 offset;
};

struct bucket {
	struct irqlock lock;
	struct list waiters;	/* in order of arrival; next NULL: never used */
};

struct futex_waiter {
	struct list node;		/* under the bucket's lock */
	struct futex_key key;		/* under the bucket's lock */
	struct bucket *bucket;		/* [a] changes by requeue, under both locks */
	struct backing *held;		/* reference that keeps the key unique, or NULL */
	u32 bitset;
	bool woken;			/* under the bucket's lock */
	struct thread *thread;
};

static struct bucket buckets[BUCKETS];

static struct bucket *bucket_of(const struct futex_key *key)
{
	u64 h = ((u64)(uintptr_t)key->space >> 4) ^ (key->offset >> 2);

	h *= 0x9e3779b97f4a7c15ULL;
	return &buckets[(h >> 32) % BUCKETS];
}

static bool lock_bucket(struct bucket *b)
{
	bool irqs = irqlock_acquire(&b->lock);

	if (!b->waiters.next) {
		list_init(&b->waiters);
	}
	return irqs;
}

static bool same_key(const struct futex_key *a, const struct futex_key *b)
{
	return a->space == b->space && a->offset == b->offset;
}

/* The key of a word. Memory behind a memfd comes with a reference in *held, else NULL. */
static struct futex_key key_of(struct domain *d, u64 addr, struct backing **held)
{
	u64 offset;

	if (aspace_memfd_at(&d->as, addr, held, &offset)) {
		return (struct futex_key){.space = *held, .offset = offset};
	}
	*held = NULL;
	return (struct futex_key){.space = d, .offset = addr};
}

static void release_key(struct backing *held)
{
	if (held) {
		backing_put(held);
	}
}

/* Reads the word without giving its page: 0 or -ENOENT. In a section. */
static int peek(struct domain *d, u64 addr, u32 *value)
{
	u32 rights, order;
	hpa_t hpa;

	if (s2_lookup(&d->as.s2, GPA(addr), &hpa, &rights, &order) < 0 || !(rights & S2_R)) {
		return -ENOENT;
	}
	*value = READ_ONCE(*(const u32 *)((const char *)hpa_to_ptr(hpa) + (addr & ~PAGE_MASK)));
	return 0;
}

/*
 * Locks b with the word at addr read under the lock: 0, or unlocked -EFAULT, -ENOMEM. other: a
 * second bucket to lock, or b.
 */
static int lock_and_read(struct domain *d, u64 addr, struct bucket *b, struct bucket *other,
			 u32 *value, bool *irqs)
{
	struct bucket *first = b < other ? b : other, *second = b < other ? other : b;

	for (u32 i = 0; i < TRIES; i++) {
		int err = domain_load_u32(&d->as, DVA(addr), value);

		if (err) {
			return err;
		}
		*irqs = lock_bucket(first);
		if (second != first) {
			(void)lock_bucket(second);
		}
		if (peek(d, addr, value) == 0) {
			return 0;
		}
		if (second != first) {
			spin_unlock(&second->lock.lock);
		}
		irqlock_release(&first->lock, *irqs);
	}
	return -EFAULT;
}

/* Locks the bucket that w is in now. */
static bool lock_waiter(struct futex_waiter *w)
{
	for (;;) {
		struct bucket *b = __atomic_load_n(&w->bucket, __ATOMIC_ACQUIRE);
		bool irqs = lock_bucket(b);

		if (b == __atomic_load_n(&w->bucket, __ATOMIC_RELAXED)) {
			return irqs;
		}
		irqlock_release(&b->lock, irqs);
	}
}

/* Sleeps until woken: 0, -ETIMEDOUT or -EINTR, and out of the bucket. */
static int sleep_in_bucket(struct futex_waiter *w, u64 deadline)
{
	int err = 0;

	for (;;) {
		bool irqs = lock_waiter(w), woken = w->woken;

		if (!woken && err) {
			list_remove(&w->node);
		}
		irqlock_release(&w->bucket->lock, irqs);
		if (woken) {
			if (err == -EINTR && !READ_ONCE(w->thread->must_exit)) {
				thread_kick(w->thread); /* not answered by this call */
			}
			return 0;
		}
		if (err) {
			return err;
		}
		sleep_prepare();
		/* A wake-up between the test above and here is seen by the flag. */
		if (READ_ONCE(w->woken)) {
			sleep_cancel();
			continue;
		}
		err = sleep_until(deadline);
	}
}

static s64 futex_wait(struct domain *d, u64 addr, u32 expected, u64 deadline, u32 bitset)
{
	struct futex_waiter w = {.bitset = bitset, .thread = current_thread()};
	struct bucket *b;
	bool irqs;
	u32 value;
	int err;

	w.key = key_of(d, addr, &w.held);
	w.bucket = b = bucket_of(&w.key);
	err = lock_and_read(d, addr, b, b, &value, &irqs);
	if (!err) {
		err = value == expected ? 0 : -EAGAIN;
		if (!err) {
			list_push_back(&b->waiters, &w.node);
		}
		irqlock_release(&b->lock, irqs);
	}
	if (!err) {
		err = sleep_in_bucket(&w, deadline);
	}
	release_key(w.held);
	return err;
}

/*
 * Takes w out and wakes its thread. Bucket locked; w may be gone afterwards only once the lock is
 * released.
 */
static void wake_waiter(struct futex_waiter *w)
{
	list_remove(&w->node);
	WRITE_ONCE(w->woken, true);
	(void)thread_wake(w->thread);
}

static u32 wake_bitset(struct domain *d, u64 addr, s32 n, u32 bitset)
{
	struct backing *held;
	struct futex_key key = key_of(d, addr, &held);
	struct bucket *b = bucket_of(&key);
	struct list *pos, *tmp;
	bool irqs = lock_bucket(b);
	s32 woken = 0;

	list_for_each_safe(pos, tmp, &b->waiters) {
		struct futex_waiter *w = list_entry(pos, struct futex_waiter, node);

		if (same_key(&w->key, &key) && (w->bitset & bitset)) {
			wake_waiter(w);
			if (++woken >= n) { /* as Linux: at least one, even for n = 0 */
				break;
			}
		}
	}
	irqlock_release(&b->lock, irqs);
	release_key(held);
	return (u32)woken;
}

u32 futex_wake_all(struct domain *d, u64 addr)
{
	return wake_bitset(d, addr, INT32_MAX, FUTEX_BITSET_MATCH_ANY);
}

/*
 * Wakes `wake` waiters of `from` and moves up to `move` others to `to`. Both buckets locked.
 * Returns how many in all.
 */
static u32 move_waiters(struct bucket *b, const struct futex_key *from, struct bucket *target,
			const struct futex_key *to, u32 wake, u32 move)
{
	struct list *pos, *tmp;
	u32 count = 0;

	list_for_each_safe(pos, tmp, &b->waiters) {
		struct futex_waiter *w = list_entry(pos, struct futex_waiter, node);

		if (!same_key(&w->key, from)) {
			continue;
		}
		if (count >= wake + (u64)move) {
			break;
		}
		if (count++ < wake) {
			wake_waiter(w);
			continue;
		}
		w->key = *to;
		if (b != target) {
			list_remove(&w->node);
			list_push_back(&target->waiters, &w->node);
			__atomic_store_n(&w->bucket, target, __ATOMIC_RELEASE);
		}
	}
	return count;
}

static s64 futex_requeue(struct domain *d, const struct call_args *args, bool compare)
{
	u64 addr = args->rdi, addr2 = args->r8;
	s32 wake = (s32)args->rdx, move = (s32)args->r10;
	struct backing *held, *held2;
	struct futex_key from, to;
	struct bucket *b, *b2;
	bool irqs;
	u32 value;
	s64 ret;

	if (wake < 0 || move < 0 || !IS_ALIGNED(addr2, sizeof(u32))) {
		return -EINVAL;
	}
	if (call_range_ok(addr2, sizeof(u32)) < 0) {
		return -EFAULT;
	}
	from = key_of(d, addr, &held);
	to = key_of(d, addr2, &held2);
	b = bucket_of(&from);
	b2 = bucket_of(&to);
	ret = lock_and_read(d, addr, b, b2, &value, &irqs);
	if (!ret) {
		ret = compare && value != (u32)args->r9 ? -EAGAIN : 0;
		if (!ret) {
			ret = move_waiters(b, &from, b2, &to, (u32)wake, (u32)move);
		}
		if (b != b2) {
			spin_unlock(b < b2 ? &b2->lock.lock : &b->lock.lock);
		}
		irqlock_release(b < b2 ? &b->lock : &b2->lock, irqs);
	}
	release_key(held);
	release_key(held2);
	return ret;
}

/* The deadline of a wait: 0, -EFAULT, -EINVAL. */
static int wait_deadline(u64 timeout, bool absolute, bool wall, u64 *deadline)
{
	u64 ns;
	int err;

	*deadline = WAIT_FOREVER;
	if (!timeout) {
		return 0;
	}
	err = timespec_in(timeout, &ns);
	if (!err) {
		*deadline = !absolute ? deadline_after(ns) : wall ? deadline_of_wall(ns) : ns;
	}
	return err;
}

static s64 wait_call(struct domain *d, const struct call_args *args, bool absolute, u32 bitset)
{
	u64 deadline;
	int err = wait_deadline(args->r10, absolute, args->rsi & FUTEX_CLOCK_REALTIME, &deadline);

	if (err) {
		return err;
	}
	return bitset ? futex_wait(d, args->rdi, (u32)args->rdx, deadline, bitset) : -EINVAL;
}

s64 call_futex(struct domain_thread *t, const struct call_args *args)
{
	u32 op = (u32)args->rsi & ~(u32)(FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME);
	u64 addr = args->rdi;
	u32 bitset = (u32)args->r9;

	if ((args->rsi & FUTEX_CLOCK_REALTIME) && op != FUTEX_WAIT_BITSET) {
		return -ENOSYS;
	}
	if (!IS_ALIGNED(addr, sizeof(u32))) {
		return -EINVAL;
	}
	if (call_range_ok(addr, sizeof(u32)) < 0) {
		return -EFAULT;
	}
	switch (op) {
	case FUTEX_WAIT: return wait_call(t->domain, args, false, FUTEX_BITSET_MATCH_ANY);
	case FUTEX_WAIT_BITSET: return wait_call(t->domain, args, true, bitset);
	case FUTEX_WAKE:
		return wake_bitset(t->domain, addr, (s32)args->rdx, FUTEX_BITSET_MATCH_ANY);
	case FUTEX_WAKE_BITSET:
		return bitset ? (s64)wake_bitset(t->domain, addr, (s32)args->rdx, bitset)
			      : -EINVAL;
	case FUTEX_REQUEUE: return futex_requeue(t->domain, args, false);
	case FUTEX_CMP_REQUEUE: return futex_requeue(t->domain, args, true);
	default: return -ENOSYS;
	}
}
