/* SPDX-License-Identifier: BSD-2-Clause */
/* Translating a guest's linear address in software, for reports. */
#ifndef CONTROL_VMM_GUEST_WALK_H
#define CONTROL_VMM_GUEST_WALK_H

#include "control/vmm/machine.h"

/* Linear to guest-physical in whatever paging mode the guest is; 0, or -1 if it is not mapped. */
int guest_walk(struct machine *machine, const struct kvm_sregs *sregs, uint64_t linear,
	       uint64_t *address);

#endif
