/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The 8259 pair through its ports and lines, as a driver and devices use it; the chips together.
 * LINK: vmm/irq/ioapic.c vmm/irq/ioapic_mmio.c vmm/irq/pit.c vmm/irq/pit_count.c
 * LINK: vmm/irq/pit_io.c vmm/irq/routing.c
 * LINK: vmm/irq/lapic.c vmm/irq/lapic_icr.c vmm/irq/lapic_irq.c vmm/irq/lapic_lvt.c
 * LINK: vmm/irq/lapic_reg.c vmm/irq/lapic_state.c vmm/irq/lapic_timer.c
 * LINK: vmm/irq/irqchip.c vmm/irq/pic.c vmm/irq/pic_io.c core/timer.c core/time.c
 * LINK: tests/fake/fake.c
 */
#include "tests/unit/pic_kit.h"

#define assert_quiet() assert_false(pic_output(p))
#define assert_vector(v) \
	do { \
		assert_true(pic_output(p)); \
		assert_int_equal(pic_ack(p), v); \
	} while (0)

static void edge(void **state)
{
	(void)state;
	assert_quiet();
	assert_int_equal(set(1, true), 1);
	assert_int_equal(requested(0), BIT(REQ_EVENT));
	assert_int_equal(set(1, true), 0); /* no edge */
	assert_int_equal(irr(0x20), 2);
	assert_vector(0x31);
	assert_quiet();
	assert_int_equal(irr(0x20), 0);
	assert_int_equal(isr(0x20), 2);
	assert_int_equal(in(0x20), 2); /* the selection stays */
	out(0x20, 0x20);
	assert_int_equal(isr(0x20), 0);
	assert_quiet(); /* still high: an edge counts once */
	assert_int_equal(set(1, false), 0);
	assert_int_equal(set(1, true), 1);
	/* A second edge before the acknowledge is lost. */
	assert_int_equal(set(1, false), 0);
	assert_int_equal(set(1, true), 0);
	assert_vector(0x31);
	/* One during service is not. */
	assert_int_equal(pulse(1), 0); /* it was high: no edge yet */
	assert_int_equal(pulse(1), 1);
	assert_quiet();
	out(0x20, 0x61); /* specific */
	assert_vector(0x31);
}

static void masks(void **state)
{
	(void)state;
	out(0x21, 0xfd);
	assert_int_equal(in(0x21), 0xfd);
	assert_int_equal(pulse(3), -1);
	assert_quiet();
	assert_int_equal(requested(0), 0);
	assert_int_equal(irr(0x20), 8); /* kept */
	out(0x21, 0xf7);
	assert_int_equal(requested(0), BIT(REQ_EVENT));
	assert_vector(0x33);
}

static void nesting(void **state)
{
	(void)state;
	assert_int_equal(pulse(5), 1);
	assert_int_equal(pulse(3), 1);
	assert_int_equal(pulse(6), 1);
	assert_vector(0x33);
	assert_quiet(); /* 5 and 6 are lower */
	assert_int_equal(pulse(0), 1);
	assert_vector(0x30);
	assert_int_equal(isr(0x20), 0x09);
	out(0x20, 0x20); /* ends the highest: 0 */
	assert_int_equal(isr(0x20), 0x08);
	assert_quiet();
	out(0x20, 0x20);
	assert_vector(0x35);
	out(0x20, 0x66); /* a specific one of another line does not help */
	assert_quiet();
	out(0x20, 0x65);
	assert_vector(0x36);
	out(0x20, 0x40); /* no operation */
	assert_int_equal(isr(0x20), 0x40);
	out(0x20, 0x20);
	out(0x20, 0x20); /* nothing in service */
	assert_int_equal(isr(0x20), 0);
}

static void cascade(void **state)
{
	(void)state;
	assert_int_equal(pulse(12), 1);
	assert_int_equal(requested(0), BIT(REQ_EVENT));
	assert_int_equal(irr(0x20), 4);
	assert_int_equal(irr(0xa0), 0x10);
	assert_vector(0x3c);
	assert_int_equal(isr(0x20), 4);
	assert_int_equal(isr(0xa0), 0x10);
	/* A higher line of the slave waits for the master's EOI. */
	assert_int_equal(pulse(8), 1);
	assert_quiet();
	out(0x20, 0x20);
	assert_vector(0x38);
	out(0xa0, 0x20);
	assert_int_equal(isr(0xa0), 0x10);
	out(0xa0, 0x20);
	out(0x20, 0x20);
	assert_quiet();
	/* Lines 0 and 1 are above the slave, 3 to 7 below. */
	assert_int_equal(pulse(3), 1);
	assert_int_equal(pulse(15), 1);
	assert_int_equal(pulse(1), 1);
	assert_vector(0x31);
	out(0x20, 0x20);
	assert_vector(0x3f);
	out(0xa0, 0x20);
	out(0x20, 0x20);
	assert_vector(0x33);
}

static void fully_nested(void **state)
{
	(void)state;
	init(0x11, 1); /* special fully nested: the slave's higher lines come through */
	assert_int_equal(pulse(12), 1);
	assert_vector(0x3c);
	assert_int_equal(pulse(9), 1);
	assert_vector(0x39);
	assert_int_equal(pulse(13), 1);
	assert_quiet();
	assert_int_equal(isr(0xa0), 0x12);
}

static void spurious(void **state)
{
	(void)state;
	/* Nothing at all. */
	assert_int_equal(pic_ack(p), 0x37);
	assert_int_equal(isr(0x20), 0);
	/* A level line that dropped between output and acknowledge. */
	out(0x4d0, 0x20);
	assert_int_equal(set(5, true), 1);
	assert_int_equal(set(5, false), 0);
	assert_quiet();
	assert_int_equal(pic_ack(p), 0x37);
	assert_int_equal(isr(0x20), 0); /* no EOI is due */
	/* Of the slave: the master has the cascade in service. */
	out(0x4d1, 0x04);
	assert_int_equal(set(10, true), 1);
	assert_int_equal(set(10, false), 0);
	assert_int_equal(pic_ack(p), 0x3f);
	assert_int_equal(isr(0x20), 4);
	assert_int_equal(isr(0xa0), 0);
	out(0x20, 0x20);
	assert_quiet();
	/* A real line 7 is told from it by its ISR bit. */
	assert_int_equal(pulse(7), 1);
	assert_vector(0x37);
	assert_int_equal(isr(0x20), 0x80);
}

static void level(void **state)
{
	(void)state;
	/* 0, 1, 2, 8 and 13 stay edges whatever is written. */
	out(0x4d0, 0xff);
	out(0x4d1, 0xff);
	assert_int_equal(in(0x4d0), 0xf8);
	assert_int_equal(in(0x4d1), 0xde);
	assert_int_equal(set(5, true), 1);
	assert_int_equal(set(5, true), 0);
	assert_vector(0x35);
	assert_int_equal(irr(0x20), 0x20); /* still requested */
	assert_quiet();
	requested(0);
	out(0x20, 0x20); /* comes again after the EOI */
	assert_int_equal(requested(0), BIT(REQ_EVENT));
	assert_vector(0x35);
	assert_int_equal(set(5, false), 0);
	out(0x20, 0x20);
	assert_quiet();
	/* The slave's likewise, through the cascade. */
	assert_int_equal(set(11, true), 1);
	assert_vector(0x3b);
	out(0xa0, 0x20);
	out(0x20, 0x20);
	assert_vector(0x3b);
	assert_int_equal(set(11, false), 0);
	out(0xa0, 0x20);
	out(0x20, 0x20);
	/* Line 0 is an edge. */
	assert_int_equal(set(0, true), 1);
	assert_vector(0x30);
	out(0x20, 0x20);
	assert_quiet();
}

static void sources(void **state)
{
	(void)state;
	out(0x4d0, 0x20);
	assert_int_equal(pic_set_irq(p, 5, 0, true), 1);
	assert_int_equal(pic_set_irq(p, 5, 31, true), 0);
	assert_vector(0x35);
	assert_int_equal(pic_set_irq(p, 5, 0, false), 0); /* the other holds it */
	out(0x20, 0x20);
	assert_vector(0x35);
	assert_int_equal(pic_set_irq(p, 5, 31, false), 0);
	out(0x20, 0x20);
	assert_quiet();
	/* On an edge line the second source makes no edge. */
	assert_int_equal(pic_set_irq(p, 4, 0, true), 1);
	assert_vector(0x34);
	out(0x20, 0x20);
	assert_int_equal(pic_set_irq(p, 4, 1, true), 0);
	assert_quiet();
}

static void auto_eoi(void **state)
{
	(void)state;
	init(3, 3);
	assert_int_equal(pulse(3), 1);
	assert_int_equal(pulse(4), 1);
	requested(0);
	assert_vector(0x33);
	assert_int_equal(requested(0), BIT(REQ_EVENT)); /* the next one, at once */
	assert_int_equal(isr(0x20), 0);
	assert_vector(0x34);
	assert_quiet();
	assert_int_equal(pulse(9), 1);
	assert_vector(0x39);
	assert_int_equal(isr(0x20), 0);
	assert_int_equal(isr(0xa0), 0);
	/* Rotating: a served line becomes the lowest. */
	out(0x20, 0x80);
	assert_int_equal(pulse(3), 1);
	assert_vector(0x33);
	assert_int_equal(pulse(3), 1);
	assert_int_equal(pulse(4), 1);
	assert_vector(0x34);
	assert_vector(0x33);
	out(0x20, 0x00); /* no longer: 3 was served last and is the lowest */
	assert_int_equal(pulse(2 + 3), 1);
	assert_int_equal(pulse(3), 1);
	assert_vector(0x35);
	assert_int_equal(pulse(5), 1);
	assert_vector(0x35);
	assert_vector(0x33);
}

static void rotation(void **state)
{
	(void)state;
	/* Rotate on non-specific EOI. */
	assert_int_equal(pulse(4), 1);
	assert_vector(0x34);
	out(0x20, 0xa0);
	assert_int_equal(isr(0x20), 0);
	assert_int_equal(pulse(4), 1);
	assert_int_equal(pulse(6), 1);
	assert_int_equal(pulse(0), 1);
	assert_vector(0x36); /* 5 6 7 0 1 2 3 4 */
	assert_quiet();
	out(0x20, 0xe6); /* rotate on specific EOI: 7 0 1 ... */
	assert_vector(0x30);
	assert_int_equal(pulse(7), 1);
	assert_vector(0x37); /* nests above 0 */
	out(0x20, 0x20);
	assert_int_equal(isr(0x20), 0x01);
	out(0x20, 0x20);
	assert_vector(0x34);
	out(0x20, 0x20);
	out(0x20, 0xc2); /* set priority: 2 is the lowest */
	assert_int_equal(pulse(1), 1);
	assert_int_equal(pulse(3), 1);
	assert_vector(0x33);
	assert_quiet();
	out(0x20, 0x20);
	assert_vector(0x31);
}

static void special_mask(void **state)
{
	(void)state;
	assert_int_equal(pulse(3), 1);
	assert_vector(0x33);
	assert_int_equal(pulse(5), 1);
	assert_quiet();
	out(0x20, 0x68); /* special mask mode */
	assert_quiet();
	out(0x21, 0x08); /* its own line masked: the lower ones may come */
	assert_vector(0x35);
	out(0x20, 0x20); /* passes over 3, ends 5 */
	assert_int_equal(isr(0x20), 0x08);
	out(0x20, 0x08); /* neither set nor cleared: stays */
	assert_int_equal(pulse(6), 1);
	assert_vector(0x36);
	out(0x20, 0x20);
	out(0x20, 0x48); /* off */
	assert_int_equal(pulse(6), 1);
	assert_quiet();
	out(0x20, 0x20);
	assert_vector(0x36);
}

static void polling(void **state)
{
	(void)state;
	out(0x20, 0x0c);
	assert_int_equal(in(0x20), 0); /* nothing */
	assert_int_equal(pulse(4), 1);
	out(0x20, 0x0c);
	assert_int_equal(in(0x20), 0x84);
	assert_int_equal(isr(0x20), 0x10);
	assert_quiet();
	out(0x20, 0x20);
	/* One poll, one read; the odd port would do as well. */
	assert_int_equal(pulse(14), 1);
	out(0xa0, 0x0c);
	assert_int_equal(in(0xa1), 0x86);
	assert_int_equal(in(0xa1), 0); /* the mask again */
	assert_int_equal(isr(0xa0), 0x40);
	assert_quiet(); /* the cascade's request is gone with it */
	assert_int_equal(irr(0x20), 0);
	/* With another waiting on the slave the cascade stays up. */
	assert_int_equal(pulse(9), 1);
	assert_int_equal(pulse(8), 1);
	out(0xa0, 0x0c);
	assert_int_equal(in(0xa0), 0x80);
	out(0xa0, 0x20);
	assert_vector(0x39);
}

static void initialization(void **state)
{
	(void)state;
	/* ICW1 clears all but the edge/level register and level requests. */
	out(0x4d0, 0x20);
	assert_int_equal(set(5, true), 1);
	assert_int_equal(pulse(3), 1);
	assert_int_equal(pulse(0), 1);
	assert_int_equal(pic_ack(p), 0x30);
	out(0x20, 0xc3);
	out(0x20, 0x68);
	out(0x21, 0x40);
	out(0x20, 0x0b);
	out(0x20, 0x11);
	assert_int_equal(in(0x4d0), 0x20);
	assert_int_equal(in(0x20), 0x20); /* IRR selected: only the level line */
	assert_int_equal(in(0x21), 0);
	assert_int_equal(isr(0x20), 0);
	out(0x21, 0x4f); /* the low three bits do not count */
	out(0x21, 0x04);
	out(0x21, 0x03); /* automatic EOI */
	assert_vector(0x4d);
	assert_int_equal(set(5, false), 0);
	assert_int_equal(pulse(3), 1);
	assert_vector(0x4b);
	assert_int_equal(isr(0x20), 0);
	/* Without ICW4 its functions are off, and the next odd write is the mask. */
	out(0x20, 0x10);
	out(0x21, 0x50);
	out(0x21, 0x04);
	out(0x21, 0xf7);
	assert_int_equal(in(0x21), 0xf7);
	assert_int_equal(pulse(3), 1);
	assert_vector(0x53);
	assert_int_equal(isr(0x20), 8);
}

static void who_is_kicked(void **state)
{
	(void)state;
	/* vCPU 0's LINT0 is masked, 2 takes ExtINT. */
	put(apic(2), LAPIC_SVR, 0x1ff);
	put(apic(2), LAPIC_LVT_LINT0, 0x700);
	put(apic(0), LAPIC_LVT_LINT0, 0x10700);
	requested(0);
	requested(2);
	assert_int_equal(pulse(1), 1);
	assert_int_equal(requested(0), 0);
	assert_int_equal(requested(1), 0);
	assert_int_equal(requested(2), BIT(REQ_EVENT));
	assert_vector(0x31);
	out(0x20, 0x20);
	/* An APIC that is off lets the PIC through. */
	lapic_set_base(apic(1), 0xfee00000);
	requested(1);
	assert_int_equal(pulse(1), 1);
	assert_int_equal(requested(1), BIT(REQ_EVENT));
	assert_int_equal(requested(2), 0);
	/* Nobody: the output waits. */
	lapic_set_base(apic(1), XAPIC);
	put(apic(2), LAPIC_LVT_LINT0, 0x10700);
	requested(1);
	requested(2);
	assert_int_equal(pulse(0), 1);
	assert_int_equal(requested(0) | requested(1) | requested(2), 0);
	assert_true(pic_output(p));
}

static void state_in_flight(void **state)
{
	struct kvm_pic_state s[2], t;
	struct pic *q = pic_create(vm.irqchip);

	(void)state;
	out(0x4d1, 0x02);
	out(0x21, 0x08);
	assert_int_equal(set(9, true), 1);
	assert_vector(0x39);
	out(0x20, 0x20);
	assert_int_equal(pulse(5), 1);
	assert_int_equal(pulse(3), -1);
	for (u32 i = 0; i < 2; i++) {
		pic_get_state(p, i, &s[i]);
	}
	assert_int_equal(s[0].irr, 0x28);
	assert_int_equal(s[0].imr, 0x08);
	assert_int_equal(s[0].isr, 0);
	assert_int_equal(s[0].irq_base, 0x30);
	assert_int_equal(s[0].elcr_mask, 0xf8);
	assert_int_equal(s[1].irr, 2);
	assert_int_equal(s[1].last_irr, 2);
	assert_int_equal(s[1].isr, 2);
	assert_int_equal(s[1].elcr, 2);
	assert_int_equal(s[1].elcr_mask, 0xde);
	requested(0);
	for (u32 i = 0; i < 2; i++) {
		pic_set_state(q, i, &s[i]);
	}
	assert_int_equal(requested(0), BIT(REQ_EVENT));
	p = q;
	assert_vector(0x35);
	out(0x20, 0x20);
	out(0x21, 0);
	assert_vector(0x33);
	out(0x20, 0x20);
	assert_quiet();
	out(0xa0, 0x20);
	assert_vector(0x39); /* the level line is still high */
	assert_int_equal(set(9, false), 0);
	/* Nonsense is cut to what the chip has. */
	memset(&t, 0xff, sizeof(t));
	pic_set_state(q, 0, &t);
	pic_get_state(q, 0, &t);
	assert_int_equal(t.elcr, 0xf8);
	assert_int_equal(t.elcr_mask, 0xf8);
	assert_int_equal(t.irq_base, 0xf8);
	assert_int_equal(t.priority_add, 7);
	assert_int_equal(t.init_state, 3);
	assert_quiet();
	pic_free(q);
}

static void lines(void **state)
{
	struct irqchip *c = vm.irqchip;

	(void)state;
	assert_int_equal(irqchip_set_line(c, IRQ_SOURCE_USER, 1, true), 1);
	assert_int_equal(irqchip_set_line(c, IRQ_SOURCE_USER, 1, true), 0);
	assert_vector(0x31);
	assert_int_equal(irqchip_set_line(c, IRQ_SOURCE_USER, 15, true), 1);
	out(0x20, 0x20);
	assert_vector(0x3f);
	out(0x21, 0xff);
	assert_int_equal(irqchip_set_line(c, IRQ_SOURCE_USER, 3, true), -1);
	assert_int_equal(irqchip_set_line(c, IRQ_SOURCE_USER, 16, true), -1);
	assert_int_equal(irqchip_set_line(c, IRQ_SOURCE_USER, 0xffffffff, true), -1);
}

static void ports(void **state)
{
	u32 value = 0xffffffff;

	(void)state;
	for (u32 port = 0; port < 0x10000; port++) {
		bool mine = port == 0x20 || port == 0x21 || port == 0xa0 || port == 0xa1 ||
			    port == 0x4d0 || port == 0x4d1;

		assert_int_equal(pic_has_port((u16)port), mine);
	}
	value = 0x12345678;
	assert_false(irqchip_io(&vm, 0x1f, 2, true, &value));
	assert_false(irqchip_io(&vm, 0x3f8, 1, false, &value));
	assert_int_equal(value, 0x12345678);
	value = 0xa5;
	assert_true(irqchip_io(&vm, 0x21, 1, false, &value));
	assert_true(irqchip_io(&vm, 0x21, 1, true, &value));
	assert_int_equal(value, 0xa5);
	/* Wide accesses are bytes on neighbouring ports, of which some are empty. */
	value = 0x5a0a;
	assert_true(irqchip_io(&vm, 0x20, 2, false, &value));
	assert_int_equal(in(0x21), 0x5a);
	assert_true(irqchip_io(&vm, 0x20, 4, true, &value));
	assert_int_equal(value, 0xffff5a00);
	value = 0xffff3c;
	assert_true(irqchip_io(&vm, 0xa1, 2, false, &value));
	assert_true(irqchip_io(&vm, 0xa1, 2, true, &value));
	assert_int_equal(value, 0xff3c);
	value = 0xffff;
	assert_true(irqchip_io(&vm, 0x4d0, 2, false, &value));
	assert_true(irqchip_io(&vm, 0x4d0, 2, true, &value));
	assert_int_equal(value, 0xdef8);
}

static void no_memory(void **state)
{
	(void)state;
	for (int n = 0; n < 4; n++) {
		allocations_left = n;
		assert_null(irqchip_create(&vm));
	}
	pic_free(NULL);
}

UNIT_MAIN(TS(edge), TS(masks), TS(nesting), TS(cascade), TS(fully_nested), TS(spurious), TS(level),
	  TS(sources), TS(auto_eoi), TS(rotation), TS(special_mask), TS(polling),
	  TS(initialization), TS(who_is_kicked), TS(state_in_flight), TS(lines), TS(ports),
	  TS(no_memory))
