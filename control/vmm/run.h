/* SPDX-License-Identifier: BSD-2-Clause */
/* The loops around KVM_RUN, a thread for each vCPU. */
#ifndef CONTROL_VMM_RUN_H
#define CONTROL_VMM_RUN_H

#include "control/vmm/machine.h"

/*
 * Starts all vCPUs; what the guest does wrong is reported. Returns 0, or -1 after a message and
 * with no vCPU running.
 */
int run_start(struct machine *machine);

/* Takes all vCPUs out of KVM_RUN once, so that they see how the machine ended; lock held. */
void run_kick(struct machine *machine);

/* Returns when the machine has ended and no vCPU runs any more. */
void run_wait(struct machine *machine);

#endif
