/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The byte channel of the runtime on the host: wrap, full and empty, ends, damaged indexes, and
 * many threads as if they were domains. LINK: control/runtime/channel.c
 */
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <asm/unistd.h>

#include "tests/fake/unit.h"

#include "control/runtime/channel.h"
#include "control/runtime/clock.h"
#include "control/runtime/hypercall.h"
#include "control/runtime/user.h"

#pragma GCC visibility push(default)

#define WRITERS 3
#define RECORD 48
#define RECORDS 20000

static u64 fault_at; /* an address that cannot be touched, or 0 */
static u64 now;

/* A waiter for the lock yields: the only call there is. */
long fake_call(u64 nr, u64 a0, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5)
{
	(void)a0, (void)a1, (void)a2, (void)a3, (void)a4, (void)a5;
	assert_int_equal(nr, __NR_sched_yield | CORBEL_CALL_RUNTIME);
	return 0;
}

u64 clock_monotonic(void)
{
	struct timespec t;

	if (now) {
		return now += NS_PER_S / 1000;
	}
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (u64)t.tv_sec * NS_PER_S + (u64)t.tv_nsec;
}

long copy_caught(void *dst, const void *src, u64 len)
{
	u64 d = (u64)dst, s = (u64)src;

	if (fault_at &&
	    ((d <= fault_at && fault_at < d + len) || (s <= fault_at && fault_at < s + len))) {
		return -EFAULT;
	}
	memcpy(dst, src, len);
	return 0;
}

static struct channel *c;
static u8 *user; /* buffers of the program: where a domain has its memory */

static int setup(void **state)
{
	(void)state;
	user = mmap((void *)0x20000000, 1 << 20, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	c = mmap(NULL, sizeof(*c), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return user == MAP_FAILED || c == MAP_FAILED;
}

static int teardown(void **state)
{
	(void)state;
	fault_at = now = 0;
	munmap(user, 1 << 20);
	munmap(c, sizeof(*c));
	return 0;
}

static long put(u64 at, u64 len)
{
	return channel_put(c, (u64)user + at, len);
}

static long take(u64 at, u64 len)
{
	return channel_take(c, (u64)user + at, len);
}

static void test_bytes_come_out_as_they_went_in(void **state)
{
	u8 next_in = 0, next_out = 0;
	u32 seed = 7;

	(void)state;
	c->put = c->taken = 0xfffff000u; /* the counters wrap, too */
	for (u32 round = 0; round < 2000; round++) {
		u64 len = (seed = seed * 1103515245 + 12345) >> 16 & 0x1fff;
		long n;

		for (u64 i = 0; i < len; i++) {
			user[i] = (u8)(next_in + i);
		}
		n = put(0, len);
		assert_in_range(n, 0, len);
		assert_true(n == (long)len || CHANNEL_DATA - channel_used(c) < CHANNEL_ATOMIC);
		next_in = (u8)(next_in + n);
		n = take(0x10000, (seed >> 8) & 0x1fff);
		for (long i = 0; i < n; i++) {
			assert_int_equal(user[0x10000 + i], next_out++);
		}
	}
}

static void test_full_and_empty(void **state)
{
	(void)state;
	c->ends[CHANNEL_READ] = c->ends[CHANNEL_WRITE] = 1;
	assert_int_equal(take(0, 10), 0);
	assert_int_equal(channel_to_show(c), 0);
	assert_int_equal(put(0, 65000), 65000);
	assert_int_equal(channel_to_show(c), CHANNEL_SHOWN_DATA | CHANNEL_SHOWN_FULL);
	assert_int_equal(put(0, 537), 0);	 /* small ones are all or nothing */
	assert_int_equal(put(0, 536), 536);
	assert_int_equal(put(0, 100000), 0);
	assert_int_equal(channel_used(c), CHANNEL_DATA);
	assert_int_equal(take(0, 4095), 4095);
	assert_int_equal(channel_to_show(c), CHANNEL_SHOWN_DATA | CHANNEL_SHOWN_FULL);
	assert_int_equal(take(0, 1), 1);
	assert_int_equal(channel_to_show(c), CHANNEL_SHOWN_DATA);
	assert_int_equal(put(0, 5000), 4096); /* large ones go in parts */
	assert_int_equal(take(0, 1 << 19), CHANNEL_DATA);
	c->ends[CHANNEL_WRITE] = 0;
	assert_int_equal(channel_to_show(c), CHANNEL_SHOWN_DATA); /* the end can be read */
	c->ends[CHANNEL_READ] = 0;
	c->put = c->taken + CHANNEL_DATA;
	assert_int_equal(channel_to_show(c), CHANNEL_SHOWN_DATA); /* EPIPE need not wait */
}

static void test_ends(void **state)
{
	(void)state;
	for (u32 i = 0; i < CHANNEL_ENDS; i++) {
		assert_int_equal(channel_join(c, CHANNEL_WRITE), i);
	}
	assert_int_equal(channel_join(c, CHANNEL_WRITE), -1);
	assert_int_equal(channel_join(c, CHANNEL_READ), 0);
	channel_leave(c, CHANNEL_WRITE, 17);
	channel_leave(c, CHANNEL_WRITE, 17); /* twice is once: child and parent may both do it */
	assert_int_equal(channel_join(c, CHANNEL_WRITE), 17);
	channel_leave(c, CHANNEL_WRITE, 63);
	assert_int_equal(c->ends[CHANNEL_WRITE], ~0ull >> 1);
}

static void test_bad_buffers_move_nothing(void **state)
{
	(void)state;
	assert_int_equal(channel_put(c, CORBEL_RUNTIME_BASE, 10), -EFAULT);
	assert_int_equal(channel_put(c, ~0ull, 10), -EFAULT);
	fault_at = (u64)user + 50;
	assert_int_equal(put(0, 100), -EFAULT);
	assert_int_equal(channel_used(c), 0);
	assert_int_equal(put(51, 100), 100);
	assert_int_equal(take(0, 100), -EFAULT);
	assert_int_equal(channel_used(c), 100);
	/* Across the end of the ring: the second piece faults. */
	fault_at = 0;
	c->put = c->taken = CHANNEL_DATA - 10;
	fault_at = (u64)user + 15;
	assert_int_equal(put(0, 20), -EFAULT);
	assert_int_equal(channel_used(c), 0);
}

/* Another domain writes what it likes: nothing outside of the ring and of the buffer is touched. */
static void test_damaged_indexes(void **state)
{
	u32 seed = 1;

	(void)state;
	for (u32 i = 0; i < 5000; i++) {
		c->put = seed = seed * 1103515245 + 12345;
		c->taken = seed = seed * 1103515245 + 12345;
		assert_in_range(channel_used(c), 0, CHANNEL_DATA);
		assert_in_range(take(0, seed & 0x1ffff), 0, CHANNEL_DATA);
		assert_in_range(put(0, seed >> 3 & 0x1ffff), 0, CHANNEL_DATA);
	}
}

static u32 asked, ended; /* how often about a holder, and which domain has ended */
static u32 release_at;	 /* the holder drops the lock when so often was asked */
static u32 next;	 /* domain that takes the lock while somebody asks about its holder */

static bool is_gone(u32 id)
{
	if (++asked == release_at) {
		channel_unlock(c);
	}
	if (next) {
		c->lock = next;
		next = 0;
	}
	return id == ended;
}

static void lock_held_by(u32 holder, u32 ended_domain)
{
	c->lock = holder;
	ended = ended_domain;
	asked = 0;
	release_at = 1000;
	now = 1;
	channel_lock(c, 5, is_gone);
	assert_int_equal(c->lock, 5);
	channel_unlock(c);
	assert_int_equal(c->lock, 0);
	release_at = 0;
}

/* A domain that was ended with the lock loses it. */
static void test_lock_of_the_dead(void **state)
{
	(void)state;
	lock_held_by(77, 77);
	assert_int_equal(asked, 1);
}

/* A live one is waited for, however long it takes. */
static void test_lock_of_the_slow(void **state)
{
	(void)state;
	lock_held_by(77, 78);
	assert_int_equal(asked, 1000);
	assert_true(now > 5 * NS_PER_S);
}

/* The dead one's lock was taken by another meanwhile: that one has it. */
static void test_lock_of_the_next(void **state)
{
	(void)state;
	next = 78;
	lock_held_by(77, 77);
	assert_int_equal(asked, 1000);
}

static void *writer(void *arg)
{
	u32 me = (u32)(uintptr_t)arg;
	u64 at = 0x20000 + me * 0x1000;

	memset(user + at, 'a' + (int)me, RECORD);
	for (u32 i = 0; i < RECORDS;) {
		channel_lock(c, me, is_gone);
		i += put(at, RECORD) == RECORD;
		channel_unlock(c);
	}
	return NULL;
}

static void test_many_writers(void **state)
{
	pthread_t threads[WRITERS];
	u32 counts[WRITERS + 1] = {0};

	(void)state;
	for (u64 i = 0; i < WRITERS; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, writer, (void *)(i + 1)), 0);
	}
	for (u32 got = 0; got < WRITERS * RECORDS;) {
		long n;

		channel_lock(c, 99, is_gone);
		n = take(0, RECORD);
		channel_unlock(c);
		if (n) {
			assert_int_equal(n, RECORD);
			for (u32 i = 1; i < RECORD; i++) {
				assert_int_equal(user[i], user[0]);
			}
			counts[user[0] - 'a']++;
			got++;
		}
	}
	for (u32 i = 0; i < WRITERS; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(counts[i + 1], RECORDS);
	}
}

#define C(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

UNIT_MAIN(C(test_bytes_come_out_as_they_went_in), C(test_full_and_empty), C(test_ends),
	  C(test_bad_buffers_move_nothing), C(test_damaged_indexes), C(test_lock_of_the_dead),
	  C(test_lock_of_the_slow), C(test_lock_of_the_next),
	  C(test_many_writers))
