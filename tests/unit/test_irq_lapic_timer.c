/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The local APIC's timer in its three modes, on a clock that the test turns.
 * LINK: vmm/irq/ioapic.c vmm/irq/ioapic_mmio.c vmm/irq/pit.c vmm/irq/pit_count.c
 * LINK: vmm/irq/pit_io.c vmm/irq/routing.c
 * LINK: vmm/irq/lapic.c vmm/irq/lapic_icr.c vmm/irq/lapic_irq.c vmm/irq/lapic_lvt.c
 * LINK: vmm/irq/lapic_reg.c vmm/irq/lapic_state.c vmm/irq/lapic_timer.c
 * LINK: vmm/irq/irqchip.c vmm/irq/pic.c vmm/irq/pic_io.c core/timer.c core/time.c
 * LINK: tests/fake/fake.c
 */
#include "arch/x86/asm/tsc.h"
#include "tests/unit/irq_kit.h"

#define VECTOR 0x31

static struct lapic *l;

static int one(void **state)
{
	(void)state;
	kit_start(1, true);
	l = apic(0);
	requested(0);
	return 0;
}

static int end(void **state)
{
	(void)state;
	kit_stop();
	return 0;
}

/* Whether the timer's interrupt came since the last look; served at once. */
static bool came(void)
{
	int vector = take(l);

	if (vector < 0) {
		assert_int_equal(requested(0), 0);
		return false;
	}
	assert_int_equal(vector, VECTOR);
	assert_true(requested(0) & BIT(REQ_EVENT));
	put(l, LAPIC_EOI, 0);
	return true;
}

static void one_shot(void **state)
{
	(void)state;
	put(l, LAPIC_TIMER_DIVIDE, 0xb); /* by 1 */
	put(l, LAPIC_LVT_TIMER, VECTOR);
	put(l, LAPIC_TIMER_INIT, 1000);
	assert_int_equal(reg(l, LAPIC_TIMER_INIT), 1000);
	assert_int_equal(reg(l, LAPIC_TIMER_COUNT), 1000);
	fake_advance(400);
	assert_int_equal(reg(l, LAPIC_TIMER_COUNT), 600);
	fake_advance(599);
	assert_int_equal(reg(l, LAPIC_TIMER_COUNT), 1);
	assert_false(came());
	fake_advance(1);
	assert_true(came());
	assert_int_equal(reg(l, LAPIC_TIMER_COUNT), 0);
	fake_advance(100000);
	assert_false(came());
	/* A new count replaces the running one; 0 stops it. */
	put(l, LAPIC_TIMER_INIT, 1000);
	fake_advance(500);
	put(l, LAPIC_TIMER_INIT, 1000);
	fake_advance(999);
	assert_false(came());
	put(l, LAPIC_TIMER_INIT, 0);
	fake_advance(1000000);
	assert_false(came());
	assert_int_equal(reg(l, LAPIC_TIMER_COUNT), 0);
}

static void dividers(void **state)
{
	static const u8 code[] = {0xb, 0, 1, 2, 3, 8, 9, 0xa}; /* 1, 2, 4 ... 128 */

	(void)state;
	put(l, LAPIC_LVT_TIMER, VECTOR);
	for (u32 i = 0; i < ARRAY_SIZE(code); i++) {
		put(l, LAPIC_TIMER_DIVIDE, code[i]);
		put(l, LAPIC_TIMER_INIT, 1000);
		fake_advance((500u << i) + 1);
		/* Rounded up: 0 is never read before the interrupt. */
		assert_int_equal(reg(l, LAPIC_TIMER_COUNT), i ? 500 : 499);
		fake_advance((500u << i) - 2);
		assert_int_equal(reg(l, LAPIC_TIMER_COUNT), 1);
		assert_false(came());
		fake_advance(1);
		assert_true(came());
	}
	/* The largest count: 2^32 * 128 ns. */
	put(l, LAPIC_TIMER_INIT, 0xffffffff);
	fake_advance((0xffffffffULL << 7) - 1);
	assert_false(came());
	fake_advance(1);
	assert_true(came());
	/* A divider written while counting keeps the count. */
	put(l, LAPIC_TIMER_DIVIDE, 0xb);
	put(l, LAPIC_TIMER_INIT, 1000);
	fake_advance(600);
	put(l, LAPIC_TIMER_DIVIDE, 1);
	assert_int_equal(reg(l, LAPIC_TIMER_COUNT), 400);
	fake_advance(1599);
	assert_false(came());
	fake_advance(1);
	assert_true(came());
}

static void periodic(void **state)
{
	(void)state;
	put(l, LAPIC_TIMER_DIVIDE, 0xb);
	put(l, LAPIC_LVT_TIMER, VECTOR | LVT_TIMER_PERIODIC);
	put(l, LAPIC_TIMER_INIT, 1000000);
	for (u32 i = 0; i < 5; i++) {
		fake_advance(999999);
		assert_false(came());
		assert_int_equal(reg(l, LAPIC_TIMER_COUNT), 1);
		fake_advance(1);
		assert_true(came());
		assert_int_equal(reg(l, LAPIC_TIMER_COUNT), 1000000);
	}
	/* The phase stays although the interrupt was served late. */
	fake_advance(1300000);
	assert_true(came());
	assert_int_equal(reg(l, LAPIC_TIMER_COUNT), 700000);
	fake_advance(700000);
	assert_true(came());
	/* Made one-shot, the running period is the last. */
	put(l, LAPIC_LVT_TIMER, VECTOR);
	fake_advance(1000000);
	assert_true(came());
	fake_advance(5000000);
	assert_false(came());
	/* And the other way round. */
	put(l, LAPIC_TIMER_INIT, 1000000);
	put(l, LAPIC_LVT_TIMER, VECTOR | LVT_TIMER_PERIODIC);
	fake_advance(1000000);
	assert_true(came());
	fake_advance(1000000);
	assert_true(came());
}

/* CVE-2013-6367 and CVE-2025-71104: neither a tiny period nor a long sleep makes a storm. */
static void bounded(void **state)
{
	u32 count = 0;

	(void)state;
	put(l, LAPIC_TIMER_DIVIDE, 0xb);
	put(l, LAPIC_LVT_TIMER, VECTOR | LVT_TIMER_PERIODIC);
	put(l, LAPIC_TIMER_INIT, 1);
	assert_int_equal(reg(l, LAPIC_TIMER_COUNT), 1);
	for (u32 ns = 0; ns < 2000000; ns += 1000) {
		fake_advance(1000);
		count += came();
	}
	assert_int_equal(count, 10); /* every 200 us */
	fake_advance(3600 * NSEC_PER_SEC);
	assert_int_equal(kicks[0], 1); /* one interrupt for the whole hour */
	assert_true(came());
	fake_advance(199999);
	assert_false(came());
	fake_advance(1);
	assert_true(came());
	/* While the host does not get to the callback the count goes on. */
	put(l, LAPIC_TIMER_INIT, 1000000);
	fake_cpus[0].irqs = false;
	fake_advance(3400000);
	assert_int_equal(reg(l, LAPIC_TIMER_COUNT), 600000);
	put(l, LAPIC_LVT_TIMER, VECTOR);
	assert_int_equal(reg(l, LAPIC_TIMER_COUNT), 0);
	fake_cpus[0].irqs = true;
	fake_deliver();
	assert_true(came());
}

static void masked(void **state)
{
	(void)state;
	put(l, LAPIC_TIMER_DIVIDE, 0xb);
	put(l, LAPIC_LVT_TIMER, VECTOR | LVT_MASKED);
	put(l, LAPIC_TIMER_INIT, 1000);
	fake_advance(500);
	assert_int_equal(reg(l, LAPIC_TIMER_COUNT), 500); /* it counts all the same */
	fake_advance(500);
	assert_false(came());
	put(l, LAPIC_LVT_TIMER, VECTOR); /* what was missed does not come later */
	fake_advance(10000);
	assert_false(came());
	put(l, LAPIC_TIMER_INIT, 1000);
	put(l, LAPIC_SVR, 0xff); /* masks */
	fake_advance(10000);
	assert_false(came());
	/* An illegal vector is never requested. */
	put(l, LAPIC_SVR, 0x1ff);
	put(l, LAPIC_LVT_TIMER, 5);
	put(l, LAPIC_TIMER_INIT, 1000);
	fake_advance(10000);
	assert_false(came());
}

static void deadline(void **state)
{
	(void)state;
	vcpus[0].tsc_offset = 5000;
	/* Ignored in the other modes, and by a disabled APIC. */
	lapic_set_tsc_deadline(l, 6000);
	assert_int_equal(lapic_get_tsc_deadline(l), 0);
	put(l, LAPIC_LVT_TIMER, VECTOR | LVT_TIMER_DEADLINE);
	lapic_set_tsc_deadline(l, 6000); /* guest time is 5000 */
	assert_int_equal(lapic_get_tsc_deadline(l), 6000);
	fake_advance(999);
	assert_false(came());
	assert_int_equal(reg(l, LAPIC_TIMER_COUNT), 0);
	fake_advance(1);
	assert_true(came());
	assert_int_equal(lapic_get_tsc_deadline(l), 0); /* fired */
	fake_advance(100000);
	assert_false(came());
	/* A past one fires at once, without the host's timer. */
	lapic_set_tsc_deadline(l, 1);
	assert_int_equal(fake_cpus[0].armed, UINT64_MAX);
	assert_true(came());
	lapic_set_tsc_deadline(l, 5000 + fake_tsc); /* so does the present */
	assert_true(came());
	/* 0 disarms, a new one replaces. */
	lapic_set_tsc_deadline(l, 5000 + fake_tsc + 100);
	lapic_set_tsc_deadline(l, 0);
	fake_advance(1000);
	assert_false(came());
	lapic_set_tsc_deadline(l, 5000 + fake_tsc + 100);
	lapic_set_tsc_deadline(l, 5000 + fake_tsc + 300);
	fake_advance(299);
	assert_false(came());
	fake_advance(1);
	assert_true(came());
	/* The count register is dead in this mode. */
	put(l, LAPIC_TIMER_INIT, 100);
	assert_int_equal(reg(l, LAPIC_TIMER_INIT), 0);
	fake_advance(1000);
	assert_false(came());
	lapic_set_base(l, 0xfee00000);
	lapic_set_tsc_deadline(l, 5000 + fake_tsc + 100);
	assert_int_equal(lapic_get_tsc_deadline(l), 0);
}

static void mode_switch(void **state)
{
	(void)state;
	put(l, LAPIC_TIMER_DIVIDE, 0xb);
	put(l, LAPIC_LVT_TIMER, VECTOR);
	put(l, LAPIC_TIMER_INIT, 1000);
	put(l, LAPIC_LVT_TIMER, VECTOR | LVT_TIMER_DEADLINE);
	assert_int_equal(reg(l, LAPIC_TIMER_INIT), 0);
	fake_advance(10000);
	assert_false(came());
	lapic_set_tsc_deadline(l, fake_tsc + 1000);
	put(l, LAPIC_LVT_TIMER, VECTOR | LVT_TIMER_DEADLINE | LVT_MASKED); /* same mode */
	assert_int_not_equal(lapic_get_tsc_deadline(l), 0);
	put(l, LAPIC_LVT_TIMER, VECTOR | LVT_TIMER_PERIODIC);
	assert_int_equal(lapic_get_tsc_deadline(l), 0);
	put(l, LAPIC_LVT_TIMER, VECTOR | LVT_TIMER_DEADLINE);
	fake_advance(10000);
	assert_false(came());
	/* The reserved fourth mode starts nothing. */
	put(l, LAPIC_LVT_TIMER, VECTOR | LVT_TIMER_MODE);
	put(l, LAPIC_TIMER_INIT, 1000);
	lapic_set_tsc_deadline(l, fake_tsc + 1000);
	fake_advance(10000);
	assert_false(came());
	/* A masked deadline is over all the same. */
	put(l, LAPIC_LVT_TIMER, VECTOR | LVT_TIMER_DEADLINE | LVT_MASKED);
	lapic_set_tsc_deadline(l, fake_tsc + 100);
	fake_advance(100);
	assert_int_equal(lapic_get_tsc_deadline(l), 0);
	assert_false(came());
}

static void far_deadline(void **state)
{
	u64 at;

	(void)state;
	put(l, LAPIC_LVT_TIMER, VECTOR | LVT_TIMER_DEADLINE);
	/* Years ahead: in steps, never early. */
	at = fake_tsc + (BIT(43) | 12345);
	lapic_set_tsc_deadline(l, at);
	while (fake_cpus[0].armed < at) {
		fake_advance(fake_cpus[0].armed - fake_tsc);
		assert_false(came());
	}
	assert_int_equal(fake_cpus[0].armed, at);
	fake_advance(at - fake_tsc);
	assert_true(came());
	lapic_set_tsc_deadline(l, UINT64_MAX);
	fake_advance(BIT(45));
	assert_false(came());
	assert_int_equal(lapic_get_tsc_deadline(l), UINT64_MAX);
	/* The offset grew meanwhile: noticed at the next look. It shrank: not early. */
	lapic_set_tsc_deadline(l, fake_tsc + 1000);
	vcpus[0].tsc_offset = -500ULL;
	fake_advance(1499);
	assert_false(came());
	fake_advance(1);
	assert_true(came());
}

/* Clocks whose tick is no whole number of nanoseconds: never early, at most a rounding late. */
static void odd_clocks(void **state)
{
	static const u32 khz[] = {900, 19200, 999999, 1000001, 2893299, 3700000};
	u64 x = 7;

	(void)state;
	fake_cpus[0].irqs = false; /* the fake machine takes ticks for nanoseconds: by hand */
	put(l, LAPIC_LVT_TIMER, VECTOR | LVT_TIMER_DEADLINE);
	for (u32 i = 0; i < ARRAY_SIZE(khz); i++) {
		time_init(khz[i], 0);
		vcpus[0].tsc_offset = -fake_tsc;
		for (u32 k = 0; k < 500; k++) {
			u64 ticks, at;

			x = x * 6364136223846793005ULL + 1442695040888963407ULL;
			ticks = 2 + (x >> 33) % (1u << (x >> 60) * 2);
			at = fake_tsc + vcpus[0].tsc_offset + ticks;
			lapic_set_tsc_deadline(l, at);
			/* Nor is the host interrupted early for nothing. */
			assert_true(time_ns_to_tsc(fake_cpus[0].armed) >= fake_tsc + ticks);
			fake_tsc += ticks - 1;
			timer_interrupt();
			assert_false(came());
			fake_tsc += 1 + khz[i] / 1000000 + 1;
			timer_interrupt();
			assert_true(came());
		}
	}
}

/* The callback was under way while the guest programmed the timer anew. */
static void late_callback(void **state)
{
	(void)state;
	put(l, LAPIC_TIMER_DIVIDE, 0xb);
	put(l, LAPIC_LVT_TIMER, VECTOR);
	put(l, LAPIC_TIMER_INIT, 1000);
	fake_cpus[0].irqs = false;
	fake_advance(1000);
	put(l, LAPIC_TIMER_INIT, 5000);
	lapic_timer_expired(&l->timer);
	assert_false(came());
	put(l, LAPIC_TIMER_INIT, 0);
	lapic_timer_expired(&l->timer);
	assert_false(came());
	put(l, LAPIC_TIMER_INIT, 1000);
	lapic_timer_expired(&l->timer);
	assert_false(came());
	fake_advance(1000);
	fake_cpus[0].irqs = true;
	fake_deliver();
	assert_true(came());
	lapic_timer_expired(&l->timer);
	assert_false(came());
}

/* The vCPU has moved: the timer is in the queue of the CPU that armed it. */
static void other_cpu(void **state)
{
	(void)state;
	put(l, LAPIC_LVT_TIMER, VECTOR | LVT_TIMER_DEADLINE);
	lapic_set_tsc_deadline(l, 1000);
	fake_set_cpu(1);
	lapic_set_tsc_deadline(l, 2000);
	fake_set_cpu(0);
	fake_advance(1500);
	assert_false(came());
	fake_set_cpu(1);
	fake_advance(500);
	assert_true(came());
	fake_set_cpu(0);
}

/*
 * Outside of KVM_RUN nothing fires, and what is read of the timer lets it fire where it is
 * restored.
 */
static void held(void **state)
{
	struct kvm_lapic_state s;
	u32 count;

	(void)state;
	vcpus[0].in_run = false;
	put(l, LAPIC_TIMER_DIVIDE, 0xb);
	for (u32 mode = LVT_TIMER_ONESHOT; mode <= LVT_TIMER_PERIODIC; mode += LVT_TIMER_PERIODIC) {
		put(l, LAPIC_LVT_TIMER, 0x50 | mode);
		put(l, LAPIC_TIMER_INIT, 1000000);
		fake_advance(1300000);
		assert_int_equal(take(l), -1);
		assert_true(vcpus[0].timer_held);
		lapic_get_state(l, &s);
		memcpy(&count, s.regs + LAPIC_TIMER_COUNT, sizeof(count));
		assert_int_equal(count, 1);
		lapic_timer_release(l);
		assert_false(vcpus[0].timer_held);
		assert_int_equal(take(l), 0x50);
		put(l, LAPIC_EOI, 0);
	}
	put(l, LAPIC_TIMER_INIT, 0);
	put(l, LAPIC_LVT_TIMER, 0x52 | LVT_TIMER_DEADLINE);
	lapic_set_tsc_deadline(l, rdtsc() + vcpus[0].tsc_offset + 500);
	fake_advance(1000);
	assert_int_equal(take(l), -1);
	assert_int_not_equal(lapic_get_tsc_deadline(l), 0); /* still to be saved */
	lapic_timer_release(l);
	assert_int_equal(lapic_get_tsc_deadline(l), 0);
	assert_int_equal(take(l), 0x52);
	/* Armed anew meanwhile: only the new one comes. */
	put(l, LAPIC_EOI, 0);
	lapic_set_tsc_deadline(l, rdtsc() + vcpus[0].tsc_offset + 500);
	fake_advance(1000);
	lapic_set_tsc_deadline(l, rdtsc() + vcpus[0].tsc_offset + 500);
	lapic_timer_release(l);
	assert_int_equal(take(l), -1);
	vcpus[0].in_run = true;
	fake_advance(500);
	assert_int_equal(take(l), 0x52);
}

#define TS(name) cmocka_unit_test_setup_teardown(name, one, end)
UNIT_MAIN(TS(one_shot), TS(dividers), TS(periodic), TS(bounded), TS(masked), TS(deadline),
	  TS(mode_switch), TS(far_deadline), TS(odd_clocks), TS(late_callback), TS(other_cpu),
	  TS(held))
