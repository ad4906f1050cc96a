/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The grace period: after quiesce() every section that was open when it was called has ended, on
 * every CPU.
 */
#pragma once

/*
 * Interrupts all online CPUs and waits for their answers. Thread context, interrupts on, no irqlock
 * held.
 */
void quiesce(void);
