/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A domain: address space, handle table, threads. It runs a program at guest ring 3 over the runtime at ring 0; what
 * leaves it are hypercalls. Legend: [I] immutable, [l] domain->lock (domain.life), [a] atomic.
 */
#pragma once

#include "api/abi/corbel.h"
#include "api/handle.h"
#include "arch/x86/hv/hv.h"
#include "arch/x86/hv/hv_thread.h"
#include "core/mutex.h"
#include "core/object.h"
#include "core/thread.h"
#include "mm/aspace.h"

#define DOMAIN_MAX_THREADS 256

struct domain {
	struct object obj;
	u32 id;				/* [I] */
	char name[32];			/* [I] */
	bool privileged;		/* [I] the boot domain's right: create domains, devices, power */
	struct aspace as;
	struct handle_table handles;
	struct mutex lock;
	struct list threads;		/* [l] */
	u32 thread_count;		/* [l] */
	bool ending;			/* [a] no new threads; all must_exit */
	bool crashed;			/* [l] */
	s32 exit_code;			/* [l] */
	bool gone;			/* [a] memory freed; waiters of ended_wq see it */
	struct waitq ended_wq;
};

struct domain_thread {
	struct hv_thread hvt;		/* first: thread.owner points here */
	struct thread thread;
	struct domain *domain;		/* reference */
	struct hv_vcpu vcpu;		/* the control vCPU */
	struct fpu_state *fpu;
	u32 tid;			/* [I] */
	struct list node;		/* [l] domain->threads */
	struct hv_event event;		/* #PF or #UD to inject at the next entry */
	u64 pointer_limit;		/* of the call being served: CORBEL_RUNTIME_BASE, or USER_TOP for the runtime's own */
	u64 exit_clear, exit_stack;	/* words to clear and wake after the vCPU has left for good */
};

/* The thread being served. */
struct domain_thread *current_domain_thread(void);

/* Checked copies for the call being served: below the thread's pointer_limit, then as mm/aspace.h. 0 or -EFAULT. */
__must_check int call_copy_in(void *dst, u64 src, size_t len);
__must_check int call_copy_out(u64 dst, const void *src, size_t len);
