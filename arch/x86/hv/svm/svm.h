/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The SVM half of the contract: its functions, for hv.c and for the files of this folder. Twin:
 * vmx/vmx.h.
 */
#pragma once

#include "arch/x86/hv/hv_common.h"

/* svm_cpu.c */
__must_check int svm_probe(struct hv_features *f, const char **why);
__must_check int svm_cpu_on(struct hv_cpu *cpu, const char **why);
void svm_cpu_off(struct hv_cpu *cpu);

/* svm_vcpu.c */
__must_check int svm_vcpu_init(struct hv_vcpu *v);
void svm_vcpu_free(struct hv_vcpu *v);
/* v was loaded on CPU `old` (or nowhere) and comes to the calling one. Interrupts on. */
void svm_cpu_changed(struct hv_vcpu *v, u32 old);
/* What hv_put has to restore on this CPU. */
void svm_put(struct hv_cpu *cpu);

/* svm_run.c */
void svm_run(struct hv_cpu *cpu, struct hv_vcpu *v, struct hv_exit *exit);

/* svm_exit.c: fills exit from the VMCB after a successful entry; regs are already read. */
void svm_decode(struct hv_vcpu *v, struct hv_exit *exit);

/* svm_state.c */
void svm_get_sregs(struct hv_vcpu *v, struct hv_sregs *s, u32 parts);
void svm_set_sregs(struct hv_vcpu *v, const struct hv_sregs *s, u32 parts);
void svm_get_debug(struct hv_vcpu *v, struct hv_debug *d);
void svm_set_debug(struct hv_vcpu *v, const struct hv_debug *d);

/* svm_msr.c */
int svm_get_msr(struct hv_vcpu *v, u32 index, u64 *value);
int svm_set_msr(struct hv_vcpu *v, u32 index, u64 value);
int svm_set_msr_intercept(struct hv_vcpu *v, u32 index, bool read, bool write);

/* svm_event.c */
void svm_inject(struct hv_vcpu *v, const struct hv_event *e);
void svm_request_window(struct hv_vcpu *v, bool nmi, bool on);
void svm_get_intr_state(struct hv_vcpu *v, struct hv_intr_state *s);
void svm_set_intr_state(struct hv_vcpu *v, const struct hv_intr_state *s);
/* The event whose delivery the exit interrupted. */
void svm_interrupted_event(struct hv_vcpu *v, struct hv_event *e);
/* The event that was to be injected by an entry that did not happen; it is taken back. */
void svm_take_back_event(struct hv_vcpu *v, struct hv_event *e);

/* svm_intercept.c */
void svm_set_intercepts(struct hv_vcpu *v, u32 flags, u32 exceptions);
void svm_set_tsc(struct hv_vcpu *v, u64 offset);
void svm_set_deadline(struct hv_vcpu *v, u64 ticks);
void svm_set_tpr(struct hv_vcpu *v, u8 tpr);

/* svm_s2.c */
void svm_s2_format(struct s2_format *f);
void svm_s2_activate(struct hv_vcpu *v, struct s2 *s2);

/* svm_tlb.c */
void svm_s2_flush(struct hv_vcpu *v);
/* Gives v a fresh tag on this CPU, flushing all on roll-over. */
void svm_new_tag(struct hv_cpu *cpu, struct hv_vcpu *v);

/* svm_dump.c */
void svm_dump(struct hv_vcpu *v);
