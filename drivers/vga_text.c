/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes characters into the text buffer at B8000H; the last line scrolls. No cursor is moved. */
#include "drivers/vga_text.h"

#include "core/string.h"
#include "mm/layout.h"

#define VGA_TEXT 0xb8000
#define COLUMNS 80u
#define ROWS 25u
#define GREY 0x0700u

static bool enabled;
static u32 row, column;

void vga_text_enable(bool on)
{
	enabled = on;
}

static void new_line(u16 *screen)
{
	u32 i;

	column = 0;
	if (++row < ROWS) {
		return;
	}
	row = ROWS - 1;
	memmove(screen, screen + COLUMNS, (size_t)(ROWS - 1) * COLUMNS * 2);
	for (i = 0; i < COLUMNS; i++) {
		screen[(ROWS - 1) * COLUMNS + i] = GREY | ' ';
	}
}

void vga_text_write(const char *s, size_t len)
{
	u16 *screen = hpa_to_ptr(HPA(VGA_TEXT));
	size_t i;

	for (i = 0; enabled && i < len; i++) {
		if (s[i] == '\n') {
			new_line(screen);
		} else if (s[i] == '\r') {
			column = 0;
		} else {
			screen[row * COLUMNS + column] = (u16)(GREY | (u8)s[i]);
			if (++column == COLUMNS) {
				new_line(screen);
			}
		}
	}
}
