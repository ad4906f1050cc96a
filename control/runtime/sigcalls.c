/* SPDX-License-Identifier: BSD-2-Clause */
/* The system calls about signals. A mask is 8 bytes; other sizes are refused as Linux does. */
#include "control/runtime/calls.h"

#include <asm/siginfo.h>
#include <linux/signal.h>
#include <linux/time_types.h>

#include "control/runtime/clock.h"
#include "control/runtime/domain.h"
#include "control/runtime/process.h"
#include "control/runtime/signal.h"
#include "control/runtime/user.h"

#define MASK_BYTES 8
#define ALT_FLAGS (SS_ONSTACK | SS_DISABLE | SS_AUTODISARM)
#define ALT_MIN 2048
#define SI_TKILL_CODE (-6)

struct alt_stack {
	u64 sp;
	u32 flags, pad;
	u64 size;
};

long sys_rt_sigaction(struct regs *r)
{
	u32 sig = (u32)r->rdi;
	struct signal_action a, old;

	if (r->r10 != MASK_BYTES || !sig || sig > SIGNALS) {
		return -EINVAL;
	}
	if (r->rsi && (sig == SIGKILL || sig == SIGSTOP)) {
		return -EINVAL;
	}
	if (r->rsi && copy_in(&a, r->rsi, sizeof(a))) {
		return -EFAULT;
	}
	signal_action(sig, r->rsi ? &a : NULL, &old);
	return r->rdx ? copy_out(r->rdx, &old, sizeof(old)) : 0;
}

long sys_rt_sigprocmask(struct regs *r)
{
	u64 old = this_thread()->blocked, set;

	if (r->r10 != MASK_BYTES) {
		return -EINVAL;
	}
	if (r->rsi) {
		if (copy_in(&set, r->rsi, MASK_BYTES)) {
			return -EFAULT;
		}
		switch ((u32)r->rdi) {
		case SIG_BLOCK: signal_set_mask(old | set); break;
		case SIG_UNBLOCK: signal_set_mask(old & ~set); break;
		case SIG_SETMASK: signal_set_mask(set); break;
		default: return -EINVAL;
		}
	}
	return r->rdx ? copy_out(r->rdx, &old, MASK_BYTES) : 0;
}

long sys_rt_sigreturn(struct regs *r)
{
	u64 mask;

	if (sigframe_pop(r, &mask)) {
		signal_bad_frame(r);
		return 0;
	}
	signal_set_mask(mask);
	return (long)r->rax;
}

long sys_rt_sigpending(struct regs *r)
{
	u64 set = signal_pending_set();

	return r->rsi > MASK_BYTES ? -EINVAL : copy_out(r->rdi, &set, r->rsi);
}

/* Sleeps until the deadline (CLOCK_MONOTONIC, ns; ~0: none) or a kick. */
static void sleep_until(u64 deadline)
{
	struct __kernel_timespec left = clock_left(deadline);

	call_own(__NR_ppoll, 0, 0, deadline == ~0ull ? 0 : (u64)&left, 0, MASK_BYTES);
}

static long put_info(u64 address, u32 sig, const struct signal_info *info)
{
	struct {
		s32 signo, error, code, pad;
		u32 pid, uid;
		u64 value;
		u8 rest[96];
	} out = {.signo = (s32)sig,
		 .code = info->code,
		 .pid = info->pid,
		 .uid = info->uid,
		 .value = info->value};

	return address ? copy_out(address, &out, sizeof(out)) : 0;
}

long sys_rt_sigtimedwait(struct regs *r)
{
	struct signal_info info;
	u64 set, deadline = ~0ull;
	long error;
	u32 sig;

	if (r->r10 != MASK_BYTES) {
		return -EINVAL;
	}
	if (copy_in(&set, r->rdi, MASK_BYTES)) {
		return -EFAULT;
	}
	if (r->rdx) {
		error = clock_deadline_in(r->rdx, &deadline);
		if (error) {
			return error;
		}
	}
	while (!(sig = signal_take(set, &info))) {
		if (signal_is_pending() || clock_monotonic() >= deadline) {
			signal_take(0, &info);
			return signal_is_pending() ? -EINTR : -EAGAIN;
		}
		sleep_until(deadline);
	}
	error = put_info(r->rsi, sig, &info);
	return error ? error : (long)sig;
}

long sys_pause(struct regs *r)
{
	(void)r;
	while (!signal_is_pending()) {
		sleep_until(~0ull);
	}
	return -EINTR;
}

long sys_rt_sigsuspend(struct regs *r)
{
	u64 mask;

	if (r->rsi != MASK_BYTES) {
		return -EINVAL;
	}
	if (copy_in(&mask, r->rdi, MASK_BYTES)) {
		return -EFAULT;
	}
	signal_set_mask_for_call(mask);
	return sys_pause(r);
}

long sys_sigaltstack(struct regs *r)
{
	struct thread *t = this_thread();
	bool active = t->alt_size && r->rsp > t->alt_sp && r->rsp - t->alt_sp <= t->alt_size;
	struct alt_stack old = {.sp = t->alt_sp,
				.size = t->alt_size,
				.flags = t->alt_size ? t->alt_flags | (active ? SS_ONSTACK : 0)
						     : SS_DISABLE};
	struct alt_stack set;

	if (r->rdi) {
		if (copy_in(&set, r->rdi, sizeof(set))) {
			return -EFAULT;
		}
		if (active) {
			return -EPERM;
		}
		if (set.flags & ~(u32)ALT_FLAGS) {
			return -EINVAL;
		}
		if (!(set.flags & SS_DISABLE) && set.size < ALT_MIN) {
			return -ENOMEM;
		}
		t->alt_sp = set.sp;
		t->alt_size = set.flags & SS_DISABLE ? 0 : set.size;
		t->alt_flags = set.flags & SS_AUTODISARM;
	}
	return r->rsi ? copy_out(r->rsi, &old, sizeof(old)) : 0;
}

long sys_kill(struct regs *r)
{
	struct signal_info info = {.code = SI_USER, .pid = domain.pid};
	s32 pid = (s32)r->rdi;
	u32 sig = (u32)r->rsi, found;

	if (sig > SIGNALS) {
		return -EINVAL;
	}
	if (pid == (s32)domain.pid) {
		return signal_send_process(sig, &info);
	}
	found = children_kill(pid, sig);
	/* -1 is everybody else. */
	if (pid == 0 || (pid < -1 && (u32)-pid == process.group)) {
		return signal_send_process(sig, &info);
	}
	return found ? 0 : -ESRCH;
}

/* A siginfo of the program's own making, as far as one is kept. */
static long info_in(u64 address, struct signal_info *info, bool to_itself)
{
	struct {
		s32 signo, error, code, pad;
		u32 pid, uid;
		u64 value;
	} in;

	if (copy_in(&in, address, sizeof(in))) {
		return -EFAULT;
	}
	*info = (struct signal_info){
		.code = in.code, .pid = in.pid, .uid = in.uid, .value = in.value};
	return (in.code >= 0 || in.code == SI_TKILL_CODE) && !to_itself ? -EPERM : 0;
}

long sys_rt_sigqueueinfo(struct regs *r)
{
	struct signal_info info;
	s32 pid = (s32)r->rdi;
	u32 sig = (u32)r->rsi;
	long error = info_in(r->rdx, &info, pid == (s32)domain.pid);

	if (error) {
		return error;
	}
	if (sig > SIGNALS) {
		return -EINVAL;
	}
	if (pid == (s32)domain.pid) {
		return signal_send_process(sig, &info);
	}
	return pid > 0 && children_kill(pid, sig) ? 0 : -ESRCH;
}

long sys_rt_tgsigqueueinfo(struct regs *r)
{
	struct signal_info info;
	struct thread *t;
	long error = info_in(r->r10, &info, (u32)r->rdi == domain.pid);

	if (!error && ((s32)r->rdi <= 0 || (s32)r->rsi <= 0)) {
		error = -EINVAL;
	}
	if (error) {
		return error;
	}
	t = (u32)r->rdi == domain.pid ? thread_find((u32)r->rsi) : NULL;
	return t ? signal_send_thread(t, (u32)r->rdx, &info) : -ESRCH;
}

static long send_to(u32 tid, u32 sig)
{
	struct signal_info info = {.code = SI_TKILL_CODE, .pid = domain.pid};
	struct thread *t = thread_find(tid);

	return t ? signal_send_thread(t, sig, &info) : -ESRCH;
}

long sys_tkill(struct regs *r)
{
	return (s32)r->rdi <= 0 ? -EINVAL : send_to((u32)r->rdi, (u32)r->rsi);
}

long sys_tgkill(struct regs *r)
{
	if ((s32)r->rdi <= 0 || (s32)r->rsi <= 0) {
		return -EINVAL;
	}
	return (u32)r->rdi == domain.pid ? send_to((u32)r->rsi, (u32)r->rdx) : -ESRCH;
}
