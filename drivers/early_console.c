/* SPDX-License-Identifier: BSD-2-Clause */
/* Where log and panic go: the serial line and the text screen, polled and without locks. */
#include "core/arch.h"
#include "drivers/uart.h"
#include "drivers/vga_text.h"

void arch_console_write(const char *s, size_t len)
{
	size_t i, start = 0;

	for (i = 0; i < len; i++) {
		if (s[i] == '\n') {
			uart_write(s + start, i - start);
			uart_write("\r\n", 2);
			start = i + 1;
		}
	}
	uart_write(s + start, len - start);
	vga_text_write(s, len);
}
