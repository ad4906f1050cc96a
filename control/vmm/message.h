/* SPDX-License-Identifier: BSD-2-Clause */
/* What the control program says to its user when something is wrong. Used by all of it. */
#ifndef CONTROL_VMM_MESSAGE_H
#define CONTROL_VMM_MESSAGE_H

/* Prints "corbel: " and the message with a newline on standard error; returns -1 to hand on. */
int fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
