/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What both implementations of the contract keep in the same way, per CPU and per virtual CPU: TLB
 * tags, and the registers that the hardware leaves in place between host and guest (some MSRs,
 * debug registers, XCR0). Included by hv.c and below; nobody above the contract sees it.
 */
#pragma once

#include "arch/x86/asm/cr.h"
#include "arch/x86/hv/hv.h"

extern bool hv_is_vmx;
extern u64 hv_host_xcr0;		/* of every CPU; 0 without XSAVE */

/* A TLB tag (ASID or VPID): valid while gen is that of the CPU the vCPU is on. */
struct hv_tag {
	u32 id;
	u64 gen;	/* 0: none */
};

struct hv_tags {
	u32 next, last;
	u64 gen;
};

/*
 * The allocator starts rolled over, so that the first tag flushes what firmware left. Tags are
 * 1..last.
 */
void hv_tags_init(struct hv_tags *t, u32 last);
/*
 * Gives the next tag. true: it begins a new generation: flush the whole TLB before the tag is used.
 */
__must_check bool hv_tag_take(struct hv_tags *t, struct hv_tag *tag);

/* MSRs that no control structure holds: STAR LSTAR CSTAR SFMASK KERNEL_GS_BASE TSC_AUX at most. */
#define HV_LIVE_MAX 6

/* As SGDT and LGDT have it. */
struct __packed hv_dtr {
	u16 limit;
	u64 base;
};

/* Per CPU, owner CPU only, interrupts off or in a thread that cannot move. */
struct hv_cpu {
	void *current;			/* VMX: the struct vmx_vcpu whose VMCS is current */
	struct hv_vcpu *msr_owner;	/* whose guest may have changed the live MSRs */
	struct hv_vcpu *dr_owner;	/* whose DR0-DR3 and DR6 are in the registers */
	u64 msr_live[HV_LIVE_MAX];	/* as last written or read */
	struct hv_tags tags;
	hpa_t region;			/* VMXON region or host save area */
	hpa_t host_vmcb;		/* SVM: the host's FS, GS, TR, syscall MSRs */
	struct hv_dtr gdtr, idtr;	/* VMX: an exit spoils the limits */
	bool on;
};

/* Per vCPU: the first member of struct vmx_vcpu and struct svm_vcpu. */
struct hv_common {
	u64 msr[HV_LIVE_MAX];
	/* bit per live MSR: the guest can change it without an exit */
	u32 msr_unknown;
	bool dr_wanted;			/* DR0-DR3 must be the guest's while it runs */
	bool fail_dumped;
	struct hv_debug debug;		/* dr[], dr6 (VMX); dr7 is in the control structure */
	struct hv_tag tag;
};

/* The live MSRs of this machine; set once by the implementation's probe. */
void hv_live_set(const u32 *index, u32 count);
/* Learns their present values on the calling CPU. */
void hv_live_cpu_on(struct hv_cpu *cpu);
/* The number of `index` among them, or -ENOENT. */
int hv_live_slot(u32 index);
/* The vCPU's value of a live MSR. -ENOENT: it is none. */
__must_check int hv_live_get(struct hv_vcpu *v, u32 index, u64 *value);
__must_check int hv_live_put(struct hv_vcpu *v, u32 index, u64 value);
/*
 * hv_set_msr_intercept as far as it is the same for both; held: the control structure has a field
 * for the MSR. bit_of says which bit of map intercepts reads (writes) of an index that has such.
 */
__must_check int hv_msr_intercept(struct hv_vcpu *v, u32 index, bool held, bool read, bool write,
				  u8 *map, u32 (*bit_of)(u32 index, bool write));
/*
 * Whether the live MSRs have the values of v already, and their owner cannot have changed them
 * unseen. Looks at one MSR only and gives up if there are more.
 */
extern bool hv_live_is_one;
static inline bool hv_live_same(const struct hv_cpu *cpu, const struct hv_vcpu *v)
{
	const struct hv_common *c = v->hw;
	const struct hv_common *owner = cpu->msr_owner ? cpu->msr_owner->hw : c;

	return hv_live_is_one && !owner->msr_unknown && cpu->msr_live[0] == c->msr[0];
}
/* Makes the live MSRs those of v (first saves those of the owner before). Interrupts off. */
void hv_live_enter(struct hv_cpu *cpu, struct hv_vcpu *v);
/* Reads back what the guest of v may have changed; v keeps no claim on this CPU. */
void hv_live_leave(struct hv_cpu *cpu, struct hv_vcpu *v);
/* The same for DR0-DR3 and DR6. */
void hv_dr_enter(struct hv_cpu *cpu, struct hv_vcpu *v);
void hv_dr_leave(struct hv_cpu *cpu, struct hv_vcpu *v);

/* XCR0 is the guest's from just before the entry to just behind the exit. */
static inline void hv_xcr0_enter(const struct hv_vcpu *v)
{
	if (v->guest_xcr0 && v->guest_xcr0 != hv_host_xcr0) {
		xsetbv0(v->guest_xcr0);
	}
}
static inline void hv_xcr0_leave(const struct hv_vcpu *v)
{
	if (v->guest_xcr0 && v->guest_xcr0 != hv_host_xcr0) {
		xsetbv0(hv_host_xcr0);
	}
}

/* An interrupted page walk in the form of an exit, where software does the walk. */
void hv_exit_walk_fault(struct hv_exit *e, gpa_t gpa);

/* Intercepted whatever was asked for: #DB and #AC can loop in microcode; #MC is the host's. */
#define HV_EXCEPTIONS_ALWAYS (BIT(1) | BIT(17) | BIT(18))

/* One entry check: text says what the manual demands. */
#define HV_RULE(text_, cond) { if (!(cond)) { return text_; } }
