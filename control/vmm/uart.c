/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A 16550A as Linux's 8250 driver probes and drives it: FIFOs, divisor latch, loopback, receive and
 * transmitter-empty interrupts. Transmission takes no time, so the transmitter is always empty.
 */
#include "control/vmm/uart.h"

enum { DATA, IER, IIR_FCR, LCR, MCR, LSR, MSR, SCRATCH, REGISTERS };

enum { IER_RX = 1, IER_THR = 2, IER_LINE = 4, IER_MASK = 0x0f };
enum { IIR_NONE = 1, IIR_THR = 2, IIR_RX = 4, IIR_LINE = 6, IIR_FIFO = 0xc0 };
enum { FCR_ENABLE = 1, FCR_CLEAR_RX = 2 };
enum { LCR_DIVISOR = 0x80 };
enum { MCR_DTR = 1, MCR_RTS = 2, MCR_OUT1 = 4, MCR_OUT2 = 8, MCR_LOOP = 0x10, MCR_MASK = 0x1f };
enum { LSR_READY = 1, LSR_OVERRUN = 2, LSR_THR_EMPTY = 0x20, LSR_IDLE = 0x40 };
enum { MSR_CTS = 0x10, MSR_DSR = 0x20, MSR_RI = 0x40, MSR_DCD = 0x80 };

void uart_init(struct uart *uart, void *owner, void (*transmit)(void *, uint8_t),
	       void (*set_irq)(void *, int, int))
{
	*uart = (struct uart){
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.space = PTHREAD_COND_INITIALIZER,
		.divisor_low = 1,	/* 115200 baud */
		.mcr = MCR_OUT2,
		.owner = owner,
		.transmit = transmit,
		.set_irq = set_irq,
	};
}

/* The highest-priority interrupt cause that is enabled. */
static uint8_t interrupt_id(const struct uart *uart)
{
	if ((uart->ier & IER_LINE) && uart->overrun) {
		return IIR_LINE;
	}
	if ((uart->ier & IER_RX) && uart->fifo_count) {
		return IIR_RX;
	}
	if ((uart->ier & IER_THR) && uart->thr_empty_pending) {
		return IIR_THR;
	}
	return IIR_NONE;
}

/* OUT2 gates the interrupt on a PC. The line changes only when the level does. */
static void update_irq(struct uart *uart)
{
	bool level = interrupt_id(uart) != IIR_NONE && (uart->mcr & MCR_OUT2) &&
		     !(uart->mcr & MCR_LOOP);

	if (level != uart->irq_level) {
		uart->irq_level = level;
		uart->set_irq(uart->owner, UART_IRQ, level);
	}
}

static void put(struct uart *uart, uint8_t byte)
{
	if (uart->fifo_count == UART_FIFO_SIZE) {
		uart->overrun = true;
		return;
	}
	uart->fifo[(uart->fifo_head + uart->fifo_count++) % UART_FIFO_SIZE] = byte;
}

static uint8_t take(struct uart *uart)
{
	uint8_t byte = uart->fifo[uart->fifo_head];

	if (!uart->fifo_count) {
		return 0;
	}
	uart->fifo_head = (uart->fifo_head + 1) % UART_FIFO_SIZE;
	uart->fifo_count--;
	pthread_cond_signal(&uart->space);
	return byte;
}

static uint8_t line_status(struct uart *uart)
{
	uint8_t status = LSR_THR_EMPTY | LSR_IDLE;

	status |= uart->fifo_count ? LSR_READY : 0;
	status |= uart->overrun ? LSR_OVERRUN : 0;
	uart->overrun = false;
	return status;
}

/* In loopback the modem outputs come back as inputs; else a peer is always ready. */
static uint8_t modem_status(const struct uart *uart)
{
	uint8_t status = 0;

	if (!(uart->mcr & MCR_LOOP)) {
		return MSR_CTS | MSR_DSR | MSR_DCD;
	}
	status |= uart->mcr & MCR_RTS ? MSR_CTS : 0;
	status |= uart->mcr & MCR_DTR ? MSR_DSR : 0;
	status |= uart->mcr & MCR_OUT1 ? MSR_RI : 0;
	status |= uart->mcr & MCR_OUT2 ? MSR_DCD : 0;
	return status;
}

static uint8_t identify(struct uart *uart)
{
	uint8_t id = interrupt_id(uart);

	if (id == IIR_THR) {
		uart->thr_empty_pending = false;
	}
	return id | (uart->fifo_enabled ? IIR_FIFO : 0);
}

static uint8_t read_register(struct uart *uart, int at)
{
	bool divisor = uart->lcr & LCR_DIVISOR;

	switch (at) {
	case DATA:
		return divisor ? uart->divisor_low : take(uart);
	case IER:
		return divisor ? uart->divisor_high : uart->ier;
	case IIR_FCR:
		return identify(uart);
	case LCR:
		return uart->lcr;
	case MCR:
		return uart->mcr;
	case LSR:
		return line_status(uart);
	case MSR:
		return modem_status(uart);
	default:
		return uart->scratch;
	}
}

static void write_data(struct uart *uart, uint8_t value)
{
	if (uart->mcr & MCR_LOOP) {
		put(uart, value);
	} else {
		uart->transmit(uart->owner, value);
	}
	uart->thr_empty_pending = true;
}

static void write_ier(struct uart *uart, uint8_t value)
{
	/* Enabling the transmitter interrupt while it is empty raises it at once. */
	if ((value & ~uart->ier) & IER_THR) {
		uart->thr_empty_pending = true;
	}
	uart->ier = value & IER_MASK;
}

static void write_fcr(struct uart *uart, uint8_t value)
{
	bool enable = value & FCR_ENABLE;

	if ((value & FCR_CLEAR_RX) || enable != uart->fifo_enabled) {
		uart->fifo_count = 0;
		pthread_cond_signal(&uart->space);
	}
	uart->fifo_enabled = enable;
}

static void write_register(struct uart *uart, int at, uint8_t value)
{
	bool divisor = uart->lcr & LCR_DIVISOR;

	switch (at) {
	case DATA:
		if (divisor) {
			uart->divisor_low = value;
		} else {
			write_data(uart, value);
		}
		break;
	case IER:
		if (divisor) {
			uart->divisor_high = value;
		} else {
			write_ier(uart, value);
		}
		break;
	case IIR_FCR:
		write_fcr(uart, value);
		break;
	case LCR:
		uart->lcr = value;
		break;
	case MCR:
		uart->mcr = value & MCR_MASK;
		break;
	case SCRATCH:
		uart->scratch = value;
		break;
	default:
		break;	/* LSR and MSR are read-only */
	}
}

static uint32_t port_read(void *device, uint16_t port, int size)
{
	struct uart *uart = device;
	uint32_t value = 0xffffff00;

	(void)size;	/* eight-bit registers: a wider read sees ones above */
	pthread_mutex_lock(&uart->lock);
	value |= read_register(uart, (port - UART_PORT) % REGISTERS);
	update_irq(uart);
	pthread_mutex_unlock(&uart->lock);
	return value;
}

static void port_write(void *device, uint16_t port, int size, uint32_t value)
{
	struct uart *uart = device;

	(void)size;
	pthread_mutex_lock(&uart->lock);
	write_register(uart, (port - UART_PORT) % REGISTERS, (uint8_t)value);
	update_irq(uart);
	pthread_mutex_unlock(&uart->lock);
}

struct port_device uart_ports(struct uart *uart)
{
	return (struct port_device){ UART_PORT, REGISTERS, uart, port_read, port_write };
}

void uart_receive(struct uart *uart, uint8_t byte)
{
	pthread_mutex_lock(&uart->lock);
	while (uart->fifo_count == UART_FIFO_SIZE) {
		pthread_cond_wait(&uart->space, &uart->lock);
	}
	if (!(uart->mcr & MCR_LOOP)) {
		put(uart, byte);
	}
	update_irq(uart);
	pthread_mutex_unlock(&uart->lock);
}
