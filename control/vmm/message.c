/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One place for messages to the user: each names the thing, the cause and, where there is one, the
 * next step. A message is one write, so that it does not mix with the guest's console.
 */
#include "control/vmm/message.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

int fail(const char *format, ...)
{
	char line[1024];
	va_list arguments;
	int length = snprintf(line, sizeof(line), "corbel: ");

	va_start(arguments, format);
	length += vsnprintf(line + length, sizeof(line) - length - 1, format, arguments);
	va_end(arguments);
	if (length > (int)sizeof(line) - 2) {
		length = sizeof(line) - 2;
	}
	line[length++] = '\n';
	/* Standard error may be closed; there is nobody left to tell. */
	if (write(STDERR_FILENO, line, length) < 0) {
		return -1;
	}
	return -1;
}
