/* SPDX-License-Identifier: BSD-2-Clause */
/* The guest's serial port: a 16550A at 0x3f8 on IRQ 4. */
#ifndef CONTROL_VMM_UART_H
#define CONTROL_VMM_UART_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "control/vmm/ports.h"

#define UART_PORT 0x3f8
#define UART_IRQ 4
#define UART_FIFO_SIZE 64

/* All fields are under `lock`: the vCPUs' threads and the console's thread come here. */
struct uart {
	pthread_mutex_t lock;
	pthread_cond_t space;		/* the receive FIFO has room again */
	uint8_t fifo[UART_FIFO_SIZE];	/* received and not yet read, a ring */
	int fifo_head, fifo_count;
	uint8_t ier, lcr, mcr, scratch, divisor_low, divisor_high;
	bool fifo_enabled, overrun, thr_empty_pending, irq_level;
	void *owner;
	void (*transmit)(void *owner, uint8_t byte);
	void (*set_irq)(void *owner, int irq, int level);
};

/* Puts the port into its reset state; the two functions are called with the UART's lock held. */
void uart_init(struct uart *uart, void *owner, void (*transmit)(void *, uint8_t),
	       void (*set_irq)(void *, int, int));

/* The UART as eight I/O ports. */
struct port_device uart_ports(struct uart *uart);

/* Hands the guest one byte of input; waits while the receive FIFO is full. */
void uart_receive(struct uart *uart, uint8_t byte);

#endif
