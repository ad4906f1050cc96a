/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interprocessor interrupts between several APICs: destinations, shorthands, kinds of message.
 * LINK: vmm/irq/ioapic.c vmm/irq/ioapic_mmio.c vmm/irq/pit.c vmm/irq/pit_count.c
 * LINK: vmm/irq/pit_io.c vmm/irq/routing.c
 * LINK: vmm/irq/lapic.c vmm/irq/lapic_icr.c vmm/irq/lapic_irq.c vmm/irq/lapic_lvt.c
 * LINK: vmm/irq/lapic_reg.c vmm/irq/lapic_state.c vmm/irq/lapic_timer.c
 * LINK: vmm/irq/irqchip.c vmm/irq/pic.c vmm/irq/pic_io.c core/timer.c core/time.c
 * LINK: tests/fake/fake.c
 */
#include "tests/unit/irq_kit.h"

#define NMI (LAPIC_NMI << 8)
#define INIT (LAPIC_INIT << 8)
#define SIPI (LAPIC_SIPI << 8)
#define LOWEST (LAPIC_LOWEST << 8)
#define SELF (1u << 18)
#define ALL (2u << 18)
#define OTHERS (3u << 18)
#define LEVEL_ASSERT (ICR_LEVEL | ICR_ASSERT)

static int several(void **state)
{
	(void)state;
	kit_start(CPUS, true);
	return 0;
}

static int end(void **state)
{
	(void)state;
	kit_stop();
	return 0;
}

static void all_x2apic(void)
{
	for (u32 i = 0; i < CPUS; i++) {
		lapic_set_base(apic(i), X2APIC);
	}
}

/* The set of vCPUs that got vector since the last call; each serves it. */
static u32 who(u8 vector)
{
	u32 set = 0;

	for (u32 i = 0; i < CPUS; i++) {
		u32 had = requested(i);
		int got = take(apic(i));

		if (got >= 0) {
			assert_int_equal(got, vector);
			assert_int_equal(had, BIT(REQ_EVENT));
			put(apic(i), LAPIC_EOI, 0);
			set |= 1u << i;
		} else {
			assert_int_equal(had, 0);
		}
	}
	return set;
}

static u32 asked(enum vcpu_request request)
{
	u32 set = 0;

	for (u32 i = 0; i < CPUS; i++) {
		u32 had = requested(i);

		assert_true(had == 0 || had == BIT(request));
		set |= (had != 0) << i;
		assert_int_equal(lapic_pending_vector(apic(i)), -1);
	}
	return set;
}

/* xAPIC mode: destination, then command. */
static void send(u32 from, u8 dest, u32 icr)
{
	put(apic(from), LAPIC_ICR2, (u32)dest << 24);
	put(apic(from), LAPIC_ICR, icr);
}

static void send_x2(u32 from, u32 dest, u32 icr)
{
	assert_int_equal(lapic_msr_write(apic(from), 0x830, (u64)dest << 32 | icr), 0);
}

static void physical(void **state)
{
	(void)state;
	for (u32 i = 0; i < CPUS; i++) {
		requested(i);
	}
	send(0, 3, 0x4041);
	assert_int_equal(who(0x41), BIT(3));
	send(3, 3, 0x4041); /* to itself by id */
	assert_int_equal(who(0x41), BIT(3));
	send(1, 0xff, 0x4042);
	assert_int_equal(who(0x42), 0xff);
	send(1, 99, 0x4043);
	assert_int_equal(who(0x43), 0);
	put(apic(5), LAPIC_ID, 0x63 << 24); /* ids can be rewritten */
	send(1, 99, 0x4043);
	assert_int_equal(who(0x43), BIT(5));
	/* The command is read back without the busy bit. */
	send(0, 4, 0x4044 | ICR_BUSY | 0xfff00000);
	assert_int_equal(reg(apic(0), LAPIC_ICR), 0x4044);
	assert_int_equal(reg(apic(0), LAPIC_ICR2), 4 << 24);
	assert_int_equal(who(0x44), BIT(4));
}

static void shorthands(void **state)
{
	(void)state;
	for (u32 i = 0; i < CPUS; i++) {
		requested(i);
	}
	send(2, 7, SELF | 0x4050);
	assert_int_equal(who(0x50), BIT(2));
	send(2, 7, ALL | 0x4051);
	assert_int_equal(who(0x51), 0xff);
	send(2, 7, OTHERS | 0x4052);
	assert_int_equal(who(0x52), 0xff & ~BIT(2));
	/* One whose APIC is off hears nothing, one disabled by software no fixed interrupt. */
	lapic_set_base(apic(6), 0xfee00000);
	put(apic(5), LAPIC_SVR, 0xff);
	requested(6);
	send(2, 0, ALL | 0x4053);
	assert_int_equal(who(0x53), 0xff & ~BIT(6) & ~BIT(5));
	send(2, 0, OTHERS | NMI | ICR_ASSERT);
	assert_int_equal(asked(REQ_NMI), 0xff & ~BIT(6) & ~BIT(2));
	/* Nor does it send. */
	put(apic(6), LAPIC_ICR, OTHERS | 0x4054);
	assert_int_equal(who(0x54), 0);
}

static void logical_flat(void **state)
{
	(void)state;
	for (u32 i = 0; i < CPUS; i++) {
		put(apic(i), LAPIC_LDR, 1u << i << 24);
		requested(i);
	}
	send(0, 0x85, ICR_LOGICAL | 0x4060);
	assert_int_equal(who(0x60), 0x85);
	send(0, 0xff, ICR_LOGICAL | 0x4061);
	assert_int_equal(who(0x61), 0xff);
	send(0, 0, ICR_LOGICAL | 0x4062);
	assert_int_equal(who(0x62), 0);
	put(apic(0), LAPIC_LDR, 0); /* not set up, but all is all */
	send(0, 0xff, ICR_LOGICAL | 0x4063);
	assert_int_equal(who(0x63), 0xff);
	send(0, 0xfe, ICR_LOGICAL | 0x4063);
	assert_int_equal(who(0x63), 0xfe);
}

static void logical_cluster(void **state)
{
	(void)state;
	for (u32 i = 0; i < CPUS; i++) { /* two clusters of four */
		put(apic(i), LAPIC_DFR, 0x0fffffff);
		put(apic(i), LAPIC_LDR, (i / 4 << 4 | 1u << i % 4) << 24);
		requested(i);
	}
	send(0, 0x05, ICR_LOGICAL | 0x4060);
	assert_int_equal(who(0x60), 0x05);
	send(0, 0x1a, ICR_LOGICAL | 0x4060);
	assert_int_equal(who(0x60), 0xa0);
	send(0, 0x2f, ICR_LOGICAL | 0x4060); /* CVE-2013-6376: no such cluster */
	assert_int_equal(who(0x60), 0);
	send(0, 0xff, ICR_LOGICAL | 0x4060);
	assert_int_equal(who(0x60), 0xff);
	put(apic(1), LAPIC_DFR, 0x5fffffff); /* no model */
	send(0, 0x0f, ICR_LOGICAL | 0x4060);
	assert_int_equal(who(0x60), 0x0d);
}

static void x2apic(void **state)
{
	u64 icr;

	(void)state;
	all_x2apic();
	for (u32 i = 0; i < CPUS; i++) {
		requested(i);
	}
	send_x2(0, 5, 0x4070);
	assert_int_equal(who(0x70), BIT(5));
	assert_int_equal(lapic_msr_read(apic(0), 0x830, &icr), 0);
	assert_int_equal(icr, 0x500004070);
	send_x2(0, 0xff, 0x4071); /* an id like another */
	assert_int_equal(who(0x71), 0);
	send_x2(0, 0xffffffff, 0x4072);
	assert_int_equal(who(0x72), 0xff);
	send_x2(0, 0x105, 0x4073);
	assert_int_equal(who(0x73), 0);
	send_x2(0, 0x33, ICR_LOGICAL | 0x4074);
	assert_int_equal(who(0x74), 0x33);
	send_x2(0, 0x1ffff, ICR_LOGICAL | 0x4075); /* cluster 1 is empty */
	assert_int_equal(who(0x75), 0);
	send_x2(4, 0, OTHERS | 0x4076);
	assert_int_equal(who(0x76), 0xef);
	/* One xAPIC among them is reached by its id and by a broadcast. */
	lapic_set_base(apic(3), 0xfee00000);
	lapic_set_base(apic(3), XAPIC);
	requested(3);
	send_x2(0, 3, 0x4077);
	assert_int_equal(who(0x77), BIT(3));
	send_x2(0, 0xffffffff, 0x4078);
	assert_int_equal(who(0x78), 0xff);
	send(3, 0xff, 0x4079);
	assert_int_equal(who(0x79), 0xff);
}

static void lowest_priority(void **state)
{
	u32 hits[CPUS] = {0};

	(void)state;
	for (u32 i = 0; i < CPUS; i++) {
		put(apic(i), LAPIC_LDR, 1u << i << 24);
		requested(i);
	}
	put(apic(2), LAPIC_SVR, 0xff);
	for (u32 k = 0; k < 9; k++) { /* fairly among 1, 3 and 5; 2 takes none */
		u32 set;

		send(0, 0x2e, ICR_LOGICAL | LOWEST | 0x4080);
		set = who(0x80);
		assert_int_equal(__builtin_popcount(set), 1);
		hits[__builtin_ctz(set)]++;
	}
	assert_int_equal(hits[1], 3);
	assert_int_equal(hits[3], 3);
	assert_int_equal(hits[5], 3);
	send(0, 0x04, ICR_LOGICAL | LOWEST | 0x4080);
	assert_int_equal(who(0x80), 0);
}

static void kinds(void **state)
{
	(void)state;
	for (u32 i = 0; i < CPUS; i++) {
		requested(i);
	}
	send(0, 4, NMI | ICR_ASSERT);
	assert_int_equal(asked(REQ_NMI), BIT(4));
	send(0, 4, INIT | LEVEL_ASSERT);
	assert_int_equal(asked(REQ_INIT), BIT(4));
	send(0, 4, INIT | ICR_LEVEL); /* de-assert */
	assert_int_equal(asked(REQ_INIT), 0);
	send(0, 4, INIT | ICR_ASSERT); /* edge */
	assert_int_equal(asked(REQ_INIT), BIT(4));
	send(0, 4, SIPI | ICR_ASSERT | 0x9f);
	assert_int_equal(asked(REQ_SIPI), BIT(4));
	assert_int_equal(vcpus[4].sipi_vector, 0x9f);
	send(0, 0, OTHERS | INIT | LEVEL_ASSERT);
	assert_int_equal(asked(REQ_INIT), 0xfe);
	send(0, 4, LAPIC_SMI << 8 | ICR_ASSERT);
	send(0, 4, LAPIC_EXTINT << 8 | ICR_ASSERT);
	send(0, 4, 3 << 8 | ICR_ASSERT); /* reserved */
	send(0, 4, ICR_ASSERT | 0x0f);	 /* illegal vector */
	assert_int_equal(asked(REQ_EVENT), 0);
	/* Level-triggered fixed messages: assert delivers and sets TMR, de-assert is dropped. */
	send(0, 4, LEVEL_ASSERT | 0x90);
	assert_true(bit_in(apic(4), LAPIC_TMR, 0x90));
	assert_int_equal(who(0x90), BIT(4));
	send(0, 4, ICR_LEVEL | 0x90);
	assert_int_equal(who(0x90), 0);
	send(0, 4, 0x91);
	assert_false(bit_in(apic(4), LAPIC_TMR, 0x91));
	assert_int_equal(who(0x91), BIT(4));
}

#define TS(name) cmocka_unit_test_setup_teardown(name, several, end)
UNIT_MAIN(TS(physical), TS(shorthands), TS(logical_flat), TS(logical_cluster), TS(x2apic),
	  TS(lowest_priority), TS(kinds))
