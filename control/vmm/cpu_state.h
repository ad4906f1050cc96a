/* SPDX-License-Identifier: BSD-2-Clause */
/* The state in which the vCPU enters the guest's kernel. */
#ifndef CONTROL_VMM_CPU_STATE_H
#define CONTROL_VMM_CPU_STATE_H

#include "control/vmm/machine.h"

/* Sets registers, MSRs, FPU and APIC for Linux's 64-bit entry; 0, or -1 after a message. */
int cpu_state_set(struct machine *machine);

#endif
