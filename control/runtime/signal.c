/* SPDX-License-Identifier: BSD-2-Clause */
/* Who has which signal pending, and which thread is to be kicked for it. */
#include "control/runtime/signal.h"

#include <asm/siginfo.h>
#include <asm/signal.h>
#include <asm/unistd.h>

#include "control/runtime/domain.h"
#include "control/runtime/process.h"
#include "control/runtime/timer.h"

#define UNBLOCKABLE (SIGMASK(SIGKILL) | SIGMASK(SIGSTOP))
#define IGNORED_BY_DEFAULT                                                                         \
	(SIGMASK(SIGCHLD) | SIGMASK(SIGURG) | SIGMASK(SIGWINCH) | SIGMASK(SIGCONT) |               \
	 SIGMASK(SIGSTOP) | SIGMASK(SIGTSTP) | SIGMASK(SIGTTIN) | SIGMASK(SIGTTOU))

static struct lock signal_lock;
static struct signal_action actions[SIGNALS + 1];
static struct signal_info process_info[SIGNALS];
static u64 process_pending;
static u16 process_more;
static const struct sigqueue process_queue = {&process_pending, process_info, &process_more};

static struct sigqueue queue_of(struct thread *t)
{
	return (struct sigqueue){&t->pending, t->info, &t->more};
}

bool signal_harmless(u32 sig)
{
	return SIGMASK(sig) & IGNORED_BY_DEFAULT;
}

static bool ignored(u32 sig)
{
	u64 handler = actions[sig].handler;

	return handler == (u64)SIG_IGN ||
	       (handler == (u64)SIG_DFL && signal_harmless(sig));
}

static u64 deliverable(const struct thread *t)
{
	return (t->pending | process_pending) & ~t->blocked;
}

/* The caller's own flag, after its mask or what is pending has changed. */
static void update_work(struct thread *t)
{
	__atomic_store_n(&t->work, deliverable(t) || t->restore_mask, __ATOMIC_RELAXED);
}

/* t has something to do: makes it leave ring 3 or a blocking call. Lock held. */
static void notify(struct thread *t)
{
	__atomic_store_n(&t->work, 1, __ATOMIC_SEQ_CST);
	if (t != this_thread()) {
		call_own(__NR_tgkill, domain.pid, t->tid, SIGUSR1);
	}
}

static bool wants(const struct thread *t, u32 sig)
{
	return SIGMASK(sig) & (~t->blocked | t->waiting);
}

/* A thread that takes sig now: the caller if it may, else any. */
static struct thread *find_taker(u32 sig, const struct thread *except)
{
	struct thread *self = this_thread();

	if (self != except && wants(self, sig)) {
		return self;
	}
	for (u32 i = 0; i < THREADS_MAX; i++) {
		struct thread *t = thread_at(i);

		if (t && t != except && wants(t, sig)) {
			return t;
		}
	}
	return NULL;
}

static bool droppable(u32 sig, const struct thread *t)
{
	return ignored(sig) && t && !(t->blocked & SIGMASK(sig));
}

long signal_post(struct thread *t, u32 sig, const struct signal_info *info)
{
	struct sigqueue q = t ? queue_of(t) : process_queue;
	struct thread *taker;
	long result = 0;

	lock_take(&signal_lock);
	taker = t ? t : find_taker(sig, NULL);
	if (!droppable(sig, taker)) {
		result = sigqueue_add(&q, sig, info);
		if (taker && wants(taker, sig)) {
			notify(taker);
		}
	}
	lock_drop(&signal_lock);
	return result;
}

static long send(struct thread *t, u32 sig, const struct signal_info *info)
{
	long result = sig > SIGNALS ? -EINVAL : sig ? signal_post(t, sig, info) : 0;

	/* Of one sent by kill only the siginfo is lost. */
	return result > 0 || (result == -EAGAIN && info->code == SI_USER) ? 0 : result;
}

long signal_send_thread(struct thread *t, u32 sig, const struct signal_info *info)
{
	return send(t, sig, info);
}

long signal_send_process(u32 sig, const struct signal_info *info)
{
	return send(NULL, sig, info);
}

static void set_mask_locked(struct thread *t, u64 mask)
{
	t->blocked = mask & ~UNBLOCKABLE;
	update_work(t);
}

void signal_set_mask(u64 mask)
{
	lock_take(&signal_lock);
	set_mask_locked(this_thread(), mask);
	lock_drop(&signal_lock);
}

void signal_set_mask_for_call(u64 mask)
{
	struct thread *t = this_thread();

	lock_take(&signal_lock);
	t->saved_mask = t->blocked;
	t->restore_mask = 1;
	set_mask_locked(t, mask);
	lock_drop(&signal_lock);
}

bool signal_is_pending(void)
{
	bool pending;

	lock_take(&signal_lock);
	pending = deliverable(this_thread()) != 0;
	lock_drop(&signal_lock);
	return pending;
}

u64 signal_pending_set(void)
{
	return (this_thread()->pending | process_pending) & this_thread()->blocked;
}

static u32 take_locked(struct thread *t, u64 set, struct signal_info *info)
{
	struct sigqueue q = queue_of(t);
	u32 sig = sigqueue_take(&q, set, info);

	if (!sig) {
		sig = sigqueue_take(&process_queue, set, info);
	}
	if (sig && info->code == SI_TIMER) {
		timer_signal_taken(info);
	}
	return sig;
}

u32 signal_take(u64 set, struct signal_info *info)
{
	struct thread *t = this_thread();
	u32 sig;

	lock_take(&signal_lock);
	sig = take_locked(t, set, info);
	t->waiting = sig ? 0 : set;
	lock_drop(&signal_lock);
	return sig;
}

void signal_action(u32 sig, const struct signal_action *new_action, struct signal_action *old)
{
	lock_take(&signal_lock);
	if (old) {
		*old = actions[sig];
	}
	if (new_action) {
		actions[sig] = *new_action;
		actions[sig].mask &= ~UNBLOCKABLE;
		if (ignored(sig)) {
			struct sigqueue q = queue_of(this_thread());

			sigqueue_flush(&process_queue, SIGMASK(sig));
			sigqueue_flush(&q, SIGMASK(sig));
		}
	}
	lock_drop(&signal_lock);
}

void signal_thread_leaves(struct thread *t)
{
	struct sigqueue q = queue_of(t);

	lock_take(&signal_lock);
	t->blocked = ~0ull;
	t->waiting = 0;
	sigqueue_flush(&q, ~0ull);
	for (u64 left = process_pending; left; left &= left - 1) {
		struct thread *other = find_taker((u32)__builtin_ctzll(left) + 1, t);

		if (other) {
			notify(other);
		}
	}
	lock_drop(&signal_lock);
}

u32 signal_next(struct signal_info *info, struct signal_action *a)
{
	struct thread *t = this_thread();
	u32 sig;

	lock_take(&signal_lock);
	t->waiting = 0;
	do {
		sig = take_locked(t, ~t->blocked, info);
	} while (sig && ignored(sig));
	if (sig) {
		*a = actions[sig];
		if (a->flags & SA_RESETHAND) {
			actions[sig].handler = (u64)SIG_DFL;
		}
	} else {
		update_work(t);
	}
	lock_drop(&signal_lock);
	return sig;
}

void signal_force(u32 sig, const struct signal_info *info, struct regs *r, u64 address)
{
	struct thread *t = this_thread();

	if (child_killed(r, sig)) {
		return;
	}
	lock_take(&signal_lock);
	if ((t->blocked & SIGMASK(sig)) || actions[sig].handler <= (u64)SIG_IGN) {
		lock_drop(&signal_lock);
		signal_fatal(sig, r, address);
	}
	t->pending |= SIGMASK(sig);
	t->info[sig - 1] = *info;
	t->work = 1;
	lock_drop(&signal_lock);
}
