/* SPDX-License-Identifier: BSD-2-Clause */
/* Formatted text into a buffer: %d %u %x %c %s %%, flags - (and 0 for numbers), width, l ll z. */
#pragma once

#include <stdarg.h>

#include "core/types.h"

/* As in C: always terminates (size > 0), returns the length the whole text would have. */
int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap);
int snprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);
