/* SPDX-License-Identifier: BSD-2-Clause */
/* wait4 and waitid: how they name children and tell of their ends. Children do not stop here. */
#include "control/runtime/calls.h"

#include <asm/siginfo.h>
#include <asm/signal.h>
#include <linux/resource.h>
#include <linux/wait.h>

#include "control/runtime/process.h"
#include "control/runtime/user.h"

#define CLONE_WAITS (__WNOTHREAD | __WCLONE | __WALL)
#define WAIT4_OPTIONS (WNOHANG | WUNTRACED | WCONTINUED | CLONE_WAITS)
#define WAITID_WHAT (WEXITED | WSTOPPED | WCONTINUED)
#define WAITID_OPTIONS (WNOHANG | WNOWAIT | WAITID_WHAT | CLONE_WAITS)

/* What a child has used is not counted. */
static long usage_out(u64 address)
{
	static const struct rusage none;

	return address ? copy_out(address, &none, sizeof(none)) : 0;
}

/* Children that were made without SIGCHLD: there are none. */
static bool clones_only(u32 options)
{
	return (options & __WCLONE) && !(options & __WALL);
}

long sys_wait4(struct regs *r)
{
	s32 pid = (s32)r->rdi;
	u32 options = (u32)r->rdx, status;
	struct child_end end;
	long found;

	if (options & ~(u32)WAIT4_OPTIONS) {
		return -EINVAL;
	}
	if (pid == INT32_MIN) {
		return -ESRCH;
	}
	if (clones_only(options)) {
		return -ECHILD;
	}
	found = child_wait(pid, !(options & WNOHANG), false, &end);
	if (found <= 0) {
		return found;
	}
	status = end.signal ? end.signal : end.code << 8;
	if (r->rsi && copy_out(r->rsi, &status, sizeof(status))) {
		return -EFAULT;
	}
	return usage_out(r->r10) ? -EFAULT : found;
}

static long info_out(u64 address, const struct child_end *end)
{
	struct {
		s32 signo, error, code, pad;
		u32 pid, uid, status;
		u8 rest[100];
	} info = {0};

	if (end->pid) {
		info.signo = SIGCHLD;
		info.code = end->signal ? CLD_KILLED : CLD_EXITED;
		info.pid = end->pid;
		info.status = end->signal ? end->signal : end->code;
	}
	return address ? copy_out(address, &info, sizeof(info)) : 0;
}

/* idtype and id as wait4's pid; 0 with *error for what is no such thing. */
static s32 named(u64 type, s32 id, long *error)
{
	*error = 0;
	switch (type) {
	case P_ALL: return -1;
	case P_PID: *error = id > 0 ? 0 : -EINVAL; return id;
	case P_PGID: *error = id >= 0 ? 0 : -EINVAL; return -id;
	default: *error = type == P_PIDFD ? -EBADF : -EINVAL; return 0;
	}
}

long sys_waitid(struct regs *r)
{
	u32 options = (u32)r->r10;
	struct child_end end = {0};
	long found;
	s32 pid;

	if ((options & ~(u32)WAITID_OPTIONS) || !(options & WAITID_WHAT)) {
		return -EINVAL;
	}
	pid = named(r->rdi, (s32)r->rsi, &found);
	if (found) {
		return found;
	}
	if (clones_only(options)) {
		return -ECHILD;
	}
	found = child_wait(pid, !(options & WNOHANG), options & WNOWAIT, &end);
	if (found < 0) {
		return found;
	}
	return info_out(r->rdx, &end) || usage_out(r->r8) ? -EFAULT : 0;
}
