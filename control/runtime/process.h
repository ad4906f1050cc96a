/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Processes: this one's place in the tree, its children, and the child that runs on a thread of its
 * parent between vfork and execve. A child process is a domain of its own; a thread of the runtime
 * (the service) waits for the ends of all.
 */
#pragma once

#include "control/runtime/pipe.h"
#include "control/runtime/signal.h"
#include "control/runtime/stack.h"
#include "control/runtime/syscall.h"
#include "control/runtime/thread.h"

#define CHILDREN_MAX 128
#define GIFTS_MAX 32	  /* pipes that one child inherits */
#define PROCESS_STRINGS 0x20000 /* the hypervisor takes so many bytes */
#define PASSED_MAX 1024	  /* handles that one child inherits, hidden ones too */
#define FIRST_UNBORN 0x40000000u /* ids of children that ended without execve */

/* This process in the tree. */
struct process {
	u32 parent, group, session;
};

extern struct process process;

/*
 * UNBORN: before execve, and after one that has failed; STARTING: its domain is being made, and may
 * run before its id is known here.
 */
enum child_state { CHILD_FREE, CHILD_UNBORN, CHILD_STARTING, CHILD_RUNS, CHILD_ZOMBIE };

struct child {
	u32 state;	/* enum child_state; with the next line under the lock of process.c */
	u32 pid, group; /* before execve those of child_run */
	s32 handle;	/* hidden, of its domain; -1: none */
	u32 signal;	/* ZOMBIE: that ended it, or 0 */
	u32 code;	/* ZOMBIE: exit code */
	u32 pipe_count; /* ends that it was given */
	struct pipe_share pipes[2 * GIFTS_MAX];
};

/* The child between vfork and execve. What it changes is its own, not its parent's. */
struct child_run {
	struct child *row;
	struct regs parent;   /* of the parent, where vfork returns to */
	u64 fs_base, gs_base; /* the parent's */
	u64 blocked;	      /* the parent's; meanwhile the thread takes no signals */
	u32 mxcsr;
	u16 fpu_control;
	u32 pid, group, session;
	u64 mask; /* the child's signal mask and actions */
	struct signal_action actions[SIGNALS + 1];
	int16_t map[SYSCALL_HIDDEN]; /* number in the child -> handle of the domain, -1: none */
	u64 cloexec[SYSCALL_HIDDEN / 64];
	/* By the domain's handle: the record that map meant, in use until the child is gone. */
	struct file *held[SYSCALL_HIDDEN];
	u64 owned[SYSCALL_HIDDEN / 64]; /* handles of the domain that the child has opened */
};

/* How a child has ended. */
struct child_end {
	u32 pid, signal, code;
};

/*
 * process.c: a row for a child-to-be, UNBORN, the service started. NULL: too many, or no memory.
 */
struct child *child_new(u32 pid, u32 group);
void child_set_own_group(struct child *c, u32 group);
/* Its domain is about to be made. Numbers taken, until it is. */
void child_starts(struct child *c);
/* Its domain lives; the handle is a hidden one. */
void child_runs(struct child *c, u32 pid, u32 group, s32 handle);
/* There is no domain: it is UNBORN again, and its pipes are taken back. Numbers not taken. */
void child_stays(struct child *c);
/*
 * Has the domain of that id, which shares a pipe with this one, ended? Only the parent knows of its
 * children; others are told by it (pipe_take_back) and answer false.
 */
bool child_is_gone(u32 id);
/* It ended without a domain. */
void child_ended(struct child *c, u32 signal, u32 code);
/*
 * A child of the process that has ended and fits pid (as wait4 has it): fills *end and, without
 * keep, forgets the child. Its id, 0 (none has ended yet), -ECHILD, or -EINTR if wait.
 */
long child_wait(s32 pid, bool wait, bool keep, struct child_end *end);
/* kill for children: how many the pid fits (as kill has it); each gets the signal. */
u32 children_kill(s32 pid, u32 sig);
/* setpgid of a child that runs its program already: -EACCES as on Linux, or -ESRCH. */
long child_set_group(u32 pid);

/* process_child.c: vfork. Returns 0 in the child; the parent's return comes with child_leave. */
long process_vfork(struct regs *r, u64 stack, u64 tls, bool set_tls, bool clear_actions);
/* Every system call of a child that runs on its parent's thread; from entry.S. */
void child_syscall(struct regs *r);
/* A signal ends the child that runs on this thread: its parent goes on. False: there is none. */
bool child_killed(struct regs *r, u32 sig);

/* process_files.c: calls on handles by a child; they act on its map. -ENOSYS: not such a call. */
long child_file_call(struct child_run *run, struct regs *r);
/* A number of the child that leads to a handle which is still what it was: its record, or NULL. */
struct file *child_file(const struct child_run *run, u64 number);
/* Copies the map of the open handles. */
void child_files_start(struct child_run *run);
/* Closes what the child has opened. */
void child_files_end(struct child_run *run);

/* process_exec.c: makes the child's domain. Its id or -errno. Addresses are the program's. */
long process_exec(const struct child_run *run, u64 path, u64 argv, u64 envp);
/*
 * What execve names, collected in the runtime's memory; strings has room behind them up to
 * PROCESS_STRINGS. 0 or execve's error.
 */
long process_collect(u64 path, u64 argv, u64 envp, const char **name,
		     struct program_strings *program);
/* The child's turn, for whoever uses process_collect: one at a time. */
void process_take_turn(void);
void process_give_turn(void);
/* process_replace.c: execve without vfork: the program is another when it returns 0. */
long process_replace(struct regs *r, u64 path, u64 argv, u64 envp);

/* What a new domain gets beside its arguments: handles, and a text as its last variable. */
struct passed {
	s32 handles[PASSED_MAX];
	u32 count;
	char *text;
	u64 size, len; /* of the text; len with its NUL */
};

/*
 * process_pass.c: fills *p and c's list of pipes. 0, -EMFILE, -E2BIG. Numbers taken, until the
 * domain is made: so what is looked at twice is the same.
 */
long process_pass(const struct child_run *run, struct child *c, const char *path, struct passed *p);
/*
 * process_adopt.c: in the new domain, before the program: sets the length and the variables' count
 * of its strings, without the text, which it reads if there is one.
 */
void process_adopt(struct program_strings *program);
