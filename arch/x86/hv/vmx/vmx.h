/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The VMX half of the contract: its functions, for hv.c and for the files of this folder. Twin:
 * svm/svm.h.
 */
#pragma once

#include "arch/x86/hv/hv_common.h"

/* vmx_cpu.c */
__must_check int vmx_probe(struct hv_features *f, const char **why);
__must_check int vmx_cpu_on(struct hv_cpu *cpu, const char **why);
void vmx_cpu_off(struct hv_cpu *cpu);

/* vmx_vcpu.c */
__must_check int vmx_vcpu_init(struct hv_vcpu *v);
void vmx_vcpu_free(struct hv_vcpu *v);
/* v was loaded on CPU `old` (or nowhere) and comes to the calling one. Interrupts on. */
void vmx_cpu_changed(struct hv_vcpu *v, u32 old);
/* What hv_put has to restore on this CPU. */
void vmx_put(struct hv_cpu *cpu);

/* vmx_run.c */
void vmx_run(struct hv_cpu *cpu, struct hv_vcpu *v, struct hv_exit *exit);

/* vmx_exit.c: fills exit from the VMCS after a successful entry; regs are already read. */
void vmx_decode(struct hv_vcpu *v, struct hv_exit *exit);

/* vmx_state.c */
void vmx_get_sregs(struct hv_vcpu *v, struct hv_sregs *s, u32 parts);
void vmx_set_sregs(struct hv_vcpu *v, const struct hv_sregs *s, u32 parts);
void vmx_get_debug(struct hv_vcpu *v, struct hv_debug *d);
void vmx_set_debug(struct hv_vcpu *v, const struct hv_debug *d);

/* vmx_msr.c */
int vmx_get_msr(struct hv_vcpu *v, u32 index, u64 *value);
int vmx_set_msr(struct hv_vcpu *v, u32 index, u64 value);
int vmx_set_msr_intercept(struct hv_vcpu *v, u32 index, bool read, bool write);

/* vmx_event.c */
void vmx_inject(struct hv_vcpu *v, const struct hv_event *e);
void vmx_request_window(struct hv_vcpu *v, bool nmi, bool on);
void vmx_get_intr_state(struct hv_vcpu *v, struct hv_intr_state *s);
void vmx_set_intr_state(struct hv_vcpu *v, const struct hv_intr_state *s);
/* The event whose delivery the exit interrupted. */
void vmx_interrupted_event(struct hv_vcpu *v, struct hv_event *e);
/* The event that was to be injected by an entry that did not happen; it is taken back. */
void vmx_take_back_event(struct hv_vcpu *v, struct hv_event *e);

/* vmx_intercept.c */
void vmx_set_intercepts(struct hv_vcpu *v, u32 flags, u32 exceptions);
void vmx_set_tsc(struct hv_vcpu *v, u64 offset);
void vmx_set_deadline(struct hv_vcpu *v, u64 ticks);
void vmx_set_tpr(struct hv_vcpu *v, u8 tpr);

/* vmx_s2.c */
void vmx_s2_format(struct s2_format *f);
void vmx_s2_activate(struct hv_vcpu *v, struct s2 *s2);

/* vmx_tlb.c */
void vmx_s2_flush(struct hv_vcpu *v);
/* Gives v a fresh tag on this CPU, flushing all on roll-over. */
void vmx_new_tag(struct hv_cpu *cpu, struct hv_vcpu *v);

/* vmx_dump.c */
void vmx_dump(struct hv_vcpu *v);
