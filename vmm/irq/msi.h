/* SPDX-License-Identifier: BSD-2-Clause */
/* Message-signalled interrupts: an address and data that a device would write. */
#pragma once

#include "core/types.h"

struct vm;

/*
 * Delivers a message to the local APICs it means. How many took it, 0 none wanted it, -1 nobody is
 * meant. Any context, no chip's lock held.
 */
int msi_send(struct vm *vm, u32 address, u32 data);
