/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The calls about time, scheduling and kicks, made by a domain's own thread.
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
 * LINK: tests/fake/fake_runtime.c
 */
#include "core/sched.h"
#include "core/time.h"
#include "fake_runtime.h"

#define MS 1000000ULL

static void set_timespec(struct domain_thread *t, u64 page, s64 sec, s64 nsec)
{
	struct linux_timespec ts = {sec, nsec};

	assert_int_equal(copy_to_domain(&t->domain->as, DVA(page), &ts, sizeof(ts)), 0);
}

static u64 get_timespec(struct domain_thread *t, u64 page)
{
	struct linux_timespec ts;

	assert_int_equal(copy_from_domain(&t->domain->as, &ts, DVA(page), sizeof(ts)), 0);
	return (u64)ts.sec * NSEC_PER_SEC + (u64)ts.nsec;
}

static u64 guest_page(struct domain_thread *t)
{
	return (u64)guest_call(t, NR_mmap, 0, PAGE_SIZE, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, (u64)-1, 0);
}

static void time_program(struct domain_thread *t)
{
	u64 page = guest_page(t), before;
	static const u64 clocks[] = {CLOCK_MONOTONIC, CLOCK_MONOTONIC_RAW, CLOCK_MONOTONIC_COARSE,
				     CLOCK_BOOTTIME,  CLOCK_REALTIME,	   CLOCK_REALTIME_COARSE};

	for (u32 i = 0; i < ARRAY_SIZE(clocks); i++) {
		before = i < 4 ? now_ns() : time_wall_ns();
		assert_int_equal(guest_call(t, NR_clock_gettime, clocks[i], page), 0);
		assert_in_range(get_timespec(t, page), before, before + 1000 * MS);
	}
	assert_int_equal(guest_call(t, NR_clock_gettime, CLOCK_PROCESS_CPUTIME_ID, page), 0);
	assert_int_equal(guest_call(t, NR_clock_gettime, CLOCK_THREAD_CPUTIME_ID, page), 0);
	assert_int_equal(guest_call(t, NR_clock_gettime, 12, page), -EINVAL);
	set_timespec(t, page, 0, 20 * MS);
	before = now_ns();
	assert_int_equal(guest_call(t, NR_clock_nanosleep, CLOCK_MONOTONIC, 0, page, 0), 0);
	assert_true(now_ns() >= before + 20 * MS);
	set_timespec(t, page, 0, 1);
	assert_int_equal(guest_call(t, NR_clock_nanosleep, CLOCK_REALTIME, TIMER_ABSTIME, page, 0),
			 0);
	assert_int_equal(guest_call(t, NR_clock_nanosleep, CLOCK_BOOTTIME, TIMER_ABSTIME, page, 0),
			 0);
	assert_int_equal(guest_call(t, NR_clock_nanosleep, CLOCK_THREAD_CPUTIME_ID, 0, page, 0),
			 -EINVAL);
	assert_int_equal(guest_call(t, NR_clock_nanosleep, CLOCK_MONOTONIC_RAW, 0, page, 0),
			 -EOPNOTSUPP);
	assert_int_equal(guest_call(t, NR_clock_nanosleep, CLOCK_MONOTONIC, 0, 8, 0), -EFAULT);
	set_timespec(t, page, -1, 0);
	assert_int_equal(guest_call(t, NR_clock_nanosleep, CLOCK_MONOTONIC, 0, page, 0), -EINVAL);
	/*
	 * A kick ends it; what is left is told for relative sleeps. Longer than 584 years is for
	 * ever.
	 */
	set_timespec(t, page, INT64_MAX, 0);
	thread_kick(&t->thread);
	assert_int_equal(guest_call(t, NR_clock_nanosleep, CLOCK_MONOTONIC, 0, page, page + 64),
			 -EINTR);
	assert_true(get_timespec(t, page + 64) > NSEC_PER_SEC);
	thread_kick(&t->thread);
	assert_int_equal(guest_call(t, NR_clock_nanosleep, CLOCK_MONOTONIC, 0, page, 8), -EFAULT);
	thread_kick(&t->thread);
	assert_int_equal(guest_call(t, NR_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, page, 8),
			 -EINTR);
	guest_call(t, NR_exit_group, 0);
}

static void sched_program(struct domain_thread *t)
{
	struct linux_sched_attr attr = {.size = sizeof(attr), .policy = SCHED_OTHER, .nice = 5};
	u64 page = guest_page(t), mask = 2;
	u32 priority = 10;

	assert_int_equal(guest_call(t, NR_sched_yield), 0);
	assert_int_equal(copy_to_domain(&t->domain->as, DVA(page), &mask, 8), 0);
	assert_int_equal(guest_call(t, NR_sched_setaffinity, 0, 8, page), 0);
	assert_int_equal(t->thread.affinity, 2);
	assert_int_equal(t->thread.cpu, 1);
	assert_int_equal(guest_call(t, NR_sched_setaffinity, t->tid, 128, page), 0);
	assert_int_equal(guest_call(t, NR_sched_setaffinity, t->tid + 50, 8, page), -ESRCH);
	assert_int_equal(guest_call(t, NR_sched_setaffinity, (u64)-3, 8, page), -ESRCH);
	assert_int_equal(guest_call(t, NR_sched_setaffinity, 0, 0, page), -EINVAL);
	assert_int_equal(guest_call(t, NR_sched_setaffinity, 0, 8, 8), -EFAULT);

	assert_int_equal(guest_call(t, NR_sched_setscheduler, 0, SCHED_FIFO, 0), -EINVAL);
	assert_int_equal(guest_call(t, NR_sched_setscheduler, (u64)-1, SCHED_FIFO, page), -EINVAL);
	assert_int_equal(guest_call(t, NR_sched_setscheduler, 0, SCHED_FIFO, 8), -EFAULT);
	assert_int_equal(copy_to_domain(&t->domain->as, DVA(page), &priority, 4), 0);
	assert_int_equal(guest_call(t, NR_sched_setscheduler, 0, SCHED_OTHER, page), -EINVAL);
	assert_int_equal(guest_call(t, NR_sched_setscheduler, 0, 77, page), -EINVAL);
	assert_int_equal(guest_call(t, NR_sched_setscheduler, 0, SCHED_FIFO, page), 0);
	assert_true(t->thread.realtime);
	assert_int_equal(guest_call(t, NR_sched_setscheduler, t->tid + 50, SCHED_FIFO, page),
			 -ESRCH);
	t->domain->privileged = false;
	assert_int_equal(guest_call(t, NR_sched_setscheduler, 0, SCHED_RR, page), -EPERM);
	priority = 0;
	assert_int_equal(copy_to_domain(&t->domain->as, DVA(page), &priority, 4), 0);
	assert_int_equal(guest_call(t, NR_sched_setscheduler, 0, SCHED_RR, page), -EINVAL);
	assert_int_equal(
		guest_call(t, NR_sched_setscheduler, 0, SCHED_OTHER | SCHED_RESET_ON_FORK, page),
		0);
	assert_false(t->thread.realtime);
	assert_int_equal(t->thread.weight, WEIGHT_DEFAULT);

	assert_int_equal(copy_to_domain(&t->domain->as, DVA(page), &attr, sizeof(attr)), 0);
	assert_int_equal(guest_call(t, NR_sched_setattr, 0, page, 0), 0);
	assert_in_range(t->thread.weight, 250, 400);
	attr.nice = -5;
	assert_int_equal(copy_to_domain(&t->domain->as, DVA(page), &attr, sizeof(attr)), 0);
	assert_int_equal(guest_call(t, NR_sched_setattr, 0, page, 0), -EPERM);
	t->domain->privileged = true;
	assert_int_equal(guest_call(t, NR_sched_setattr, 0, page, 0), 0);
	assert_in_range(t->thread.weight, 2500, 3500);
	attr.nice = 21;
	assert_int_equal(copy_to_domain(&t->domain->as, DVA(page), &attr, sizeof(attr)), 0);
	assert_int_equal(guest_call(t, NR_sched_setattr, 0, page, 0), -EINVAL);
	attr.flags = 1;
	assert_int_equal(copy_to_domain(&t->domain->as, DVA(page), &attr, sizeof(attr)), 0);
	assert_int_equal(guest_call(t, NR_sched_setattr, 0, page, 0), -EINVAL);
	assert_int_equal(guest_call(t, NR_sched_setattr, 0, page, 1), -EINVAL);
	assert_int_equal(guest_call(t, NR_sched_setattr, 0, 8, 0), -EFAULT);

	assert_int_equal(guest_call(t, NR_tgkill, t->domain->id, t->tid, 65), -EINVAL);
	assert_int_equal(guest_call(t, NR_tgkill, 0, t->tid, 1), -EINVAL);
	assert_int_equal(guest_call(t, NR_tgkill, t->domain->id + 9, t->tid, 1), -ESRCH);
	assert_int_equal(guest_call(t, NR_tgkill, t->domain->id, t->tid, 0), 0);
	assert_false(t->thread.kicked);
	assert_int_equal(guest_call(t, NR_tgkill, t->domain->id, t->tid, 10), 0);
	assert_true(t->thread.kicked);
	guest_call(t, NR_exit_group, 0);
}

static void run_calls(void (*program)(struct domain_thread *))
{
	struct domain_end *end;

	fake_program = program;
	assert_int_equal(domain_boot_start("prog", "", &end), 0);
	while (!READ_ONCE(end->gone)) {
		fake_pause();
		sched_yield();
	}
	assert_int_equal(end->code, 0);
	assert_false(end->crashed);
	object_put(&end->obj);
}

static void time_calls(void)
{
	run_calls(time_program);
}

static void sched_calls(void)
{
	run_calls(sched_program);
}

BODY(time_calls)
BODY(sched_calls)

int main(void)
{
	const struct CMUnitTest tests[] = {R(time_calls), R(sched_calls)};

	fake_domain_boot(2);
	fake_runtime_register();
	fake_runtime_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
