/* SPDX-License-Identifier: BSD-2-Clause */
/* Who and where the program is: ids, names, limits, the CPUs. All constant. */
#include "control/runtime/calls.h"

#include <asm/prctl.h>
#include <linux/prctl.h>
#include <linux/resource.h>
#include <linux/sched.h>
#include <linux/sysinfo.h>
#include <linux/utsname.h>

#include "control/runtime/clock.h"
#include "control/runtime/cpu.h"
#include "control/runtime/domain.h"
#include "control/runtime/process.h"
#include "control/runtime/stack.h"
#include "control/runtime/syscall.h"
#include "control/runtime/user.h"

#define USER_CANONICAL 0x800000000000ull

long sys_getpid(struct regs *r)
{
	(void)r;
	return domain.pid;
}

long sys_gettid(struct regs *r)
{
	(void)r;
	return this_thread()->tid;
}

static long zero(struct regs *r)
{
	(void)r;
	return 0;
}

long sys_getppid(struct regs *r)
{
	(void)r;
	return process.parent;
}

long sys_getuid(struct regs *r) __attribute__((alias("zero")));
long sys_geteuid(struct regs *r) __attribute__((alias("zero")));
long sys_getgid(struct regs *r) __attribute__((alias("zero")));
long sys_getegid(struct regs *r) __attribute__((alias("zero")));

long sys_getpgrp(struct regs *r)
{
	(void)r;
	return process.group;
}

/* Of other processes nothing is known here. */
long sys_getpgid(struct regs *r)
{
	return r->rdi && r->rdi != domain.pid ? -ESRCH : (long)process.group;
}

long sys_getsid(struct regs *r)
{
	return r->rdi && r->rdi != domain.pid ? -ESRCH : (long)process.session;
}

/* A group of its own, or the one it is in; a leader of a session stays. */
long sys_setpgid(struct regs *r)
{
	u32 pid = (u32)r->rdi, group = (u32)r->rsi;

	if ((s32)group < 0) {
		return -EINVAL;
	}
	if (pid && pid != domain.pid) {
		return child_set_group(pid);
	}
	group = group ? group : domain.pid;
	if (process.session == domain.pid || (group != domain.pid && group != process.group)) {
		return -EPERM;
	}
	process.group = group;
	return 0;
}

long sys_setsid(struct regs *r)
{
	(void)r;
	if (process.group == domain.pid) {
		return -EPERM;
	}
	process.group = process.session = domain.pid;
	return domain.pid;
}

long sys_uname(struct regs *r)
{
	static const struct new_utsname name = {
		.sysname = "Linux", .nodename = "corbel", .release = "6.1.0-corbel",
		.version = "#1 Corbel", .machine = "x86_64", .domainname = "(none)",
	};

	return copy_out(r->rdi, &name, sizeof(name));
}

long sys_sysinfo(struct regs *r)
{
	struct sysinfo info = { .uptime = (long)(clock_monotonic() / NS_PER_S),
				.totalram = domain.boot->memory_bytes,
				.freeram = domain.boot->memory_bytes,
				.procs = 1,
				.mem_unit = 1 };

	return copy_out(r->rdi, &info, sizeof(info));
}

static long limit_out(u64 address, u32 resource)
{
	struct rlimit64 limit = { RLIM64_INFINITY, RLIM64_INFINITY };

	if (resource >= RLIM_NLIMITS) {
		return -EINVAL;
	}
	if (resource == RLIMIT_STACK) {
		limit.rlim_cur = PROGRAM_STACK;
	} else if (resource == RLIMIT_NOFILE) {
		limit.rlim_cur = limit.rlim_max = SYSCALL_HIDDEN;
	} else if (resource == RLIMIT_NPROC) {
		limit.rlim_cur = limit.rlim_max = THREADS_MAX;
	} else if (resource == RLIMIT_CORE) {
		limit.rlim_cur = 0;
	}
	return address ? copy_out(address, &limit, sizeof(limit)) : 0;
}

/* Limits are what they are: setting one is refused. */
long sys_prlimit64(struct regs *r)
{
	if (r->rdi && r->rdi != domain.pid) {
		return -ESRCH;
	}
	return r->rdx ? -EPERM : limit_out(r->r10, (u32)r->rsi);
}

long sys_getrlimit(struct regs *r)
{
	return r->rsi ? limit_out(r->rsi, (u32)r->rdi) : -EFAULT;
}

long sys_sched_getaffinity(struct regs *r)
{
	u64 cpus[4] = { 0 }, bytes = ROUND_UP((domain.boot->cpu_count + 7) / 8, 8);

	if (r->rdi && !thread_find((u32)r->rdi)) {
		return -ESRCH;
	}
	bytes = bytes < sizeof(cpus) ? bytes : sizeof(cpus);
	if (r->rsi < bytes || r->rsi % 8) {
		return -EINVAL;
	}
	for (u64 i = 0; i < domain.boot->cpu_count && i < 8 * sizeof(cpus); i++) {
		cpus[i / 64] |= BIT(i % 64);
	}
	return copy_out(r->rdx, cpus, bytes) ? -EFAULT : (long)bytes;
}

static long priority(struct regs *r, long real_time)
{
	switch (r->rdi) {
	case SCHED_FIFO:
	case SCHED_RR: return real_time;
	case SCHED_NORMAL:
	case SCHED_BATCH:
	case SCHED_IDLE: return 0;
	default: return -EINVAL;
	}
}

long sys_sched_get_priority_max(struct regs *r)
{
	return priority(r, 99);
}

long sys_sched_get_priority_min(struct regs *r)
{
	return priority(r, 1);
}

static long copy_in_name(char name[16], u64 address)
{
	char text[16] = { 0 };
	long len = copy_in_string(text, address, sizeof(text));

	if (len == -EFAULT) {
		return len;
	}
	text[15] = 0;
	memcpy(name, text, sizeof(text));
	return 0;
}

static long base_out(u32 msr, u64 address)
{
	u64 base = read_msr(msr);

	return copy_out(address, &base, sizeof(base));
}

static long set_base(u32 msr, u64 base)
{
	if (base >= USER_CANONICAL) {
		return -EPERM;
	}
	write_msr(msr, base);
	return 0;
}

long sys_arch_prctl(struct regs *r)
{
	switch (r->rdi) {
	case ARCH_SET_FS: return set_base(MSR_FS_BASE, r->rsi);
	case ARCH_SET_GS: return set_base(MSR_KERNEL_GS_BASE, r->rsi);
	case ARCH_GET_FS: return base_out(MSR_FS_BASE, r->rsi);
	case ARCH_GET_GS: return base_out(MSR_KERNEL_GS_BASE, r->rsi);
	default: return -EINVAL;
	}
}

/* Of all that prctl knows, the name of a thread: the report of a crash shows it. */
long sys_prctl(struct regs *r)
{
	struct thread *t = this_thread();

	switch (r->rdi) {
	case PR_SET_NAME: return copy_in_name(t->name, r->rsi);
	case PR_GET_NAME: return copy_out(r->rsi, t->name, sizeof(t->name));
	default: return -EINVAL;
	}
}
