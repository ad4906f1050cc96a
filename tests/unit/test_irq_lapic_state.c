/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * KVM_GET_LAPIC and KVM_SET_LAPIC: what is saved in mid-flight goes on elsewhere.
 * LINK: vmm/irq/ioapic.c vmm/irq/ioapic_mmio.c vmm/irq/pit.c vmm/irq/pit_count.c
 * LINK: vmm/irq/pit_io.c vmm/irq/routing.c
 * LINK: vmm/irq/lapic.c vmm/irq/lapic_icr.c vmm/irq/lapic_irq.c vmm/irq/lapic_lvt.c
 * LINK: vmm/irq/lapic_reg.c vmm/irq/lapic_state.c vmm/irq/lapic_timer.c
 * LINK: vmm/irq/irqchip.c vmm/irq/pic.c vmm/irq/pic_io.c core/timer.c core/time.c
 * LINK: tests/fake/fake.c
 */
#include "tests/unit/irq_kit.h"

static struct kvm_lapic_state s;

static int two(void **state)
{
	(void)state;
	kit_start(2, true);
	memset(&s, 0xa5, sizeof(s));
	return 0;
}

static int end(void **state)
{
	(void)state;
	kit_stop();
	return 0;
}

static u32 word(u32 r)
{
	u32 value;

	memcpy(&value, s.regs + r, 4);
	return value;
}

static void set_word(u32 r, u32 value)
{
	memcpy(s.regs + r, &value, 4);
}

static void layout(void **state)
{
	struct lapic *l = apic(1);

	(void)state;
	put(l, LAPIC_LVT_LINT0, 0x8700);
	put(l, LAPIC_TPR, 0x31);
	put(l, LAPIC_LDR, 0x08000000);
	lapic_get_state(l, &s);
	assert_int_equal(word(0x20), 1 << 24);
	assert_int_equal(word(0x30), 0x50014);
	assert_int_equal(word(0x80), 0x31);
	assert_int_equal(word(0xa0), 0x31); /* computed */
	assert_int_equal(word(0xd0), 0x08000000);
	assert_int_equal(word(0xe0), 0xffffffff);
	assert_int_equal(word(0xf0), 0x1ff);
	assert_int_equal(word(0x320), 0x10000);
	assert_int_equal(word(0x350), 0x8700);
	for (u32 i = 0; i < 1024; i += 4) { /* nothing between the registers, nothing old */
		assert_true(i % 16 == 0 || word(i) == 0);
	}
}

static void interrupts(void **state)
{
	struct lapic *from = apic(0), *to = apic(1);

	(void)state;
	assert_int_equal(lapic_deliver(from, LAPIC_FIXED, 0x45, true), 1);
	assert_int_equal(take(from), 0x45);
	assert_int_equal(lapic_deliver(from, LAPIC_FIXED, 0x42, false), 1);
	assert_int_equal(lapic_deliver(from, LAPIC_FIXED, 0xe1, false), 1);
	assert_int_equal(lapic_deliver(to, LAPIC_FIXED, 0xf0, false), 1); /* is overwritten */
	lapic_get_state(from, &s);
	assert_int_equal(word(0x220), 1 << 2);
	assert_int_equal(word(0x270), 1 << 1);
	assert_int_equal(word(0x120), 1 << 5);
	assert_int_equal(word(0x1a0), 1 << 5);
	assert_int_equal(word(0xa0), 0x40);
	requested(1);
	assert_int_equal(lapic_set_state(to, &s), 0);
	assert_true(requested(1) & BIT(REQ_EVENT));
	assert_int_equal(take(to), 0xe1);
	put(to, LAPIC_EOI, 0);
	assert_int_equal(take(to), -1);
	assert_true(bit_in(to, LAPIC_TMR, 0x45));
	put(to, LAPIC_EOI, 0);
	assert_int_equal(take(to), 0x42);
	assert_int_equal(lapic_deliver(to, LAPIC_FIXED, 0x42, false), 1);
}

static void ids(void **state)
{
	struct lapic *l = apic(1);

	(void)state;
	lapic_get_state(l, &s);
	set_word(LAPIC_ID, 0x77abcdef);
	assert_int_equal(lapic_set_state(l, &s), 0);
	assert_int_equal(reg(l, LAPIC_ID), 0x77000000); /* xAPIC: as given */
	lapic_set_base(l, X2APIC);
	lapic_get_state(l, &s);
	assert_int_equal(word(LAPIC_ID), 1 << 24);
	set_word(LAPIC_ID, 0x77000000);
	set_word(LAPIC_LDR, 0x12345678);
	assert_int_equal(lapic_set_state(l, &s), 0);
	assert_int_equal(reg(l, LAPIC_ID), 1); /* x2APIC: fixed */
	assert_int_equal(reg(l, LAPIC_LDR), 2);
	/* The two halves of the ICR. */
	assert_int_equal(lapic_msr_write(l, 0x830, 0x123400004033), 0);
	lapic_get_state(l, &s);
	assert_int_equal(word(LAPIC_ICR), 0x4033);
	assert_int_equal(word(LAPIC_ICR2), 0x1234);
}

static void count(void **state)
{
	struct lapic *l = apic(1), *from = apic(0);

	(void)state;
	/* A running one-shot goes on where it was. */
	put(from, LAPIC_TIMER_DIVIDE, 0xb);
	put(from, LAPIC_LVT_TIMER, 0x50);
	put(from, LAPIC_TIMER_INIT, 1000);
	fake_advance(300);
	lapic_get_state(from, &s);
	assert_int_equal(word(LAPIC_TIMER_COUNT), 700);
	fake_advance(10000);
	assert_int_equal(take(from), 0x50);
	assert_int_equal(lapic_set_state(l, &s), 0);
	assert_int_equal(reg(l, LAPIC_TIMER_COUNT), 700);
	fake_advance(699);
	assert_int_equal(take(l), -1);
	fake_advance(1);
	assert_int_equal(take(l), 0x50);
	put(l, LAPIC_EOI, 0);
	/* One that has ended does not come again. */
	lapic_get_state(l, &s);
	assert_int_equal(word(LAPIC_TIMER_COUNT), 0);
	assert_int_equal(word(LAPIC_TIMER_INIT), 1000);
	assert_int_equal(lapic_set_state(l, &s), 0);
	fake_advance(100000);
	assert_int_equal(take(l), -1);
	/* A count above the initial one is cut. */
	set_word(LAPIC_TIMER_COUNT, 0xffffffff);
	assert_int_equal(lapic_set_state(l, &s), 0);
	assert_int_equal(reg(l, LAPIC_TIMER_COUNT), 1000);
	fake_advance(1000);
	assert_int_equal(take(l), 0x50);
	put(l, LAPIC_EOI, 0);
	/* A periodic one goes on for ever, from a count of 0 with a whole period. */
	set_word(LAPIC_LVT_TIMER, 0x51 | LVT_TIMER_PERIODIC);
	set_word(LAPIC_TIMER_INIT, 1000000);
	set_word(LAPIC_TIMER_COUNT, 400000);
	assert_int_equal(lapic_set_state(l, &s), 0);
	fake_advance(399999);
	assert_int_equal(take(l), -1);
	fake_advance(1);
	assert_int_equal(take(l), 0x51);
	put(l, LAPIC_EOI, 0);
	fake_advance(1000000);
	assert_int_equal(take(l), 0x51);
	put(l, LAPIC_EOI, 0);
	set_word(LAPIC_TIMER_COUNT, 0);
	assert_int_equal(lapic_set_state(l, &s), 0);
	fake_advance(999999);
	assert_int_equal(take(l), -1);
	fake_advance(1);
	assert_int_equal(take(l), 0x51);
	put(l, LAPIC_EOI, 0);
	/* Without a count, and in the mode that is none, nothing runs. */
	set_word(LAPIC_TIMER_INIT, 0);
	assert_int_equal(lapic_set_state(l, &s), 0);
	set_word(LAPIC_TIMER_INIT, 1000);
	set_word(LAPIC_LVT_TIMER, 0x51 | LVT_TIMER_MODE);
	assert_int_equal(lapic_set_state(l, &s), 0);
	fake_advance(10000000);
	assert_int_equal(take(l), -1);
}

static void deadline(void **state)
{
	struct lapic *l = apic(1);

	(void)state;
	put(l, LAPIC_LVT_TIMER, 0x52 | LVT_TIMER_DEADLINE);
	lapic_set_tsc_deadline(l, 1000);
	/* A page set in between leaves the deadline, as KVM does. */
	lapic_get_state(l, &s);
	assert_int_equal(lapic_set_state(l, &s), 0);
	assert_int_equal(lapic_get_tsc_deadline(l), 1000);
	fake_advance(999);
	assert_int_equal(take(l), -1);
	fake_advance(1);
	assert_int_equal(take(l), 0x52);
	put(l, LAPIC_EOI, 0);
	/* Another mode in the page ends it. */
	lapic_set_tsc_deadline(l, 2000);
	set_word(LAPIC_LVT_TIMER, 0x52);
	assert_int_equal(lapic_set_state(l, &s), 0);
	assert_int_equal(lapic_get_tsc_deadline(l), 0);
	fake_advance(5000);
	assert_int_equal(take(l), -1);
	/* Restored elsewhere: the page, then the MSR; one that has passed meanwhile fires. */
	set_word(LAPIC_LVT_TIMER, 0x52 | LVT_TIMER_DEADLINE);
	assert_int_equal(lapic_set_state(l, &s), 0);
	assert_int_equal(lapic_get_tsc_deadline(l), 0);
	lapic_set_tsc_deadline(l, 2000);
	assert_int_equal(take(l), 0x52);
}

/* Any page is taken; what comes out is a state that hardware could have. */
static void nonsense(void **state)
{
	struct lapic *l = apic(1);

	(void)state;
	memset(&s, 0xff, sizeof(s));
	assert_int_equal(lapic_set_state(l, &s), 0);
	assert_int_equal(reg(l, LAPIC_VERSION), 0x50014);
	assert_int_equal(reg(l, LAPIC_TPR), 0xff);
	assert_int_equal(reg(l, LAPIC_SVR), 0x3ff);
	assert_int_equal(reg(l, LAPIC_TIMER_DIVIDE), 0xb);
	assert_int_equal(reg(l, LAPIC_TIMER_COUNT), 0);
	assert_int_equal(reg(l, LAPIC_IRR), 0xffff0000);
	assert_int_equal(reg(l, LAPIC_ISR), 0xffff0000);
	assert_int_equal(take(l), -1);
	for (u32 i = 0; i < 240; i++) {
		put(l, LAPIC_EOI, 0);
	}
	put(l, LAPIC_TPR, 0);
	for (u32 i = 255; i >= 16; i--) {
		assert_int_equal(take(l), i);
		put(l, LAPIC_EOI, 0);
	}
	assert_int_equal(take(l), -1);
}

#define TS(name) cmocka_unit_test_setup_teardown(name, two, end)
UNIT_MAIN(TS(layout), TS(interrupts), TS(ids), TS(count), TS(deadline), TS(nonsense))
