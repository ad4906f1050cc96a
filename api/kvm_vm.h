/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The handlers behind the ioctl tables of the VM and of /dev/kvm that have a file of their own.
 * All with the policy that their row names.
 */
#pragma once

#include "api/kvm_ioctl.h"

/* kvm_irqchip.c */
s64 kvm_create_irqchip(struct kvm_call *c);
s64 kvm_get_irqchip(struct kvm_call *c);
s64 kvm_set_irqchip(struct kvm_call *c);
s64 kvm_irq_line(struct kvm_call *c);
s64 kvm_set_gsi_routing(struct kvm_call *c);
s64 kvm_signal_msi(struct kvm_call *c);
/* kvm_pit.c */
s64 kvm_create_pit(struct kvm_call *c);
s64 kvm_create_pit2(struct kvm_call *c);
s64 kvm_get_pit(struct kvm_call *c);
s64 kvm_set_pit(struct kvm_call *c);
s64 kvm_get_pit2(struct kvm_call *c);
s64 kvm_set_pit2(struct kvm_call *c);
s64 kvm_reinject_control(struct kvm_call *c);
/* kvm_clock.c */
#define KVM_CLOCK_FLAGS (KVM_CLOCK_TSC_STABLE | KVM_CLOCK_REALTIME | KVM_CLOCK_HOST_TSC)
s64 kvm_get_clock(struct kvm_call *c);
s64 kvm_set_clock(struct kvm_call *c);
/* kvm_dirty.c */
s64 kvm_get_dirty_log(struct kvm_call *c);
s64 kvm_clear_dirty_log(struct kvm_call *c);
/* kvm_enable_cap.c */
s64 kvm_enable_cap_vm(struct kvm_call *c);
s64 kvm_enable_cap_vcpu(struct kvm_call *c);
/* kvm_time.c */
s64 kvm_get_tsc_khz(struct kvm_call *c);
s64 kvm_set_tsc_khz(struct kvm_call *c);
s64 kvm_clock_ctrl(struct kvm_call *c);
/* kvm_feature_msrs.c, on /dev/kvm */
s64 kvm_feature_msr_list(struct kvm_call *c);
s64 kvm_get_feature_msrs(struct kvm_call *c);
