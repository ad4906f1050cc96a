/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The call table: every number, every row with nonsense, privileges, pointers, structs with a
 * size.
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

#include <string.h>

#include "mm/aspace.h"

#define BAD ((u64)-1)

static void unknown_numbers(void)
{
	struct domain *d = fake_enter(true, 100);
	const struct call_row *rows;
	u32 count, known = 0;

	rows = call_rows(&count);
	for (u32 nr = 0; nr < 0x4100; nr++) {
		bool listed = false;

		for (u32 i = 0; i < count; i++) {
			listed |= rows[i].number == nr;
		}
		known += listed;
		if (!listed) {
			assert_int_equal(call(nr, BAD, BAD, BAD, BAD, BAD, BAD), -ENOSYS);
			assert_int_equal(call_own(nr, BAD, BAD, BAD, BAD, BAD, BAD), -ENOSYS);
		}
	}
	assert_int_equal(known, count);
	assert_int_equal(call(0x20000000), -ENOSYS);
	assert_int_equal(call(0x3fff0000), -ENOSYS);
	assert_int_equal(call(UINT32_MAX), -ENOSYS);
	fake_leave(d);
}

static void rows_are_sorted(void)
{
	const struct call_row *rows;
	u32 count;

	rows = call_rows(&count);
	assert_int_equal(count, 32);
	for (u32 i = 0; i < count; i++) {
		assert_non_null(rows[i].fn);
		assert_non_null(rows[i].name);
		assert_true(i == 0 || rows[i - 1].number < rows[i].number);
		assert_int_equal(rows[i].policy & ~(CALL_PRIVILEGED | CALL_BLOCKS), 0);
	}
}

/* What each call answers to arguments that are all ones: none may do anything or take a pointer. */
static const struct {
	u32 number;
	s32 answer;
} nonsense[] = {
	{NR_read, -EBADF},
	{NR_write, -EBADF},
	{NR_close, -EBADF},
	{NR_mmap, -EINVAL},
	{NR_mprotect, -EINVAL},
	{NR_munmap, -EINVAL},
	{NR_ioctl, -EBADF},
	{NR_pread64, -EINVAL},
	{NR_sched_yield, 0},
	{NR_mremap, -EINVAL},
	{NR_madvise, -EINVAL},
	{NR_exit, -EINVAL},
	{NR_ftruncate, -EINVAL},
	{NR_sched_setscheduler, -EINVAL},
	{NR_reboot, -EINVAL},
	{NR_futex, -ENOSYS},
	{NR_sched_setaffinity, -EFAULT},
	{NR_clock_gettime, -EINVAL},
	{NR_clock_nanosleep, -EINVAL},
	{NR_tgkill, -EINVAL},
	{NR_openat, -EFAULT},
	{NR_ppoll, -EFAULT},
	{NR_eventfd2, -EINVAL},
	{NR_dup3, -EINVAL},
	{NR_sched_setattr, -EINVAL},
	{NR_memfd_create, -EINVAL},
	{CORBEL_DOMAIN_CREATE, -EFAULT},
	{CORBEL_DOMAIN_WAIT, -EBADF},
	{CORBEL_THREAD_CREATE, -EFAULT},
	{CORBEL_HANDLE_RESERVE, 0},
	{CORBEL_HANDLE_INFO, -EBADF},
};

static void nonsense_is_refused(void)
{
	struct domain *d = fake_enter(true, 100);
	u32 count;

	(void)call_rows(&count);
	assert_int_equal(ARRAY_SIZE(nonsense) + 1, count); /* all but exit_group */
	for (u32 i = 0; i < ARRAY_SIZE(nonsense); i++) {
		s64 answer = call(nonsense[i].number, BAD, BAD, BAD, BAD, BAD, BAD);

		if (answer != nonsense[i].answer) {
			print_error("call %u answers %ld\n", nonsense[i].number, (long)answer);
		}
		assert_int_equal(answer, nonsense[i].answer);
	}
	assert_int_equal(d->as.quota.used, 0);
	assert_false(current_domain_thread()->thread.must_exit);
	fake_leave(d);
}

static void policy(void)
{
	struct domain *d = fake_enter(false, 100);
	const struct call_row *rows;
	u32 count, privileged = 0;

	rows = call_rows(&count);
	for (u32 i = 0; i < count; i++) {
		if (rows[i].policy & CALL_PRIVILEGED) {
			assert_int_equal(call(rows[i].number), -EPERM);
			privileged++;
		}
	}
	assert_int_equal(privileged, 2);
	fake_leave(d);
}

/* The same pointer from the program and from the runtime. */
static void pointer_limits(void)
{
	struct domain *d = fake_enter(false, 100);
	u64 page = fake_map(PAGE_SIZE), top = CORBEL_RUNTIME_BASE;

	assert_int_equal(call(NR_mmap, top, PAGE_SIZE, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, BAD, 0), -ENOMEM);
	assert_int_equal(call_own(NR_mmap, top, PAGE_SIZE, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, BAD, 0), top);
	assert_int_equal(call(NR_clock_gettime, CLOCK_MONOTONIC, page), 0);
	assert_int_equal(call(NR_clock_gettime, CLOCK_MONOTONIC, page + PAGE_SIZE - 8), -EFAULT);
	assert_int_equal(call(NR_clock_gettime, CLOCK_MONOTONIC, 0), -EFAULT);
	assert_int_equal(call(NR_clock_gettime, CLOCK_MONOTONIC, top), -EFAULT);
	assert_int_equal(call_own(NR_clock_gettime, CLOCK_MONOTONIC, top), 0);
	assert_int_equal(call(NR_clock_gettime, CLOCK_MONOTONIC, top - 8), -EFAULT);
	assert_int_equal(call_own(NR_clock_gettime, CLOCK_MONOTONIC, DOM_USER_TOP - 8), -EFAULT);
	assert_int_equal(call_own(NR_clock_gettime, CLOCK_MONOTONIC, UINT64_MAX - 8), -EFAULT);
	/* Read-only memory takes no answer. */
	assert_int_equal(call(NR_mprotect, page, PAGE_SIZE, PROT_READ), 0);
	assert_int_equal(call(NR_clock_gettime, CLOCK_MONOTONIC, page), -EFAULT);
	assert_int_equal(call(NR_munmap, top, PAGE_SIZE), -EINVAL);
	assert_int_equal(call_own(NR_munmap, top, PAGE_SIZE), 0);
	fake_leave(d);
}

static void strings(void)
{
	struct domain *d = fake_enter(false, 100);
	u64 page = fake_map(PAGE_SIZE), end = page + PAGE_SIZE;
	char long_path[300];

	memset(long_path, 'a', sizeof(long_path));
	fake_poke(page, long_path, sizeof(long_path));
	assert_int_equal(call(NR_openat, 0, page, O_RDONLY), -ENAMETOOLONG);
	fake_poke(end - 4, "/dev", 4); /* no NUL before the end of the mapping */
	assert_int_equal(call(NR_openat, 0, end - 4, O_RDONLY), -EFAULT);
	fake_poke(end - 4, "/de", 4);
	assert_int_equal(call(NR_openat, 0, end - 4, O_RDONLY), -ENOENT);
	/* A string that runs into the runtime's range. */
	assert_int_equal(call_own(NR_mmap, CORBEL_RUNTIME_BASE - PAGE_SIZE, 2 * PAGE_SIZE,
				  PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
				  BAD, 0),
			 CORBEL_RUNTIME_BASE - PAGE_SIZE);
	fake_poke(CORBEL_RUNTIME_BASE - 2, "/dev", 5);
	assert_int_equal(call(NR_openat, 0, CORBEL_RUNTIME_BASE - 2, O_RDONLY), -EFAULT);
	assert_int_equal(call_own(NR_openat, 0, CORBEL_RUNTIME_BASE - 2, O_RDONLY), -ENOENT);
	fake_leave(d);
}

/* CORBEL_HANDLE_INFO and THREAD_CREATE show the rules of structs with a size. */
static void sized_structs(void)
{
	struct domain *d = fake_enter(false, 100);
	u64 page = fake_map(PAGE_SIZE);
	struct corbel_handle_info info;
	u32 big[64] = {0};

	assert_int_equal(call(NR_eventfd2, 0, 0), 0);
	info = (struct corbel_handle_info){.size = sizeof(info)};
	fake_poke(page, &info, sizeof(info));
	assert_int_equal(call(CORBEL_HANDLE_INFO, 0, page), 0);
	fake_peek(page, &info, sizeof(info));
	assert_int_equal(info.type, CORBEL_H_EVENTFD);
	assert_int_equal(info.size, sizeof(info));
	/* A caller that knows only the first half. */
	memset(&info, 0xff, sizeof(info));
	info.size = 8;
	fake_poke(page, &info, sizeof(info));
	assert_int_equal(call(CORBEL_HANDLE_INFO, 0, page), 0);
	fake_peek(page, &info, sizeof(info));
	assert_int_equal(info.type, CORBEL_H_EVENTFD);
	assert_int_equal(info.length, UINT64_MAX);
	fake_poke64(page, 3);
	assert_int_equal(call(CORBEL_HANDLE_INFO, 0, page), -EINVAL);
	assert_int_equal(call(CORBEL_HANDLE_INFO, 0, 8), -EFAULT);
	assert_int_equal(call(CORBEL_HANDLE_INFO, 1, page), -EBADF);
	/* Longer with zeros is fine (here: then refused for its flags), with more it is not. */
	big[0] = sizeof(big);
	big[1] = 1;
	fake_poke(page, big, sizeof(big));
	assert_int_equal(call(CORBEL_THREAD_CREATE, page), -EINVAL);
	big[63] = 1;
	fake_poke(page, big, sizeof(big));
	assert_int_equal(call(CORBEL_THREAD_CREATE, page), -E2BIG);
	big[0] = 2;
	fake_poke(page, big, sizeof(big));
	assert_int_equal(call(CORBEL_THREAD_CREATE, page), -EINVAL);
	big[0] = 5000;
	fake_poke(page, big, sizeof(big));
	assert_int_equal(call(CORBEL_THREAD_CREATE, page), -E2BIG);
	fake_poke64(page + PAGE_SIZE - 8, sizeof(struct corbel_thread_create));
	assert_int_equal(call(CORBEL_THREAD_CREATE, page + PAGE_SIZE - 8), -EFAULT);
	fake_leave(d);
}

static void reservations(void)
{
	struct domain *d = fake_enter(false, 100);

	assert_int_equal(call(CORBEL_HANDLE_RESERVE, 7), 7);
	assert_int_equal(call(CORBEL_HANDLE_RESERVE, 7), -EBUSY);
	assert_int_equal(call(CORBEL_HANDLE_RESERVE, (u32)-1), 0);
	assert_int_equal(call(CORBEL_HANDLE_RESERVE, (u32)-2), -EINVAL);
	assert_int_equal(call(NR_read, 7, 0, 0), -EBADF);
	assert_int_equal(call(NR_close, 7), 0);
	fake_leave(d);
}

static void power(void)
{
	struct domain *d = fake_enter(true, 100);

	assert_int_equal(call(NR_reboot, LINUX_REBOOT_MAGIC1, 1, LINUX_REBOOT_CMD_POWER_OFF),
			 -EINVAL);
	assert_int_equal(call(NR_reboot, 1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_POWER_OFF),
			 -EINVAL);
	assert_int_equal(call(NR_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2A, 77), -EINVAL);
	assert_null(fake_power);
	fake_leave(d);
}

static struct domain *dying;

static void switch_off(void *cmd)
{
	(void)fake_enlist(dying);
	(void)call(NR_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, (u64)(uintptr_t)cmd);
}

/* The last test: its threads never end. */
static void power_off_and_reset(void **state)
{
	volatile bool done = false;

	(void)state;
	dying = domain_create("off", true, 10);
	thread_start(fake_thread("off", switch_off, (void *)(uintptr_t)LINUX_REBOOT_CMD_POWER_OFF));
	(void)fake_run_random(1, &done, 2000);
	assert_string_equal(fake_power, "off");
	thread_start(fake_thread("reset", switch_off, (void *)(uintptr_t)LINUX_REBOOT_CMD_RESTART));
	(void)fake_run_random(2, &done, 2000);
	assert_string_equal(fake_power, "reboot");
	assert_non_null(strstr(fake_log_text, "corbel: power off"));
	assert_true(fake_log_console);
}

BODY(unknown_numbers)
BODY(rows_are_sorted)
BODY(nonsense_is_refused)
BODY(policy)
BODY(pointer_limits)
BODY(strings)
BODY(sized_structs)
BODY(reservations)
BODY(power)
DOMAIN_MAIN(1, R(unknown_numbers), R(rows_are_sorted), R(nonsense_is_refused), R(policy),
	    R(pointer_limits), R(strings), R(sized_structs), R(reservations), R(power),
	    T(power_off_and_reset))
