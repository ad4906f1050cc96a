/* SPDX-License-Identifier: BSD-2-Clause */
/* The loop around KVM_RUN. */
#ifndef CONTROL_VMM_RUN_H
#define CONTROL_VMM_RUN_H

#include "control/vmm/machine.h"

/* The signal that takes the vCPU's thread out of KVM_RUN. */
#define RUN_KICK_SIGNAL SIGUSR1

/* Prepares this thread to be kicked; 0, or -1 after a message. */
int run_prepare(struct machine *machine);

/* Runs the vCPU until the machine has ended; what the guest did wrong is reported. */
void run_loop(struct machine *machine);

#endif
