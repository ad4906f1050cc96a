/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Delivery on the way back to ring 3: what becomes of an interrupted system call, the handler's
 * frame, the default action. Called with interrupts off by every return path that found work.
 */
#include "control/runtime/signal.h"

#include <asm/siginfo.h>
#include <asm/signal.h>
#include <asm/unistd.h>
#include <linux/futex.h>

#include "control/runtime/report.h"
#include "control/runtime/syscall.h"

#define SYSCALL_BYTES 2

void signal_fatal(u32 sig, const struct regs *r, u64 address)
{
	report_and_end(sig, r, address);
}

void signal_bad_frame(struct regs *r)
{
	struct signal_info info = {.code = SI_KERNEL};

	signal_force(SIGSEGV, &info, r, r->rsp);
}

/* Calls that Linux restarts after a handler with SA_RESTART, and always after none. */
static bool restartable(const struct regs *r, u64 nr)
{
	switch (nr) {
	case __NR_read:
	case __NR_write:
	case __NR_readv:
	case __NR_writev:
	case __NR_openat:
	case __NR_wait4:
	case __NR_waitid:
	case CORBEL_DOMAIN_WAIT: return true;
	case __NR_ioctl: return (r->rsi >> 8 & 0xff) != KVM_IOCTL_TYPE;
	case __NR_futex: return !r->r10 || ((r->rsi & FUTEX_CMD_MASK) != FUTEX_WAIT);
	default: return false;
	}
}

static void restart(struct regs *r, bool handled, u64 flags)
{
	if (r->vector != REGS_SYSCALL || r->rax != (u64)-EINTR || !restartable(r, r->nr_error)) {
		return;
	}
	if (!handled || (flags & SA_RESTART)) {
		r->rax = r->nr_error;
		r->rip -= SYSCALL_BYTES;
	}
	r->vector = 0;
}

/* One handler: mask and frame. */
static void handle(struct regs *r, u32 sig, const struct signal_info *info,
		   const struct signal_action *a)
{
	struct thread *t = this_thread();
	u64 mask = t->restore_mask ? t->saved_mask : t->blocked;
	u64 address = info->pid | (u64)info->uid << 32;

	if (sigframe_push(r, sig, info, a, mask, address)) {
		if (sig == SIGSEGV) {
			signal_fatal(SIGSEGV, r, r->rsp);
		}
		signal_bad_frame(r);
		return;
	}
	t->restore_mask = 0;
	signal_set_mask(t->blocked | a->mask | (a->flags & SA_NODEFER ? 0 : SIGMASK(sig)));
}

void signals_deliver(struct regs *r)
{
	struct thread *t = this_thread();
	struct signal_action a;
	struct signal_info info;
	bool handled = false;
	u32 sig;

	while (t->work && (sig = signal_next(&info, &a))) {
		if (a.handler == (u64)SIG_DFL) {
			signal_fatal(sig, r, info.pid | (u64)info.uid << 32);
		}
		restart(r, true, a.flags);
		handled = true;
		handle(r, sig, &info, &a);
	}
	if (!handled) {
		restart(r, false, 0);
	}
	if (t->restore_mask) {
		t->restore_mask = 0;
		signal_set_mask(t->saved_mask);
	}
}
