/* SPDX-License-Identifier: BSD-2-Clause */
/* Exceptions and kicks of the domain. */
#pragma once

#include "control/runtime/regs.h"

/*
 * From entry.S with interrupts off: a fault becomes a signal, a fix-up, or the domain's end; a kick
 * is work on return.
 */
void trap_dispatch(struct regs *r);
