/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a thread that runs virtual CPUs has on its CPU: the FPU contents and up to two loaded
 * vCPUs (its own control vCPU and the guest that KVM_RUN runs). Thread switches take them off;
 * run loops load again before they enter.
 */
#pragma once

#include "arch/x86/fpu.h"
#include "arch/x86/hv/hv.h"
#include "core/thread.h"

struct hv_thread {
	/* whose state the FPU registers hold; saved there at a switch. NULL: nobody's */
	struct fpu_state *fpu_live;
	struct hv_vcpu *loaded[2];
};

/* For threads whose owner field points to a struct hv_thread. */
extern const struct thread_hooks hv_thread_hooks;

/* Makes sure v is loaded on this CPU. Interrupts on. */
void hv_thread_load(struct hv_thread *ht, struct hv_vcpu *v);
/* Gives v up (end of KVM_RUN). Thread context. */
void hv_thread_unload(struct hv_thread *ht, struct hv_vcpu *v);
/*
 * Saves the live FPU contents where they belong and loads `next`. Thread context: a switch comes
 * only where a thread asks for it, so not in between.
 */
static inline void hv_thread_fpu(struct hv_thread *ht, struct fpu_state *next)
{
	struct fpu_state *live = ht->fpu_live;

	if (likely(live != next)) {
		ht->fpu_live = next;
		fpu_swap(live, next);
	}
}
