/* SPDX-License-Identifier: BSD-2-Clause */
/* The user's terminal as the guest's serial line. */
#ifndef CONTROL_VMM_CONSOLE_H
#define CONTROL_VMM_CONSOLE_H

#include "control/vmm/machine.h"

#define CONSOLE_END_KEY 0x1d		/* Ctrl-] */

/* Puts a terminal into raw mode and starts the input thread; 0, or -1 after a message. */
int console_start(struct machine *machine);

/* Gives the terminal back as it was. The input thread ends with the process. */
void console_restore(void);

/* Writes one byte of the guest's output; what cannot be written is lost. */
void console_put(uint8_t byte);

#endif
