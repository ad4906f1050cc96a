/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The console's input: bytes that the serial port's interrupt received, kept in a ring until a
 * domain reads them. Bytes that find the ring full are dropped and counted.
 */
#pragma once

#include "core/waitq.h"

/* Takes one received byte; wakes readers. Interrupt context. */
void console_input(u8 byte);
/*
 * Copies up to size waiting bytes to buf and removes them; returns how many (0: none). Any
 * context.
 */
size_t console_take(u8 *buf, size_t size);
/* Whether console_take would give something. */
bool console_ready(void);
/* Woken when bytes arrive. */
struct waitq *console_waitq(void);
/*
 * Sends bytes to the console's output as they are, not mixed with other callers' of this
 * function. Thread context.
 */
void console_output(const char *s, size_t len);
/* Bytes that were dropped since boot. */
u64 console_dropped(void);
