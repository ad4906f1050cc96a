/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What each half of the contract has: vmx/vmx.h and svm/svm.h declare their functions by this one
 * list, a group per file. Those without a comment are the contract's operations of the same name.
 */
#pragma once

#include "arch/x86/hv/hv_common.h"

#define HV_HALF(half)                                                                              \
	/* *_cpu.c */                                                                              \
	__must_check int half##_probe(struct hv_features *f, const char **why);                    \
	__must_check int half##_cpu_on(struct hv_cpu *cpu, const char **why);                      \
	void half##_cpu_off(struct hv_cpu *cpu);                                                   \
	/* *_vcpu.c */                                                                             \
	__must_check int half##_vcpu_init(struct hv_vcpu *v);                                      \
	void half##_vcpu_free(struct hv_vcpu *v);                                                  \
	/* v was loaded on CPU `old` (or nowhere) and comes to the calling one. Interrupts on. */  \
	void half##_cpu_changed(struct hv_vcpu *v, u32 old);                                       \
	/* What hv_put has to restore on this CPU. */                                              \
	void half##_put(struct hv_cpu *cpu);                                                       \
	/* *_run.c */                                                                              \
	void half##_run(struct hv_cpu *cpu, struct hv_vcpu *v, struct hv_exit *exit);              \
	/* *_exit.c: fills exit after a successful entry; regs are already read. */                \
	void half##_decode(struct hv_vcpu *v, struct hv_exit *exit);                               \
	/* *_state.c */                                                                            \
	void half##_get_sregs(struct hv_vcpu *v, struct hv_sregs *s, u32 parts);                   \
	void half##_set_sregs(struct hv_vcpu *v, const struct hv_sregs *s, u32 parts);             \
	void half##_get_debug(struct hv_vcpu *v, struct hv_debug *d);                              \
	void half##_set_debug(struct hv_vcpu *v, const struct hv_debug *d);                        \
	/* *_msr.c */                                                                              \
	int half##_get_msr(struct hv_vcpu *v, u32 index, u64 *value);                              \
	int half##_set_msr(struct hv_vcpu *v, u32 index, u64 value);                               \
	int half##_set_msr_intercept(struct hv_vcpu *v, u32 index, bool read, bool write);         \
	/* *_event.c */                                                                            \
	void half##_inject(struct hv_vcpu *v, const struct hv_event *e);                           \
	void half##_request_window(struct hv_vcpu *v, bool nmi, bool on);                          \
	void half##_get_intr_state(struct hv_vcpu *v, struct hv_intr_state *s);                    \
	void half##_set_intr_state(struct hv_vcpu *v, const struct hv_intr_state *s);              \
	/* The event whose delivery the exit interrupted. */                                       \
	void half##_interrupted_event(struct hv_vcpu *v, struct hv_event *e);                      \
	/* The event that was to be injected by an entry that did not happen; taken back. */       \
	void half##_take_back_event(struct hv_vcpu *v, struct hv_event *e);                        \
	/* *_intercept.c */                                                                        \
	void half##_set_intercepts(struct hv_vcpu *v, u32 flags, u32 exceptions);                  \
	void half##_set_tsc(struct hv_vcpu *v, u64 offset);                                        \
	void half##_set_deadline(struct hv_vcpu *v, u64 ticks);                                    \
	void half##_set_tpr(struct hv_vcpu *v, u8 tpr);                                            \
	/* *_s2.c */                                                                               \
	void half##_s2_format(struct s2_format *f);                                                \
	void half##_s2_activate(struct hv_vcpu *v, struct s2 *s2);                                 \
	/* *_tlb.c */                                                                              \
	void half##_s2_flush(struct hv_vcpu *v);                                                   \
	/* Gives v a fresh tag on this CPU, flushing all on roll-over. */                          \
	void half##_new_tag(struct hv_cpu *cpu, struct hv_vcpu *v);                                \
	/* *_dump.c */                                                                             \
	void half##_dump(struct hv_vcpu *v);
