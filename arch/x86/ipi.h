/* SPDX-License-Identifier: BSD-2-Clause */
/* Interrupts between CPUs; the portable side is core/arch.h. */
#pragma once

#include "core/types.h"

/* The handler of VEC_CALL: runs what other CPUs asked for. Interrupts off. */
void ipi_call_interrupt(void);
/* Whether arch_stop_others() was called: an NMI then means stop. */
bool ipi_stop_requested(void);
