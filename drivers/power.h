/* SPDX-License-Identifier: BSD-2-Clause */
/* Switching the machine off and resetting it, by what ACPI or the chipset offers. */
#pragma once

#include "core/types.h"

/* Switches off; if the machine does not obey, halts all CPUs for ever. */
__noreturn void power_off(void);
/*
 * Resets the machine by the first way that works (ACPI reset register, keyboard controller,
 * triple fault).
 */
__noreturn void power_reboot(void);
