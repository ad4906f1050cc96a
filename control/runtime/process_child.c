/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The child between vfork and execve. It runs on the thread of its parent, which waits for it by
 * definition: the parent's registers are put aside, every system call comes here (LSTAR is the
 * thread's own), and execve or exit bring the parent back with the child's id. One at a time; a
 * second vfork waits. Meanwhile the thread takes no signals, as the waiting parent on Linux.
 */
#include "control/runtime/process.h"

#include <asm/signal.h>
#include <linux/futex.h>
#include <linux/mman.h>
#include <linux/sched.h>
#include <linux/signal.h>

#include "control/runtime/calls.h"
#include "control/runtime/cpu.h"
#include "control/runtime/domain.h"
#include "control/runtime/hypercall.h"
#include "control/runtime/user.h"

#define MASK_BYTES 8

static struct child_run the_child;
static u32 taken; /* futex word */

void process_take_turn(void)
{
	while (__atomic_exchange_n(&taken, 1, __ATOMIC_ACQUIRE)) {
		call_own(__NR_futex, &taken, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 1, 0);
	}
}

void process_give_turn(void)
{
	__atomic_store_n(&taken, 0, __ATOMIC_RELEASE);
	call_own(__NR_futex, &taken, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1);
}

static void copy_actions(struct child_run *run, bool clear)
{
	for (u32 sig = 1; sig <= SIGNALS; sig++) {
		signal_action(sig, NULL, &run->actions[sig]);
		if (clear && run->actions[sig].handler != (u64)SIG_IGN) {
			run->actions[sig] = (struct signal_action){0};
		}
	}
}

long process_vfork(struct regs *r, u64 stack, u64 tls, bool set_tls, bool clear_actions)
{
	static u32 unborn = FIRST_UNBORN;
	struct thread *t = this_thread();
	struct child_run *run = &the_child;

	process_take_turn();
	run->pid = unborn = unborn == INT32_MAX ? FIRST_UNBORN : unborn + 1;
	run->group = process.group;
	run->session = process.session;
	run->row = child_new(run->pid, run->group);
	if (!run->row) {
		process_give_turn();
		return -EAGAIN;
	}
	run->parent = *r;
	run->fs_base = read_msr(MSR_FS_BASE);
	run->gs_base = read_msr(MSR_KERNEL_GS_BASE);
	run->blocked = run->mask = t->blocked;
	asm volatile("fnstcw %0; stmxcsr %1" : "=m"(run->fpu_control), "=m"(run->mxcsr));
	copy_actions(run, clear_actions);
	child_files_start(run);
	signal_set_mask(~0ull);
	t->child = run;
	cpu_set_entry(true);
	if (set_tls) {
		write_msr(MSR_FS_BASE, tls);
	}
	r->rsp = stack ? stack : r->rsp;
	return 0;
}

/* The parent's vfork returns `result`. */
static void leave(struct child_run *run, struct regs *r, long result)
{
	struct thread *t = this_thread();
	u64 blocked = run->blocked;

	child_files_end(run);
	*r = run->parent;
	r->rax = (u64)result;
	write_msr(MSR_FS_BASE, run->fs_base);
	write_msr(MSR_KERNEL_GS_BASE, run->gs_base);
	asm volatile("fldcw %0; ldmxcsr %1" : : "m"(run->fpu_control), "m"(run->mxcsr));
	cpu_set_entry(false);
	t->child = NULL;
	process_give_turn();
	signal_set_mask(blocked);
}

/* It ended without execve. */
static void end(struct child_run *run, struct regs *r, u32 signal, u32 code)
{
	struct child *c = run->row;

	leave(run, r, run->pid);
	child_ended(c, signal, code);
}

bool child_killed(struct regs *r, u32 sig)
{
	struct child_run *run = this_thread()->child;

	if (run) {
		end(run, r, sig, 0);
	}
	return run;
}

/* A signal of the child to itself, now: handlers are not called on this way. */
static long send_self(struct child_run *run, struct regs *r, u32 sig)
{
	if (sig > SIGNALS) {
		return -EINVAL;
	}
	if (!sig || signal_harmless(sig) || run->actions[sig].handler == (u64)SIG_IGN) {
		return 0;
	}
	end(run, r, sig, 0);
	return (long)r->rax;
}

static long set_mask(struct child_run *run, const struct regs *r)
{
	u64 old = run->mask, set;

	if (r->r10 != MASK_BYTES) {
		return -EINVAL;
	}
	if (r->rsi) {
		if (copy_in(&set, r->rsi, sizeof(set))) {
			return -EFAULT;
		}
		switch ((u32)r->rdi) {
		case SIG_BLOCK: run->mask = old | set; break;
		case SIG_UNBLOCK: run->mask = old & ~set; break;
		case SIG_SETMASK: run->mask = set; break;
		default: return -EINVAL;
		}
	}
	return r->rdx ? copy_out(r->rdx, &old, sizeof(old)) : 0;
}

static long set_action(struct child_run *run, const struct regs *r)
{
	u32 sig = (u32)r->rdi;
	struct signal_action a, old;

	if (r->r10 != MASK_BYTES || !sig || sig > SIGNALS ||
	    (r->rsi && (sig == SIGKILL || sig == SIGSTOP))) {
		return -EINVAL;
	}
	old = run->actions[sig];
	if (r->rsi) {
		if (copy_in(&a, r->rsi, sizeof(a))) {
			return -EFAULT;
		}
		run->actions[sig] = a;
	}
	return r->rdx ? copy_out(r->rdx, &old, sizeof(old)) : 0;
}

static long set_group(struct child_run *run, u32 pid, u32 group)
{
	if (pid && pid != run->pid) {
		return -ESRCH;
	}
	if (run->session == run->pid) {
		return -EPERM;
	}
	/* 0: a group of its own, whose number is known when the domain is there. */
	if (group && group != run->pid && group != run->group) {
		return -EPERM;
	}
	run->group = group == run->group ? group : run->pid;
	child_set_own_group(run->row, run->group);
	return 0;
}

static long set_session(struct child_run *run)
{
	if (run->group == run->pid) {
		return -EPERM;
	}
	run->session = run->group = run->pid;
	child_set_own_group(run->row, run->group);
	return run->pid;
}

/* Ids that are there already, 0, or are not to change, -1. */
static bool root_or_same(u64 a, u64 b)
{
	return (!(u32)a || (s32)a == -1) && (!(u32)b || (s32)b == -1);
}

/* Identity and signals; *known false: another call. */
static long own_call(struct child_run *run, struct regs *r, bool *known)
{
	*known = true;
	switch (r->nr_error) {
	case __NR_getpid:
	case __NR_gettid: return run->pid;
	case __NR_getppid: return domain.pid;
	case __NR_getpgrp: return run->group;
	case __NR_getpgid: return r->rdi && r->rdi != run->pid ? -ESRCH : (long)run->group;
	case __NR_getsid: return r->rdi && r->rdi != run->pid ? -ESRCH : (long)run->session;
	case __NR_setpgid: return set_group(run, (u32)r->rdi, (u32)r->rsi);
	case __NR_setsid: return set_session(run);
	case __NR_setuid:
	case __NR_setgid: return (u32)r->rdi ? -EPERM : 0;
	case __NR_setresuid:
	case __NR_setresgid:
		return root_or_same(r->rdi, r->rsi) && root_or_same(r->rdx, 0) ? 0 : -EPERM;
	case __NR_sched_setscheduler: return (u32)r->rsi ? -EPERM : 0;
	case __NR_sched_setparam: return 0;
	case __NR_rt_sigprocmask: return set_mask(run, r);
	case __NR_rt_sigaction: return set_action(run, r);
	case __NR_kill:
	case __NR_tkill: return (u32)r->rdi == run->pid ? send_self(run, r, (u32)r->rsi) : -ESRCH;
	case __NR_tgkill: return (u32)r->rsi == run->pid ? send_self(run, r, (u32)r->rdx) : -ESRCH;
	default: *known = false; return -ENOSYS;
	}
}

/* What the child does as its parent would: memory, time, names. */
static long shared_call(struct regs *r)
{
	switch (r->nr_error) {
	case __NR_munmap:
	case __NR_mprotect:
	case __NR_mremap:
	case __NR_futex:
	case __NR_sched_yield: return syscall_send(r);
	case __NR_brk: return sys_brk(r);
	case __NR_madvise: return sys_madvise(r);
	case __NR_getuid:
	case __NR_geteuid:
	case __NR_getgid:
	case __NR_getegid: return 0;
	case __NR_clock_gettime: return sys_clock_gettime(r);
	case __NR_clock_nanosleep: return sys_clock_nanosleep(r);
	case __NR_nanosleep: return sys_nanosleep(r);
	case __NR_getrandom: return sys_getrandom(r);
	case __NR_prlimit64: return r->rdi ? -ESRCH : sys_prlimit64(r);
	case __NR_getrlimit: return sys_getrlimit(r);
	case __NR_stat: return sys_stat(r);
	case __NR_newfstatat: return (s32)r->rdi >= 0 ? -ENOSYS : sys_newfstatat(r);
	case __NR_access: return sys_access(r);
	default: return -ENOSYS;
	}
}

static long execute(struct child_run *run, struct regs *r, u64 path, u64 argv, u64 envp)
{
	long pid = process_exec(run, path, argv, envp);

	if (pid < 0) {
		return pid;
	}
	leave(run, r, pid);
	return pid;
}

void child_syscall(struct regs *r)
{
	struct child_run *run = this_thread()->child;
	bool known;
	long n;

	switch (r->nr_error) {
	case __NR_execve: n = execute(run, r, r->rdi, r->rsi, r->rdx); break;
	case __NR_execveat:
		n = r->r8 ? -ENOSYS : execute(run, r, r->rsi, r->rdx, r->r10);
		break;
	case __NR_exit:
	case __NR_exit_group:
		end(run, r, 0, r->rdi & 0xff);
		n = (long)r->rax;
		break;
	default:
		n = own_call(run, r, &known);
		n = known ? n : child_file_call(run, r);
		n = known || n != -ENOSYS ? n : shared_call(r);
	}
	r->rax = (u64)n;
	if (!this_thread()->child && this_thread()->work) {
		signals_deliver(r);
	}
}
