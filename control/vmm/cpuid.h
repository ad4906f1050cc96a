/* SPDX-License-Identifier: BSD-2-Clause */
/* The CPUID that the guest sees. */
#ifndef CONTROL_VMM_CPUID_H
#define CONTROL_VMM_CPUID_H

#include "control/vmm/machine.h"

/* Gives a vCPU what KVM supports, its place among the CPUs, x2APIC, TSC deadline and ARAT. */
int cpuid_set(struct vcpu *vcpu);

#endif
