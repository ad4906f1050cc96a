/* SPDX-License-Identifier: BSD-2-Clause */
/* The user's terminal as the guest's serial line. */
#ifndef CONTROL_VMM_CONSOLE_H
#define CONTROL_VMM_CONSOLE_H

#include "control/vmm/machine.h"

#define CONSOLE_END_KEY 0x1d		/* Ctrl-] */
#define CONSOLE_POWER_KEY 0x1e		/* Ctrl-^ */

/* Puts a terminal into raw mode and starts the output thread; 0, or -1 after a message. */
int console_open(void);

/* Starts the input thread, when the machine runs; 0, or -1 after a message. */
int console_start(struct machine *machine);

/*
 * Writes what is left of the guest's output and gives the terminal back as it was; may be called
 * before console_open() and twice. The threads end with the process.
 */
void console_restore(void);

/*
 * Queues one byte of the guest's output, which is written at most some milliseconds later; waits
 * while the queue is full. What cannot be written is lost.
 */
void console_put(uint8_t byte);

#endif
