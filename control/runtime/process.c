/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The children and the service: a thread of the runtime that waits for the ends of their domains,
 * turns them into zombies, and tells the program by SIGCHLD. It is started with the first child.
 */
#include "control/runtime/process.h"

#include <asm/siginfo.h>
#include <asm/signal.h>
#include <linux/fcntl.h>
#include <linux/futex.h>
#include <linux/poll.h>
#include <asm/poll.h>

#include "control/runtime/cpu.h"
#include "control/runtime/domain.h"
#include "control/runtime/file.h"
#include "control/runtime/hidden.h"
#include "control/runtime/pipe.h"

struct process process;

static struct child children[CHILDREN_MAX];
static struct lock children_lock;
static u32 changes;	/* futex word: some child has ended */
static s32 news = -1;	/* eventfd: the service shall look again */
static bool service_runs;

/* Under the lock, so that nobody is told of an end by a wait before the signal is sent. */
static void tell_parent(const struct child *c)
{
	struct signal_info info = {.code = c->signal ? CLD_KILLED : CLD_EXITED,
				   .pid = c->pid,
				   .value = c->signal ? c->signal : c->code};

	signal_send_process(SIGCHLD, &info);
}

static void take_pipes_back(struct child *c)
{
	for (u32 i = 0; i < c->pipe_count; i++) {
		pipe_take_back(&c->pipes[i]);
	}
	c->pipe_count = 0;
}

void child_ended(struct child *c, u32 signal, u32 code)
{
	struct signal_action a;

	take_pipes_back(c);
	signal_action(SIGCHLD, NULL, &a);
	lock_take(&children_lock);
	c->signal = signal;
	c->code = code;
	c->state = a.handler == (u64)SIG_IGN || (a.flags & SA_NOCLDWAIT) ? CHILD_FREE
									 : CHILD_ZOMBIE;
	tell_parent(c);
	lock_drop(&children_lock);
	__atomic_fetch_add(&changes, 1, __ATOMIC_SEQ_CST);
	call_own(__NR_futex, &changes, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, CHILDREN_MAX * 2);
}

static void domain_ended(struct child *c)
{
	struct corbel_domain_status status = {.size = sizeof(status)};

	while (call_own(CORBEL_DOMAIN_WAIT, c->handle, &status) == -EINTR) {
	}
	lock_take(&children_lock);
	hidden_close(c->handle);
	c->handle = -1;
	lock_drop(&children_lock);
	child_ended(c, status.crashed ? (u32)status.code : 0, (u32)status.code);
}

/* The list for ppoll: news first, then a row per living child. Its length. */
static u32 list_children(struct pollfd *list, u32 *rows)
{
	u32 n = 1;

	list[0] = (struct pollfd){.fd = news, .events = POLLIN};
	lock_take(&children_lock);
	for (u32 i = 0; i < CHILDREN_MAX; i++) {
		if (children[i].state == CHILD_RUNS) {
			rows[n] = i;
			list[n++] = (struct pollfd){.fd = children[i].handle, .events = POLLIN};
		}
	}
	lock_drop(&children_lock);
	return n;
}

static void service(struct thread *self)
{
	static struct pollfd list[CHILDREN_MAX + 1];
	static u32 rows[CHILDREN_MAX + 1];
	u64 count;

	cpu_load(self);
	for (;;) {
		u32 n = list_children(list, rows);

		if (call_own(__NR_ppoll, list, n, 0, 0, 8) <= 0) {
			continue;
		}
		if (list[0].revents) {
			call_own(__NR_read, news, &count, sizeof(count));
		}
		for (u32 i = 1; i < n; i++) {
			if (list[i].revents) {
				domain_ended(&children[rows[i]]);
			}
		}
	}
}

/* Numbers taken. */
static bool start_service(void)
{
	long n;

	if (service_runs) {
		return true;
	}
	n = call_own(__NR_eventfd2, 0, O_NONBLOCK);
	news = n < 0 ? -1 : hidden_move((s32)n);
	if (news < 0) {
		return false;
	}
	if (thread_start_own(service)) {
		hidden_close(news);
		return false;
	}
	service_runs = true;
	return true;
}

struct child *child_new(u32 pid, u32 group)
{
	struct child *found = NULL;
	bool served;

	numbers_take();
	served = start_service();
	numbers_drop();
	lock_take(&children_lock);
	for (u32 i = 0; served && !found && i < CHILDREN_MAX; i++) {
		if (children[i].state == CHILD_FREE) {
			found = &children[i];
			*found = (struct child){
				.state = CHILD_UNBORN, .pid = pid, .group = group, .handle = -1};
		}
	}
	lock_drop(&children_lock);
	return found;
}

void child_set_own_group(struct child *c, u32 group)
{
	lock_take(&children_lock);
	c->group = group;
	lock_drop(&children_lock);
}

static void set_state(struct child *c, enum child_state state)
{
	lock_take(&children_lock);
	c->state = state;
	lock_drop(&children_lock);
}

void child_starts(struct child *c)
{
	set_state(c, CHILD_STARTING);
}

void child_stays(struct child *c)
{
	set_state(c, CHILD_UNBORN);
	take_pipes_back(c);
}

void child_runs(struct child *c, u32 pid, u32 group, s32 handle)
{
	u64 one = 1;

	lock_take(&children_lock);
	c->pid = pid;
	c->group = group;
	c->handle = handle;
	c->state = CHILD_RUNS;
	lock_drop(&children_lock);
	call_own(__NR_write, news, &one, sizeof(one));
}

static bool has_ended(s32 handle)
{
	return handle < 0 || file_wait((u32)handle, POLLIN, 0) > 0;
}

bool child_is_gone(u32 id)
{
	bool gone = id != domain.pid && !process.parent;

	lock_take(&children_lock);
	for (u32 i = 0; gone && i < CHILDREN_MAX; i++) {
		const struct child *c = &children[i];

		gone = c->state != CHILD_STARTING &&
		       (c->state != CHILD_RUNS || c->pid != id || has_ended(c->handle));
	}
	lock_drop(&children_lock);
	return gone;
}

/* pid as wait4 and kill have it. */
static bool fits(const struct child *c, s32 pid)
{
	if (pid > 0) {
		return c->pid == (u32)pid;
	}
	return pid == -1 || c->group == (pid ? (u32)-pid : process.group);
}

static long look(s32 pid, bool keep, struct child_end *end)
{
	long found = -ECHILD;

	lock_take(&children_lock);
	for (u32 i = 0; i < CHILDREN_MAX && found <= 0; i++) {
		struct child *c = &children[i];

		if (c->state == CHILD_FREE || !fits(c, pid)) {
			continue;
		}
		if (c->state != CHILD_ZOMBIE) {
			found = 0;
		} else {
			*end = (struct child_end){c->pid, c->signal, c->code};
			c->state = keep ? CHILD_ZOMBIE : CHILD_FREE;
			found = c->pid;
		}
	}
	lock_drop(&children_lock);
	return found;
}

long child_wait(s32 pid, bool wait, bool keep, struct child_end *end)
{
	for (;;) {
		u32 seen = __atomic_load_n(&changes, __ATOMIC_SEQ_CST);
		long n = look(pid, keep, end);

		if (n || !wait) {
			return n;
		}
		if (signal_is_pending()) {
			return -EINTR;
		}
		call_own(__NR_futex, &changes, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, seen, 0);
	}
}

u32 children_kill(s32 pid, u32 sig)
{
	u32 found = 0;

	lock_take(&children_lock);
	for (u32 i = 0; i < CHILDREN_MAX; i++) {
		const struct child *c = &children[i];

		if (c->state < CHILD_RUNS || !fits(c, pid)) {
			continue;
		}
		found++;
		if (sig && !signal_harmless(sig) && c->handle >= 0) {
			call_own(__NR_ioctl, c->handle, CORBEL_DOMAIN_KILL, sig);
		}
	}
	lock_drop(&children_lock);
	return found;
}

long child_set_group(u32 pid)
{
	long found = -ESRCH;

	lock_take(&children_lock);
	for (u32 i = 0; i < CHILDREN_MAX; i++) {
		if (children[i].state >= CHILD_RUNS && children[i].pid == pid) {
			found = -EACCES;
		}
	}
	lock_drop(&children_lock);
	return found;
}
