/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The handlers behind the VM's ioctl table that have files of their own. All with the policy their
 * row in kvm_vm.c names.
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
