/* SPDX-License-Identifier: BSD-2-Clause */
/* Loading a Linux bzImage and its initrd into guest memory. */
#ifndef CONTROL_VMM_BOOT_LINUX_H
#define CONTROL_VMM_BOOT_LINUX_H

#include "control/vmm/machine.h"

/* Loads both, writes the boot parameters and sets the machine's entry; 0, or -1 after a message. */
int boot_linux_load(struct machine *machine);

#endif
