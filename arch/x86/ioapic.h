/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine's first I/O APIC: legacy device interrupts to the boot CPU. */
#pragma once

#include "core/types.h"

/* Maps it and masks all its inputs. 0, -ENODEV without one, -ENOMEM. */
__must_check int ioapic_init(void);
/*
 * Routes ISA interrupt irq (0-15, after overrides) to vector on the boot CPU and unmasks it.
 * -ENODEV: no such input.
 */
__must_check int ioapic_route_isa(u32 irq, u8 vector);
