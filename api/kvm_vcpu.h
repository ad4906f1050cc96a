/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The handlers behind the vCPU's ioctl table, grouped by file. All with the policy their row in
 * kvm_vcpu.c names.
 */
#pragma once

#include "api/kvm_ioctl.h"

/* kvm_vcpu_regs.c */
s64 kvm_get_regs(struct kvm_call *c);
s64 kvm_set_regs(struct kvm_call *c);
s64 kvm_get_debugregs(struct kvm_call *c);
s64 kvm_set_debugregs(struct kvm_call *c);
/* kvm_vcpu_sregs.c */
s64 kvm_get_sregs(struct kvm_call *c);
s64 kvm_set_sregs(struct kvm_call *c);
s64 kvm_translate(struct kvm_call *c);
/* kvm_vcpu_msrs.c */
s64 kvm_get_msrs(struct kvm_call *c);
s64 kvm_set_msrs(struct kvm_call *c);
/* kvm_vcpu_cpuid.c */
s64 kvm_set_cpuid2(struct kvm_call *c);
s64 kvm_get_cpuid2(struct kvm_call *c);
/* kvm_vcpu_fpu.c */
s64 kvm_get_fpu(struct kvm_call *c);
s64 kvm_set_fpu(struct kvm_call *c);
s64 kvm_get_xsave(struct kvm_call *c);
s64 kvm_set_xsave(struct kvm_call *c);
s64 kvm_get_xcrs(struct kvm_call *c);
s64 kvm_set_xcrs(struct kvm_call *c);
/* kvm_mce.c; the first is /dev/kvm's */
s64 kvm_mce_cap_supported(struct kvm_call *c);
s64 kvm_setup_mce(struct kvm_call *c);
s64 kvm_set_mce(struct kvm_call *c);
/* kvm_vcpu_events.c */
s64 kvm_interrupt(struct kvm_call *c);
s64 kvm_nmi(struct kvm_call *c);
s64 kvm_get_vcpu_events(struct kvm_call *c);
s64 kvm_set_vcpu_events(struct kvm_call *c);
s64 kvm_get_mp_state(struct kvm_call *c);
s64 kvm_set_mp_state(struct kvm_call *c);
s64 kvm_get_lapic(struct kvm_call *c);
s64 kvm_set_lapic(struct kvm_call *c);
