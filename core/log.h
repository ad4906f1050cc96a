/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The log: a ring of text lines with time stamps; written to the console too until
 * log_console(false) is called (before the prompt), and again in panic. Any context.
 */
#pragma once

#include "core/types.h"

enum log_level { LOG_ERR, LOG_WARN, LOG_INFO };

void log_write(enum log_level level, const char *fmt, ...) __printf(2, 3);
/* Whether lines go to the console as well (default: yes). */
void log_console(bool on);
/*
 * Copies up to size bytes of the ring's text from position *pos on and advances it; returns the
 * number copied.
 */
size_t log_read(u64 *pos, char *buf, size_t size);
/* The position behind the newest line. */
u64 log_end(void);

#define log_err(...) log_write(LOG_ERR, __VA_ARGS__)
#define log_warn(...) log_write(LOG_WARN, __VA_ARGS__)
#define log_info(...) log_write(LOG_INFO, __VA_ARGS__)
