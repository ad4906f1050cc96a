/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Driver of the 16550A at port 3F8H: polled output for log and panic (no locks, works
 * everywhere), interrupt-driven input.
 */
#include "drivers/uart.h"

#include "arch/x86/asm/io.h"
#include "arch/x86/ioapic.h"
#include "arch/x86/trap.h"
#include "drivers/console.h"

#define COM1 0x3f8
#define COM1_IRQ 4
#define VEC_UART 0x34

enum {
	UART_DATA = 0,
	UART_IER = 1,
	UART_FCR = 2,
	UART_LCR = 3,
	UART_MCR = 4,
	UART_LSR = 5,
	UART_SCRATCH = 7
};
#define LSR_DATA_READY 1
#define LSR_THR_EMPTY 0x20
#define SPIN_MAX 100000		/* a UART that never drains must not hang the machine */

static bool present;

bool uart_init(void)
{
	outb(COM1 + UART_SCRATCH, 0x5a);
	present = inb(COM1 + UART_SCRATCH) == 0x5a;
	if (!present) {
		return false;
	}
	outb(COM1 + UART_IER, 0);
	outb(COM1 + UART_LCR, 0x80);	/* divisor latch: 1 = 115200 */
	outb(COM1 + UART_DATA, 1);
	outb(COM1 + UART_IER, 0);
	outb(COM1 + UART_LCR, 3);	/* 8N1 */
	outb(COM1 + UART_FCR, 7);	/* FIFOs on, cleared, input trigger 1 byte */
	outb(COM1 + UART_MCR, 0xb);	/* DTR, RTS, OUT2 = interrupt gate */
	return true;
}

static void put_byte(char c)
{
	u32 spins = 0;

	while (!(inb(COM1 + UART_LSR) & LSR_THR_EMPTY) && ++spins < SPIN_MAX) {
		cpu_relax();
	}
	outb(COM1 + UART_DATA, (u8)c);
}

void uart_write(const char *s, size_t len)
{
	size_t i;

	for (i = 0; present && i < len; i++) {
		put_byte(s[i]);
	}
}

static void input_interrupt(void)
{
	u32 n;

	for (n = 0; n < 64 && (inb(COM1 + UART_LSR) & LSR_DATA_READY); n++) {
		console_input(inb(COM1 + UART_DATA));
	}
}

int uart_start_input(void)
{
	int err;

	trap_set_device_handler(VEC_UART, input_interrupt);
	err = present ? ioapic_route_isa(COM1_IRQ, VEC_UART) : -1;
	if (err == 0) {
		outb(COM1 + UART_IER, 1);	/* received data */
	}
	return err;
}
