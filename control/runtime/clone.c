/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * clone and clone3 for threads of the same address space, and for the child that borrows its
 * parent's memory until execve (CLONE_VFORK, process_child.c). A process with a copy of the memory
 * (fork) cannot be made: -ENOSYS, here. A thread waits for its parent to store the thread id in all
 * the places where it is expected.
 */
#include "control/runtime/calls.h"

#include <linux/futex.h>
#include <linux/sched.h>
#include <asm/signal.h>

#include "control/runtime/cpu.h"
#include "control/runtime/domain.h"
#include "control/runtime/process.h"
#include "control/runtime/signal.h"
#include "control/runtime/thread.h"
#include "control/runtime/user.h"

#define THREAD_FLAGS (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD)
#define KNOWN_FLAGS                                                                                \
	(THREAD_FLAGS | CLONE_SYSVSEM | CLONE_SETTLS | CLONE_PARENT_SETTID |                       \
	 CLONE_CHILD_CLEARTID | CLONE_CHILD_SETTID | CLONE_DETACHED)
/* What posix_spawn of glibc and musl asks for; CLONE_CLEAR_SIGHAND is not in every header. */
#define CLEAR_ACTIONS 0x100000000ull
#define CHILD_FLAGS (CLONE_VM | CLONE_VFORK)
#define KNOWN_CHILD_FLAGS (CHILD_FLAGS | CLONE_SETTLS | CLEAR_ACTIONS)
#define ROBUST_MAX 2048

static u32 first_code; /* exit code of the first thread */

/* Stores the id where the flags want it. Bad addresses are the program's loss, as on Linux. */
static void store_tid(u64 flags, u32 tid, u64 parent_tid, u64 child_tid)
{
	long lost = 0;

	if (flags & CLONE_PARENT_SETTID) {
		lost |= copy_out(parent_tid, &tid, sizeof(tid));
	}
	if (flags & CLONE_CHILD_SETTID) {
		lost |= copy_out(child_tid, &tid, sizeof(tid));
	}
	(void)lost;
}

static long start(const struct regs *r, const struct clone_args *a)
{
	struct corbel_thread_create create = {.size = sizeof(create), .rip = (u64)thread_entry};
	struct thread *parent = this_thread(), *t = thread_slot_take();
	struct regs *child;
	long tid;

	if (!t) {
		return -EAGAIN;
	}
	child = thread_regs(t);
	*child = *r;
	child->rax = 0;
	child->rsp = a->stack ? a->stack : r->rsp;
	t->blocked = parent->blocked;
	t->clear_tid = a->flags & CLONE_CHILD_CLEARTID ? a->child_tid : 0;
	asm volatile("fnstcw %0; stmxcsr %1" : "=m"(t->fpu_control), "=m"(t->mxcsr));
	create.arg = (u64)t;
	create.rsp = (u64)child;
	create.fs_base = a->flags & CLONE_SETTLS ? a->tls : read_msr(MSR_FS_BASE);
	tid = call_own(CORBEL_THREAD_CREATE, &create);
	if (tid < 0) {
		__atomic_store_n(&t->in_use, 0, __ATOMIC_RELEASE);
		return tid;
	}
	t->tid = (u32)tid;
	store_tid(a->flags, t->tid, a->parent_tid, a->child_tid);
	__atomic_store_n(&t->started, 1, __ATOMIC_RELEASE);
	call_own(__NR_futex, &t->started, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1);
	return tid;
}

static long checked_start(struct regs *r, const struct clone_args *a)
{
	if ((a->flags & CHILD_FLAGS) == CHILD_FLAGS && !(a->flags & CLONE_THREAD)) {
		if ((a->flags & ~KNOWN_CHILD_FLAGS) || a->exit_signal != SIGCHLD) {
			return -ENOSYS;
		}
		return process_vfork(r, a->stack, a->tls, a->flags & CLONE_SETTLS,
				     a->flags & CLEAR_ACTIONS);
	}
	if ((a->flags & THREAD_FLAGS) != THREAD_FLAGS || (a->flags & ~(u64)KNOWN_FLAGS)) {
		return -ENOSYS;
	}
	return start(r, a);
}

long sys_clone(struct regs *r)
{
	struct clone_args a = {.flags = (u32)r->rdi & ~(u64)CSIGNAL,
			       .exit_signal = r->rdi & CSIGNAL,
			       .stack = r->rsi,
			       .parent_tid = r->rdx,
			       .child_tid = r->r10,
			       .tls = r->r8};

	return checked_start(r, &a);
}

long sys_clone3(struct regs *r)
{
	struct clone_args a = {0};
	u64 size = r->rsi;

	if (size < CLONE_ARGS_SIZE_VER0) {
		return -EINVAL;
	}
	if (copy_in(&a, r->rdi, size < sizeof(a) ? size : sizeof(a))) {
		return -EFAULT;
	}
	if (a.set_tid || a.set_tid_size || a.cgroup || (a.exit_signal & ~(u64)CSIGNAL) ||
	    ((a.flags & CLONE_THREAD) && a.exit_signal) || !a.stack != !a.stack_size) {
		return -EINVAL;
	}
	a.stack += a.stack_size;
	return checked_start(r, &a);
}

long sys_vfork(struct regs *r)
{
	return process_vfork(r, 0, 0, false, false);
}

/* Memory cannot be copied on write: use vfork or posix_spawn. */
long sys_fork(struct regs *r)
{
	(void)r;
	return -ENOSYS;
}

/* Of a child between vfork and execve: process_child.c. */
long sys_execve(struct regs *r)
{
	return process_replace(r, r->rdi, r->rsi, r->rdx);
}

long sys_execveat(struct regs *r)
{
	return r->r8 ? -ENOSYS : process_replace(r, r->rsi, r->rdx, r->r10);
}

/* A lock of a dead thread: marks it and wakes a waiter, as <linux/futex.h> describes. */
static bool release_robust(u64 word, u32 tid)
{
	u32 value;

	if (copy_in(&value, word, sizeof(value))) {
		return false;
	}
	if ((value & FUTEX_TID_MASK) == tid) {
		u32 dead = (value & FUTEX_WAITERS) | FUTEX_OWNER_DIED;

		if (copy_out(word, &dead, sizeof(dead))) {
			return false;
		}
		if (value & FUTEX_WAITERS) {
			call_plain(__NR_futex, word, FUTEX_WAKE, 1);
		}
	}
	return true;
}

static void release_robust_list(struct thread *t)
{
	struct robust_list_head head;
	u64 entry;

	if (!t->robust_list || copy_in(&head, t->robust_list, sizeof(head))) {
		return;
	}
	entry = (u64)head.list.next;
	for (u32 i = 0; i < ROBUST_MAX && (entry & ~1ull) != t->robust_list; i++) {
		if (!release_robust((entry & ~1ull) + (u64)head.futex_offset, t->tid) ||
		    copy_in(&entry, entry & ~1ull, sizeof(entry))) {
			return;
		}
	}
}

long sys_exit(struct regs *r)
{
	struct thread *t = this_thread();

	release_robust_list(t);
	signal_thread_leaves(t);
	if (t->tid == domain.pid) {
		first_code = r->rdi & 0xff;
	}
	if (thread_leave(t)) {
		r->rdi = first_code;
		sys_exit_group(r);
	}
	for (;;) {
		call_own(__NR_exit, r->rdi & 0xff,
			 user_range_ok(t->clear_tid, 4) ? t->clear_tid : 0, &t->in_use);
	}
}

long sys_exit_group(struct regs *r)
{
	for (;;) {
		call_own(__NR_exit_group, r->rdi & 0xff);
	}
}

long sys_set_tid_address(struct regs *r)
{
	this_thread()->clear_tid = r->rdi;
	return this_thread()->tid;
}

long sys_set_robust_list(struct regs *r)
{
	if (r->rsi != sizeof(struct robust_list_head)) {
		return -EINVAL;
	}
	this_thread()->robust_list = r->rdi;
	return 0;
}

long sys_get_robust_list(struct regs *r)
{
	const struct thread *t = r->rdi ? thread_find((u32)r->rdi) : this_thread();
	u64 size = sizeof(struct robust_list_head);

	if (!t) {
		return -ESRCH;
	}
	return copy_out(r->rdx, &size, sizeof(size)) ||
			       copy_out(r->rsi, &t->robust_list, sizeof(t->robust_list))
		       ? -EFAULT
		       : 0;
}
