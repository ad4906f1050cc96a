/* SPDX-License-Identifier: BSD-2-Clause */
/* Interrupts between CPUs; the portable side is core/arch.h. */
#pragma once

/* The handler of VEC_CALL: runs what other CPUs asked for. Interrupts off. */
void ipi_call_interrupt(void);
