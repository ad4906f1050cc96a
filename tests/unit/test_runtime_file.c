/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers and their records on the host, with a hypervisor that can be held in the middle of a
 * call: what another thread sees meanwhile, and when objects are released.
 * LINK: control/runtime/file.c
 */
#include <asm/unistd.h>
#include <linux/fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "tests/fake/unit.h"

#include "control/runtime/clock.h"
#include "control/runtime/console.h"
#include "control/runtime/epoll.h"
#include "control/runtime/file.h"
#include "control/runtime/hypercall.h"
#include "control/runtime/kvm_mask.h"

#pragma GCC visibility push(default)

#define NUMBER 7u
#define PATIENCE_US 100000 /* for what another thread must not get done meanwhile */
#define ROUNDS 20000
#define OPENING 1000u /* held like a call: a number names something and has no record yet */

/* The hypervisor: the type of what a number names, 0: free. */
static atomic_uint table[SYSCALL_HANDLES];
static u64 held_call;	  /* the call that waits until the other thread is at work */
static atomic_int other;  /* that thread: 0 idle, 1 may go, 2 goes, 3 has done it */
static atomic_int denied; /* the next dup3 fails */
static atomic_int released, forgotten;

static long free_number(u32 type)
{
	for (u32 n = 0; n < SYSCALL_HANDLES; n++) {
		u32 none = 0;

		if (atomic_compare_exchange_strong(&table[n], &none, type)) {
			return n;
		}
	}
	return -EMFILE;
}

/* Lets the other thread go, and waits a while for what it should not be able to do. */
static void hold(u64 nr)
{
	if (nr == held_call) {
		held_call = 0;
		other = 1;
		while (other == 1) {
			sched_yield();
		}
		for (u32 us = 0; us < PATIENCE_US && other != 3; us += 1000) {
			usleep(1000);
		}
	}
}

static long reserve(s64 number)
{
	u32 none = 0;

	if (number < 0) {
		return free_number(CORBEL_H_RESERVED);
	}
	return atomic_compare_exchange_strong(&table[number], &none, CORBEL_H_RESERVED) ? number
											: -EBUSY;
}

long fake_call(u64 nr, u64 a0, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5)
{
	struct corbel_handle_info *info = (void *)a1;

	(void)a2;
	(void)a3;
	(void)a4;
	(void)a5;
	nr &= ~(u64)CORBEL_CALL_RUNTIME;
	hold(nr);
	switch (nr) {
	case CORBEL_HANDLE_INFO:
		info->type = table[a0];
		return info->type ? 0 : -EBADF;
	case CORBEL_HANDLE_RESERVE: return reserve((s32)a0);
	case __NR_close: return atomic_exchange(&table[a0], 0) ? 0 : -EBADF;
	case __NR_dup3:
		if (denied) {
			return -ENOMEM;
		}
		table[a1] = table[a0];
		return (long)a1;
	case __NR_sched_yield: sched_yield(); return 0;
	default: return -ENOSYS;
	}
}

bool console_reads_raw(void)
{
	return false;
}

bool console_writes_raw(void)
{
	return false;
}

void epoll_forget(struct file *f)
{
	(void)f;
	forgotten++;
}

void kvm_mask_forget(u32 handle)
{
	(void)handle;
}

void kvm_mask_copy(u32 from, u32 to)
{
	(void)from;
	(void)to;
}

struct __kernel_timespec clock_left(u64 deadline)
{
	(void)deadline;
	return (struct __kernel_timespec){0};
}

static void object_release(struct file *f)
{
	(void)f;
	released++;
}

static const struct file_ops object_ops = {.release = object_release};

static struct file *seen; /* by the other thread; NULL or a use */
static long closed;	  /* what its close answered */

static void use_number(void)
{
	seen = file_get(NUMBER);
}

static void close_number(void)
{
	closed = file_close(NUMBER);
}

static void (*other_does)(void) = use_number;

static int setup(void **state)
{
	(void)state;
	for (u32 n = 0; n < SYSCALL_HANDLES; n++) {
		table[n] = 0;
	}
	other = denied = released = forgotten = 0;
	held_call = 0;
	other_does = use_number;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	for (u32 n = 0; n < SYSCALL_HIDDEN; n++) {
		file_close(n);
	}
	return 0;
}

static void *other_thread(void *arg)
{
	while (!other) {
		sched_yield();
	}
	other = 2;
	other_does();
	other = 3;
	return arg;
}

/* Runs call() with another thread that does other_does() in the middle of hypercall nr. */
static long meanwhile(u64 nr, long (*call)(void))
{
	pthread_t thread;
	long result;

	held_call = nr;
	assert_int_equal(pthread_create(&thread, NULL, other_thread, NULL), 0);
	result = call();
	pthread_join(thread, NULL);
	return result;
}

static long open_number(u32 number, u32 type)
{
	long n;

	numbers_take();
	table[number] = type;
	n = file_opened(number, O_RDWR, false);
	numbers_drop();
	return n;
}

static long close_it(void)
{
	return file_close(NUMBER);
}

/* Who uses a number that is being closed finds nothing, and leaves nothing behind. */
static void test_use_during_close(void **state)
{
	struct file *f;

	(void)state;
	assert_int_equal(open_number(NUMBER, CORBEL_H_EVENTFD), NUMBER);
	assert_int_equal(meanwhile(__NR_close, close_it), 0);
	assert_null(seen);
	assert_null(file_known(NUMBER));
	assert_int_equal(open_number(NUMBER, CORBEL_H_MEMFD), NUMBER);
	f = file_of(NUMBER);
	assert_non_null(f);
	assert_int_equal(f->type, CORBEL_H_MEMFD);
}

static long open_it(void)
{
	long n;

	numbers_take();
	table[NUMBER] = CORBEL_H_EVENTFD;
	hold(OPENING);
	n = file_opened(NUMBER, O_RDWR, false);
	numbers_drop();
	return n;
}

/* A number is opened whole before another thread closes it. */
static void test_close_during_open(void **state)
{
	(void)state;
	other_does = close_number;
	assert_int_equal(meanwhile(OPENING, open_it), NUMBER);
	assert_int_equal(closed, 0);
	assert_null(file_known(NUMBER));
	assert_int_equal(table[NUMBER], 0);
}

static long place_file(void)
{
	struct file *f;
	long n;

	numbers_take();
	f = file_of(3);
	n = file_duplicate(f, 3, NUMBER, O_CLOEXEC);
	numbers_drop();
	return n;
}

/* Who uses a number that becomes another's finds the other one; the first is released once. */
static void test_use_during_dup(void **state)
{
	struct file *f;

	(void)state;
	assert_int_equal(open_number(3, CORBEL_H_BOOTFILE), 3);
	assert_int_equal(open_number(NUMBER, CORBEL_H_EVENTFD), NUMBER);
	numbers_take();
	assert_non_null(file_attach(NUMBER, &object_ops, NULL, O_RDWR));
	numbers_drop();
	assert_int_equal(meanwhile(__NR_dup3, place_file), NUMBER);
	assert_non_null(seen);
	assert_int_equal(seen->type, CORBEL_H_BOOTFILE);
	assert_int_equal(released, 1);
	file_put(seen);
	f = file_of(3);
	assert_ptr_equal(file_of(NUMBER), f);
	assert_true(file_cloexec(NUMBER));
	assert_false(file_cloexec(3));
	/* One of two numbers is closed: the record stays. */
	assert_int_equal(file_close(3), 0);
	assert_ptr_equal(file_known(NUMBER), f);
	assert_int_equal(file_number(f, 3), NUMBER);
	assert_int_equal(file_close(NUMBER), 0);
	assert_int_equal(file_close(NUMBER), -EBADF);
	/* A flag of a number that is closed is nobody's. */
	file_set_cloexec(NUMBER, true);
	assert_false(file_cloexec(NUMBER));
}

/* What cannot be duplicated leaves the place as it was. */
static void test_failing_dup(void **state)
{
	struct file *f;

	(void)state;
	assert_int_equal(open_number(3, CORBEL_H_BOOTFILE), 3);
	assert_int_equal(open_number(NUMBER, CORBEL_H_EVENTFD), NUMBER);
	f = file_of(NUMBER);
	assert_true(direct_read[0] & BIT(NUMBER));
	denied = 1;
	assert_int_equal(place_file(), -ENOMEM);
	assert_ptr_equal(file_of(NUMBER), f);
	assert_true(direct_read[0] & BIT(NUMBER));
	assert_false(file_cloexec(NUMBER));
}

/* A user keeps the object, not the number; all at once are got at one moment. */
static void test_uses(void **state)
{
	static struct file *all[SYSCALL_HIDDEN];
	static u64 cloexec[SYSCALL_HIDDEN / 64];
	long n = file_install(&object_ops, &released, O_RDWR | O_CLOEXEC, 1);

	(void)state;
	assert_int_equal(n, 0);
	assert_int_equal(open_number(NUMBER, CORBEL_H_EVENTFD), NUMBER);
	file_get_all(all, cloexec);
	assert_int_equal(cloexec[0], 1);
	assert_ptr_equal(all[0]->object, &released);
	assert_non_null(all[NUMBER]);
	assert_null(all[1]);
	assert_int_equal(file_close(0), 0);
	assert_null(file_known(0));
	assert_int_equal(table[0], 0);
	assert_int_equal(file_number(all[0], 0), -1);
	assert_int_equal(released, 0);
	/* The number is free for another, whose record is another. */
	assert_int_equal(file_install(&object_ops, NULL, O_RDWR, 1), 0);
	assert_ptr_not_equal(file_known(0), all[0]);
	assert_ptr_equal(all[0]->object, &released);
	file_put(all[0]);
	assert_int_equal(released, 1);
	file_put(all[NUMBER]);
	assert_int_equal(forgotten, 1);
}

/* The program's numbers are all taken: what is opened is closed again. */
static void test_no_number(void **state)
{
	(void)state;
	numbers_take();
	table[SYSCALL_HIDDEN] = CORBEL_H_EVENTFD;
	assert_int_equal(file_opened(SYSCALL_HIDDEN, O_RDWR, false), -EMFILE);
	assert_int_equal(table[SYSCALL_HIDDEN], 0);
	assert_int_equal(file_opened(-ENOENT, O_RDWR, false), -ENOENT);
	numbers_drop();
	for (u32 n = 0; n < SYSCALL_HIDDEN; n++) {
		table[n] = CORBEL_H_EVENTFD;
	}
	assert_int_equal(file_install(&object_ops, NULL, O_RDWR, 1), -EMFILE);
	assert_int_equal(table[SYSCALL_HIDDEN], 0);
}

static atomic_bool done;

static void *look_at_all(void *arg)
{
	while (!done) {
		for (u32 n = 0; n < 8; n++) {
			struct file *f = file_get(n);

			if (f) {
				file_put(f);
			}
		}
	}
	return arg;
}

/* One opens and closes objects of the runtime's own and of the hypervisor, others look. */
static void test_many(void **state)
{
	static const u32 types[2] = {CORBEL_H_EVENTFD, CORBEL_H_MEMFD};
	pthread_t threads[2];
	u32 wrong = 0;

	(void)state;
	done = false;
	for (u32 i = 0; i < 2; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, look_at_all, NULL), 0);
	}
	for (u32 i = 0; i < ROUNDS; i++) {
		long own = file_install(&object_ops, &table[i % 8], O_RDWR, 1), native;
		struct file *f;

		numbers_take();
		native = file_opened(free_number(types[i % 2]), O_RDWR, false);
		numbers_drop();
		f = file_get((u32)own);
		wrong += f->object != &table[i % 8] || f->type != CORBEL_H_RESERVED;
		file_put(f);
		f = file_get((u32)native);
		wrong += f->type != types[i % 2] || f->ops;
		file_put(f);
		wrong += file_close((u32)(i % 2 ? own : native)) != 0;
		wrong += file_close((u32)(i % 2 ? native : own)) != 0;
	}
	done = true;
	for (u32 i = 0; i < 2; i++) {
		pthread_join(threads[i], NULL);
	}
	assert_int_equal(wrong, 0);
	assert_int_equal(released, ROUNDS);
	for (u32 n = 0; n < 8; n++) {
		assert_null(file_known(n));
	}
}

#define C(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

UNIT_MAIN(C(test_use_during_close), C(test_close_during_open), C(test_use_during_dup),
	  C(test_failing_dup), C(test_uses), C(test_no_number), C(test_many))
