/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The virtual CPU and its run page. Legend: [I] set at creation, [v] vcpu->lock (held through KVM_RUN), [a] atomic,
 * [r] only the running thread.
 */
#pragma once

#include "api/abi/kvm.h"
#include "arch/x86/fpu.h"
#include "arch/x86/hv/hv.h"
#include "core/mutex.h"
#include "core/object.h"
#include "core/waitq.h"
#include "vmm/irq/lapic.h"
#include "vmm/vm.h"

/* Requests: bits in vcpu->requests, handled on the way into the guest. */
enum vcpu_request { REQ_EVENT, REQ_CLOCK, REQ_KILL, REQ_INIT, REQ_SIPI, REQ_TRIPLE_FAULT };

enum vcpu_mode { VCPU_OUTSIDE, VCPU_IN_GUEST };

/* An access that the VMM must finish before the next entry: see vmm/pending.h. */
enum vcpu_pending { PENDING_NONE, PENDING_IO_IN, PENDING_IO_OUT, PENDING_IO_STRING, PENDING_HYPERCALL };

struct vcpu {
	struct object obj;
	struct vm *vm;			/* [I] reference held */
	u32 id, index;			/* [I] */
	struct hv_vcpu hv;		/* [v] */
	struct mutex lock;
	struct thread *runner;		/* [a] the thread inside KVM_RUN */
	u32 mode;			/* [a] enum vcpu_mode */
	u32 requests;			/* [a] bit per enum vcpu_request */
	u32 mp_state;			/* [v] KVM_MP_STATE_*; woken by [a] requests */
	struct waitq halt_wq;

	struct frame *run_frames[3];	/* run page, port data, coalesced ring: each shared with the VMM, read once */
	struct backing *run_backing;
	struct kvm_run *run;		/* = run_frames[0] */

	struct fpu_state *fpu;		/* guest FPU while not loaded */
	u64 xcr0;			/* [v] */
	struct lapic *lapic;		/* [I] NULL without irqchip */
	u64 apic_base;			/* [v] */
	u8 cr8;				/* [v] when the LAPIC is in the VMM */

	struct {			/* [v] events waiting to be delivered, in KVM's sense */
		struct hv_event exception;	/* type NONE: none */
		u64 exception_payload;
		struct hv_event injected;	/* handed to hardware; comes back as reinject */
		bool nmi_pending, nmi_masked;
		s32 user_irq;			/* KVM_INTERRUPT without chips, or -1 */
	} ev;

	u8 pending;			/* [v] enum vcpu_pending */
	struct {
		u16 port;
		u8 size, insn_len;
		u32 count;
	} pio;

	struct cpuid_table *cpuid;	/* [v] vmm/cpuid.h */
	u32 cpuid_cached;
	bool has_run;			/* [v] a KVM_RUN entered the guest */
	struct msr_state *msrs;		/* [v] vmm/msr.h: MSRs that the hypervisor keeps */
	struct clock_page *clock;	/* [v] vmm/clock.h */
	u64 tsc_offset;			/* [v] */
	struct hv_debug debug;		/* [v] */
	u64 exits[HV_EXIT_KINDS];	/* counters */
	struct thread_hooks hooks_unused;
};

__must_check int vcpu_create(struct vm *vm, u32 id, struct vcpu **out);
/* Sets a request and makes the vCPU notice: IPI if in guest mode, wake if it waits. Any context. */
void vcpu_request(struct vcpu *v, enum vcpu_request req);
/* As vcpu_request without a bit: a new interrupt is pending in the LAPIC or PIC. */
void vcpu_kick(struct vcpu *v);
