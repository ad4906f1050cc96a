/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The data of one run queue: two lists and the virtual clock. vruntime is run time divided by
 * weight (1024 is 1), so picking the smallest gives everybody a share by weight. Called by sched.c
 * and wake.c under the queue's lock.
 */
#include "core/runqueue.h"

#include "core/string.h"

static void slice_over(struct timer *slice)
{
	struct runqueue *rq = container_of(slice, struct runqueue, slice);

	WRITE_ONCE(container_of(rq, struct cpu, rq)->need_resched, true);
}

void runqueue_init(struct runqueue *rq, struct thread *idle)
{
	struct cpu *cpu = container_of(rq, struct cpu, rq);

	memset(rq, 0, sizeof(*rq));
	list_init(&rq->realtime);
	list_init(&rq->fair);
	timer_init(&rq->slice, slice_over);
	rq->idle = idle;

	memset(idle, 0, sizeof(*idle));
	strlcpy(idle->name, "idle", sizeof(idle->name));
	list_init(&idle->run_node);
	idle->state = THREAD_RUNNABLE;
	idle->on_cpu = true;
	idle->cpu = cpu->index;
	idle->affinity = BIT(cpu->index);
	idle->weight = WEIGHT_DEFAULT;
	cpu->current = idle;
}

void runqueue_insert(struct runqueue *rq, struct thread *t)
{
	struct list *pos = &rq->realtime;

	if (!t->realtime) {
		for (pos = rq->fair.prev; pos != &rq->fair; pos = pos->prev) {
			if (list_entry(pos, struct thread, run_node)->vruntime_ns <=
			    t->vruntime_ns) {
				break;
			}
		}
		pos = pos->next;
	}
	list_insert_before(pos, &t->run_node);
	t->queued = true;
	WRITE_ONCE(rq->runnable, rq->runnable + 1);
}

void runqueue_remove(struct runqueue *rq, struct thread *t)
{
	list_remove(&t->run_node);
	t->queued = false;
	WRITE_ONCE(rq->runnable, rq->runnable - 1);
}

struct thread *runqueue_first(const struct runqueue *rq)
{
	if (!list_empty(&rq->realtime)) {
		return list_first(&rq->realtime, struct thread, run_node);
	}
	return list_empty(&rq->fair) ? NULL : list_first(&rq->fair, struct thread, run_node);
}

u64 thread_vruntime(const struct thread *current, u64 now)
{
	u64 ran = now > current->started_ns ? now - current->started_ns : 0;

	return current->vruntime_ns + ran * WEIGHT_DEFAULT / current->weight;
}

void thread_account(struct thread *current, u64 now)
{
	current->vruntime_ns = thread_vruntime(current, now);
	current->runtime_ns += now > current->started_ns ? now - current->started_ns : 0;
	current->started_ns = now;
}

void runqueue_update_min(struct cpu *cpu, u64 now)
{
	struct runqueue *rq = &cpu->rq;
	u64 min = UINT64_MAX;

	if (!list_empty(&rq->fair)) {
		min = list_first(&rq->fair, struct thread, run_node)->vruntime_ns;
	}
	if (cpu->current != rq->idle && !cpu->current->realtime) {
		min = MIN(min, thread_vruntime(cpu->current, now));
	}
	if (min != UINT64_MAX && min > rq->min_vruntime_ns) {
		rq->min_vruntime_ns = min;
	}
}

u64 runqueue_vruntime(const struct runqueue *rq, s64 lag)
{
	if (lag < 0 && rq->min_vruntime_ns < 0 - (u64)lag) {
		return 0;
	}
	return rq->min_vruntime_ns + (u64)lag;
}
