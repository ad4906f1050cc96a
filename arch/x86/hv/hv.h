/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * THE HARDWARE CONTRACT: everything the layers above may ask of the CPU's virtualization. At most
 * 25 operations; they translate and decide nothing. Two implementations, vmx/ and svm/, are in
 * every image; hv.c chooses at boot.
 */
#pragma once

#include "arch/x86/hv/hv_exit.h"
#include "mm/stage2.h"

#define HV_NO_CPU UINT32_MAX

struct hv_vcpu {
	struct hv_regs regs;	/* must be first: assembly; the guest's between runs */
	struct s2 *s2;		/* set by hv_s2_activate */
	u64 s2_seen;		/* the generation flushed for the present TLB tag: s2_enter() */
	u32 cpu;		/* where it is loaded, or HV_NO_CPU */
	u32 last_cpu;		/* where it was loaded last */
	/* loaded around the entry if it differs from the host's; 0: leave alone */
	u64 guest_xcr0;
	/* false: surely no interrupt shadow; true: hv_get_intr_state tells */
	bool shadow;
	void *hw;		/* vmx/ or svm/ */
};

/* What this machine offers, for the feature report and for choices above. */
struct hv_features {
	const char *name;	/* "VMX" or "SVM" */
	u32 tlb_tags;		/* ASIDs or VPIDs */
	bool has_insn_len;	/* exits carry the instruction length (NRIPS, or always) */
	bool has_deadline;	/* hv_set_deadline works */
	char text[160];		/* one line for the report: optional features found */
};

/*
 * Looks at this CPU. 0, or -ENODEV with *why = one line naming the missing feature, its CPUID bit
 * or MSR, and what to do. Sets the stage-2 format (s2_set_format). Boot CPU, once.
 */
__must_check int hv_probe(struct hv_features *f, const char **why);
/* Turns virtualization on on the calling CPU, interrupts off. 0 or -ENODEV with *why. */
__must_check int hv_cpu_on(const char **why);
/* Turns it off again (power off, reboot, panic). */
void hv_cpu_off(void);

/*
 * Allocates and presets the hardware's control structure: reset state, everything intercepted. 0 or
 * -ENOMEM.
 */
__must_check int hv_vcpu_init(struct hv_vcpu *v);
/* Frees it; it is loaded nowhere. */
void hv_vcpu_free(struct hv_vcpu *v);
/*
 * Makes v usable on this CPU (first takes it from the CPU it was last loaded on). Thread context,
 * interrupts on or off by caller: on.
 */
void hv_load(struct hv_vcpu *v);
/* Gives it up here: host state is complete again. Interrupts off or on. */
void hv_put(struct hv_vcpu *v);

/*
 * Enters the guest until the next exit and decodes it. v is loaded, interrupts are off and stay off
 * on return; a host interrupt that ended the run is still pending (the caller opens a window); an
 * NMI has been handled.
 */
void hv_run(struct hv_vcpu *v, struct hv_exit *exit);

void hv_get_sregs(struct hv_vcpu *v, struct hv_sregs *s, u32 parts);
/* The values were checked for KVM's rules above; hardware may still refuse them at entry. */
void hv_set_sregs(struct hv_vcpu *v, const struct hv_sregs *s, u32 parts);
/*
 * MSRs that live in the hardware's state: FS/GS/KERNEL_GS base, STAR LSTAR CSTAR SFMASK,
 * SYSENTER_*, PAT, TSC_AUX, DEBUGCTL. -ENOENT: not one of them.
 */
__must_check int hv_get_msr(struct hv_vcpu *v, u32 index, u64 *value);
__must_check int hv_set_msr(struct hv_vcpu *v, u32 index, u64 value);
void hv_get_debug(struct hv_vcpu *v, struct hv_debug *d);
void hv_set_debug(struct hv_vcpu *v, const struct hv_debug *d);
void hv_get_intr_state(struct hv_vcpu *v, struct hv_intr_state *s);
void hv_set_intr_state(struct hv_vcpu *v, const struct hv_intr_state *s);

/* Delivers e at the next entry, as if it happened there. One event per entry. */
void hv_inject(struct hv_vcpu *v, const struct hv_event *e);
/*
 * Asks for HV_EXIT_WINDOW as soon as an external interrupt (nmi: an NMI) could be taken; off: takes
 * the request back; until then it stays.
 */
void hv_request_window(struct hv_vcpu *v, bool nmi, bool on);

#define HV_INTERCEPT_HLT 1u
#define HV_INTERCEPT_PAUSE 2u
#define HV_INTERCEPT_CR3 4u
#define HV_INTERCEPT_DR 8u
#define HV_INTERCEPT_CPUID 16u	/* always on where the hardware knows no other way */
/* exceptions: bit per vector (#DB, #AC and #MC are always intercepted). */
void hv_set_intercepts(struct hv_vcpu *v, u32 flags, u32 exceptions);
/* Everything is intercepted after init. -ENOENT: hardware cannot pass this MSR. */
__must_check int hv_set_msr_intercept(struct hv_vcpu *v, u32 index, bool read, bool write);

/* Guest TSC = host TSC + offset. */
void hv_set_tsc(struct hv_vcpu *v, u64 offset);
/*
 * Ends every run after at most ticks of the host TSC where host interrupts can be masked by a
 * guest; 0: no bound.
 */
void hv_set_deadline(struct hv_vcpu *v, u64 ticks);

/* v runs with these stage-2 tables from the next entry on. */
void hv_s2_activate(struct hv_vcpu *v, struct s2 *s2);
/* The next entry of v on this CPU sees no older translation. Interrupts off, loaded. */
void hv_s2_flush(struct hv_vcpu *v);
/*
 * The task priority (CR8, 0-15) the guest sees and that blocks its interrupts in hardware, where
 * CR8 does not exit.
 */
void hv_set_tpr(struct hv_vcpu *v, u8 tpr);
/*
 * Prints the whole control structure to the log, with the entry check that is violated, if one is.
 */
void hv_dump(struct hv_vcpu *v);
