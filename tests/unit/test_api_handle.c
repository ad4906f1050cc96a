/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Handle tables: numbers, reservations, references, limits, no memory, many threads.
 * LINK: core/thread.c core/sched.c core/runqueue.c core/wake.c core/waitq.c core/mutex.c
 * LINK: core/timer.c core/time.c core/quiesce.c core/object.c core/fault.c mm/aspace.c
 * LINK: mm/aspace_change.c mm/aspace_remap.c mm/aspace_fault.c mm/region.c mm/backing.c
 * LINK: mm/chunks.c mm/copy.c mm/stage2.c mm/stage2_map.c mm/stage2_change.c mm/stage2_flush.c
 * LINK: mm/frame.c mm/memmap.c mm/slab.c arch/x86/hv/hv_thread.c drivers/console.c api/bootfile.c
 * LINK: api/call.c api/calls_domain.c api/calls_file.c api/calls_memory.c api/calls_power.c
 * LINK: api/calls_sched.c api/calls_thread.c api/calls_time.c api/console_handle.c api/domain.c
 * LINK: api/domain_boot.c api/domain_cpuid.c api/domain_crash.c api/domain_exit.c
 * LINK: api/domain_image.c api/domain_run.c api/domain_thread.c api/domain_vcpu.c api/eventfd.c
 * LINK: api/filled.c api/futex.c api/handle.c api/handle_ops.c api/memfd.c api/openat.c
 * LINK: api/ppoll.c api/supervise.c api/text.c api/time_page.c api/timespec.c tests/fake/fake.c
 * LINK: tests/fake/fake_smp.c tests/fake/fake_panic.c tests/fake/fake_mm.c
 * LINK: tests/fake/fake_random.c tests/fake/fake_hv.c tests/fake/fake_domain.c
 */
#include "fake_domain.h"

#include "core/fault.h"
#include "mm/slab.h"

struct thing {
	struct object obj;
	u32 closed;
};

static u32 alive;

static void thing_destroy(struct object *o)
{
	alive--;
	kfree(container_of(o, struct thing, obj));
}

static void thing_close(struct object *o, struct domain *d)
{
	(void)d;
	container_of(o, struct thing, obj)->closed++;
}

static const struct object_type thing_type = {.name = "thing", .destroy = thing_destroy};
static const struct handle_ops thing_ops = {.type = CORBEL_H_TEXT, .close = thing_close};

static struct thing *new_thing(void)
{
	struct thing *t = kzalloc(sizeof(*t));

	assert_non_null(t);
	object_init(&t->obj, &thing_type);
	alive++;
	return t;
}

static s64 install(struct handle_table *t)
{
	return handle_install(t, &new_thing()->obj, &thing_ops, RIGHT_READ);
}

static void lowest_number_first(void)
{
	struct handle_table t;

	assert_int_equal(handle_table_init(&t), 0);
	for (int i = 0; i < 200; i++) {
		assert_int_equal(install(&t), i);
	}
	assert_int_equal(handle_close(&t, NULL, 150), 0);
	assert_int_equal(handle_close(&t, NULL, 3), 0);
	assert_int_equal(handle_close(&t, NULL, 70), 0);
	assert_int_equal(install(&t), 3);
	assert_int_equal(install(&t), 70);
	assert_int_equal(install(&t), 150);
	assert_int_equal(install(&t), 200);
	handle_table_destroy(&t, NULL);
	reaper_flush();
	assert_int_equal(alive, 0);
}

static void numbers_end_at_4096(void)
{
	struct thing *more = new_thing();
	struct handle_table t;

	assert_int_equal(handle_table_init(&t), 0);
	for (int i = 0; i < HANDLES_MAX; i++) {
		assert_int_equal(handle_reserve(&t, -1), i);
	}
	assert_int_equal(handle_install(&t, &more->obj, &thing_ops, 0), -EMFILE);
	assert_int_equal(handle_reserve(&t, -1), -EMFILE);
	assert_int_equal(handle_reserve(&t, HANDLES_MAX), -EBADF);
	assert_int_equal(handle_close(&t, NULL, HANDLES_MAX - 1), 0);
	assert_int_equal(handle_install(&t, &more->obj, &thing_ops, 0), HANDLES_MAX - 1);
	handle_table_destroy(&t, NULL);
}

static void reserved_numbers(void)
{
	struct handle_table t;
	struct handle h;

	assert_int_equal(handle_table_init(&t), 0);
	assert_int_equal(handle_reserve(&t, 1), 1);
	assert_int_equal(handle_reserve(&t, 1), -EBUSY);
	assert_int_equal(install(&t), 0);
	assert_int_equal(install(&t), 2);
	assert_int_equal(handle_reserve(&t, 2), -EBUSY);
	assert_int_equal(handle_reserve(&t, -1), 3);
	assert_int_equal(handle_reserve(&t, 1000), 1000);
	assert_int_equal(handle_get(&t, 1, &h), -EBADF);
	assert_int_equal(handle_get_any(&t, 1, &h), 0);
	assert_int_equal(h.ops->type, CORBEL_H_RESERVED);
	object_put(h.obj);
	assert_int_equal(handle_get(&t, 0, &h), 0);
	assert_int_equal(handle_set(&t, NULL, 1, &h), 1);
	object_put(h.obj);
	assert_int_equal(handle_get(&t, 1, &h), 0);
	object_put(h.obj);
	assert_int_equal(handle_close(&t, NULL, 1), 0);
	assert_int_equal(install(&t), 1);
	handle_table_destroy(&t, NULL);
}

/* A number for an object to come: nobody else can use, close or replace it. */
static void taken_numbers(void)
{
	struct thing *thing = new_thing();
	struct handle h, mine = {&thing->obj, &thing_ops, RIGHT_READ};
	struct handle_table t;

	assert_int_equal(handle_table_init(&t), 0);
	assert_int_equal(install(&t), 0);
	assert_int_equal(handle_take(&t), 1);
	assert_int_equal(install(&t), 2);
	assert_int_equal(handle_take(&t), 3);
	assert_int_equal(handle_get(&t, 1, &h), -EBADF);
	assert_int_equal(handle_get_any(&t, 1, &h), -EBADF);
	assert_int_equal(handle_close(&t, NULL, 1), -EBADF);
	assert_int_equal(handle_reserve(&t, 1), -EBUSY);
	assert_int_equal(handle_set(&t, NULL, 1, &mine), -EBUSY);
	assert_int_equal(install(&t), 4);
	handle_fill(&t, 1, &mine);
	assert_int_equal(handle_get(&t, 1, &h), 0);
	assert_ptr_equal(h.obj, &thing->obj);
	assert_ptr_equal(h.ops, &thing_ops);
	object_put(h.obj);
	assert_int_equal(thing->obj.refs, 2);
	handle_fill(&t, 3, NULL);
	assert_int_equal(handle_close(&t, NULL, 3), -EBADF);
	assert_int_equal(handle_set(&t, NULL, 3, &mine), 3);
	assert_int_equal(handle_close(&t, NULL, 1), 0);
	assert_int_equal(thing->closed, 0);
	assert_int_equal(handle_close(&t, NULL, 3), 0);
	assert_int_equal(thing->closed, 1);
	for (int i = 5; i <= HANDLES_MAX; i++) {
		s64 number = handle_take(&t); /* 1 and 3 first */

		assert_in_range(number, 1, HANDLES_MAX - 1);
		handle_fill(&t, (u64)number, &mine);
	}
	assert_int_equal(handle_take(&t), 4095);
	assert_int_equal(handle_take(&t), -EMFILE);
	handle_fill(&t, 4095, NULL);
	assert_int_equal(handle_take(&t), 4095);
	handle_fill(&t, 4095, &mine);
	object_put(&thing->obj);
	handle_table_destroy(&t, NULL);
	reaper_flush();
	assert_int_equal(alive, 0);
}

static void references(void)
{
	struct thing *thing = new_thing();
	struct handle_table t;
	struct handle h;

	assert_int_equal(handle_table_init(&t), 0);
	assert_int_equal(handle_install(&t, &thing->obj, &thing_ops, RIGHT_WRITE), 0);
	assert_int_equal(handle_get(&t, 0, &h), 0);
	assert_ptr_equal(h.obj, &thing->obj);
	assert_int_equal(h.rights, RIGHT_WRITE);
	assert_int_equal(handle_set(&t, NULL, 5, &h), 5);
	/* Two numbers and the call: the first close says nothing, the second is the last number. */
	assert_int_equal(thing->obj.refs, 3);
	assert_int_equal(handle_close(&t, NULL, 0), 0);
	assert_int_equal(thing->closed, 0);
	assert_int_equal(handle_close(&t, NULL, 5), 0);
	assert_int_equal(thing->closed, 1);
	assert_int_equal(thing->obj.refs, 1);
	assert_int_equal(alive, 1);
	object_put(h.obj);
	reaper_flush();
	assert_int_equal(alive, 0);
	assert_int_equal(handle_close(&t, NULL, 0), -EBADF);
	assert_int_equal(handle_close(&t, NULL, UINT32_MAX), -EBADF);
	assert_int_equal(handle_get(&t, 4096, &h), -EBADF);
	handle_table_destroy(&t, NULL);
}

static void set_replaces(void)
{
	struct thing *old = new_thing(), *new = new_thing();
	struct handle_table t;
	struct handle h = {.obj = &new->obj, .ops = &thing_ops, .rights = RIGHT_READ};

	assert_int_equal(handle_table_init(&t), 0);
	assert_int_equal(handle_install(&t, &old->obj, &thing_ops, 0), 0);
	assert_int_equal(handle_set(&t, NULL, 0, &h), 0);
	reaper_flush();
	assert_int_equal(alive, 1);
	assert_int_equal(handle_set(&t, NULL, HANDLES_MAX, &h), -EBADF);
	assert_int_equal(handle_set(&t, NULL, HANDLES_MAX - 1, &h), HANDLES_MAX - 1);
	object_put(&new->obj);
	handle_table_destroy(&t, NULL);
}

static void no_memory(void)
{
	struct thing *thing = new_thing();
	struct handle h = {.obj = &thing->obj, .ops = &thing_ops, .rights = RIGHT_READ};
	struct handle_table t;

	fault_arm(1);
	assert_int_equal(handle_table_init(&t), -ENOMEM);
	assert_int_equal(handle_table_init(&t), 0);
	for (int i = 0; i < 64; i++) {
		assert_int_equal(handle_reserve(&t, -1), i);
	}
	fault_arm(1);
	assert_int_equal(handle_install(&t, &thing->obj, &thing_ops, 0), -ENOMEM);
	fault_arm(1);
	assert_int_equal(handle_reserve(&t, -1), -ENOMEM);
	fault_arm(1);
	assert_int_equal(handle_reserve(&t, 64), -ENOMEM);
	fault_arm(1);
	assert_int_equal(handle_set(&t, NULL, 64, &h), -ENOMEM);
	assert_int_equal(thing->obj.refs, 1);
	object_put(&thing->obj);
	handle_table_destroy(&t, NULL);
}

/*
 * Threads that install and close in the same table: no number is given twice, no reference is
 * lost.
 */
static struct handle_table shared;
static u8 owner[64];

static void hammer(void *unused)
{
	(void)unused;
	for (int i = 0; i < 200; i++) {
		s64 n = install(&shared);
		struct handle h;

		assert_in_range(n, 0, 63);
		assert_int_equal(__atomic_exchange_n(&owner[n], 1, __ATOMIC_SEQ_CST), 0);
		assert_int_equal(handle_get(&shared, (u64)n, &h), 0);
		object_put(h.obj);
		__atomic_store_n(&owner[n], 0, __ATOMIC_SEQ_CST);
		assert_int_equal(handle_close(&shared, NULL, (u64)n), 0);
	}
}

static void many_threads(void)
{
	assert_int_equal(handle_table_init(&shared), 0);
	for (int i = 0; i < 4; i++) {
		fake_spawn(hammer, NULL);
	}
	fake_join();
	handle_table_destroy(&shared, NULL);
}

/* Every operation a kind lacks has its answer from one place. */
static void defaults(void)
{
	static const struct handle_ops nothing = {.type = CORBEL_H_TEXT};
	struct handle h = {.ops = &nothing, .rights = RIGHT_READ | RIGHT_WRITE};
	struct waitq *wq;
	int err = 0;

	assert_int_equal(handle_read(&h, NULL, DVA(0), 1), -EINVAL);
	assert_int_equal(handle_write(&h, NULL, DVA(0), 1), -EINVAL);
	assert_int_equal(handle_pread(&h, NULL, DVA(0), 1, 0), -ESPIPE);
	assert_int_equal(handle_ioctl(&h, NULL, 1, 0), -ENOTTY);
	assert_int_equal(handle_truncate(&h, 1), -EINVAL);
	assert_null(handle_mmap(&h, 0, PAGE_SIZE, S2_R, false, &err));
	assert_int_equal(err, -ENODEV);
	assert_int_equal(handle_poll(&h, &wq), POLLIN | POLLOUT);
	assert_null(wq);
	assert_int_equal(handle_length(&h), 0);
	h.rights = 0;
	assert_int_equal(handle_read(&h, NULL, DVA(0), 1), -EBADF);
	assert_int_equal(handle_write(&h, NULL, DVA(0), 1), -EBADF);
	assert_int_equal(handle_truncate(&h, 1), -EINVAL);
}

BODY(lowest_number_first)
BODY(numbers_end_at_4096)
BODY(reserved_numbers)
BODY(taken_numbers)
BODY(references)
BODY(set_replaces)
BODY(no_memory)
BODY(many_threads)
BODY(defaults)

DOMAIN_MAIN(2, R(lowest_number_first), R(numbers_end_at_4096), R(reserved_numbers),
	    R(taken_numbers), R(references), R(set_replaces), R(no_memory), R(many_threads),
	    R(defaults))
