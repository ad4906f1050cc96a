/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scheduling of a domain's threads: yield, affinity, class and weight. Real-time and more than
 * the default weight need the boot domain's right.
 */
#include "api/calls.h"
#include "api/domain.h"
#include "api/linux.h"

#define NICE_MIN (-20)
#define NICE_MAX 19
#define PRIORITY_MAX 99

struct sched_class {
	u32 policy;
	s32 nice;
	u32 priority;
};

s64 call_sched_yield(struct domain_thread *t __unused, const struct call_args *args __unused)
{
	sched_yield();
	return 0;
}

/* The thread that a call names: tid 0 is the caller. With a reference, or NULL. */
static struct domain_thread *target_of(struct domain_thread *t, u64 tid)
{
	return (s32)tid < 0 ? NULL : domain_thread_find(t->domain, (u32)tid);
}

s64 call_sched_setaffinity(struct domain_thread *t, const struct call_args *args)
{
	struct domain_thread *target;
	u64 mask = 0;
	int err = call_copy_in(&mask, args->rdx, MIN((u64)(u32)args->rsi, sizeof(mask)));

	if (err) {
		return err;
	}
	target = target_of(t, args->rdi);
	if (!target) {
		return -ESRCH;
	}
	err = sched_set_affinity(&target->thread, mask);
	object_put(&target->obj);
	return err;
}

/* 1024 at nice 0, and about a quarter more per step, as Linux. */
static u32 weight_of_nice(s32 nice)
{
	u32 weight = WEIGHT_DEFAULT;

	for (; nice < 0; nice++) {
		weight += weight / 4;
	}
	for (; nice > 0; nice--) {
		weight -= weight / 5;
	}
	return weight;
}

/* Checks the class: 0, -EINVAL, or -EPERM. */
static int check_class(const struct domain *d, const struct sched_class *c, bool *realtime)
{
	switch (c->policy) {
	case SCHED_OTHER:
	case SCHED_BATCH:
	case SCHED_IDLE:
		*realtime = false;
		if (c->priority != 0 || c->nice < NICE_MIN || c->nice > NICE_MAX) {
			return -EINVAL;
		}
		return c->nice < 0 && !d->privileged ? -EPERM : 0;
	case SCHED_FIFO:
	case SCHED_RR:
		*realtime = true;
		if (c->priority < 1 || c->priority > PRIORITY_MAX) {
			return -EINVAL;
		}
		return d->privileged ? 0 : -EPERM;
	default: return -EINVAL;
	}
}

static s64 set_class(struct domain_thread *t, u64 tid, const struct sched_class *c)
{
	struct domain_thread *target;
	bool realtime = false;
	int err = check_class(t->domain, c, &realtime);

	target = target_of(t, tid);
	if (!target) {
		return -ESRCH;
	}
	if (!err) {
		u32 weight = c->policy == SCHED_IDLE ? weight_of_nice(NICE_MAX)
						     : weight_of_nice(c->nice);

		sched_set_class(&target->thread, realtime, weight);
	}
	object_put(&target->obj);
	return err;
}

s64 call_sched_setscheduler(struct domain_thread *t, const struct call_args *args)
{
	struct sched_class c = {.policy = (u32)args->rsi & ~(u32)SCHED_RESET_ON_FORK};

	if (!args->rdx || (s32)args->rdi < 0 || (s32)args->rsi < 0) {
		return -EINVAL;
	}
	if (call_copy_in(&c.priority, args->rdx, sizeof(c.priority)) < 0) {
		return -EFAULT;
	}
	return set_class(t, args->rdi, &c);
}

s64 call_sched_setattr(struct domain_thread *t, const struct call_args *args)
{
	struct linux_sched_attr a;
	struct sched_class c;
	int err;

	if (!args->rsi || (s32)args->rdi < 0 || args->rdx != 0) {
		return -EINVAL;
	}
	err = call_struct_in(&a, sizeof(a), args->rsi);
	if (err) {
		return err;
	}
	if (a.size < sizeof(a) || a.flags != 0) {
		return -EINVAL;
	}
	c = (struct sched_class){.policy = a.policy, .nice = a.nice, .priority = a.priority};
	return set_class(t, args->rdi, &c);
}
