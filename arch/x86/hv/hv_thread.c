/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The thread's side of the contract: a vCPU is loaded when its run loop comes by and taken off
 * when the thread leaves the CPU, so a thread may be moved at any switch and needs to know
 * nothing of it. Called by the run loops of domains and guests, and by the scheduler through the
 * hooks.
 */
#include "arch/x86/hv/hv_thread.h"

#include "core/panic.h"

/* Interrupts off, on the CPU that is left. */
static void switch_out(struct thread *t)
{
	struct hv_thread *ht = t->owner;

	if (ht->fpu_live) {
		fpu_save(ht->fpu_live);
	}
	for (u32 i = 0; i < ARRAY_SIZE(ht->loaded); i++) {
		if (ht->loaded[i]) {
			hv_put(ht->loaded[i]);
			ht->loaded[i] = NULL;
		}
	}
}

/*
 * Interrupts off, on the CPU that is come to. Loading waits for other CPUs, so the run loop does
 * it with interrupts on.
 */
static void switch_in(struct thread *t)
{
	struct hv_thread *ht = t->owner;

	if (ht->fpu_live) {
		fpu_restore(ht->fpu_live);
	}
}

const struct thread_hooks hv_thread_hooks = {
	.switch_out = switch_out,
	.switch_in = switch_in,
};

void hv_thread_load(struct hv_thread *ht, struct hv_vcpu *v)
{
	struct hv_vcpu **place = ht->loaded[0] ? &ht->loaded[1] : &ht->loaded[0];

	if (ht->loaded[0] == v || ht->loaded[1] == v) {
		return;
	}
	ASSERT(!*place);
	*place = v;
	hv_load(v);
}

void hv_thread_unload(struct hv_thread *ht, struct hv_vcpu *v)
{
	struct hv_vcpu **place = ht->loaded[1] == v ? &ht->loaded[1] : &ht->loaded[0];

	if (likely(*place == v)) {
		*place = NULL;
		hv_put(v);
	}
}
