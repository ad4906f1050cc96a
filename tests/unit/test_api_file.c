/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Handles as files: eventfd, ppoll, console, names, texts, dup3.
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
#include <string.h>

#include "core/fault.h"
#include "core/log.h"
#include "core/sched.h"
#include "core/time.h"
#include "drivers/console.h"
#include "fake_domain.h"
#include "mm/layout.h"

#define MS 1000000ULL

static struct domain *dom;
static u64 page;

static void begin(void)
{
	dom = fake_enter(true, 1000);
	page = fake_map(PAGE_SIZE);
}

static void settle(void)
{
	for (u32 i = 0; i < 300; i++) {
		fake_pause();
		sched_yield();
	}
}

static s64 read_fd(s64 fd, u64 len)
{
	return call(NR_read, (u64)fd, page, len);
}

static s64 write_fd(s64 fd, u64 value)
{
	fake_poke64(page + 8, value);
	return call(NR_write, (u64)fd, page + 8, 8);
}

static void eventfd_counts(void)
{
	s64 fd;

	begin();
	assert_int_equal(call(NR_eventfd2, 0, 0x100), -EINVAL);
	fd = call(NR_eventfd2, 3, O_NONBLOCK | O_CLOEXEC);
	assert_int_equal(fd, 0);
	assert_int_equal(read_fd(fd, 7), -EINVAL);
	assert_int_equal(read_fd(fd, 8), 8);
	assert_int_equal(fake_peek64(page), 3);
	assert_int_equal(read_fd(fd, 8), -EAGAIN);
	assert_int_equal(write_fd(fd, UINT64_MAX), -EINVAL);
	assert_int_equal(call(NR_write, (u64)fd, page, 4), -EINVAL);
	assert_int_equal(call(NR_write, (u64)fd, 8, 8), -EFAULT);
	assert_int_equal(write_fd(fd, UINT64_MAX - 1), 8);
	assert_int_equal(write_fd(fd, 1), -EAGAIN);
	assert_int_equal(write_fd(fd, 0), 8);
	assert_int_equal(read_fd(fd, 100), 8);
	assert_int_equal(fake_peek64(page), UINT64_MAX - 1);
	fake_leave(dom);
}

static void eventfd_semaphore(void)
{
	s64 fd;

	begin();
	fd = call(NR_eventfd2, 2, EFD_SEMAPHORE | O_NONBLOCK);
	assert_int_equal(read_fd(fd, 8), 8);
	assert_int_equal(fake_peek64(page), 1);
	assert_int_equal(read_fd(fd, 8), 8);
	assert_int_equal(read_fd(fd, 8), -EAGAIN);
	fake_leave(dom);
}

static s64 answer;
static struct thread *sleeper;

static void read_zero(void *arg)
{
	(void)fake_enlist(dom);
	WRITE_ONCE(sleeper, current_thread());
	answer = call(NR_read, (u64)(uintptr_t)arg, page + 64, 8);
	fake_retire();
}

static void eventfd_blocks(void)
{
	s64 fd;

	begin();
	fd = call(NR_eventfd2, 0, 0);
	fake_spawn(read_zero, (void *)(uintptr_t)fd);
	settle();
	assert_int_equal(write_fd(fd, 77), 8);
	fake_join();
	assert_int_equal(answer, 8);
	assert_int_equal(fake_peek64(page + 64), 77);
	/* A kick ends the wait without side effect. */
	sleeper = NULL;
	fake_spawn(read_zero, (void *)(uintptr_t)fd);
	settle();
	thread_kick(sleeper);
	fake_join();
	assert_int_equal(answer, -EINTR);
	/* Closing does not end a read: the call holds the object. */
	fake_spawn(read_zero, (void *)(uintptr_t)fd);
	settle();
	assert_int_equal(call(NR_dup3, (u64)fd, 9, 0), 9);
	assert_int_equal(call(NR_close, (u64)fd), 0);
	assert_int_equal(write_fd(9, 5), 8);
	fake_join();
	assert_int_equal(answer, 8);
	fake_leave(dom);
}

static void eventfd_without_memory(void)
{
	begin();
	fault_arm(1);
	assert_int_equal(call(NR_eventfd2, 0, 0), -ENOMEM);
	fake_leave(dom);
}

static void set_pollfd(u32 i, s32 fd, s16 events)
{
	struct linux_pollfd p = {.fd = fd, .events = events, .revents = 0x7f};

	fake_poke(page + 256 + i * sizeof(p), &p, sizeof(p));
}

static s16 revents(u32 i)
{
	struct linux_pollfd p;

	fake_peek(page + 256 + i * sizeof(p), &p, sizeof(p));
	return p.revents;
}

static void set_timeout(u64 ns)
{
	fake_poke64(page + 128, ns / NSEC_PER_SEC);
	fake_poke64(page + 136, ns % NSEC_PER_SEC);
}

static void ppoll_looks(void)
{
	begin();
	assert_int_equal(call(NR_eventfd2, 0, 0), 0);
	assert_int_equal(call(NR_eventfd2, 1, 0), 1);
	set_pollfd(0, 0, POLLIN);
	set_pollfd(1, 1, POLLIN | POLLOUT);
	set_pollfd(2, -5, POLLIN);
	set_pollfd(3, 77, POLLIN);
	set_timeout(0);
	assert_int_equal(call(NR_ppoll, page + 256, 4, page + 128), 2);
	assert_int_equal(revents(0), 0);
	assert_int_equal(revents(1), POLLIN | POLLOUT);
	assert_int_equal(revents(2), 0);
	assert_int_equal(revents(3), POLLNVAL);
	assert_int_equal(call(NR_ppoll, page + 256, 1, page + 128), 0);
	assert_int_equal(call(NR_ppoll, 0, 0, page + 128), 0);
	fake_leave(dom);
}

static void ppoll_errors(void)
{
	begin();
	assert_int_equal(call(NR_ppoll, 8, 1, 0), -EFAULT);
	assert_int_equal(call(NR_ppoll, page, HANDLES_MAX + 1, 0), -EINVAL);
	assert_int_equal(call(NR_ppoll, page, 1, 8), -EFAULT);
	fake_poke64(page + 128, 0);
	fake_poke64(page + 136, NSEC_PER_SEC);
	assert_int_equal(call(NR_ppoll, page, 1, page + 128), -EINVAL);
	fault_arm(1);
	assert_int_equal(call(NR_ppoll, page, 1, 0), -ENOMEM);
	/* The answer cannot be written. */
	set_pollfd(0, 50, POLLIN);
	assert_int_equal(call(NR_mprotect, page, PAGE_SIZE, PROT_READ), 0);
	assert_int_equal(call(NR_ppoll, page + 256, 1, 0), -EFAULT);
	fake_leave(dom);
}

static void ppoll_times_out(void)
{
	u64 before;

	begin();
	assert_int_equal(call(NR_eventfd2, 0, 0), 0);
	set_pollfd(0, 0, POLLIN);
	set_timeout(40 * MS);
	before = now_ns();
	assert_int_equal(call(NR_ppoll, page + 256, 1, page + 128), 0);
	assert_true(now_ns() >= before + 40 * MS);
	assert_int_equal(fake_peek64(page + 128) | fake_peek64(page + 136), 0);
	fake_leave(dom);
}

static void poll_two(void *timeout)
{
	(void)fake_enlist(dom);
	WRITE_ONCE(sleeper, current_thread());
	answer = call(NR_ppoll, page + 256, 2, (u64)(uintptr_t)timeout);
	fake_retire();
}

static void ppoll_wakes(void)
{
	begin();
	assert_int_equal(call(NR_eventfd2, 0, 0), 0);
	assert_int_equal(call(NR_eventfd2, 0, 0), 1);
	for (u32 i = 0; i < 2; i++) {
		set_pollfd(0, 0, POLLIN);
		set_pollfd(1, 1, POLLIN);
		answer = 99;
		fake_spawn(poll_two, NULL);
		settle();
		assert_int_equal(answer, 99);
		assert_int_equal(write_fd(i, 1), 8);
		fake_join();
		assert_int_equal(answer, 1);
		assert_int_equal(revents(i), POLLIN);
		assert_int_equal(revents(!i), 0);
		assert_int_equal(read_fd(i, 8), 8);
	}
	/* A handle named twice wakes the call and is ready twice. */
	set_pollfd(0, 0, POLLIN);
	set_pollfd(1, 0, POLLIN);
	fake_spawn(poll_two, NULL);
	settle();
	assert_int_equal(write_fd(0, 1), 8);
	fake_join();
	assert_int_equal(answer, 2);
	assert_int_equal(revents(1), POLLIN);
	assert_int_equal(read_fd(0, 8), 8);
	set_pollfd(1, 1, POLLIN);
	sleeper = NULL;
	fake_spawn(poll_two, NULL);
	settle();
	thread_kick(sleeper);
	fake_join();
	assert_int_equal(answer, -EINTR);
	fake_leave(dom);
}

/* No change is lost, whenever the write comes. */
static void ppoll_race(void)
{
	begin();
	assert_int_equal(call(NR_eventfd2, 0, 0), 0);
	assert_int_equal(call(NR_eventfd2, 0, 0), 1);
	for (u32 i = 0; i < 60; i++) {
		set_pollfd(0, 0, POLLIN);
		set_pollfd(1, 1, POLLIN);
		fake_spawn(poll_two, NULL);
		for (u32 k = 0; k < i; k++) {
			fake_pause();
			sched_yield();
		}
		assert_int_equal(write_fd(i % 2, 1), 8);
		fake_join();
		assert_int_equal(answer, 1);
		assert_int_equal(read_fd(i % 2, 8), 8);
	}
	fake_leave(dom);
}

static s64 open_path(const char *path, u32 flags)
{
	fake_poke(page + 512, path, strlen(path) + 1);
	return call(NR_openat, (u64)-100, page + 512, flags, 0);
}

static void names(void)
{
	begin();
	assert_int_equal(open_path("/dev/kvm", O_RDWR | O_CLOEXEC), 0);
	assert_int_equal(open_path("/dev/kvm2", O_RDWR), -ENOENT);
	assert_int_equal(open_path("/dev", O_RDONLY), -ENOENT);
	assert_int_equal(open_path("", O_RDONLY), -ENOENT);
	assert_int_equal(open_path("dev/kvm", O_RDONLY), -ENOENT);
	assert_int_equal(open_path("/boot/none", O_RDONLY), -ENOENT);
	assert_int_equal(open_path("/boot/none", O_RDWR | O_CREAT), -EROFS);
	assert_int_equal(open_path("/dev/kvm", O_RDWR | O_CREAT), 1);
	assert_int_equal(open_path("/dev/kvm", O_RDWR | O_CREAT | O_EXCL), -EEXIST);
	assert_int_equal(open_path("/dev/kvm", O_DIRECTORY), -ENOTDIR);
	assert_int_equal(open_path("/dev/kvm", 3), -EINVAL);
	assert_int_equal(open_path("/sys/corbel/none", O_RDONLY), -ENOENT);
	assert_int_equal(open_path("/sys/corbel/log", O_WRONLY), -EACCES);
	fake_leave(dom);
}

static void texts(void)
{
	static const char *const files[] = {"/sys/corbel/cpus", "/sys/corbel/memory",
					    "/sys/corbel/log", "/sys/corbel/stats"};
	static const char *const expected[] = {"tsc_khz 1000000\ncpu 0 online", "frames_total ",
					       "a line\n", "domain "};
	struct corbel_handle_info info = {.size = sizeof(info)};
	char text[2048];

	begin();
	for (u32 i = 0; i < 4; i++) {
		s64 fd, n;

		fake_log_clear();
		log_info("a line");
		fd = open_path(files[i], O_RDONLY);
		assert_int_equal(fd, i);
		n = call(NR_pread64, (u64)fd, page + 1024, sizeof(text) - 1, 0);
		assert_in_range(n, 1, sizeof(text) - 1);
		memset(text, 0, sizeof(text));
		fake_peek(page + 1024, text, (size_t)n);
		assert_non_null(strstr(text, expected[i]));
		fake_poke(page, &info, sizeof(info));
		assert_int_equal(call(CORBEL_HANDLE_INFO, (u64)fd, page), 0);
		assert_int_equal(fake_peek64(page + 8), n);
		assert_int_equal(call(NR_pread64, (u64)fd, page + 1024, 10, (u64)n), 0);
		assert_int_equal(call(NR_pread64, (u64)fd, page + 1024, 10, (u64)n - 1), 1);
		assert_int_equal(call(NR_pread64, (u64)fd, page, 10, (u64)-1), -EINVAL);
		assert_int_equal(call(NR_pread64, (u64)fd, 8, 10, 0), -EFAULT);
		assert_int_equal(call(NR_read, (u64)fd, page, 10), -EINVAL);
		assert_int_equal(call(NR_write, (u64)fd, page, 10), -EBADF);
	}
	fault_arm(1);
	assert_int_equal(open_path(files[0], O_RDONLY), -ENOMEM);
	fault_arm(2);
	assert_int_equal(open_path(files[0], O_RDONLY), -ENOMEM);
	fake_leave(dom);
}

static void receive(const char *s)
{
	while (*s) {
		console_input((u8)*s++);
	}
}

static void console(void)
{
	char text[300];
	s64 fd;

	begin();
	fd = open_path("/dev/console", O_RDWR | O_NONBLOCK);
	assert_int_equal(fd, 0);
	assert_int_equal(read_fd(fd, 0), 0);
	assert_int_equal(read_fd(fd, 10), -EAGAIN);
	receive("hello");
	set_pollfd(0, 0, POLLIN);
	assert_int_equal(call(NR_ppoll, page + 256, 1, 0), 1);
	assert_int_equal(read_fd(fd, 3), 3);
	assert_int_equal(read_fd(fd, 100), 2);
	fake_peek(page, text, 2);
	assert_memory_equal(text, "lo", 2);
	receive("x");
	assert_int_equal(call(NR_read, (u64)fd, 8, 1), -EFAULT);
	/* Output in chunks, as it is; a fault in the middle gives the part before. */
	memset(text, 'o', sizeof(text));
	fake_poke(page, text, sizeof(text));
	memset(fake_console, 0, sizeof(fake_console));
	assert_int_equal(call(NR_write, (u64)fd, page, sizeof(text)), sizeof(text));
	assert_int_equal(strlen(fake_console), sizeof(text));
	assert_int_equal(call(NR_write, (u64)fd, page + PAGE_SIZE - 256, 300), 256);
	assert_int_equal(call(NR_write, (u64)fd, 8, 1), -EFAULT);
	assert_int_equal(call(NR_ftruncate, (u64)fd, 1), -EINVAL);
	assert_int_equal(call(NR_ftruncate, (u64)fd, (u64)-1), -EINVAL);
	assert_int_equal(call(NR_ftruncate, 99, 1), -EBADF);
	assert_int_equal(call(NR_ioctl, (u64)fd, 1, 2), -ENOTTY);
	fault_arm(1);
	assert_int_equal(open_path("/dev/console", O_RDWR), -ENOMEM);
	fake_leave(dom);
	dom = fake_enter(false, 100);
	page = fake_map(PAGE_SIZE);
	assert_int_equal(open_path("/dev/console", O_RDWR), -EACCES);
	fake_leave(dom);
}

static void console_waits(void)
{
	s64 fd;

	begin();
	fd = open_path("/dev/console", O_RDONLY);
	fake_spawn(read_zero, (void *)(uintptr_t)fd);
	settle();
	receive("k");
	fake_join();
	assert_int_equal(answer, 1);
	sleeper = NULL;
	fake_spawn(read_zero, (void *)(uintptr_t)fd);
	settle();
	thread_kick(sleeper);
	fake_join();
	assert_int_equal(answer, -EINTR);
	/* What finds the ring full is dropped and counted. */
	for (u32 i = 0; i < 5000; i++) {
		console_input('f');
	}
	assert_int_equal(console_dropped(), 5000 - 4096);
	while (console_ready()) {
		assert_true(read_fd(fd, 1000) > 0);
	}
	fake_leave(dom);
}

static void dup(void)
{
	begin();
	assert_int_equal(call(NR_eventfd2, 0, 0), 0);
	assert_int_equal(call(NR_dup3, 0, 0, 0), -EINVAL);
	assert_int_equal(call(NR_dup3, 0, 5, 1), -EINVAL);
	assert_int_equal(call(NR_dup3, 0, HANDLES_MAX, 0), -EBADF);
	assert_int_equal(call(NR_dup3, 3, 5, 0), -EBADF);
	assert_int_equal(call(NR_dup3, 0, 5, O_CLOEXEC), 5);
	assert_int_equal(write_fd(0, 4), 8);
	assert_int_equal(read_fd(5, 8), 8);
	assert_int_equal(fake_peek64(page), 4);
	assert_int_equal(call(NR_close, 0), 0);
	assert_int_equal(call(NR_close, 0), -EBADF);
	fake_leave(dom);
}

BODY(eventfd_counts)
BODY(eventfd_semaphore)
BODY(eventfd_blocks)
BODY(eventfd_without_memory)
BODY(ppoll_looks)
BODY(ppoll_errors)
BODY(ppoll_times_out)
BODY(ppoll_wakes)
BODY(ppoll_race)
BODY(names)
BODY(texts)
BODY(console)
BODY(console_waits)
BODY(dup)
DOMAIN_MAIN(2, R(eventfd_counts), R(eventfd_semaphore), R(eventfd_blocks),
	    R(eventfd_without_memory), R(ppoll_looks), R(ppoll_errors), R(ppoll_times_out),
	    R(ppoll_wakes), R(ppoll_race), R(names), R(texts), R(console), R(console_waits), R(dup))
