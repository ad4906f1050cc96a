/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * futex: comparing, waking, moving, time limits, kicks, shared memory, and a lock built on it.
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

#include "arch/x86/asm/irq.h"
#include "core/sched.h"
#include "core/time.h"
#include "mm/frame.h"

#define MS 1000000ULL

static struct domain *dom;
static u64 word, word2;	/* addresses of two futex words */
static s64 answers[16];
static u32 started, finished;
static u64 timeout_at;
static u32 wait_op;
static u32 bitsets[16];

static void set_u32(u64 addr, u32 value)
{
	fake_poke(addr, &value, sizeof(value));
}

static void begin(void)
{
	dom = fake_enter(false, 100);
	word = fake_map(PAGE_SIZE);
	word2 = word + 64;
	timeout_at = 0;
	wait_op = FUTEX_WAIT | FUTEX_PRIVATE_FLAG;
	started = finished = 0;
	memset(answers, 0x55, sizeof(answers));
}

static void wait_on_word(void *arg)
{
	u64 me = (u64)(uintptr_t)arg;

	(void)fake_enlist(dom);
	__atomic_fetch_add(&started, 1, __ATOMIC_SEQ_CST);
	answers[me] = call(NR_futex, word, wait_op, 0, timeout_at, 0, bitsets[me]);
	__atomic_fetch_add(&finished, 1, __ATOMIC_SEQ_CST);
	fake_retire();
}

/* Until n waiters are asleep in the futex: a word that nobody waits for wakes nobody. */
static void spawn_waiters(u32 n)
{
	for (u64 i = 0; i < n; i++) {
		fake_spawn(wait_on_word, (void *)(uintptr_t)i);
	}
	while (READ_ONCE(started) < n) {
		fake_pause();
		sched_yield();
	}
	/* All have begun the call; let them sleep. */
	for (u32 i = 0; i < 300; i++) {
		fake_pause();
		sched_yield();
	}
}

static void wait_for_finished(u32 n)
{
	while (READ_ONCE(finished) < n) {
		fake_pause();
		sched_yield();
	}
}

static void compare(void)
{
	begin();
	set_u32(word, 5);
	assert_int_equal(call(NR_futex, word, FUTEX_WAIT, 6, 0), -EAGAIN);
	assert_int_equal(call(NR_futex, word, FUTEX_WAIT_BITSET, 6, 0, 0, 1), -EAGAIN);
	assert_int_equal(call(NR_futex, word, FUTEX_CMP_REQUEUE, 1, 1, word2, 6), -EAGAIN);
	assert_int_equal(call(NR_futex, word, FUTEX_CMP_REQUEUE, 1, 1, word2, 5), 0);
	fake_leave(dom);
}

static void argument_errors(void)
{
	u64 ts, hole;

	begin();
	ts = word + 128;
	hole = word + PAGE_SIZE;
	assert_int_equal(call(NR_futex, word + 2, FUTEX_WAIT, 0, 0), -EINVAL);
	assert_int_equal(call(NR_futex, word + 1, FUTEX_WAKE, 1), -EINVAL);
	assert_int_equal(call(NR_futex, CORBEL_RUNTIME_BASE, FUTEX_WAKE, 1), -EFAULT);
	assert_int_equal(call(NR_futex, hole, FUTEX_WAIT, 0, 0), -EFAULT);
	assert_int_equal(call(NR_futex, hole, FUTEX_WAKE, 1), 0);
	assert_int_equal(call(NR_futex, word, FUTEX_WAIT_BITSET, 0, 0, 0, 0), -EINVAL);
	assert_int_equal(call(NR_futex, word, FUTEX_WAKE_BITSET, 1, 0, 0, 0), -EINVAL);
	assert_int_equal(call(NR_futex, word, FUTEX_REQUEUE, (u64)-1, 1, word2), -EINVAL);
	assert_int_equal(call(NR_futex, word, FUTEX_REQUEUE, 1, (u64)-1, word2), -EINVAL);
	assert_int_equal(call(NR_futex, word, FUTEX_REQUEUE, 1, 1, word2 + 1), -EINVAL);
	assert_int_equal(call(NR_futex, word, FUTEX_REQUEUE, 1, 1, CORBEL_RUNTIME_BASE), -EFAULT);
	assert_int_equal(call(NR_futex, hole, FUTEX_CMP_REQUEUE, 1, 1, word2, 0), -EFAULT);
	assert_int_equal(call(NR_futex, word, 2, 1), -ENOSYS);
	assert_int_equal(call(NR_futex, word, 5, 1), -ENOSYS);
	assert_int_equal(call(NR_futex, word, FUTEX_WAIT | FUTEX_CLOCK_REALTIME, 0, 0), -ENOSYS);
	assert_int_equal(call(NR_futex, word, FUTEX_WAIT, 0, 8), -EFAULT);
	fake_poke64(ts, 1);
	fake_poke64(ts + 8, NSEC_PER_SEC);
	assert_int_equal(call(NR_futex, word, FUTEX_WAIT, 0, ts), -EINVAL);
	fake_poke64(ts, (u64)-1);
	fake_poke64(ts + 8, 0);
	assert_int_equal(call(NR_futex, word, FUTEX_WAIT, 0, ts), -EINVAL);
	fake_leave(dom);
}

static void set_time(u64 addr, u64 ns)
{
	fake_poke64(addr, ns / NSEC_PER_SEC);
	fake_poke64(addr + 8, ns % NSEC_PER_SEC);
}

static void timeouts(void)
{
	u64 ts, before;

	begin();
	ts = word + 128;
	before = now_ns();
	set_time(ts, 30 * MS);
	assert_int_equal(call(NR_futex, word, FUTEX_WAIT, 0, ts), -ETIMEDOUT);
	assert_true(now_ns() >= before + 30 * MS);
	/* Absolute for WAIT_BITSET; a time that is over ends at once. */
	before = now_ns();
	set_time(ts, before + 20 * MS);
	assert_int_equal(call(NR_futex, word, FUTEX_WAIT_BITSET, 0, ts, 0, ~0u), -ETIMEDOUT);
	assert_true(now_ns() >= before + 20 * MS);
	assert_int_equal(call(NR_futex, word, FUTEX_WAIT_BITSET, 0, ts, 0, ~0u), -ETIMEDOUT);
	before = time_wall_ns();
	set_time(ts, before + 20 * MS);
	assert_int_equal(
		call(NR_futex, word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, ts, 0, 1),
		-ETIMEDOUT);
	assert_true(time_wall_ns() >= before + 20 * MS);
	/* The waiter is gone: nobody to wake. */
	assert_int_equal(call(NR_futex, word, FUTEX_WAKE, 10), 0);
	fake_leave(dom);
}

static void wake_counts(void)
{
	begin();
	spawn_waiters(6);
	assert_int_equal(call(NR_futex, word2, FUTEX_WAKE, 10), 0);
	assert_int_equal(call(NR_futex, word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1), 1);
	wait_for_finished(1);
	assert_int_equal(call(NR_futex, word, FUTEX_WAKE, 3), 3);
	wait_for_finished(4);
	assert_int_equal(call(NR_futex, word, FUTEX_WAKE, 0), 1); /* as Linux: at least one */
	assert_int_equal(call(NR_futex, word, FUTEX_WAKE, INT32_MAX), 1);
	fake_join();
	for (u32 i = 0; i < 6; i++) {
		assert_int_equal(answers[i], 0);
	}
	fake_leave(dom);
}

static void bitset_selects(void)
{
	begin();
	wait_op = FUTEX_WAIT_BITSET;
	for (u32 i = 0; i < 4; i++) {
		bitsets[i] = 1u << (i % 2);
	}
	spawn_waiters(4);
	assert_int_equal(call(NR_futex, word, FUTEX_WAKE_BITSET, 10, 0, 0, 4), 0);
	assert_int_equal(call(NR_futex, word, FUTEX_WAKE_BITSET, 10, 0, 0, 2), 2);
	wait_for_finished(2);
	assert_int_equal(answers[1], 0);
	assert_int_equal(answers[3], 0);
	assert_int_equal(call(NR_futex, word, FUTEX_WAKE, 10), 2);
	fake_join();
	fake_leave(dom);
}

static void requeue(void)
{
	begin();
	spawn_waiters(5);
	/* One is woken, three move, one stays. */
	assert_int_equal(call(NR_futex, word, FUTEX_CMP_REQUEUE, 1, 3, word2, 0), 4);
	wait_for_finished(1);
	assert_int_equal(call(NR_futex, word, FUTEX_WAKE, 10), 1);
	assert_int_equal(call(NR_futex, word2, FUTEX_WAKE, 2), 2);
	/* The last one moves back and is woken there. */
	assert_int_equal(call(NR_futex, word2, FUTEX_REQUEUE, 0, 10, word), 1);
	assert_int_equal(call(NR_futex, word2, FUTEX_WAKE, 10), 0);
	assert_int_equal(call(NR_futex, word, FUTEX_WAKE, 10), 1);
	fake_join();
	fake_leave(dom);
}

static void requeue_to_itself(void)
{
	begin();
	spawn_waiters(3);
	assert_int_equal(call(NR_futex, word, FUTEX_REQUEUE, 1, 5, word), 3);
	assert_int_equal(call(NR_futex, word, FUTEX_WAKE, 5), 2);
	fake_join();
	fake_leave(dom);
}

static void requeued_waiter_times_out(void)
{
	begin();
	timeout_at = word + 128;
	set_time(timeout_at, 50 * MS);
	spawn_waiters(2);
	assert_int_equal(call(NR_futex, word, FUTEX_REQUEUE, 0, 5, word2), 2);
	fake_join();
	assert_int_equal(answers[0], -ETIMEDOUT);
	assert_int_equal(answers[1], -ETIMEDOUT);
	assert_int_equal(call(NR_futex, word2, FUTEX_WAKE, 5), 0);
	fake_leave(dom);
}

static struct thread *kicked_thread;

static void wait_and_be_kicked(void *arg)
{
	(void)arg;
	(void)fake_enlist(dom);
	WRITE_ONCE(kicked_thread, current_thread());
	answers[0] = call(NR_futex, word, FUTEX_WAIT, 0, 0);
	fake_retire();
}

static void kick_interrupts(void)
{
	begin();
	kicked_thread = NULL;
	fake_spawn(wait_and_be_kicked, NULL);
	while (!READ_ONCE(kicked_thread)) {
		fake_pause();
		sched_yield();
	}
	thread_kick(kicked_thread);
	fake_join();
	assert_int_equal(answers[0], -EINTR);
	assert_int_equal(call(NR_futex, word, FUTEX_WAKE, 5), 0);
	fake_leave(dom);
}

/*
 * A word in a memfd is the same word wherever it is mapped, and private memory at two addresses
 * is not.
 */
static void shared_by_memory(void)
{
	u64 name, other;
	s64 fd;

	begin();
	name = word + 512;
	fake_poke(name, "m", 2);
	fd = call(NR_memfd_create, name, 0);
	assert_int_equal(call(NR_ftruncate, (u64)fd, 2 * PAGE_SIZE), 0);
	word = (u64)call(NR_mmap, 0, 2 * PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, (u64)fd, 0);
	other = (u64)call(NR_mmap, 0, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, (u64)fd,
			  PAGE_SIZE);
	word += PAGE_SIZE + 16; /* in the second page */
	spawn_waiters(2);
	set_u32(other + 16, 1);
	assert_int_equal(call(NR_futex, other, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 5), 0);
	assert_int_equal(call(NR_futex, other + 16, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 5), 2);
	fake_join();
	assert_int_equal(call(NR_futex, word, FUTEX_WAIT, 0, 0), -EAGAIN);
	fake_leave(dom);
}

/* A lock by futex, as libc makes it: no wake-up is ever lost, in any order of the CPUs. */
#define ROUNDS 60
static u32 inside, sum;

static u32 exchange(u64 addr, u32 expected, u32 value, bool compare_first)
{
	bool irqs = irq_save();
	u32 old, rights, order;
	hpa_t hpa;
	u32 *p;

	assert_int_equal(s2_lookup(&dom->as.s2, GPA(addr), &hpa, &rights, &order), 0);
	p = (u32 *)((char *)frame_ptr(frame_of(hpa)) + (addr & ~PAGE_MASK));
	old = *p;
	if (!compare_first || old == expected) {
		*p = value;
	}
	irq_restore(irqs);
	return old;
}

static void lock_and_unlock(void *arg)
{
	(void)arg;
	(void)fake_enlist(dom);
	for (u32 i = 0; i < ROUNDS; i++) {
		if (exchange(word, 0, 1, true) != 0) {
			while (exchange(word, 0, 2, false) != 0) {
				s64 r = call(NR_futex, word, FUTEX_WAIT, 2, 0);

				assert_true(r == 0 || r == -EAGAIN);
			}
		}
		assert_int_equal(inside, 0);
		inside++;
		fake_pause();
		sum++;
		inside--;
		if (exchange(word, 0, 0, false) == 2) {
			assert_true(call(NR_futex, word, FUTEX_WAKE, 1) <= 1);
		}
	}
	fake_retire();
}

static void lock_by_futex(void)
{
	begin();
	set_u32(word, 0);
	sum = 0;
	for (u32 i = 0; i < 5; i++) {
		fake_spawn(lock_and_unlock, NULL);
	}
	fake_join();
	assert_int_equal(sum, 5 * ROUNDS);
	fake_leave(dom);
}

BODY(compare)
BODY(argument_errors)
BODY(timeouts)
BODY(wake_counts)
BODY(bitset_selects)
BODY(requeue)
BODY(requeue_to_itself)
BODY(requeued_waiter_times_out)
BODY(kick_interrupts)
BODY(shared_by_memory)
BODY(lock_by_futex)
DOMAIN_MAIN(3, R(compare), R(argument_errors), R(timeouts), R(wake_counts), R(bitset_selects),
	    R(requeue), R(requeue_to_itself), R(requeued_waiter_times_out), R(kick_interrupts),
	    R(shared_by_memory), R(lock_by_futex), R(lock_by_futex), R(lock_by_futex),
	    R(lock_by_futex))
