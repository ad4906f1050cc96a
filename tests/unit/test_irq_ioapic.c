/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The IOAPIC through its registers, its pins and the EOI of the local APICs.
 * LINK: vmm/irq/ioapic.c vmm/irq/ioapic_mmio.c vmm/irq/pit.c vmm/irq/pit_count.c
 * LINK: vmm/irq/pit_io.c vmm/irq/routing.c
 * LINK: vmm/irq/lapic.c vmm/irq/lapic_icr.c vmm/irq/lapic_irq.c vmm/irq/lapic_lvt.c
 * LINK: vmm/irq/lapic_reg.c vmm/irq/lapic_state.c vmm/irq/lapic_timer.c
 * LINK: vmm/irq/irqchip.c vmm/irq/pic.c vmm/irq/pic_io.c core/timer.c core/time.c
 * LINK: tests/fake/fake.c
 */
#include "tests/unit/irq_kit.h"

#define BASE 0xfec00000ULL
#define LEVEL (1u << 15)
#define LOW_ACTIVE (1u << 13)
#define MASKED (1u << 16)
#define LOGICAL (1u << 11)
#define REMOTE (1u << 14)

static struct ioapic *io;

static int ready(void **state)
{
	(void)state;
	kit_start(4, true);
	io = vm.irqchip->ioapic;
	for (u32 i = 0; i < 4; i++) {
		requested(i);
	}
	return 0;
}

static int end(void **state)
{
	(void)state;
	kit_stop();
	return 0;
}

static void write_at(u32 offset, u32 len, u64 value)
{
	assert_true(ioapic_mmio(&vm, BASE + offset, len, true, &value));
}

static u64 read_at(u32 offset, u32 len)
{
	u64 value = ~0ULL;

	assert_true(ioapic_mmio(&vm, BASE + offset, len, false, &value));
	return value;
}

static u32 get(u32 index)
{
	write_at(0, 4, index);
	return (u32)read_at(0x10, 4);
}

static void set(u32 index, u32 value)
{
	write_at(0, 4, index);
	write_at(0x10, 4, value);
}

static void entry(u32 pin, u32 dest, u32 low)
{
	set(0x11 + 2 * pin, dest << 24);
	set(0x10 + 2 * pin, low);
}

static int line(u32 pin, bool level)
{
	return ioapic_set_irq(io, pin, IRQ_SOURCE_USER, level);
}

/* The vCPU serves what it has; its vector, or -1. */
static int serve(u32 i)
{
	int vector = take(apic(i));

	requested(i);
	return vector;
}

static void eoi(u32 i)
{
	put(apic(i), LAPIC_EOI, 0);
}

static void registers(void **state)
{
	u64 value = 0;

	(void)state;
	assert_int_equal(get(1), 0x170011);
	set(1, 0xffffffff);
	assert_int_equal(get(1), 0x170011);
	set(0, 0xffffffff);
	assert_int_equal(get(0), 0x0f000000);
	assert_int_equal(get(2), 0x0f000000);
	set(2, 0);
	assert_int_equal(get(2), 0x0f000000);
	for (u32 pin = 0; pin < 24; pin++) {
		assert_int_equal(get(0x10 + 2 * pin), MASKED);
		assert_int_equal(get(0x11 + 2 * pin), 0);
		entry(pin, pin, MASKED | pin);
	}
	for (u32 pin = 0; pin < 24; pin++) {
		assert_int_equal(get(0x10 + 2 * pin), MASKED | pin);
		assert_int_equal(get(0x11 + 2 * pin), pin << 24);
	}
	/* Indexes that do not exist (CVE-2013-1798): no memory behind the table. */
	for (u32 index = 3; index < 0x100; index++) {
		if (index < 0x10 || index >= 0x40) {
			set(index, 0x12345678);
			assert_int_equal(get(index), 0xffffffff);
		}
	}
	/* Read-only bits of an entry stay. */
	set(0x10, MASKED | REMOTE | 1u << 12 | LEVEL | 0x33);
	assert_int_equal(get(0x10), MASKED | LEVEL | 0x33);
	/* Sizes and places. */
	write_at(0, 1, 0xffffff01);
	assert_int_equal(read_at(0x10, 1), 0x11);
	assert_int_equal(read_at(0x10, 2), 0x11);
	assert_int_equal(read_at(0x10, 8), 0x170011);
	assert_int_equal(read_at(0, 8), 1);
	write_at(0, 8, 0x1234567800000110);
	assert_int_equal(read_at(0, 4), 0x10);
	write_at(0x20, 4, 5);
	assert_int_equal(read_at(0x20, 4), 0);
	assert_int_equal(read_at(0, 4), 0x10);
	assert_false(ioapic_mmio(&vm, BASE - 1, 4, false, &value));
	assert_false(ioapic_mmio(&vm, BASE + 0x100, 4, false, &value));
	struct vm none = {.irqchip = NULL};

	assert_false(ioapic_mmio(&none, BASE, 4, false, &value));
}

static void edge(void **state)
{
	(void)state;
	entry(4, 1, MASKED | 0x44);
	assert_int_equal(line(4, true), -1);
	line(4, false);
	entry(4, 1, 0x44 | LOW_ACTIVE); /* polarity means nothing here */
	assert_int_equal(line(4, true), 1);
	assert_int_equal(line(4, true), 0); /* no edge */
	assert_int_equal(line(4, false), 1);
	assert_int_equal(requested(1), BIT(REQ_EVENT));
	assert_int_equal(serve(0), -1);
	assert_int_equal(serve(1), 0x44);
	assert_false(bit_in(apic(1), LAPIC_TMR, 0x44));
	assert_int_equal(line(4, true), 1); /* during service: comes after it */
	assert_int_equal(serve(1), -1);
	eoi(1);
	assert_int_equal(serve(1), 0x44);
	eoi(1);
	assert_int_equal(serve(1), -1);
	assert_int_equal(get(0x18), 0x44 | LOW_ACTIVE);
	/* Two sources are one line. */
	assert_int_equal(ioapic_set_irq(io, 4, 1, true), 0);
	line(4, false);
	assert_int_equal(ioapic_set_irq(io, 4, 1, true), 0);
	ioapic_set_irq(io, 4, 1, false);
	assert_int_equal(line(4, true), 1);
}

static void level(void **state)
{
	(void)state;
	entry(10, 2, LEVEL | 0x5a);
	assert_int_equal(line(10, true), 1);
	assert_int_equal(get(0x24), LEVEL | REMOTE | 0x5a);
	assert_int_equal(line(10, true), -1); /* waits for its EOI */
	assert_int_equal(serve(2), 0x5a);
	assert_true(bit_in(apic(2), LAPIC_TMR, 0x5a));
	assert_int_equal(serve(2), -1);
	eoi(2); /* still high */
	assert_int_equal(requested(2), BIT(REQ_EVENT));
	assert_int_equal(serve(2), 0x5a);
	assert_int_equal(line(10, false), 1);
	eoi(2);
	assert_int_equal(serve(2), -1);
	assert_int_equal(get(0x24), LEVEL | 0x5a);
	/* Raised while masked: comes when unmasked. Lowered before: does not. */
	entry(10, 2, LEVEL | MASKED | 0x5a);
	assert_int_equal(line(10, true), -1);
	assert_int_equal(serve(2), -1);
	entry(10, 2, LEVEL | 0x5a);
	assert_int_equal(serve(2), 0x5a);
	entry(10, 2, LEVEL | MASKED | 0x5a);
	assert_int_equal(get(0x24), LEVEL | MASKED | REMOTE | 0x5a);
	eoi(2); /* masked meanwhile: not again */
	assert_int_equal(get(0x24), LEVEL | MASKED | 0x5a);
	assert_int_equal(serve(2), -1);
	line(10, false);
	entry(10, 2, LEVEL | 0x5a);
	assert_int_equal(serve(2), -1);
	/* Edge and back clears remote IRR. */
	line(10, true);
	assert_int_equal(serve(2), 0x5a);
	entry(10, 2, MASKED | 0x5a);
	assert_int_equal(get(0x24), MASKED | 0x5a);
	entry(10, 2, LEVEL | 0x5a);
	assert_int_equal(get(0x24), LEVEL | REMOTE | 0x5a);
	eoi(2);
	assert_int_equal(serve(2), 0x5a);
	/* An edge's EOI with the same vector is not the level's. */
	assert_int_equal(lapic_deliver(apic(3), LAPIC_FIXED, 0x5a, false), 1);
	assert_int_equal(serve(3), 0x5a);
	eoi(3);
	assert_int_equal(get(0x24), LEVEL | REMOTE | 0x5a);
}

static void shared_vector(void **state)
{
	(void)state;
	entry(10, 2, LEVEL | 0x5a);
	entry(11, 2, LEVEL | 0x5a);
	assert_int_equal(line(10, true), 1);
	assert_int_equal(line(11, true), 1);
	assert_int_equal(serve(2), 0x5a);
	line(10, false);
	eoi(2);
	assert_int_equal(get(0x24), LEVEL | 0x5a);
	assert_int_equal(get(0x26), LEVEL | REMOTE | 0x5a);
	assert_int_equal(serve(2), 0x5a);
	line(11, false);
	eoi(2);
	assert_int_equal(serve(2), -1);
}

static void destinations(void **state)
{
	(void)state;
	for (u32 i = 0; i < 4; i++) {
		put(apic(i), LAPIC_LDR, 1u << i << 24);
	}
	entry(1, 0x0a, LOGICAL | 0x61);
	assert_int_equal(line(1, true), 2);
	assert_int_equal(serve(1), 0x61);
	assert_int_equal(serve(3), 0x61);
	assert_int_equal(serve(0), -1);
	entry(2, 0xff, 0x62);
	assert_int_equal(line(2, true), 4);
	for (u32 i = 0; i < 4; i++) {
		eoi(i);
		assert_int_equal(serve(i), 0x62);
		eoi(i);
	}
	/* Lowest priority: one of them. */
	entry(3, 0x0f, LOGICAL | LAPIC_LOWEST << 8 | 0x63);
	for (u32 n = 0; n < 8; n++) {
		u32 hits = 0;

		assert_int_equal(line(3, true), 1);
		line(3, false);
		for (u32 i = 0; i < 4; i++) {
			if (serve(i) == 0x63) {
				hits++;
				eoi(i);
			}
		}
		assert_int_equal(hits, 1);
	}
	/* NMI, INIT; ExtINT and SMI go nowhere. */
	entry(5, 3, LAPIC_NMI << 8);
	assert_int_equal(line(5, true), 1);
	assert_int_equal(requested(3), BIT(REQ_NMI));
	entry(6, 3, LAPIC_INIT << 8);
	assert_int_equal(line(6, true), 1);
	assert_int_equal(requested(3), BIT(REQ_INIT));
	entry(7, 3, LAPIC_EXTINT << 8);
	assert_int_equal(line(7, true), 0);
	/* Broadcast reaches x2APICs, too. */
	lapic_set_base(apic(1), X2APIC);
	requested(1);
	line(2, false);
	assert_int_equal(line(2, true), 4);
	assert_int_equal(serve(1), 0x62);
}

/* A level that nobody takes leaves nothing behind. */
static void nobody(void **state)
{
	(void)state;
	entry(9, 77, LEVEL | 0x70);
	assert_int_equal(line(9, true), -1);
	assert_int_equal(get(0x22), LEVEL | 0x70);
	put(apic(3), LAPIC_SVR, 0xff);
	set(0x23, 3u << 24);
	assert_int_equal(get(0x22), LEVEL | 0x70);
	put(apic(3), LAPIC_SVR, 0x1ff);
	set(0x22, LEVEL | 0x70); /* any write looks at the line again */
	assert_int_equal(serve(3), 0x70);
	assert_int_equal(get(0x22), LEVEL | REMOTE | 0x70);
}

static void storm(void **state)
{
	u32 rounds = 0;

	(void)state;
	entry(10, 0, LEVEL | 0x5a);
	line(10, true);
	while (serve(0) == 0x5a && rounds < 20000) {
		eoi(0);
		rounds++;
	}
	assert_int_equal(rounds, 10000);
	fake_advance(9999999);
	assert_int_equal(serve(0), -1);
	fake_advance(1);
	assert_int_equal(serve(0), 0x5a); /* the pause is over */
	/* A pause is no reason to lose a new interrupt, nor to send one that has gone. */
	rounds = 0;
	do {
		eoi(0);
		rounds++;
	} while (serve(0) == 0x5a && rounds < 20000);
	assert_int_equal(rounds, 10000);
	line(10, false);
	fake_advance(10000000);
	assert_int_equal(serve(0), -1);
	line(10, true);
	assert_int_equal(serve(0), 0x5a);
}

static void state_goes_on(void **state)
{
	struct kvm_ioapic_state s;

	(void)state;
	entry(10, 2, LEVEL | 0x5a);
	entry(4, 1, 0x44);
	entry(5, 1, MASKED | 0x45);
	set(0, 3u << 24);
	line(10, true);
	line(4, true);
	line(5, true);
	write_at(0, 4, 0x24);
	ioapic_get_state(io, &s);
	assert_int_equal(s.base_address, BASE);
	assert_int_equal(s.ioregsel, 0x24);
	assert_int_equal(s.id, 3);
	assert_int_equal(s.irr, 1u << 10 | 1u << 5); /* pin 4's edge was sent */
	assert_int_equal(s.redirtbl[10].bits, 2ULL << 56 | LEVEL | REMOTE | 0x5a);
	assert_int_equal(serve(2), 0x5a);
	/* Into a fresh one, whose vCPU has the vector in service. */
	kfree(io);
	io = vm.irqchip->ioapic = ioapic_create(vm.irqchip);
	ioapic_set_state(io, &s);
	assert_int_equal(read_at(0x10, 4), LEVEL | REMOTE | 0x5a);
	assert_int_equal(serve(1), 0x44); /* was there before */
	assert_int_equal(serve(1), -1);
	eoi(2);
	assert_int_equal(serve(2), 0x5a); /* the line is still high */
	line(10, false);
	eoi(2);
	assert_int_equal(serve(2), -1);
	/* A pending edge is sent when it is restored. */
	s.irr = 1u << 4;
	eoi(1);
	ioapic_set_state(io, &s);
	assert_int_equal(serve(1), 0x44);
	/* Nothing that can be set does harm. */
	memset(&s, 0xff, sizeof(s));
	ioapic_set_state(io, &s);
	s.base_address = BASE;
	ioapic_set_state(io, &s);
	assert_int_equal(read_at(0x10, 4), 0xffffffff);
	write_at(0x10, 4, 1);
	for (u32 pin = 0; pin < 24; pin++) {
		line(pin, true);
		line(pin, false);
	}
}

#define TS(name) cmocka_unit_test_setup_teardown(name, ready, end)
UNIT_MAIN(TS(registers), TS(edge), TS(level), TS(shared_vector), TS(destinations), TS(nobody),
	  TS(storm), TS(state_goes_on))
