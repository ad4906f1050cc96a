/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Domains that create domains: arguments and errors, ends told and ordered, memory that both have;
 * afterwards all memory is back.
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
#include <string.h>

#include "core/fault.h"
#include "core/sched.h"
#include "fake_runtime.h"
#include "mm/frame.h"
#include "mm/slab.h"

static struct corbel_boot_block block;
static char strings[64];
static s64 child;

static void reap(void)
{
	for (u32 i = 0; i < 8; i++) {
		reaper_flush();
	}
}

static void wait_gone(struct domain_end *e)
{
	while (!READ_ONCE(e->gone)) {
		fake_pause();
		sched_yield();
	}
}

static void read_domain(struct domain_thread *t, void *to, u64 from, size_t len)
{
	assert_int_equal(copy_from_domain(&t->domain->as, to, DVA(from), len), 0);
}

static s64 guest_map(struct domain_thread *t)
{
	return guest_call(t, NR_mmap, 0, PAGE_SIZE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, (u64)-1, 0);
}

static u64 make_create(struct domain_thread *t, struct corbel_domain_create *a)
{
	u64 page = (u64)guest_map(t);
	static const char text[] = "prog\0two\0ENV=1";
	static const s32 handles[] = {0, -1, 4};

	*a = (struct corbel_domain_create){
		.size = sizeof(*a),
		.program = page + 0x100,
		.strings = page + 0x200,
		.strings_len = sizeof(text),
		.argc = 2,
		.envc = 1,
		.memory_bytes = 200 * PAGE_SIZE,
		.handles = page + 0x300,
		.handle_count = 3,
	};
	assert_int_equal(copy_to_domain(&t->domain->as, DVA(page + 0x100), "/boot/prog", 11), 0);
	assert_int_equal(copy_to_domain(&t->domain->as, DVA(page + 0x200), text, sizeof(text)), 0);
	assert_int_equal(
		copy_to_domain(&t->domain->as, DVA(page + 0x300), handles, sizeof(handles)), 0);
	return page;
}

static s64 create_domain(struct domain_thread *t, u64 page, const struct corbel_domain_create *a)
{
	assert_int_equal(copy_to_domain(&t->domain->as, DVA(page), a, sizeof(*a)), 0);
	return guest_call(t, CORBEL_DOMAIN_CREATE, page);
}

#define REFUSED(field, bad, error) \
	do { \
		struct corbel_domain_create b = a; \
		b.field = (bad); \
		assert_int_equal(create_domain(t, page, &b), (error)); \
	} while (0)

static void create_errors(struct domain_thread *t, u64 page, struct corbel_domain_create a)
{
	s32 handles[3] = {0, 99, -1};

	REFUSED(flags, 1, -EINVAL);
	REFUSED(pad, 1, -EINVAL);
	REFUSED(handle_count, 1025, -EINVAL);
	REFUSED(program, 8, -EFAULT);
	REFUSED(program, page + 0x200, -ENOENT);
	REFUSED(program, page + 0x106, -ENOENT);
	REFUSED(strings, 8, -EFAULT);
	REFUSED(strings_len, DOMAIN_STRINGS_MAX + 1, -E2BIG);
	REFUSED(strings_len, 14, -EINVAL);
	REFUSED(argc, 3, -EINVAL);
	REFUSED(envc, 1000, -E2BIG);
	REFUSED(handles, 8, -EFAULT);
	REFUSED(memory_bytes, PAGE_SIZE, -ENOMEM);
	REFUSED(memory_bytes, (t->domain->as.quota.limit + 1) << PAGE_SHIFT, -EPERM);
	assert_int_equal(
		copy_to_domain(&t->domain->as, DVA(page + 0x300), handles, sizeof(handles)), 0);
	REFUSED(flags, 0, -EBADF);
	handles[1] = -7;
	assert_int_equal(
		copy_to_domain(&t->domain->as, DVA(page + 0x300), handles, sizeof(handles)), 0);
	REFUSED(flags, 0, -EBADF);
	handles[1] = 6; /* only reserved */
	assert_int_equal(
		copy_to_domain(&t->domain->as, DVA(page + 0x300), handles, sizeof(handles)), 0);
	REFUSED(flags, 0, -EBADF);
	handles[1] = 4;
	assert_int_equal(
		copy_to_domain(&t->domain->as, DVA(page + 0x300), handles, sizeof(handles)), 0);
}

static void creator_program(struct domain_thread *t)
{
	struct corbel_domain_create a;
	struct corbel_domain_status status = {.size = sizeof(status)};
	u64 page;

	if (!t->domain->privileged) {
		read_domain(t, &block, CORBEL_RUNTIME_BOOT, sizeof(block));
		read_domain(t, strings, block.strings, block.strings_len);
		assert_int_equal(guest_call(t, CORBEL_DOMAIN_CREATE, 0), -EPERM);
		/* inherited in its second form, see below */
		assert_int_equal(guest_call(t, NR_close, 1), 0);
		guest_call(t, NR_exit_group, 9);
		return;
	}
	page = make_create(t, &a);
	assert_int_equal(guest_call(t, NR_eventfd2, 0, 0), 4);
	assert_int_equal(guest_call(t, NR_memfd_create, page + 0x100, 0), 5);
	assert_int_equal(guest_call(t, CORBEL_HANDLE_RESERVE, 6), 6);
	create_errors(t, page, a);
	child = create_domain(t, page, &a);
	assert_int_equal(child, 7);
	assert_int_equal(guest_call(t, CORBEL_DOMAIN_WAIT, 4, page), -EINVAL);
	assert_int_equal(guest_call(t, CORBEL_DOMAIN_WAIT, 50, page), -EBADF);
	assert_int_equal(copy_to_domain(&t->domain->as, DVA(page), &status, sizeof(status)), 0);
	assert_int_equal(guest_call(t, CORBEL_DOMAIN_WAIT, (u64)child, page), 0);
	read_domain(t, &status, page, sizeof(status));
	assert_int_equal(status.crashed, 0);
	assert_int_equal(status.code, 9);
	guest_call(t, NR_exit_group, 1);
}

static void domains_create_domains(void)
{
	struct domain_end *e;

	fake_program = creator_program;
	assert_int_equal(domain_boot_start("prog", "", &e), 0);
	wait_gone(e);
	object_put(&e->obj);
	assert_int_equal(e->code, 1);
	assert_int_equal(block.argc, 2);
	assert_int_equal(block.envc, 1);
	assert_int_equal(block.handle_count, 3);
	assert_int_equal(block.program_handle, 2);
	assert_int_equal(block.memory_bytes, 200 * PAGE_SIZE);
	assert_memory_equal(strings, "prog\0two\0ENV=1", 15);
}

/* A memfd in two domains: its maker crashes, the other goes on with it; then all memory is back. */
static volatile bool memory_read;
static struct domain_end *maker_end;
static u64 memory_word;

static void use_memory(struct domain_thread *t)
{
	u64 at = (u64)guest_call(t, NR_mmap, 0, 2 * PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
				 1, 0);

	assert_int_equal(guest_call(t, NR_close, 1), 0);
	while (!READ_ONCE(maker_end->gone)) {
		fake_pause();
		sched_yield();
	}
	read_domain(t, &memory_word, at, sizeof(memory_word));
	/* A page that nobody had touched before. */
	assert_int_equal(copy_to_domain(&t->domain->as, DVA(at + PAGE_SIZE), &at, sizeof(at)), 0);
	memory_read = true;
	guest_call(t, NR_exit_group, 0);
}

static void maker_program(struct domain_thread *t)
{
	static const s32 handles[] = {-1, 4};
	struct corbel_domain_create a;
	u64 page, at, value = 0x1234567812345678ULL;

	if (!t->domain->privileged) {
		use_memory(t);
		return;
	}
	page = make_create(t, &a);
	assert_int_equal(guest_call(t, NR_memfd_create, page + 0x100, 0), 4);
	assert_int_equal(guest_call(t, NR_ftruncate, 4, 2 * PAGE_SIZE), 0);
	at = (u64)guest_call(t, NR_mmap, 0, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, 4, 0);
	assert_int_equal(copy_to_domain(&t->domain->as, DVA(at), &value, sizeof(value)), 0);
	assert_int_equal(
		copy_to_domain(&t->domain->as, DVA(page + 0x300), handles, sizeof(handles)), 0);
	a.handle_count = 2;
	assert_true(create_domain(t, page, &a) > 0);
	guest_call(t, NR_exit_group, CORBEL_EXIT_SIGNAL | 11);
}

static void memory_outlives_its_maker(void)
{
	u64 frames = frames_free_count(), slabs = slab_bytes_in_use();

	memory_read = false;
	fake_program = maker_program;
	assert_int_equal(domain_boot_start("prog", "", &maker_end), 0);
	wait_gone(maker_end);
	assert_true(maker_end->crashed);
	while (!memory_read) {
		fake_pause();
		sched_yield();
	}
	assert_int_equal(memory_word, 0x1234567812345678ULL);
	object_put(&maker_end->obj);
	reap();
	assert_int_equal(slab_bytes_in_use(), slabs);
	assert_int_equal(frames_free_count(), frames);
}

/* A child that never ends by itself, and the word of its parent. */
static void killer_program(struct domain_thread *t)
{
	struct corbel_domain_status status = {.size = sizeof(status)};
	struct corbel_handle_info info = {.size = sizeof(info)};
	struct corbel_domain_create a;
	u64 page;

	if (!t->domain->privileged) {
		return;
	}
	page = make_create(t, &a);
	a.handle_count = 0;
	child = create_domain(t, page, &a);
	assert_true(child > 0);
	assert_int_equal(copy_to_domain(&t->domain->as, DVA(page), &info, sizeof(info)), 0);
	assert_int_equal(guest_call(t, CORBEL_HANDLE_INFO, (u64)child, page), 0);
	read_domain(t, &info, page, sizeof(info));
	assert_int_equal(info.type, CORBEL_H_DOMAIN);
	assert_int_equal(guest_call(t, NR_ioctl, (u64)child, CORBEL_DOMAIN_KILL, 0), -EINVAL);
	assert_int_equal(guest_call(t, NR_ioctl, (u64)child, CORBEL_DOMAIN_KILL, 65), -EINVAL);
	assert_int_equal(guest_call(t, NR_ioctl, (u64)child, 1, 9), -ENOTTY);
	assert_int_equal(guest_call(t, NR_ioctl, (u64)child, CORBEL_DOMAIN_KILL, 15), 0);
	assert_int_equal(guest_call(t, NR_ioctl, (u64)child, CORBEL_DOMAIN_KILL, 9), 0);
	assert_int_equal(copy_to_domain(&t->domain->as, DVA(page), &status, sizeof(status)), 0);
	assert_int_equal(guest_call(t, CORBEL_DOMAIN_WAIT, (u64)child, page), 0);
	read_domain(t, &status, page, sizeof(status));
	assert_int_equal(status.crashed, 1);
	assert_int_equal(status.code, 15);
	assert_true(info.length > t->domain->id);
	/* It is gone, which is no error. */
	assert_int_equal(guest_call(t, NR_ioctl, (u64)child, CORBEL_DOMAIN_KILL, 9), 0);
	guest_call(t, NR_exit_group, 2);
}

static void children_are_killed(void)
{
	u64 frames = frames_free_count(), slabs = slab_bytes_in_use();
	struct domain_end *e;

	fake_program = killer_program;
	assert_int_equal(domain_boot_start("prog", "", &e), 0);
	wait_gone(e);
	assert_int_equal(e->code, 2);
	object_put(&e->obj);
	reap();
	assert_int_equal(slab_bytes_in_use(), slabs);
	assert_int_equal(frames_free_count(), frames);
}

/*
 * In the midst of a domain_create that will fail, somebody tries the number: either it is taken and
 * nothing can be done with it, or it is his, and stays his.
 */
static struct domain *torn;
static u32 strangers, refusals;

static void try_number(void)
{
	struct handle h, mine;

	assert_int_equal(handle_get(&torn->handles, 4, &h), -EBADF);
	assert_int_equal(handle_close(&torn->handles, torn, 4), -EBADF);
	assert_int_equal(handle_get(&torn->handles, 0, &mine), 0);
	if (handle_set(&torn->handles, torn, 4, &mine) == 4) {
		strangers++;
	} else {
		refusals++;
	}
	object_put(mine.obj);
}

/* Every allocation of domain_create fails once: an error, no number, no memory lost. */
static void failing_create_program(struct domain_thread *t)
{
	struct corbel_domain_status status = {.size = sizeof(status)};
	struct corbel_domain_create a;
	u32 failures = 0;
	u64 page;

	if (!t->domain->privileged) {
		guest_call(t, NR_exit_group, 0);
		return;
	}
	page = make_create(t, &a);
	a.handle_count = 1;
	torn = t->domain;
	fake_log_hook = try_number;
	for (u64 n = 1;; n++) {
		u64 used = t->domain->as.quota.used;
		u32 before = strangers;

		assert_int_equal(copy_to_domain(&t->domain->as, DVA(page), &a, sizeof(a)), 0);
		fault_arm(n);
		child = guest_call(t, CORBEL_DOMAIN_CREATE, page);
		fault_arm(0);
		if (child >= 0) {
			break;
		}
		assert_int_equal(child, -ENOMEM);
		assert_int_equal(t->domain->as.quota.used, used);
		assert_int_equal(handle_close(&t->domain->handles, t->domain, 4),
				 strangers == before ? -EBADF : 0);
		failures++;
	}
	fake_log_hook = NULL;
	assert_in_range(failures, 20, 500);
	assert_int_equal(strangers + refusals, failures);
	assert_in_range(strangers, 3, 20);
	assert_int_equal(child, 4); /* the lowest: failures left none behind */
	assert_int_equal(copy_to_domain(&t->domain->as, DVA(page), &status, sizeof(status)), 0);
	assert_int_equal(guest_call(t, CORBEL_DOMAIN_WAIT, (u64)child, page), 0);
	guest_call(t, NR_exit_group, 0);
}

static void failing_creates_lose_nothing(void)
{
	u64 frames = frames_free_count(), slabs = slab_bytes_in_use();
	struct domain_end *e;

	fake_program = failing_create_program;
	assert_int_equal(domain_boot_start("prog", "", &e), 0);
	wait_gone(e);
	object_put(&e->obj);
	reap();
	assert_int_equal(slab_bytes_in_use(), slabs);
	assert_int_equal(frames_free_count(), frames);
}

BODY(domains_create_domains)
BODY(memory_outlives_its_maker)
BODY(children_are_killed)
BODY(failing_creates_lose_nothing)

int main(void)
{
	const struct CMUnitTest tests[] = {
		R(domains_create_domains),
		R(memory_outlives_its_maker),
		R(children_are_killed),
		R(failing_creates_lose_nothing),
	};

	fake_domain_boot(2);
	fake_runtime_register();
	fake_runtime_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
