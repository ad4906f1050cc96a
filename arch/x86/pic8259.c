/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Initialises the host's 8259A pair only to silence it; a spurious interrupt lands at 0x27 or
 * 0x2f, not on an exception.
 */
#include "arch/x86/pic8259.h"

#include "arch/x86/asm/io.h"
#include "arch/x86/trap.h"

void pic8259_disable(void)
{
	outb(0x20, 0x11);		/* ICW1: cascade, ICW4 follows */
	outb(0xa0, 0x11);
	outb(0x21, VEC_PIC_FIRST);	/* ICW2 */
	outb(0xa1, VEC_PIC_FIRST + 8);
	outb(0x21, 4);			/* ICW3 */
	outb(0xa1, 2);
	outb(0x21, 1);			/* ICW4: 8086 mode */
	outb(0xa1, 1);
	outb(0x21, 0xff);
	outb(0xa1, 0xff);
}
