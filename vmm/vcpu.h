/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The virtual CPU and its run page. Legend: [I] set at creation, [v] vcpu->lock (held through
 * KVM_RUN), [a] atomic. The hardware's part (hv) may only be touched while the vCPU is loaded:
 * vcpu_load() after everything that may sleep.
 */
#pragma once

#include "arch/x86/fpu.h"
#include "arch/x86/hv/hv.h"
#include "vmm/events.h"
#include "vmm/irq/lapic.h"
#include "vmm/mmio.h"
#include "vmm/vm.h"

/* Requests: bits in vcpu->requests, handled on the way into the guest. */
enum vcpu_request { REQ_EVENT, REQ_CLOCK, REQ_KILL, REQ_INIT, REQ_SIPI, REQ_NMI, REQ_TRIPLE_FAULT };

enum vcpu_mode { VCPU_OUTSIDE, VCPU_IN_GUEST };

/* What the VMM must finish before the next entry. */
enum vcpu_pending {
	PENDING_NONE,
	PENDING_IO_IN,
	PENDING_IO_INS,
	PENDING_MMIO_READ,
	PENDING_MMIO_WRITE
};

#define RUN_PAGES 3 /* run page, port data, coalesced ring */
#define XCR0_X87 1ULL
#define APIC_BASE_DEFAULT 0xfee00800ULL /* enabled, xAPIC */
#define RUN_IO_OFFSET PAGE_SIZE		/* io.data_offset */

struct msr_state;
struct cpuid_table;

struct vcpu {
	struct object obj;
	struct vm *vm;	   /* [I] reference held */
	u32 id, index;	   /* [I] */
	struct hv_vcpu hv; /* [v] */
	struct mutex lock;
	u32 mode;	      /* [a] enum vcpu_mode */
	u32 requests;	      /* [a] bit per enum vcpu_request */
	u32 mp_state;	      /* [v] KVM_MP_STATE_* */
	u8 sipi_vector;	      /* [a] of the last SIPI */
	struct waitq halt_wq; /* where HLT and wait-for-SIPI sleep */

	struct backing *
		/* [I] the pages shared with the VMM: everything in them is read once */
		run_backing;
	struct kvm_run *run; /* [I] the first */
	u8 *run_io;	     /* [I] the second */
	s32 run_error;	     /* [v] what KVM_RUN returns at LEAVE: 0 or -errno */
	bool want_window; /* [v] the VMM's request_interrupt_window, read at the start of KVM_RUN */
	bool can_wake;	  /* [v] HLT with interrupts on */
	bool in_run;	  /* [a] in KVM_RUN; then, behind a barrier, timer_held is looked at */
	bool timer_held;  /* [a] the local APIC's timer is due, but waits for in_run */

	struct fpu_state *fpu; /* [v] guest FPU while not loaded */
	u64 xcr0;	       /* [v] */
	u8 phys_bits;	       /* [v] width of guest-physical addresses the guest was told */
	struct lapic *lapic;   /* [I] NULL without irqchip */
	u64 apic_base;	       /* [v] */
	u8 cr8;		       /* [v] when the LAPIC is in the VMM */

	struct vcpu_events ev; /* [v] */

	u8 pending; /* [v] enum vcpu_pending */
	struct {
		u64 rip;     /* of the instruction */
		u64 address; /* INS: linear address of the element */
		u8 len;	     /* to step over when done; 0: REP goes on */
		u8 size, address_size;
		bool rep;
	} pio; /* [v] */

	struct mmio mmio; /* [v] the instruction that is emulated */

	struct cpuid_table *cpuid; /* [v] vmm/cpuid.h; NULL: none set */
	bool has_run;		   /* [v] a KVM_RUN entered the guest */
	struct msr_state *msrs;	   /* [v] vmm/msr.h: MSRs that the hypervisor keeps */
	u64 clock_msr;		   /* [v] MSR_KVM_SYSTEM_TIME */
	bool clock_stopped;	   /* [v] by KVM_KVMCLOCK_CTRL, until the guest was told */
	u64 tsc_offset;		   /* [v] guest TSC = host TSC + this */
	struct fetch_cache fetch;  /* [v] */
	u64 exits[HV_EXIT_KINDS];  /* counters */
};

/*
 * Builds a vCPU in reset state that nobody knows yet. Its object holds the VM. vm->lock held
 * until it is published. -EINVAL id, -EEXIST, -ENOMEM.
 */
__must_check int vcpu_create(struct vm *vm, u32 id, struct vcpu **out);
/*
 * Makes it the VM's next one; cannot fail. From now on its memory lives as long as the VM, so
 * whoever finds it in vm->vcpus may use it.
 */
void vcpu_publish(struct vcpu *v);
/* Frees one that was not published. */
void vcpu_abandon(struct vcpu *v);
/* Frees the memory: by the VM's end only. */
void vcpu_free(struct vcpu *v);
/* State after power-on (init false) or INIT. v->lock held or not yet visible; loaded. */
void vcpu_reset(struct vcpu *v, bool init);
/*
 * Makes v's hardware state accessible on this CPU for the calling thread. Cheap if it already
 * is. Interrupts on.
 */
void vcpu_load_here(struct vcpu *v);
static inline void vcpu_load(struct vcpu *v)
{
	/* A switch takes it off: it is loaded here or nowhere. */
	if (unlikely(v->hv.cpu == HV_NO_CPU)) {
		vcpu_load_here(v);
	}
}
void vcpu_put(struct vcpu *v);

/* Sets a request and makes the vCPU notice: IPI if in guest mode, wake if it waits. Any context. */
void vcpu_request(struct vcpu *v, enum vcpu_request req);
/* A new interrupt may be deliverable: vcpu_request(REQ_EVENT). */
void vcpu_kick(struct vcpu *v);
static inline bool vcpu_test_request(const struct vcpu *v, enum vcpu_request req)
{
	return __atomic_load_n(&v->requests, __ATOMIC_RELAXED) & (1u << req);
}
/* Takes one request: whether it was set. */
static inline bool vcpu_take_request(struct vcpu *v, enum vcpu_request req)
{
	return vcpu_test_request(v, req) &&
	       (__atomic_fetch_and(&v->requests, ~(1u << req), __ATOMIC_ACQ_REL) & (1u << req));
}

/*
 * Bytes of an instruction's default mode: 2, 4 or 8 for 16-bit, 32-bit and 64-bit code; *cpl if
 * not NULL. Loaded.
 */
u32 vcpu_code_size(struct vcpu *v, u32 *cpl);
/* The guest's task priority as CR8. */
u8 vcpu_get_cr8(struct vcpu *v);
void vcpu_set_cr8(struct vcpu *v, u8 cr8);
/* The guest is told the TSC plus this from now on. Loaded. */
void vcpu_set_tsc_offset(struct vcpu *v, u64 offset);

/* Serves KVM_RUN. v->lock held, v loaded. 0 with the run page filled, or -errno (vmm/run.c). */
__must_check int vcpu_run(struct vcpu *v);
