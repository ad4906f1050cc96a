/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A domain's life: boot, threads, exits, the supervisor; every allocation fails once.
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

#include "api/bootfile.h"
#include "api/elf64.h"
#include "core/fault.h"
#include "core/sched.h"
#include "core/time.h"
#include "fake_runtime.h"
#include "mm/frame.h"

static struct corbel_boot_block block;
static char strings[64];
static struct domain_thread seen;	/* what the first thread looked like */

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

static void look_and_exit(struct domain_thread *t)
{
	struct corbel_time_page time_page;
	u64 entry;

	seen = *t;
	assert_int_equal(t->vcpu.regs.gpr[HV_RDI], CORBEL_RUNTIME_BOOT);
	read_domain(t, &block, CORBEL_RUNTIME_BOOT, sizeof(block));
	read_domain(t, strings, block.strings, block.strings_len);
	read_domain(t, &time_page, block.time_page, sizeof(time_page));
	assert_int_equal(time_page.tsc_khz, FAKE_KHZ);
	assert_int_equal(copy_to_domain(&t->domain->as, DVA(CORBEL_RUNTIME_TIME), &entry, 8),
			 -EFAULT);
	/* CR3 -> PML4 -> PDPT -> PD: the last GiB, supervisor. */
	read_domain(t, &entry, fake_hw(&t->vcpu)->sregs.cr3, 8);
	assert_int_equal(entry & 7, 3);
	read_domain(t, &entry, (entry & PAGE_MASK) + 255 * 8, 8);
	read_domain(t, &entry, (entry & PAGE_MASK) + 3 * 8, 8);
	assert_int_equal(entry & 0x87, 0x83);
	assert_int_equal(entry & PAGE_MASK & ~0xfffULL, CORBEL_RUNTIME_BASE + 3 * HUGE_SIZE);
	/* Segments: text without write, data with its zeros behind it. */
	read_domain(t, &entry, CORBEL_RUNTIME_BASE, 8);
	assert_int_equal(entry, 0xccccccccccccccccULL);
	assert_int_equal(copy_to_domain(&t->domain->as, DVA(CORBEL_RUNTIME_BASE), &entry, 8),
			 -EFAULT);
	assert_int_equal(aspace_fault(&t->domain->as, CORBEL_RUNTIME_BASE, S2_X), 0);
	read_domain(t, &entry, CORBEL_RUNTIME_BASE + 0x1010 + 96, 8);
	assert_int_equal(entry, 0xddddddddULL);
	assert_int_equal(aspace_fault(&t->domain->as, CORBEL_RUNTIME_BASE + 0x3000, S2_W), 0);
	assert_int_equal(aspace_fault(&t->domain->as, CORBEL_RUNTIME_BASE + 0x1000, S2_X), -EFAULT);
	assert_int_equal(aspace_fault(&t->domain->as, CORBEL_RUNTIME_STACK_TOP - 0x10000, S2_W), 0);
	assert_int_equal(aspace_fault(&t->domain->as, CORBEL_RUNTIME_STACK_TOP, S2_W), -EFAULT);
	assert_int_equal(guest_call(t, NR_exit_group, 7 | 0x300), 0);
}

static void boots(void)
{
	struct domain_end *e;

	fake_program = look_and_exit;
	memset(strings, 0, sizeof(strings));
	assert_int_equal(domain_boot_start("prog", "prog  one two ", &e), 0);
	wait_gone(e);
	assert_false(e->crashed);
	assert_int_equal(e->code, 7);
	assert_int_equal(block.abi, CORBEL_ABI_VERSION);
	assert_int_equal(block.argc, 3);
	assert_int_equal(block.envc, 0);
	assert_memory_equal(strings, "/boot/prog\0one\0two", 19);
	assert_int_equal(block.strings_len, 19);
	assert_int_equal(block.program_handle, 3);
	assert_int_equal(block.handle_count, 3);
	assert_int_equal(block.boot_tid, block.domain_id);
	assert_int_equal(seen.tid, block.boot_tid);
	assert_true(seen.domain->privileged || true);
	object_put(&e->obj);
}

static void start_state(void)
{
	struct hv_sregs s;
	struct domain_end *e;

	fake_program = look_and_exit;
	assert_int_equal(domain_boot_start("prog", "", &e), 0);
	wait_gone(e);
	object_put(&e->obj);
	assert_int_equal(block.argc, 1);
	assert_int_equal(seen.start.rip, FAKE_ENTRY);
	assert_int_equal(seen.vcpu.regs.rip, FAKE_ENTRY);
	assert_int_equal(seen.vcpu.regs.gpr[HV_RSP], CORBEL_RUNTIME_STACK_TOP);
	assert_int_equal(seen.vcpu.regs.rflags, 2);
	(void)s;
}

static void missing_files(void)
{
	struct domain_end *e;

	assert_int_equal(domain_boot_start("none", "", &e), -ENOENT);
	reap();
}

/* Each allocation on the way fails once: nothing leaks, and the answer is -ENOMEM. */
static void every_allocation_fails(void)
{
	struct domain_end *e;
	u32 failures = 0;

	fake_program = look_and_exit;
	for (u64 n = 1;; n++) {
		u64 frames = frames_free_count();
		int err;

		fault_arm(n);
		err = domain_boot_start("prog", "a b", &e);
		fault_arm(0);
		if (!err) {
			wait_gone(e);
			object_put(&e->obj);
			reap();
			break;
		}
		assert_int_equal(err, -ENOMEM);
		reap();
		assert_int_equal(frames_free_count(), frames);
		failures++;
	}
	assert_in_range(failures, 20, 500);
}

struct damage {
	u32 offset;
	u8 value;
};

static void damaged_runtime(void)
{
	static const struct damage damages[] = {
		{0, 0}, {4, 1}, {5, 2}, {16, 3}, {18, 3}, {0x1d, 0x10}, /* entry below the range */
		{0x23, 1},			/* headers far away */
		{0x36, 55}, {0x39, 0xff},	/* their size and number */
		{64 + 56 + 8 + 4, 1},		/* segment behind the end of the file */
		{64 + 56 + 16 + 5, 1},		/* its address outside */
		{64 + 56 + 16, 8},		/* not congruent with the offset */
		{64 + 56 + 32 + 2, 1},		/* more bytes in the file than in memory */
		{64 + 56 + 40 + 7, 1},		/* too long */
		{64 + 2 * 56 + 16 + 1, 0},	/* over the other one */
	};
	struct domain_end *e;

	for (u32 i = 0; i < ARRAY_SIZE(damages); i++) {
		u8 *p = fake_runtime_file + damages[i].offset, old = *p;

		*p = damages[i].value;
		assert_int_not_equal(old, *p);
		assert_int_equal(domain_boot_start("prog", "", &e), -ENOEXEC);
		*p = old;
		reap();
	}
}

static volatile u32 threads_seen, threads_ended;
static u64 words;

/*
 * The child thread: tells that it runs, then exits with both words, or idles until it is told to.
 */
static void child_thread(struct domain_thread *t)
{
	__atomic_fetch_add(&threads_seen, 1, __ATOMIC_SEQ_CST);
	if (t->start.arg == 1) {
		assert_int_equal(guest_call(t, NR_exit, 5, words, words + 8), 0);
		__atomic_fetch_add(&threads_ended, 1, __ATOMIC_SEQ_CST);
	}
}

static s64 create_thread(struct domain_thread *t, u64 page, u64 arg)
{
	struct corbel_thread_create a = {
		.size = sizeof(a), .rip = FAKE_ENTRY, .rsp = 0x5000, .arg = arg, .fs_base = 0x7000,
	};

	assert_int_equal(copy_to_domain(&t->domain->as, DVA(page), &a, sizeof(a)), 0);
	return guest_call(t, CORBEL_THREAD_CREATE, page);
}

static s64 guest_map(struct domain_thread *t)
{
	return guest_call(t, NR_mmap, 0, PAGE_SIZE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, (u64)-1, 0);
}

static void threads_program(struct domain_thread *t)
{
	u64 page, value = 0x0000000100000001ULL;
	s64 tid;

	if (t->tid != t->domain->id) {
		assert_int_equal(fake_hw(&t->vcpu)->sregs.seg[HV_FS].base, 0x7000);
		child_thread(t);
		return;
	}
	page = (u64)guest_map(t);
	words = page + 64;
	assert_int_equal(copy_to_domain(&t->domain->as, DVA(words), &value, 8), 0);
	assert_int_equal(copy_to_domain(&t->domain->as, DVA(words + 8), &value, 8), 0);
	tid = create_thread(t, page, 1);
	assert_true(tid > (s64)t->tid);
	/* The wait ends when the thread has left for good: its word is cleared and woken. */
	while (guest_call(t, NR_futex, words, FUTEX_WAIT, 1, 0) != -EAGAIN) {
	}
	while (guest_call(t, NR_futex, words + 8, FUTEX_WAIT, 1, 0) != -EAGAIN) {
	}
	read_domain(t, &value, words, 8);
	assert_int_equal(value, 0x0000000100000000ULL); /* 32 bits only */
	assert_int_equal(threads_ended, 1);
	assert_int_equal(guest_call(t, NR_tgkill, t->domain->id, (u64)tid, 10), -ESRCH);
	/* Bad ones. */
	assert_int_equal(guest_call(t, NR_exit, 0, 3, 0), -EINVAL);
	assert_int_equal(guest_call(t, NR_exit, 0, 0, DOM_USER_TOP), -EFAULT);
	assert_int_equal(
		call_dispatch(t, NR_exit, &(struct call_args){.rsi = CORBEL_RUNTIME_BASE}),
		-EFAULT);
	/* Others that idle are told to leave by exit_group. */
	for (u32 i = 0; i < 5; i++) {
		assert_true(create_thread(t, page, 2) > 0);
	}
	while (READ_ONCE(threads_seen) < 6) {
		fake_pause();
		sched_yield();
	}
	assert_int_equal(t->domain->thread_count, 6);
	assert_true(domain_runtime_ns(t->domain, NULL) >= domain_runtime_ns(t->domain, t));
	assert_int_equal(guest_call(t, NR_exit_group, 3), 0);
	assert_int_equal(create_thread(t, page, 2), -EAGAIN);
}

static void threads(void)
{
	struct domain_end *e;

	threads_seen = threads_ended = 0;
	fake_program = threads_program;
	assert_int_equal(domain_boot_start("prog", "", &e), 0);
	wait_gone(e);
	assert_int_equal(e->code, 3);
	assert_int_equal(threads_seen, 6);
	object_put(&e->obj);
}

/* The first thread's code counts if nobody calls exit_group. */
static void last_exits_program(struct domain_thread *t)
{
	if (t->tid == t->domain->id) {
		u64 page = (u64)guest_map(t);

		words = page + 64;
		assert_true(create_thread(t, page, 1) > 0);
		assert_int_equal(guest_call(t, NR_exit, 42, 0, 0), 0);
	} else {
		child_thread(t);
	}
}

static void last_exit_ends(void)
{
	struct domain_end *e;

	fake_program = last_exits_program;
	assert_int_equal(domain_boot_start("prog", "", &e), 0);
	wait_gone(e);
	assert_int_equal(e->code, 42);
	assert_false(e->crashed);
	object_put(&e->obj);
}

static void thread_allocations_program(struct domain_thread *t)
{
	u64 page;
	u32 failures = 0;

	if (t->tid != t->domain->id) {
		guest_call(t, NR_exit, 0, 0, 0);
		return;
	}
	page = (u64)guest_map(t);
	(void)create_thread(t, page, 0); /* the page is there now */
	for (u64 n = 1;; n++) {
		s64 tid;

		fault_arm(n);
		tid = create_thread(t, page, 0);
		fault_arm(0);
		if (tid > 0) {
			break;
		}
		assert_int_equal(tid, -ENOMEM);
		failures++;
	}
	assert_in_range(failures, 4, 12); /* struct, stack, FPU, vCPU, and their slabs */
	guest_call(t, NR_exit_group, 0);
}

static void thread_allocations_fail(void)
{
	struct domain_end *e;

	fake_program = thread_allocations_program;
	assert_int_equal(domain_boot_start("prog", "", &e), 0);
	wait_gone(e);
	assert_int_equal(e->code, 0);
	object_put(&e->obj);
}

/* What the exit of the boot domain leaves running is ended by the supervisor. */
static volatile bool supervised;

static void crash_program(struct domain_thread *t)
{
	if (threads_seen++ < 1) {
		guest_call(t, NR_exit_group, CORBEL_EXIT_SIGNAL | 11);
	} else {
		/* Only the runtime may say that a signal did it. */
		assert_int_equal(call_dispatch(t, NR_exit_group,
					       &(struct call_args){.rdi = CORBEL_EXIT_SIGNAL | 4}),
				 0);
	}
}

static void supervise(void *unused)
{
	(void)unused;
	supervised = true;
	domain_supervise("prog", "prog x");
}

/* The last tests: their threads never end. */
static void supervisor_restarts(void **state)
{
	volatile bool done = false;

	(void)state;
	fake_log_clear();
	threads_seen = 0;
	fake_program = crash_program;
	thread_start(fake_thread("super", supervise, NULL));
	arch_kick_cpu(0);
	for (u32 i = 0; i < 400 && !fake_power; i++) {
		(void)fake_run_random(i, &done, 1000);
	}
	assert_true(supervised);
	assert_string_equal(fake_power, "off");
	assert_non_null(strstr(fake_log_text, "corbel: control program prog ended by signal 11"));
	assert_non_null(strstr(fake_log_text, "corbel: starting prog again"));
	assert_non_null(strstr(fake_log_text, "corbel: control program prog exited with code 4"));
}

static void always_crash(struct domain_thread *t)
{
	guest_call(t, NR_exit_group, CORBEL_EXIT_SIGNAL | 6);
}

static void supervisor_gives_up(void **state)
{
	volatile bool done = false;

	(void)state;
	fake_log_clear();
	fake_program = always_crash;
	thread_start(fake_thread("super", supervise, NULL));
	arch_kick_cpu(0);
	fake_halt_expected = true;
	if (!setjmp(fake_halt_jump)) {
		for (u32 i = 0; i < 1000; i++) {
			(void)fake_run_random(i, &done, 1000);
		}
		fail();
	}
	fake_halt_expected = false;
	assert_non_null(strstr(fake_log_text, "crashed 3 times"));
	assert_non_null(strstr(fake_log_text, "corbel: halted"));
}

BODY(boots)
BODY(start_state)
BODY(missing_files)
BODY(every_allocation_fails)
BODY(damaged_runtime)
BODY(threads)
BODY(last_exit_ends)
BODY(thread_allocations_fail)

int main(void)
{
	const struct CMUnitTest tests[] = {
		R(boots),
		R(start_state),
		R(missing_files),
		R(every_allocation_fails),
		R(damaged_runtime),
		R(threads),
		R(last_exit_ends),
		R(thread_allocations_fail),
		T(supervisor_restarts),
		T(supervisor_gives_up),
	};

	fake_domain_boot(2);
	fake_runtime_register();
	fake_runtime_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
