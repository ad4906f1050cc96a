/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * timer_create and its kin, setitimer, alarm. A thread of the runtime's own, made with the first
 * timer, sleeps until the next deadline and sends the signals. A timer whose signal is pending
 * rests; when the signal is taken, the missed expiries are its overrun, as on Linux.
 */
#include "control/runtime/timer.h"

#include <asm/siginfo.h>
#include <asm/signal.h>
#include <linux/futex.h>
#include <linux/time.h>

#include "control/runtime/calls.h"
#include "control/runtime/clock.h"
#include "control/runtime/cpu.h"
#include "control/runtime/hypercall.h"
#include "control/runtime/signal.h"
#include "control/runtime/user.h"

#define TIMERS_MAX 256
#define ALARM TIMERS_MAX /* ITIMER_REAL */
#define NS_PER_US 1000ull

struct timer {
	bool used, wall;
	bool resting; /* its signal is pending */
	s32 notify;   /* SIGEV_* */
	u32 sig, tid; /* tid 0: the process */
	u32 turn;     /* changes when it is set: older signals do not count */
	s32 overrun;  /* of the last signal taken */
	u64 value;
	u64 deadline, interval; /* ns, CLOCK_MONOTONIC; 0: none */
};

/* As the kernel reads it. */
struct event {
	u64 value;
	s32 signo, notify;
	s32 tid;
	u8 rest[44];
};

static struct timer timers[TIMERS_MAX + 1];
static struct lock timers_lock; /* after the signals' */
static u32 changes;		/* futex of the thread */
static bool thread_runs;

static void tell_thread(void)
{
	__atomic_fetch_add(&changes, 1, __ATOMIC_SEQ_CST);
	call_own(__NR_futex, &changes, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1);
}

/* Moves an interval timer behind now: how many expiries came after the one at the deadline. */
static u64 forward(struct timer *t)
{
	u64 now = clock_monotonic(), missed;

	if (!t->interval || now < t->deadline) {
		return 0;
	}
	missed = (now - t->deadline) / t->interval;
	t->deadline += (missed + 1) * t->interval;
	return missed;
}

static void go_on(u32 id, u32 turn, s32 *overrun)
{
	struct timer *t = &timers[id];
	u64 missed;

	lock_take(&timers_lock);
	if (t->used && t->resting && t->turn == turn) {
		missed = forward(t);
		t->overrun = missed < 0x7fffffff ? (s32)missed : 0x7fffffff;
		t->resting = false;
		*overrun = t->overrun;
		if (!t->interval) {
			t->deadline = 0;
		}
	}
	lock_drop(&timers_lock);
	tell_thread();
}

void timer_signal_taken(struct signal_info *info)
{
	s32 overrun = 0;

	if (info->pid < TIMERS_MAX && info->turn) {
		go_on(info->pid, info->turn, &overrun);
		info->uid = (u32)overrun;
	}
}

/* Finds a timer that has expired and takes its signal, or says when the next one will. */
static bool take_expired(struct timer *out, u32 *id, u64 *next)
{
	u64 now = clock_monotonic();
	bool found = false;

	*next = ~0ull;
	lock_take(&timers_lock);
	for (u32 i = 0; !found && i <= TIMERS_MAX; i++) {
		struct timer *t = &timers[i];

		if (!t->used || t->resting || !t->deadline || t->notify == SIGEV_NONE) {
			continue;
		}
		if (now < t->deadline) {
			*next = t->deadline < *next ? t->deadline : *next;
			continue;
		}
		found = true;
		*out = *t;
		*id = i;
		if (i == ALARM) { /* its signal is not queued, so it needs no rest */
			forward(t);
			t->deadline = t->interval ? t->deadline : 0;
		} else {
			t->resting = true;
		}
	}
	lock_drop(&timers_lock);
	return found;
}

static void fire(const struct timer *t, u32 id)
{
	struct signal_info info = {.code = id == ALARM ? SI_KERNEL : SI_TIMER,
				   .pid = id == ALARM ? 0 : id,
				   .turn = t->turn,
				   .value = t->value};
	struct thread *target = t->tid ? thread_find(t->tid) : NULL;
	s32 overrun;

	if (t->tid && !target) {
		return;
	}
	if (signal_post(target, t->sig, &info) <= 0 && id != ALARM) {
		go_on(id, t->turn, &overrun);
	}
}

static void timer_main(struct thread *self)
{
	struct __kernel_timespec at;
	struct timer t;
	u32 seen, id;
	u64 next;

	cpu_load(self);
	for (;;) {
		seen = __atomic_load_n(&changes, __ATOMIC_SEQ_CST);
		if (take_expired(&t, &id, &next)) {
			fire(&t, id);
			continue;
		}
		at = clock_timespec(next);
		call_own(__NR_futex, &changes, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, seen,
			 next == ~0ull ? 0 : (u64)&at, 0, FUTEX_BITSET_MATCH_ANY);
	}
}

static long start_thread(void)
{
	long error;

	if (__atomic_exchange_n(&thread_runs, true, __ATOMIC_SEQ_CST)) {
		return 0;
	}
	error = thread_start_own(timer_main);
	if (error) {
		__atomic_store_n(&thread_runs, false, __ATOMIC_SEQ_CST);
	}
	return error;
}

static long check_clock(u32 clock)
{
	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_MONOTONIC:
	case CLOCK_BOOTTIME:
	case CLOCK_REALTIME_ALARM:
	case CLOCK_BOOTTIME_ALARM: return 0;
	case CLOCK_PROCESS_CPUTIME_ID:
	case CLOCK_THREAD_CPUTIME_ID:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_MONOTONIC_COARSE: return -EOPNOTSUPP;
	default: return -EINVAL;
	}
}

static bool good_event(const struct event *e)
{
	switch (e->notify) {
	case SIGEV_NONE: return true;
	case SIGEV_THREAD_ID:
		if (!thread_find((u32)e->tid)) {
			return false;
		}
		break;
	case SIGEV_SIGNAL:
	case SIGEV_THREAD: break;
	default: return false;
	}
	return e->signo > 0 && e->signo <= SIGNALS;
}

/* A free number with that event, or -EAGAIN. */
static s32 take_number(const struct event *e, u32 clock, bool default_value)
{
	s32 id = -EAGAIN;

	lock_take(&timers_lock);
	for (s32 i = 0; id < 0 && i < TIMERS_MAX; i++) {
		struct timer *t = &timers[i];

		if (!t->used) {
			id = i;
			*t = (struct timer){
				.used = true,
				.wall = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_ALARM,
				.notify = e->notify,
				.sig = (u32)e->signo,
				.tid = e->notify == SIGEV_THREAD_ID ? (u32)e->tid : 0,
				.turn = t->turn + 1,
				.value = default_value ? (u64)i : e->value};
		}
	}
	lock_drop(&timers_lock);
	return id;
}

long sys_timer_create(struct regs *r)
{
	struct event e = {.signo = SIGALRM, .notify = SIGEV_SIGNAL};
	long error = check_clock((u32)r->rdi);
	s32 id;

	if (!error && r->rsi && copy_in(&e, r->rsi, sizeof(e))) {
		error = -EFAULT;
	}
	if (!error && !good_event(&e)) {
		error = -EINVAL;
	}
	if (!error) {
		error = start_thread();
	}
	if (error) {
		return error;
	}
	id = take_number(&e, (u32)r->rdi, !r->rsi);
	if (id >= 0 && copy_out(r->rdx, &id, sizeof(id))) {
		timers[id].used = false;
		return -EFAULT;
	}
	return id < 0 ? id : 0;
}

/* The timer with the lock taken, or NULL. */
static struct timer *find(u64 id)
{
	if ((u32)id >= TIMERS_MAX) {
		return NULL;
	}
	lock_take(&timers_lock);
	if (!timers[(u32)id].used) {
		lock_drop(&timers_lock);
		return NULL;
	}
	return &timers[(u32)id];
}

/* Interval and what is left. A timer that rests or has no signal shows its next expiry. */
static struct __kernel_itimerspec left(const struct timer *t)
{
	struct __kernel_itimerspec spec = {.it_interval = clock_timespec(t->interval)};
	struct timer next = *t;

	if (next.resting || next.notify == SIGEV_NONE) {
		forward(&next);
	}
	if (next.deadline) {
		spec.it_value = clock_left(next.deadline);
		if (!spec.it_value.tv_sec && !spec.it_value.tv_nsec && next.notify != SIGEV_NONE &&
		    !next.resting) {
			spec.it_value.tv_nsec = 1;
		}
	}
	return spec;
}

static void set(struct timer *t, u64 value, u64 interval, bool absolute)
{
	t->turn++;
	t->resting = false;
	t->overrun = 0;
	t->interval = value ? interval : 0;
	t->deadline = 0;
	if (value) {
		t->deadline = absolute ? clock_from(t->wall, value)
				       : clock_deadline((s64)(value / NS_PER_S), value % NS_PER_S);
	}
}

long sys_timer_settime(struct regs *r)
{
	struct __kernel_itimerspec old;
	u64 value, interval;
	struct timer *t;
	long error;

	if (!r->rdx) {
		return -EINVAL;
	}
	error = clock_read(r->rdx, &interval);
	if (!error) {
		error = clock_read(r->rdx + sizeof(struct __kernel_timespec), &value);
	}
	if (error) {
		return error;
	}
	t = find(r->rdi);
	if (!t) {
		return -EINVAL;
	}
	old = left(t);
	set(t, value, interval, r->rsi & TIMER_ABSTIME);
	lock_drop(&timers_lock);
	tell_thread();
	return r->r10 ? copy_out(r->r10, &old, sizeof(old)) : 0;
}

long sys_timer_gettime(struct regs *r)
{
	struct __kernel_itimerspec now;
	const struct timer *t = find(r->rdi);

	if (!t) {
		return -EINVAL;
	}
	now = left(t);
	lock_drop(&timers_lock);
	return copy_out(r->rsi, &now, sizeof(now));
}

long sys_timer_getoverrun(struct regs *r)
{
	const struct timer *t = find(r->rdi);
	s32 overrun;

	if (!t) {
		return -EINVAL;
	}
	overrun = t->overrun;
	lock_drop(&timers_lock);
	return overrun;
}

long sys_timer_delete(struct regs *r)
{
	struct timer *t = find(r->rdi);

	if (!t) {
		return -EINVAL;
	}
	t->used = false;
	lock_drop(&timers_lock);
	return 0;
}

void timers_forget(void)
{
	lock_take(&timers_lock);
	for (u32 i = 0; i < COUNT(timers); i++) {
		timers[i].used = timers[i].used && i == ALARM;
	}
	lock_drop(&timers_lock);
}

/* struct itimerval: interval and value in seconds and microseconds. */
struct itimerval_words {
	s64 interval[2], value[2];
};

static struct itimerval_words alarm_left(void)
{
	struct __kernel_itimerspec now = left(&timers[ALARM]);

	return (struct itimerval_words){
		{now.it_interval.tv_sec, now.it_interval.tv_nsec / (s64)NS_PER_US},
		{now.it_value.tv_sec,
		 (now.it_value.tv_nsec + (s64)NS_PER_US - 1) / (s64)NS_PER_US}};
}

static long set_alarm(u64 value, u64 interval, struct itimerval_words *old)
{
	long error = start_thread();

	if (error) {
		return error;
	}
	lock_take(&timers_lock);
	*old = alarm_left();
	timers[ALARM].used = true;
	timers[ALARM].sig = SIGALRM;
	set(&timers[ALARM], value, interval, false);
	lock_drop(&timers_lock);
	tell_thread();
	return 0;
}

static long microseconds(const s64 tv[2], u64 *ns)
{
	if (tv[0] < 0 || tv[1] < 0 || tv[1] >= 1000000) {
		return -EINVAL;
	}
	*ns = (u64)tv[0] > (1ull << 62) / NS_PER_S ? (1ull << 62)
						   : (u64)tv[0] * NS_PER_S + (u64)tv[1] * NS_PER_US;
	return 0;
}

/* Only ITIMER_REAL (0); 1 and 2 would count the CPU's time. */
long sys_setitimer(struct regs *r)
{
	struct itimerval_words in = {0}, old;
	u64 value = 0, interval = 0;
	long error = 0;

	if (r->rsi && copy_in(&in, r->rsi, sizeof(in))) {
		return -EFAULT;
	}
	error = microseconds(in.value, &value);
	if (!error) {
		error = microseconds(in.interval, &interval);
	}
	if (!error) {
		error = (u32)r->rdi ? -EINVAL : set_alarm(value, interval, &old);
	}
	if (error || !r->rdx) {
		return error;
	}
	return copy_out(r->rdx, &old, sizeof(old));
}

long sys_getitimer(struct regs *r)
{
	struct itimerval_words now;

	if ((u32)r->rdi) {
		return -EINVAL;
	}
	lock_take(&timers_lock);
	now = alarm_left();
	lock_drop(&timers_lock);
	return copy_out(r->rsi, &now, sizeof(now));
}

/* Seconds that were left, rounded, but never 0 for a running one. */
long sys_alarm(struct regs *r)
{
	struct itimerval_words old;
	long error = set_alarm((u32)r->rdi * NS_PER_S, 0, &old);

	if (error) {
		return error;
	}
	return old.value[0] + ((!old.value[0] && old.value[1]) || old.value[1] >= 500000);
}
