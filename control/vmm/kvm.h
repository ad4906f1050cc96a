/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening KVM and making the VM, its memory and its vCPUs. */
#ifndef CONTROL_VMM_KVM_H
#define CONTROL_VMM_KVM_H

#include "control/vmm/machine.h"

/* Each fills its part of the machine and returns 0, or -1 after a message. In this order. */
int kvm_open(struct machine *machine);
int kvm_create_vm(struct machine *machine);
int kvm_create_vcpus(struct machine *machine);

/* Sets a line of the interrupt chip. */
void kvm_set_irq(struct machine *machine, int irq, int level);

#endif
