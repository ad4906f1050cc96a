/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of the 8259 pair share: ports and lines as a driver and devices use them. */
#pragma once

#include "tests/unit/irq_kit.h"

static struct pic *p;

static inline void out(u16 port, u8 value)
{
	pic_write(p, port, value);
}

static inline u8 in(u16 port)
{
	return pic_read(p, port);
}

static inline int set(u32 line, bool level)
{
	return pic_set_irq(p, line, IRQ_SOURCE_USER, level);
}

static inline int pulse(u32 line)
{
	int status = set(line, true);

	(void)set(line, false);
	return status;
}

/* As every PC sets it up: vectors from 30h and 38h, nothing masked. */
static inline void init(u8 icw4_master, u8 icw4_slave)
{
	out(0x20, 0x11);
	out(0x21, 0x30);
	out(0x21, 0x04);
	out(0x21, icw4_master);
	out(0xa0, 0x11);
	out(0xa1, 0x38);
	out(0xa1, 0x02);
	out(0xa1, icw4_slave);
}

static inline int ready(void **state)
{
	(void)state;
	kit_start(3, false);
	p = vm.irqchip->pic;
	init(1, 1);
	requested(0);
	return 0;
}

static inline int end(void **state)
{
	(void)state;
	kit_stop();
	return 0;
}

static inline u8 isr(u16 port)
{
	out(port, 0x0b);
	return in(port);
}

static inline u8 irr(u16 port)
{
	out(port, 0x0a);
	return in(port);
}

#define TS(name) cmocka_unit_test_setup_teardown(name, ready, end)
