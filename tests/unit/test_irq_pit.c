/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The PIT through its ports, on the fake clock; its interrupts through the PIC and the IOAPIC.
 * LINK: vmm/irq/ioapic.c vmm/irq/ioapic_mmio.c vmm/irq/pit.c vmm/irq/pit_count.c
 * LINK: vmm/irq/pit_io.c vmm/irq/routing.c
 * LINK: vmm/irq/lapic.c vmm/irq/lapic_icr.c vmm/irq/lapic_irq.c vmm/irq/lapic_lvt.c
 * LINK: vmm/irq/lapic_reg.c vmm/irq/lapic_state.c vmm/irq/lapic_timer.c
 * LINK: vmm/irq/irqchip.c vmm/irq/pic.c vmm/irq/pic_io.c core/timer.c core/time.c
 * LINK: tests/fake/fake.c
 */
#include "core/errno.h"
#include "tests/unit/irq_kit.h"

#define MS 1000000ULL
#define HZ 1193182ULL

static struct pit *p;
static struct pic *pic;

static void out(u16 port, u8 value)
{
	u32 v = value;

	assert_true(irqchip_io(&vm, port, 1, false, &v));
}

static u8 in(u16 port)
{
	u32 v = 0;

	assert_true(irqchip_io(&vm, port, 1, true, &v));
	return (u8)v;
}

static u32 in_word(u16 port)
{
	u32 low = in(port);

	return low | (u32)in(port) << 8;
}

static void program(u32 counter, u32 mode, u32 count)
{
	out(0x43, (u8)(counter << 6 | 0x30 | mode << 1));
	out(0x40 + (u16)counter, (u8)count);
	out(0x40 + (u16)counter, (u8)(count >> 8));
}

static int start(u32 flags)
{
	kit_start(1, true);
	assert_int_equal(irqchip_create_pit(&vm, flags), 0);
	assert_int_equal(irqchip_create_pit(&vm, flags), -EEXIST);
	p = vm.pit;
	pic = vm.irqchip->pic;
	for (u16 base = 0x20; base <= 0xa0; base += 0x80) {
		out(base, 0x11);
		out(base + 1, base == 0x20 ? 0x30 : 0x38);
		out(base + 1, base == 0x20 ? 4 : 2);
		out(base + 1, 1);
	}
	return 0;
}

static int ready(void **state)
{
	(void)state;
	return start(KVM_PIT_SPEAKER_DUMMY);
}

static int end(void **state)
{
	(void)state;
	kit_stop();
	return 0;
}

/* Whether an interrupt waits at the PIC; serves it. */
static bool served(void)
{
	if (!pic_output(pic)) {
		return false;
	}
	assert_int_equal(pic_ack(pic), 0x30);
	out(0x20, 0x20);
	return true;
}

/* Clock ticks to ns, rounded up. */
static u64 ns(u64 ticks)
{
	return (ticks * 1000000000ULL + HZ - 1) / HZ;
}

static void counting(void **state)
{
	(void)state;
	for (u32 counter = 0; counter < 3; counter++) {
		program(counter, 0, 1000);
		fake_advance(ns(100));
		assert_int_equal(in_word(0x40 + (u16)counter), 900);
		fake_advance(ns(1000)); /* goes on below 0 */
		assert_in_range(in_word(0x40 + (u16)counter), 0xff9a, 0xff9c);
		program(counter, 2, 1000);
		fake_advance(ns(2300));
		assert_int_equal(in_word(0x40 + (u16)counter), 700);
		program(counter, 3, 1000); /* by two */
		fake_advance(ns(100));
		assert_int_equal(in_word(0x40 + (u16)counter), 800);
		fake_advance(ns(600));
		assert_in_range(in_word(0x40 + (u16)counter), 596, 600);
		program(counter, 0, 0); /* 65536 */
		fake_advance(ns(1));
		assert_int_equal(in_word(0x40 + (u16)counter), 65535);
		program(counter, 2, 1);
		assert_int_equal(in_word(0x40 + (u16)counter), 1);
	}
	/* One byte at a time. */
	out(0x43, 0x50 | 0 << 1); /* counter 1, low byte */
	out(0x41, 200);
	fake_advance(ns(50));
	assert_int_equal(in(0x41), 150);
	out(0x43, 0x60);
	out(0x41, 2);
	assert_int_equal(in(0x41), 2);
	fake_advance(ns(256));
	assert_int_equal(in(0x41), 1);
	assert_int_equal(in(0x43), 0);
	/* After hours nothing overflows. */
	program(2, 2, 1000);
	fake_advance(100000 * 1000000000ULL);
	assert_in_range(in_word(0x42), 1, 1000);
}

static void outputs(void **state)
{
	static const struct {
		u8 mode;
		u64 at;
		bool high;
	} rows[] = {
		{0, 0, false}, {0, 999, false}, {0, 1000, true}, {0, 5000, true},
		{1, 0, true}, {1, 999, true}, {1, 1000, false}, {2, 0, false}, {2, 999, false},
		{2, 1000, true}, {2, 1001, false}, {3, 0, true}, {3, 499, true}, {3, 500, false},
		{3, 999, false}, {3, 1000, true}, {4, 999, false}, {4, 1000, true},
		{4, 1001, false}, {5, 1000, true}, {5, 1001, false}, {6, 1000, true},
		{7, 500, false},
	};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		u32 mode;

		program(2, rows[i].mode, 1000);
		fake_advance(ns(rows[i].at));
		assert_int_equal(in(0x61) >> 5 & 1, rows[i].high);
		out(0x43, 0xe8); /* read back the status of counter 2 */
		mode = rows[i].mode > 5 ? rows[i].mode - 4 : rows[i].mode;
		assert_int_equal(in(0x42), rows[i].high << 7 | 0x30 | mode << 1);
	}
}

static void latches(void **state)
{
	(void)state;
	program(0, 2, 1000);
	fake_advance(ns(100));
	out(0x43, 0x00); /* latch counter 0 */
	fake_advance(ns(100));
	out(0x43, 0x00); /* held: ignored */
	assert_int_equal(in_word(0x40), 900);
	assert_int_equal(in_word(0x40), 800);
	/* Read-back: status, then count, of two counters. */
	program(2, 0, 500);
	out(0x43, 0xc0 | 2 | 8);
	fake_advance(ns(10));
	assert_int_equal(in(0x40), 0x34);
	assert_int_equal(in_word(0x40), 800);
	assert_int_equal(in(0x42), 0x30);
	assert_int_equal(in_word(0x42), 500);
	assert_int_equal(in_word(0x42), 490);
	out(0x43, 0xd0 | 8); /* count only */
	fake_advance(ns(10));
	out(0x43, 0xe0 | 8); /* status only: comes first */
	out(0x43, 0xe0 | 8);
	assert_int_equal(in(0x42), 0x30);
	assert_int_equal(in_word(0x42), 490);
	out(0x43, 0xc0); /* nobody selected */
	/* A latch with one-byte access. */
	out(0x43, 0x60); /* counter 1, high byte */
	out(0x41, 0x12);
	out(0x43, 0x40);
	assert_int_equal(in(0x41), 0x12);
	out(0x43, 0x50);
	out(0x41, 0x34);
	out(0x43, 0x40);
	assert_int_equal(in(0x41), 0x34);
	assert_int_equal(in(0x41), 0x34);
}

static void speaker(void **state)
{
	u8 first;

	(void)state;
	program(2, 1, 100);
	fake_advance(ns(200));
	assert_int_equal(in(0x61) & 0x23, 0);
	out(0x61, 1); /* the gate triggers modes 1, 2, 3, 5 */
	assert_int_equal(in(0x61) & 0x23, 0x21);
	fake_advance(ns(200));
	assert_int_equal(in(0x61) & 0x23, 0x01);
	out(0x61, 1); /* no edge */
	assert_int_equal(in(0x61) & 0x23, 0x01);
	out(0x61, 2);
	assert_int_equal(in(0x61) & 0x23, 0x02);
	program(2, 0, 100);
	fake_advance(ns(200));
	out(0x61, 1);
	assert_int_equal(in(0x61) & 0x20, 0x20); /* not mode 0 */
	first = in(0x61) & 0x10;
	fake_advance(16384);
	assert_int_not_equal(in(0x61) & 0x10, first); /* refresh */
}

static void no_speaker(void **state)
{
	u32 v = 5;

	(void)state;
	start(0);
	assert_false(irqchip_io(&vm, 0x61, 1, true, &v));
	assert_true(irqchip_io(&vm, 0x40, 1, true, &v));
	v = 0;
	assert_true(irqchip_io(&vm, 0x42, 4, true, &v)); /* 44h and 45h are empty */
	assert_int_equal(v >> 16, 0xffff);
	kit_stop();
}

static void periodic(void **state)
{
	u32 n = 0;

	(void)state;
	assert_false(served());
	program(0, 2, 11932); /* 100 Hz */
	fake_advance(9 * MS);
	assert_false(served());
	for (u32 i = 0; i < 1000; i++) {
		fake_advance(MS);
		n += served();
	}
	assert_in_range(n, 99, 101);
	/* The shortest period that the host grants is 0.2 ms. */
	program(0, 3, 1);
	n = 0;
	for (u32 i = 0; i < 1000; i++) {
		fake_advance(10000);
		n += served();
	}
	assert_in_range(n, 49, 50);
	program(0, 5, 100); /* never triggered */
	fake_advance(1000 * MS);
	served();
	assert_false(served());
}

static void one_shot(void **state)
{
	static const u8 modes[] = {0, 1, 4};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(modes); i++) {
		program(0, modes[i], 1193);
		fake_advance(990000);
		assert_false(served());
		fake_advance(20000);
		assert_true(served());
		fake_advance(100 * MS);
		assert_false(served());
	}
	/* Programmed anew before it ends: only the new one. */
	program(0, 0, 1193);
	fake_advance(500000);
	program(0, 0, 2386);
	fake_advance(1900000);
	assert_false(served());
	fake_advance(200000);
	assert_true(served());
}

static void reinjection(void **state)
{
	u32 n = 0;

	(void)state;
	program(0, 2, 1193); /* 1 ms */
	fake_advance(10 * MS + 500000);
	while (served()) {
		n++;
	}
	assert_int_equal(n, 10); /* all that were missed, one per acknowledgement */
	n = 0;
	pit_set_reinject(p, false);
	fake_advance(10 * MS);
	while (served()) {
		n++;
	}
	assert_int_equal(n, 1);
	pit_acked(p);
	assert_false(served());
	pit_set_reinject(p, true);
	pit_set_reinject(p, true);
	/* What came while the line was masked is not owed. */
	out(0x21, 1);
	fake_advance(10 * MS);
	out(0x21, 0);
	n = served();
	assert_false(served());
	fake_advance(MS);
	assert_true(served());
	/* Nor is more owed than a bound. */
	fake_advance(1000000 * MS);
	for (n = 0; served() && n < 200000;) {
		n++;
	}
	assert_int_equal(n, 100000);
	/* A PIC that is initialized anew forgets its service; the timer does not wait for it. */
	fake_advance(MS);
	assert_int_equal(pic_ack(pic), 0x30);
	out(0x20, 0x11);
	out(0x21, 0x30);
	out(0x21, 4);
	out(0x21, 3); /* automatic EOI */
	fake_advance(MS);
	for (u32 i = 0; i < 5 && pic_output(pic); i++) {
		(void)pic_ack(pic);
	}
	fake_advance(MS);
	assert_int_equal(pic_ack(pic), 0x30); /* acknowledged at once */
	fake_advance(MS);
	assert_int_equal(pic_ack(pic), 0x30);
}

/* The same through the IOAPIC, whose EOI is the acknowledgement. */
static void by_ioapic(void **state)
{
	struct kvm_irq_routing_entry e = {.gsi = 0, .type = KVM_IRQ_ROUTING_IRQCHIP,
					  .u.irqchip = {KVM_IRQCHIP_IOAPIC, 2}};
	struct routing *r = routing_create(1);
	u64 index = 0x14, value = 0x55;
	u32 n = 0;

	(void)state;
	assert_int_equal(routing_add(r, &e), 0);
	irqchip_set_routing(vm.irqchip, r);
	assert_true(ioapic_mmio(&vm, 0xfec00000, 4, true, &index));
	assert_true(ioapic_mmio(&vm, 0xfec00010, 4, true, &value));
	program(0, 2, 1193);
	fake_advance(5 * MS + 500000);
	assert_false(served());
	while (take(apic(0)) == 0x55) {
		put(apic(0), LAPIC_EOI, 0);
		n++;
	}
	assert_int_equal(n, 5);
	fake_advance(3 * MS);
	assert_int_equal(take(apic(0)), 0x55);
	value = 0x10055;
	assert_true(ioapic_mmio(&vm, 0xfec00010, 4, true, &value));
	value = 0x55;
	assert_true(ioapic_mmio(&vm, 0xfec00010, 4, true, &value));
	put(apic(0), LAPIC_EOI, 0);
	assert_int_equal(take(apic(0)), -1); /* unmasking forgave the rest */
}

static void save_and_set(void **state)
{
	struct kvm_pit_state2 s, t;

	(void)state;
	pit_get_state(p, &s);
	assert_int_equal(s.channels[0].mode, 0xff);
	assert_int_equal(s.channels[0].count, 65536);
	assert_int_equal(s.channels[1].gate, 1);
	assert_int_equal(s.channels[2].gate, 0);
	program(0, 2, 1193);
	out(0x43, 0x00);
	out(0x61, 3);
	pit_get_state(p, &s);
	assert_int_equal(s.channels[0].count, 1193);
	assert_int_equal(s.channels[0].count_latched, 3);
	assert_int_equal(s.channels[0].latched_count, 1193);
	assert_int_equal(s.channels[0].rw_mode, 3);
	assert_int_equal(s.channels[2].gate, 1);
	assert_int_equal(s.flags, KVM_PIT_FLAGS_SPEAKER_DATA_ON);
	program(0, 0, 3);
	fake_advance(10 * MS);
	served();
	pit_set_state(p, &s);
	assert_int_equal(in_word(0x40), 1193);
	fake_advance(MS);
	assert_true(served());
	/* With the HPET in its place it is silent, but counts. */
	s.flags = KVM_PIT_FLAGS_HPET_LEGACY;
	pit_set_state(p, &s);
	fake_advance(10 * MS);
	assert_false(served());
	pit_get_state(p, &t);
	assert_int_equal(t.flags, KVM_PIT_FLAGS_HPET_LEGACY);
	/* A count of 0 (CVE-2015-7513), all ones. */
	s.flags = 0;
	for (u32 i = 0; i < 3; i++) {
		s.channels[i].count = 0;
		s.channels[i].count_latched = 0;
	}
	pit_set_state(p, &s);
	(void)in_word(0x40);
	pit_get_state(p, &t);
	assert_int_equal(t.channels[0].count, 65536);
	for (u32 fill = 1; fill < 256; fill++) {
		memset(&s, (int)fill, sizeof(s));
		s.channels[0].mode = fill % 8;
		s.channels[0].count = fill & 1 ? 1 : ~0u;
		pit_set_state(p, &s);
		fake_advance(MS);
		for (u16 port = 0x40; port < 0x44; port++) {
			(void)in_word(port);
			out(port, (u8)fill);
		}
		(void)in(0x61);
		served();
	}
	memset(&s, 0, sizeof(s));
	pit_set_state(p, &s);
}

/* Programs, reads and time in any order: counts stay in range, nothing is lost for ever. */
static void at_random(void **state)
{
	u64 x = 0x9e3779b97f4a7c15;

	(void)state;
	for (u32 i = 0; i < 200000; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		if (x >> 60 < 8) {
			out(0x40 + (x >> 8 & 3), (u8)x);
		} else if (x >> 60 < 12) {
			(void)in(0x40 + (x >> 8 & 3));
		} else if (x >> 60 < 14) {
			fake_advance(x >> 16 & 0xfffff);
		} else {
			(void)served();
		}
	}
	program(0, 2, 1193);
	fake_advance(2 * MS);
	assert_true(served());
}

static void no_memory(void **state)
{
	(void)state;
	kit_start(1, false);
	allocations_left = 0;
	assert_int_equal(irqchip_create_pit(&vm, 0), -ENOMEM);
	assert_null(routing_create(1));
	kit_stop();
}

/* It counts and ticks for itself; with chips made later its ticks are heard. */
static void no_chips(void **state)
{
	struct irqchip *chip;
	u32 value = 0;

	(void)state;
	kit_start(0, false);
	chip = vm.irqchip;
	vm.irqchip = NULL;
	assert_int_equal(irqchip_create_pit(&vm, 0), 0);
	assert_false(irqchip_io(&vm, 0x20, 1, true, &value));
	program(0, 2, 1193);
	fake_advance(ns(193));
	assert_int_equal(in_word(0x40), 1000);
	fake_advance(10 * MS);
	vm.irqchip = chip;
	pic = chip->pic;
	out(0x20, 0x11);
	out(0x21, 0x30);
	out(0x21, 4);
	out(0x21, 1);
	out(0x21, 1);
	out(0x21, 0); /* unmasked: what was missed is forgotten */
	fake_advance(2 * MS);
	assert_true(served());
	kit_stop();
}

#define TS(name) cmocka_unit_test_setup_teardown(name, ready, end)
UNIT_MAIN(TS(counting), TS(outputs), TS(latches), TS(speaker), T(no_speaker), TS(periodic),
	  TS(one_shot), TS(reinjection), TS(by_ioapic), TS(save_and_set), TS(at_random),
	  T(no_memory), T(no_chips))
