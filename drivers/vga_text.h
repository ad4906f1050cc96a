/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The 80x25 text screen, for the report and for panic: so that a PC without a serial line still
 * says what is wrong.
 */
#pragma once

#include "core/types.h"

/*
 * Turned off where firmware is UEFI: there is no text mode, and nothing must be written to its
 * address.
 */
void vga_text_enable(bool on);
/* Prints with LF, CR and scrolling. Any context. */
void vga_text_write(const char *s, size_t len);
