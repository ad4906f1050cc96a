/* SPDX-License-Identifier: BSD-2-Clause */
/* The 16550 at COM1: the hypervisor's text console. */
#pragma once

#include "core/types.h"

/* Sets 115200 8N1, FIFOs on, interrupts off. false: there is no UART there. */
bool uart_init(void);
/* Routes received bytes to console_input() by interrupt. 0 or -ENODEV. After ioapic_init. */
__must_check int uart_start_input(void);
/* Sends bytes, polled; LF is sent as it is. Any context; concurrent callers may interleave. */
void uart_write(const char *s, size_t len);
