/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A thread: its block, found by GS in ring 0, and its kernel stack behind it, together one slot.
 * The block holds the descriptor tables too: every thread is a CPU of its own.
 */
#pragma once

#define T_USER_RSP 8
#define T_KERNEL_TOP 16
#define T_WORK 24
#define T_NR 32

#ifndef __ASSEMBLER__
#include "control/runtime/lock.h"
#include "control/runtime/regs.h"
#include "control/runtime/types.h"

#define THREADS_MAX 256
#define THREAD_SLOT 16384
#define SIGNALS 64

struct tss {
	u32 reserved0;
	u64 rsp[3];
	u64 reserved1;
	u64 ist[7];
	u64 reserved2;
	u16 reserved3, io_map;
} __attribute__((packed));

/* What a pending signal carries; si_errno is always 0. */
struct signal_info {
	s32 code;
	u32 pid;	/* or low half of the address, or a timer's number */
	u32 uid;	/* or high half of it, or the timer's overrun */
	u32 turn;	/* of the timer that sent it; not for the program */
	u64 value;
};

struct child_run;

struct thread {
	u64 self;
	u64 user_rsp;		/* of the system call being served */
	u64 kernel_top;
	u32 work;		/* not zero: look at the signals before going back to ring 3 */
	u32 index;		/* of the slot */
	u64 nr;			/* of the call being served, for its restart */
	u32 in_use;		/* slot taken; the hypervisor zeroes it after exit */
	u32 started;		/* the parent has stored the thread id */
	u32 tid;
	u32 fpu_control;	/* FCW of the parent, for the child */
	u32 mxcsr;
	u32 restore_mask;	/* saved_mask is to come back after this call */
	u64 clear_tid;		/* program's word, zeroed and woken at exit */
	u64 robust_list;
	u64 blocked, pending;	/* by signal number - 1; under signal_lock */
	u64 saved_mask, waiting;
	u64 alt_sp, alt_size;
	u32 alt_flags;
	u16 more;		/* further real-time signals, sigqueue.h */
	bool leaving;		/* in exit; under threads_lock */
	struct child_run *child;	/* the child of a vfork that runs on this thread, or NULL */
	char name[16];		/* PR_SET_NAME */
	struct signal_info info[SIGNALS];
	u64 gdt[10];
	struct tss tss;
	u8 fault_stack[1024] __attribute__((aligned(16)));
};

_Static_assert(offsetof(struct thread, user_rsp) == T_USER_RSP, "entry.S");
_Static_assert(offsetof(struct thread, kernel_top) == T_KERNEL_TOP, "entry.S");
_Static_assert(offsetof(struct thread, work) == T_WORK, "entry.S");
_Static_assert(offsetof(struct thread, nr) == T_NR, "entry.S");
_Static_assert(sizeof(struct thread) < THREAD_SLOT / 2, "room for the stack");

/* The calling thread's block. */
static inline struct thread *this_thread(void)
{
	struct thread *t;

	asm volatile("mov %%gs:0, %0" : "=r"(t));
	return t;
}

/* Registers of ring 3 on t's kernel stack, as the entry code puts them. */
static inline struct regs *thread_regs(struct thread *t)
{
	return (struct regs *)t->kernel_top - 1;
}

/* The slot's thread if it is in use, else NULL. index < THREADS_MAX. */
struct thread *thread_at(u32 index);
/* The live thread with that id, or NULL. */
struct thread *thread_find(u32 tid);
/* Takes a free slot; NULL if all are taken. */
struct thread *thread_slot_take(void);
/*
 * A thread of the runtime's own runs main, which begins with cpu_load and does not return. It has
 * no id: no signal finds it, nobody waits for it, and it does not keep the domain. 0 or -errno.
 */
long thread_start_own(void (*main)(struct thread *self));
/* t is the only thread of the program. */
bool thread_is_alone(const struct thread *t);
/* t will not come back: true if only the runtime's own threads are left, which must be ended. */
bool thread_leave(struct thread *t);
/* The first thread: slot 0, which is this vCPU from now on. */
struct thread *thread_first(u32 tid);
/*
 * Where a new thread's vCPU begins in C: tables, then waits for its parent; entry.S goes on to ring
 * 3.
 */
void thread_main(struct thread *t);
/* Assembly: entry of a new vCPU, and the way to ring 3 with r's registers. */
void thread_entry(void);
__attribute__((noreturn)) void enter_user(struct regs *r);
#endif
