/* SPDX-License-Identifier: BSD-2-Clause */
/* The state in which a vCPU enters the guest's kernel. */
#ifndef CONTROL_VMM_CPU_STATE_H
#define CONTROL_VMM_CPU_STATE_H

#include "control/vmm/machine.h"

/* Sets up vCPU 0 for Linux's 64-bit entry, others as firmware does; 0, or -1 after a message. */
int cpu_state_set(struct vcpu *vcpu);

#endif
