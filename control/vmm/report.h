/* SPDX-License-Identifier: BSD-2-Clause */
/* What the user is told when a guest ends, crashes or leaves the machine that it was given. */
#ifndef CONTROL_VMM_REPORT_H
#define CONTROL_VMM_REPORT_H

#include "control/vmm/machine.h"

/* Says on standard error why a guest ended that did not fail; nothing of one that did. */
void report_end(enum machine_end end);

/* These restore the terminal and write to standard error, from the thread of this vCPU. */

/* The exit in the run page: what happened, registers, bytes at RIP. */
void report_exit(struct vcpu *vcpu);

/* KVM_RUN itself failed with an errno. */
void report_error(struct vcpu *vcpu, int error);

#endif
