/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signals: actions of the process, pending ones of process and threads, delivery on the way to ring
 * 3. Masks hold signal n in bit n - 1. A mask and what is pending change under one lock, and a
 * sender kicks the target's control vCPU only if the signal is unblocked, so no wake-up is lost
 * (see mechanisms, EINTR).
 */
#pragma once

#include "control/runtime/sigqueue.h"

/* Linux's kernel-side struct sigaction. */
struct signal_action {
	u64 handler, flags, restorer, mask;
};

/* A fault of the program: delivers even if blocked or ignored (then it ends the domain). */
void signal_force(u32 sig, const struct signal_info *info, struct regs *r, u64 address);
/* To t, or to the process (NULL): 1 if it is pending now, 0 if it was dropped, or -EAGAIN. */
long signal_post(struct thread *t, u32 sig, const struct signal_info *info);
/* To one thread. 0, -EINVAL for a bad number, -EAGAIN for no room; 0 only checks. */
long signal_send_thread(struct thread *t, u32 sig, const struct signal_info *info);
/* To the process: some thread that does not block it. As above. */
long signal_send_process(u32 sig, const struct signal_info *info);
/* Changes the caller's mask; SIGKILL and SIGSTOP stay unblocked. */
void signal_set_mask(u64 mask);
/*
 * The mask for one call: the old one comes back when it is done (after a handler has run, at its
 * return).
 */
void signal_set_mask_for_call(u64 mask);
/* The caller has an unblocked signal. */
bool signal_is_pending(void);
/* Takes a pending signal of set from the caller: its number, or 0. */
u32 signal_take(u64 set, struct signal_info *info);
/* The action of sig, old into *old if not NULL; new NULL: no change. */
void signal_action(u32 sig, const struct signal_action *new_action, struct signal_action *old);
/* Without a handler that signal ends nobody. */
bool signal_harmless(u32 sig);
/* Pending for the caller. */
u64 signal_pending_set(void);
/* t ends: hands what was sent to the process and only t could take to others. */
void signal_thread_leaves(struct thread *t);
/* The next signal to deliver, with a copy of its action, or 0. */
u32 signal_next(struct signal_info *info, struct signal_action *a);
/*
 * A frame that cannot be written or taken back: SIGSEGV, which may have a handler on another stack.
 */
void signal_bad_frame(struct regs *r);
/* Ends the domain by sig. */
void signal_fatal(u32 sig, const struct regs *r, u64 address) __attribute__((noreturn));
/*
 * Serves all pending signals: frames for handlers, default actions; restarts or ends the
 * interrupted call.
 */
void signals_deliver(struct regs *r);

/*
 * sigframe.c: lays the frame for sig on the program's stack and turns r to the handler. 0 or
 * -EFAULT.
 */
long sigframe_push(struct regs *r, u32 sig, const struct signal_info *info,
		   const struct signal_action *a, u64 mask, u64 fault_address);
/* sigframe.c: takes the frame at r->rsp - 8 back into r and *mask. 0 or -EFAULT. */
long sigframe_pop(struct regs *r, u64 *mask);
