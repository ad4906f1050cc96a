/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guest's XMM registers for the emulator. Within KVM_RUN the CPU's own registers hold them and
 * the hypervisor's code must not name those: they go through the vCPU's memory image. Called by
 * vmm/emul/vector.c.
 */
#include "arch/x86/hv/hv_thread.h"
#include "core/string.h"
#include "vmm/vcpu.h"

#define XMM_BYTES 16
#define XMM_AT 160 /* in the image; behind the header at XSTATE_AT, bit 1 says that they count */
#define XSTATE_AT 512
#define XSTATE_SSE 2u

/* Interrupts off: a thread switch would save the registers over the image. */
static bool take(struct vcpu *v)
{
	struct hv_thread *ht = current_thread()->owner;
	bool live = ht->fpu_live == v->fpu;

	if (live) {
		fpu_save(v->fpu);
	}
	return live;
}

void emul_get_xmm(struct emul *e, u8 reg, u64 *value)
{
	struct vcpu *v = container_of(e, struct vcpu, mmio.e);
	u8 *area = fpu_area(v->fpu);
	bool irqs = section_enter();

	(void)take(v);
	memcpy(value, area + XMM_AT + reg * XMM_BYTES, XMM_BYTES);
	if (fpu_host_xcr0() && !(area[XSTATE_AT] & XSTATE_SSE)) {
		memset(value, 0, XMM_BYTES);
	}
	section_leave(irqs);
}

void emul_set_xmm(struct emul *e, u8 reg, const u64 *value)
{
	struct vcpu *v = container_of(e, struct vcpu, mmio.e);
	u8 *area = fpu_area(v->fpu);
	bool irqs = section_enter(), live = take(v);

	if (fpu_host_xcr0() && !(area[XSTATE_AT] & XSTATE_SSE)) {
		memset(area + XMM_AT, 0, HV_GPRS * XMM_BYTES);
		area[XSTATE_AT] |= XSTATE_SSE;
	}
	memcpy(area + XMM_AT + reg * XMM_BYTES, value, XMM_BYTES);
	if (live) {
		fpu_restore(v->fpu);
	}
	section_leave(irqs);
}
