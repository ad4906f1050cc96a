/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A domain: address space, handle table, threads. It runs a program at guest ring 3 over the
 * runtime at ring 0; what leaves it are hypercalls. Legend: [I] immutable, [l] domain->lock
 * (domain.life), [a] atomic, [t] the thread itself.
 */
#pragma once

#include "api/abi/corbel.h"
#include "api/handle.h"
#include "arch/x86/hv/hv_thread.h"
#include "mm/aspace.h"

#define DOMAIN_MAX_THREADS 256

/*
 * How a domain ended: outlives it, for those who wait. The object behind a CORBEL_H_DOMAIN
 * handle.
 */
struct domain_end {
	struct object obj;
	struct waitq wq;		/* woken when `gone` becomes true */
	u32 id;				/* [I] the domain's */
	bool gone;			/* [a] memory freed; the two below are final */
	bool crashed;			/* [l] */
	s32 code;			/* [l] exit code 0..255, or the signal Linux would send */
};

/*
 * Whoever needs the address space (threads, VMs) holds obj. The threads end first, then handles
 * and mappings go, then the VMs that they held, and the last put frees the tables and tells
 * domain_end.
 */
struct domain {
	struct object obj;
	u32 id;				/* [I] also the tid of the first thread */
	char name[32];			/* [I] */
	/* [I] the boot domain's right: create domains, devices, power */
	bool privileged;
	u64 affinity;			/* [I] the first thread's, its creator's */
	struct aspace as;
	struct handle_table handles;
	struct mutex lock;
	struct list threads;		/* [l] */
	u32 thread_count;		/* [l] */
	bool ending;			/* [a] no new threads; all must_exit */
	u64 past_runtime_ns;		/* [l] CPU time of threads that have ended */
	struct domain_end *end;		/* [I] reference */
	struct list node;		/* in the list of all domains */
	u32 holders;			/* [a] of the structure: the domain, its memfds */
};

/* Where and how a thread starts: CPL 0, 64-bit, interrupts off. */
struct domain_start {
	u64 rip, rsp, arg, fs_base, cr3;
};

struct domain_thread {
	struct hv_thread hvt;		/* first: thread.owner points here */
	struct thread thread;
	/* [I] one reference of the running thread; the last put joins and frees it */
	struct object obj;
	struct domain *domain;		/* [I] reference */
	struct hv_vcpu vcpu;		/* [t] the control vCPU */
	struct fpu_state *fpu;		/* [I] */
	u32 tid;			/* [I] */
	struct domain_start start;	/* [I] */
	struct list node;		/* [l] domain->threads */
	struct hv_event event;		/* [t] to inject at the next entry */
	bool window_asked;		/* [t] an interrupt window is requested */
	/* [t] of the call being served: CORBEL_RUNTIME_BASE, or USER_TOP for the runtime's own */
	u64 pointer_limit;
	s32 exit_code;			/* [t] of exit */
	/* [t] words to clear and wake after the vCPU has left for good */
	u64 exit_clear, exit_stack;
	u64 calls;			/* [t] hypercalls served */
};

/* The thread being served. */
struct domain_thread *current_domain_thread(void);

/*
 * Checked copies for the call being served: below the thread's pointer_limit, then as
 * mm/aspace.h. 0 or -EFAULT.
 */
__must_check int call_copy_in(void *dst, u64 src, size_t len);
__must_check int call_copy_out(u64 dst, const void *src, size_t len);
/* Whether the call being served may name [addr, addr + len) at all: 0 or -EFAULT. */
__must_check int call_range_ok(u64 addr, u64 len);
/* A string with its NUL: length without it, -EFAULT, -ENAMETOOLONG. */
__must_check int call_string_in(char *buf, size_t size, u64 src);
/*
 * Structs of Corbel's own, whose first field is their u32 size: shorter than known bytes is
 * zero-filled, longer with a non-zero tail is -E2BIG; also -EINVAL (no size), -EFAULT. out:
 * writes as much as the caller's size has room for.
 */
__must_check int call_struct_in(void *dst, u32 known, u64 src);
__must_check int call_struct_out(u64 dst, const void *src, u32 known);

/* An empty domain with one reference of the caller's; quota in frames. NULL: no memory. */
__must_check struct domain *domain_create(const char *name, bool privileged, u64 quota);
/*
 * Keeps the structure, for its quota, when the domain is gone: memory that it has given to others
 * may outlive it. domain_drop takes back; any context that may free memory.
 */
void domain_hold(struct domain *d);
void domain_drop(struct domain *d);
/*
 * All threads are gone (or none ever started): closes handles and unmaps everything. The caller
 * then puts d->obj; when VMs have put it as well, memory is freed and domain_end says so. Thread
 * context.
 */
void domain_close(struct domain *d);
/*
 * Ends all threads (they leave soon, not before it returns). The first call's outcome stays.
 * Thread context.
 */
void domain_end(struct domain *d, bool crashed, s32 code);
/* Ends the domain that e is the end of by that signal, if it still lives. Thread context. */
void domain_end_by_signal(const struct domain_end *e, s32 signal);
/* Waits until it is gone: 0, or -EINTR as the kind of wait says. Thread context. */
__must_check int domain_end_wait(struct domain_end *e, enum wait_kind kind);
/*
 * Ends the caller's domain with a report: why, registers, back-trace. signal: what Linux would
 * send.
 */
void domain_crash(struct domain_thread *t, s32 signal, const char *why);
/* The next number for a domain or a thread; never 0. */
u32 domain_next_id(void);
/* Calls fn for every domain that is not gone. The list's lock (a mutex) is held. */
void domain_for_each(void (*fn)(struct domain *d, void *arg), void *arg);

/*
 * A thread of d that starts as `start` says; creator: whose CPU affinity and class it inherits,
 * or NULL for d's first one, whose tid is d->id. The tid, or -ENOMEM, -EAGAIN (ending, or too
 * many).
 */
__must_check s64 domain_thread_create(struct domain *d, const struct domain_start *start,
				      const struct domain_thread *creator);
/* d's thread with that tid (0: the caller) with a reference, or NULL. */
struct domain_thread *domain_thread_find(struct domain *d, u64 tid);
/* CPU time of a thread of d, or, t NULL, of all its threads since its start, in ns. */
u64 domain_runtime_ns(struct domain *d, const struct domain_thread *t);

/* Presets the control vCPU of the calling thread from t->start. Thread context. */
void domain_vcpu_reset(struct domain_thread *t);
/* Runs the calling thread's control vCPU until it leaves for good. */
void domain_run(struct domain_thread *t);
/* Handles one exit of the control vCPU. Interrupts on. */
void domain_handle(struct domain_thread *t, const struct hv_exit *exit);
/* The same for all exits that are no hypercall. */
void domain_exit(struct domain_thread *t, const struct hv_exit *exit);
/* CPUID as a domain sees it. */
struct cpuid_regs;
void domain_cpuid(u64 cr4, u32 leaf, u32 subleaf, struct cpuid_regs *out);

#define DOMAIN_STRINGS_MAX 0x20000u	/* argv and environment, bytes */

/*
 * What a new domain's program gets. strings: argc + envc strings with their NULs, in the
 * hypervisor's memory.
 */
struct domain_program {
	const char *name;		/* of the boot file */
	u32 argc, envc;
	const char *strings;
	u32 strings_len;
};

/*
 * Loads the runtime into d, builds its first page tables and boot block, opens the program and
 * starts the first thread. d's inherited handles are installed already, as numbers below
 * handle_count. 0, -ENOENT (no such boot file), -ENOEXEC (the runtime is damaged), -ENOMEM,
 * -EMFILE.
 */
__must_check int domain_boot(struct domain *d, const struct domain_program *p, u32 handle_count);
/* Maps the runtime's segments; its entry address goes to *entry. -ENOENT, -ENOEXEC, -ENOMEM. */
__must_check int domain_load_runtime(struct domain *d, u64 *entry);
/*
 * Maps fresh zeroed memory at addr and copies len bytes to its start. size: page multiple.
 * -ENOMEM and as aspace_map.
 */
__must_check int domain_map_filled(struct domain *d, u64 addr, u64 size, u32 rights,
				   const void *data, u64 len);

#include "api/supervise.h"
