/* SPDX-License-Identifier: BSD-2-Clause */
/* The dispatch of what entry.S did not send out by itself. */
#include "control/runtime/syscall.h"

#include "api/abi/corbel.h"
#include "control/runtime/calls.h"
#include "control/runtime/hypercall.h"
#include "control/runtime/signal.h"

/* Calls that go out with their registers untouched. */
#define FORWARDED(X) \
	X(__NR_mmap) X(__NR_munmap) X(__NR_mprotect) X(__NR_mremap) X(__NR_futex) X(__NR_pread64) \
	X(__NR_ftruncate) X(__NR_sched_yield) X(__NR_sched_setaffinity) \
	X(__NR_sched_setscheduler) X(__NR_sched_setattr) X(__NR_reboot)

#define FORWARD_BIT(word, nr) ((nr) / 64 == (word) ? 1ull << ((nr) % 64) : 0)
#define WORD0(nr) | FORWARD_BIT(0, nr)
#define WORD1(nr) | FORWARD_BIT(1, nr)
#define WORD2(nr) | FORWARD_BIT(2, nr)
#define WORD3(nr) | FORWARD_BIT(3, nr)
#define WORD4(nr) | FORWARD_BIT(4, nr)
#define WORD5(nr) | FORWARD_BIT(5, nr)

const u64 syscall_forward[SYSCALL_FAST_MAX / 64] = {
	0 FORWARDED(WORD0), 0 FORWARDED(WORD1), 0 FORWARDED(WORD2),
	0 FORWARDED(WORD3), 0 FORWARDED(WORD4), 0 FORWARDED(WORD5),
};

#define TABLE_ROW(name) [__NR_##name] = sys_##name,
static long (*const table[SYSCALL_FAST_MAX])(struct regs *r) = { RUNTIME_CALLS(TABLE_ROW) };

long syscall_send(const struct regs *r)
{
	return call_out(r->nr_error, r->rdi, r->rsi, r->rdx, r->r10, r->r8, r->r9);
}

/* Corbel's own calls that a program may make; threads and numbers are the runtime's. */
static bool own_call(u64 nr)
{
	return nr == CORBEL_DOMAIN_CREATE || nr == CORBEL_DOMAIN_WAIT || nr == CORBEL_HANDLE_INFO;
}

void syscall_dispatch(struct regs *r)
{
	u64 nr = r->nr_error;

	if (nr < SYSCALL_FAST_MAX && table[nr]) {
		r->rax = (u64)table[nr](r);
	} else if (own_call(nr)) {
		r->rax = (u64)syscall_send(r);
	} else {
		r->rax = (u64)-ENOSYS;
	}
	if (this_thread()->work) {
		signals_deliver(r);
	}
}

void syscall_forwarded(struct regs *r)
{
	signals_deliver(r);
}
