/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine's own legacy interrupt controllers: out of the way. */
#pragma once

/*
 * Remaps both 8259As to vectors 0x20-0x2f and masks every line: firmware and GRUB leave some
 * open.
 */
void pic8259_disable(void);
