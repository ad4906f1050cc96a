/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The local APIC: reset state, priorities, software disable, LVT, registers by MSR, mode changes.
 * LINK: vmm/apic_base.c vmm/irq/ioapic.c vmm/irq/ioapic_mmio.c vmm/irq/pit.c vmm/irq/pit_count.c
 * LINK: vmm/irq/pit_io.c vmm/irq/routing.c
 * LINK: vmm/irq/lapic.c vmm/irq/lapic_icr.c vmm/irq/lapic_irq.c vmm/irq/lapic_lvt.c
 * LINK: vmm/irq/lapic_reg.c vmm/irq/lapic_state.c vmm/irq/lapic_timer.c
 * LINK: vmm/irq/irqchip.c vmm/irq/pic.c vmm/irq/pic_io.c core/timer.c core/time.c
 * LINK: tests/fake/fake.c
 */
#include "core/errno.h"
#include "tests/unit/irq_kit.h"
#include "vmm/msr.h"

static int one(void **state)
{
	(void)state;
	kit_start(2, false);
	return 0;
}

static int end(void **state)
{
	(void)state;
	kit_stop();
	return 0;
}

static void check_reset(struct lapic *l, u32 lint0)
{
	assert_int_equal(reg(l, LAPIC_VERSION), 0x50014);
	assert_int_equal(reg(l, LAPIC_TPR), 0);
	assert_int_equal(reg(l, LAPIC_PPR), 0);
	assert_int_equal(reg(l, LAPIC_SVR), 0xff);
	assert_int_equal(reg(l, LAPIC_LVT_TIMER), 0x10000);
	assert_int_equal(reg(l, LAPIC_LVT_THERMAL), 0x10000);
	assert_int_equal(reg(l, LAPIC_LVT_PERF), 0x10000);
	assert_int_equal(reg(l, LAPIC_LVT_LINT0), lint0);
	assert_int_equal(reg(l, LAPIC_LVT_LINT1), 0x10000);
	assert_int_equal(reg(l, LAPIC_LVT_ERROR), 0x10000);
	assert_int_equal(reg(l, LAPIC_ESR), 0);
	assert_int_equal(reg(l, LAPIC_ICR), 0);
	assert_int_equal(reg(l, LAPIC_TIMER_INIT), 0);
	assert_int_equal(reg(l, LAPIC_TIMER_COUNT), 0);
	assert_int_equal(reg(l, LAPIC_TIMER_DIVIDE), 0);
	for (u32 r = LAPIC_ISR; r < LAPIC_ESR; r += 16) {
		assert_int_equal(reg(l, r), 0);
	}
	assert_int_equal(lapic_pending_vector(l), -1);
	assert_int_equal(lapic_get_tsc_deadline(l), 0);
}

static void reset(void **state)
{
	struct lapic *l = apic(1);

	(void)state;
	check_reset(apic(0), 0x700); /* the boot vCPU: virtual wire */
	check_reset(l, 0x10000);
	assert_int_equal(reg(l, LAPIC_ID), 1 << 24);
	assert_int_equal(reg(l, LAPIC_DFR), 0xffffffff);
	assert_int_equal(reg(l, LAPIC_LDR), 0);
	/* INIT undoes all of it, but keeps id and mode. */
	put(l, LAPIC_ID, 5 << 24);
	put(l, LAPIC_SVR, 0x1f0);
	put(l, LAPIC_TPR, 0x20);
	put(l, LAPIC_LVT_TIMER, 0x20031);
	put(l, LAPIC_LVT_LINT0, 0x700);
	put(l, LAPIC_TIMER_INIT, 1000000);
	put(l, LAPIC_TIMER_DIVIDE, 3);
	put(l, LAPIC_LDR, 0x0f000000);
	put(l, LAPIC_DFR, 0);
	put(l, LAPIC_ICR2, 0x77000000);
	assert_int_equal(lapic_deliver(l, LAPIC_FIXED, 0x55, true), 1);
	assert_int_equal(take(l), 0x55);
	assert_int_equal(lapic_deliver(l, LAPIC_FIXED, 0x66, false), 1);
	lapic_reset(l);
	check_reset(l, 0x10000);
	assert_int_equal(reg(l, LAPIC_ID), 5 << 24);
	assert_int_equal(reg(l, LAPIC_LDR), 0);
	assert_int_equal(reg(l, LAPIC_DFR), 0xffffffff);
	assert_int_equal(reg(l, LAPIC_ICR2), 0);
	fake_advance(10000000);
	assert_int_equal(lapic_pending_vector(l), -1);
	lapic_set_base(l, X2APIC);
	lapic_reset(l);
	assert_int_equal(reg(l, LAPIC_ID), 1);
	assert_int_equal(reg(l, LAPIC_LDR), 2);
}

static void no_memory(void **state)
{
	(void)state;
	allocations_left = 0;
	assert_null(lapic_create(&vcpus[1]));
	lapic_free(NULL);
}

static void priority(void **state)
{
	struct lapic *l = apic(0);

	(void)state;
	put(l, LAPIC_SVR, 0x1ff);
	requested(0);
	assert_int_equal(lapic_deliver(l, LAPIC_FIXED, 0x41, false), 1);
	assert_int_equal(kicks[0], 1);
	assert_int_equal(lapic_deliver(l, LAPIC_FIXED, 0x41, false), 1); /* coalesced */
	assert_int_equal(kicks[0], 1);
	assert_int_equal(lapic_deliver(l, LAPIC_LOWEST, 0x45, false), 1);
	assert_int_equal(lapic_deliver(l, LAPIC_FIXED, 0x33, false), 1);
	assert_int_equal(take(l), 0x45);
	assert_int_equal(reg(l, LAPIC_PPR), 0x40);
	assert_int_equal(take(l), -1); /* 41h is of the same class */
	assert_true(bit_in(l, LAPIC_IRR, 0x41));
	assert_false(bit_in(l, LAPIC_IRR, 0x45));
	assert_true(bit_in(l, LAPIC_ISR, 0x45));
	/* One of a higher class nests. */
	assert_int_equal(lapic_deliver(l, LAPIC_FIXED, 0xfe, false), 1);
	assert_int_equal(take(l), 0xfe);
	assert_int_equal(reg(l, LAPIC_PPR), 0xf0);
	/* The same vector is requested again while it is in service. */
	assert_int_equal(lapic_deliver(l, LAPIC_FIXED, 0xfe, false), 1);
	assert_int_equal(take(l), -1);
	requested(0);
	put(l, LAPIC_EOI, 0);
	assert_int_equal(requested(0), BIT(REQ_EVENT));
	assert_int_equal(take(l), 0xfe);
	put(l, LAPIC_EOI, 0);
	assert_int_equal(reg(l, LAPIC_PPR), 0x40);
	assert_int_equal(take(l), -1);
	put(l, LAPIC_EOI, 0);
	assert_int_equal(take(l), 0x41);
	put(l, LAPIC_EOI, 0);
	assert_int_equal(take(l), 0x33);
	requested(0);
	put(l, LAPIC_EOI, 0);
	put(l, LAPIC_EOI, 0); /* one too many does nothing */
	assert_int_equal(requested(0), 0);
	assert_int_equal(reg(l, LAPIC_PPR), 0);
}

static void task_priority(void **state)
{
	struct lapic *l = apic(0);

	(void)state;
	put(l, LAPIC_SVR, 0x1ff);
	put(l, LAPIC_TPR, 0x52);
	assert_int_equal(lapic_get_cr8(l), 5);
	assert_int_equal(reg(l, LAPIC_PPR), 0x52);
	assert_int_equal(lapic_deliver(l, LAPIC_FIXED, 0x5f, false), 1);
	assert_int_equal(lapic_pending_vector(l), -1);
	assert_false(lapic_has_interrupt(l));
	requested(0);
	lapic_set_cr8(l, 6);
	assert_int_equal(requested(0), 0);
	lapic_set_cr8(l, 5);
	assert_int_equal(requested(0), 0); /* lower, but not low enough */
	lapic_set_cr8(l, 4);
	assert_int_equal(requested(0), BIT(REQ_EVENT));
	assert_int_equal(reg(l, LAPIC_TPR), 0x40);
	assert_int_equal(take(l), 0x5f);
	assert_int_equal(reg(l, LAPIC_PPR), 0x50); /* ISR above TPR */
	put(l, LAPIC_TPR, 0x53);
	assert_int_equal(reg(l, LAPIC_PPR), 0x53); /* the same class: TPR, all of it */
	lapic_set_cr8(l, 15);
	assert_int_equal(reg(l, LAPIC_PPR), 0xf0);
	assert_int_equal(lapic_get_cr8(l), 15);
	assert_int_equal(lapic_deliver(l, LAPIC_FIXED, 0xff, false), 1);
	assert_int_equal(take(l), -1);
}

static void refused(void **state)
{
	struct lapic *l = apic(1);

	(void)state;
	/* Disabled by software: nothing fixed, but NMI, INIT, SIPI. */
	assert_int_equal(lapic_deliver(l, LAPIC_FIXED, 0x50, false), 0);
	assert_int_equal(requested(1), 0);
	assert_int_equal(lapic_deliver(l, LAPIC_SIPI, 0x9a, false), 1);
	assert_int_equal(vcpus[1].sipi_vector, 0x9a);
	assert_int_equal(vcpus[1].requests, BIT(REQ_SIPI));
	assert_int_equal(lapic_deliver(l, LAPIC_INIT, 0, false), 1);
	assert_int_equal(requested(1), BIT(REQ_INIT)); /* the earlier SIPI is void */
	assert_int_equal(lapic_deliver(l, LAPIC_NMI, 0, false), 1);
	assert_int_equal(requested(1), BIT(REQ_NMI));
	put(l, LAPIC_SVR, 0x1ff);
	for (u32 vector = 0; vector < 256; vector++) { /* 0-15 are illegal */
		assert_int_equal(lapic_deliver(l, LAPIC_FIXED, (u8)vector, false), vector >= 16);
	}
	requested(1);
	assert_int_equal(lapic_deliver(l, LAPIC_SMI, 0, false), 0);
	assert_int_equal(lapic_deliver(l, LAPIC_EXTINT, 0, false), 0);
	assert_int_equal(requested(1), 0);
	/* What was requested before stays deliverable after a software disable. */
	put(l, LAPIC_SVR, 0xff);
	assert_int_equal(take(l), 0xff);
	/* Disabled by IA32_APIC_BASE nothing comes out. */
	put(l, LAPIC_EOI, 0);
	lapic_set_base(l, 0xfee00000);
	assert_int_equal(take(l), -1);
}

static void trigger_mode(void **state)
{
	struct lapic *l = apic(0);

	(void)state;
	put(l, LAPIC_SVR, 0x1ff);
	assert_int_equal(lapic_deliver(l, LAPIC_FIXED, 0x80, true), 1);
	assert_true(bit_in(l, LAPIC_TMR, 0x80));
	assert_int_equal(take(l), 0x80);
	assert_int_equal(lapic_deliver(l, LAPIC_FIXED, 0x80, false), 1);
	assert_false(bit_in(l, LAPIC_TMR, 0x80));
}

/* Random requests, deliveries, EOIs and TPR writes against sets that are searched naively. */
static void against_model(void **state)
{
	struct lapic *l = apic(0);
	bool irr[256] = {0}, isr[256] = {0};
	u32 tpr = 0, delivered = 0;
	u64 x = 4711;

	(void)state;
	put(l, LAPIC_SVR, 0x1ff);
	for (u32 step = 0; step < 100000; step++) {
		u32 vector, ppr = tpr & 0xf0;
		int expect = -1, top = -1;

		x = x * 6364136223846793005ULL + 1442695040888963407ULL;
		vector = 16 + (u32)(x >> 33) % 240;
		for (u32 i = 0; i < 256; i++) {
			top = isr[i] ? (int)i : top;
		}
		ppr = MAX(ppr, top < 0 ? 0 : (u32)top & 0xf0);
		for (u32 i = 16; i < 256; i++) {
			expect = irr[i] && (i & 0xf0) > ppr ? (int)i : expect;
		}
		assert_int_equal(lapic_pending_vector(l), expect);
		assert_int_equal(reg(l, LAPIC_PPR) & 0xf0, ppr);
		switch (x >> 61) {
		case 0:
		case 1:
		case 2:
			assert_int_equal(lapic_deliver(l, LAPIC_FIXED, (u8)vector, false), 1);
			irr[vector] = true;
			break;
		case 3:
			tpr = vector & ((x >> 50 & 3) ? 0x1f : 0xff);
			put(l, LAPIC_TPR, tpr);
			break;
		case 4:
		case 5:
			assert_int_equal(take(l), expect);
			if (expect >= 0) {
				delivered++;
				irr[expect] = false;
				isr[expect] = true;
			}
			break;
		default:
			put(l, LAPIC_EOI, 0);
			if (top >= 0) {
				isr[top] = false;
			}
		}
	}
	assert_true(delivered > 1000);
}

static void local_vectors(void **state)
{
	struct lapic *l = apic(0);
	static const struct {
		u32 reg, writable;
	} lvt[] = {
		{LAPIC_LVT_TIMER, 0x700ff},  {LAPIC_LVT_THERMAL, 0x107ff},
		{LAPIC_LVT_PERF, 0x107ff},   {LAPIC_LVT_LINT0, 0x1a7ff},
		{LAPIC_LVT_LINT1, 0x1a7ff},  {LAPIC_LVT_ERROR, 0x100ff},
	};

	(void)state;
	/* Disabled by software, the mask bits cannot be cleared; disabling sets them. */
	for (u32 i = 0; i < ARRAY_SIZE(lvt); i++) {
		put(l, lvt[i].reg, 0x20);
		assert_int_equal(reg(l, lvt[i].reg), 0x10020);
	}
	put(l, LAPIC_SVR, 0xfffff1ff);
	assert_int_equal(reg(l, LAPIC_SVR), 0x1ff);
	for (u32 i = 0; i < ARRAY_SIZE(lvt); i++) {
		put(l, lvt[i].reg, 0xffffffff);
		assert_int_equal(reg(l, lvt[i].reg), lvt[i].writable);
		put(l, lvt[i].reg, 0x21);
		assert_int_equal(reg(l, lvt[i].reg), 0x21);
	}
	put(l, LAPIC_SVR, 0xff);
	for (u32 i = 0; i < ARRAY_SIZE(lvt); i++) {
		assert_int_equal(reg(l, lvt[i].reg), 0x10021);
	}
}

static void extint(void **state)
{
	struct lapic *l = apic(1);

	(void)state;
	assert_true(lapic_accepts_extint(apic(0)));
	assert_false(lapic_accepts_extint(l)); /* masked */
	put(l, LAPIC_SVR, 0x1ff);
	put(l, LAPIC_LVT_LINT0, 0x700);
	assert_true(lapic_accepts_extint(l));
	put(l, LAPIC_LVT_LINT0, 0x400); /* NMI */
	assert_false(lapic_accepts_extint(l));
	put(l, LAPIC_LVT_LINT0, 0x10700);
	assert_false(lapic_accepts_extint(l));
	requested(1);
	lapic_set_base(l, 0xfee00000);
	assert_int_equal(requested(1), BIT(REQ_EVENT));
	assert_true(lapic_accepts_extint(l));
	/* A PIC that waits must be noticed when LINT0 opens. */
	lapic_set_base(l, XAPIC);
	requested(1);
	put(l, LAPIC_LVT_LINT0, 0x700);
	assert_int_equal(requested(1), BIT(REQ_EVENT));
}

static void xapic_registers(void **state)
{
	struct lapic *l = apic(1);
	u32 value;

	(void)state;
	put(l, LAPIC_ID, 0x12345678);
	assert_int_equal(reg(l, LAPIC_ID), 0x12000000);
	put(l, LAPIC_LDR, 0x12345678);
	assert_int_equal(reg(l, LAPIC_LDR), 0x12000000);
	put(l, LAPIC_DFR, 0x10000000);
	assert_int_equal(reg(l, LAPIC_DFR), 0x1fffffff);
	put(l, LAPIC_ICR2, 0x12345678);
	assert_int_equal(reg(l, LAPIC_ICR2), 0x12000000);
	put(l, LAPIC_ESR, 0xffffffff);
	assert_int_equal(reg(l, LAPIC_ESR), 0);
	put(l, LAPIC_TPR, 0xffffff12);
	assert_int_equal(reg(l, LAPIC_TPR), 0x12);
	assert_int_equal(reg(l, LAPIC_APR), 0x12);
	put(l, LAPIC_TIMER_DIVIDE, 0xffffffff);
	assert_int_equal(reg(l, LAPIC_TIMER_DIVIDE), 0xb);
	assert_int_equal(lapic_reg_write(l, LAPIC_VERSION, 0), -EINVAL);
	assert_int_equal(lapic_reg_write(l, LAPIC_TIMER_COUNT, 0), -EINVAL);
	assert_int_equal(lapic_reg_write(l, LAPIC_SELF_IPI, 0), -EINVAL);
	assert_int_equal(lapic_reg_write(l, LAPIC_PAGE, 0), -EINVAL);
	assert_int_equal(lapic_reg_read(l, LAPIC_EOI, &value), -EINVAL);
	assert_int_equal(lapic_reg_read(l, LAPIC_SELF_IPI, &value), -EINVAL);
	assert_int_equal(lapic_reg_read(l, LAPIC_TPR + 4, &value), -EINVAL);
	assert_int_equal(lapic_reg_read(l, LAPIC_PAGE, &value), -EINVAL);
	assert_int_equal(lapic_reg_read(l, 0xfffffff0, &value), -EINVAL);
}

/* Offsets / 16 that x2APIC mode knows, as in the SDM's table of MSRs. */
static bool readable(u32 n)
{
	return n == 0x02 || n == 0x03 || n == 0x08 || n == 0x0a || n == 0x0d || n == 0x0f ||
	       (n >= 0x10 && n <= 0x28) || n == 0x30 || (n >= 0x32 && n <= 0x39) || n == 0x3e;
}

static bool writable(u32 n)
{
	return n == 0x08 || n == 0x0b || n == 0x0f || n == 0x28 || n == 0x30 ||
	       (n >= 0x32 && n <= 0x38) || n == 0x3e || n == 0x3f;
}

static void all_msrs(void **state)
{
	struct lapic *l = apic(1);
	u64 value = 0x1234;

	(void)state;
	for (u32 msr = 0x7f0; msr < 0xc10; msr++) { /* xAPIC mode: none */
		assert_int_equal(lapic_msr_read(l, msr, &value), -EINVAL);
		assert_int_equal(lapic_msr_write(l, msr, 0), -EINVAL);
	}
	lapic_set_base(l, X2APIC);
	for (u32 msr = 0x700; msr < 0xd00; msr++) {
		bool inside = msr >= 0x800 && msr < 0x840;

		value = 0x1234;
		if (inside && readable(msr - 0x800)) {
			assert_int_equal(lapic_msr_read(l, msr, &value), 0);
		} else {
			assert_int_equal(lapic_msr_read(l, msr, &value), -EINVAL);
			assert_int_equal(value, 0x1234);
		}
		assert_int_equal(lapic_msr_write(l, msr, 0),
				 inside && writable(msr - 0x800) ? 0 : -EINVAL);
		if (inside && msr != MSR_OF(LAPIC_ICR)) { /* upper half must be zero */
			assert_int_equal(lapic_msr_write(l, msr, BIT(32)), -EINVAL);
		}
	}
	assert_int_equal(lapic_msr_read(l, 0xffffffff, &value), -EINVAL);
}

static void msr_values(void **state)
{
	struct lapic *l = apic(1);
	u64 value;

	(void)state;
	lapic_set_base(l, X2APIC);
	assert_int_equal(lapic_msr_read(l, 0x802, &value), 0);
	assert_int_equal(value, 1);
	assert_int_equal(lapic_msr_read(l, 0x80d, &value), 0);
	assert_int_equal(value, 2);
	assert_int_equal(lapic_msr_write(l, 0x808, 0x100), -EINVAL);
	assert_int_equal(lapic_msr_write(l, 0x80b, 1), -EINVAL);
	assert_int_equal(lapic_msr_write(l, 0x828, 1), -EINVAL);
	assert_int_equal(lapic_msr_write(l, 0x83f, 0x100), -EINVAL);
	for (u32 bit = 0; bit < 32; bit++) { /* ICR: 13, 16-17, 20-31 reserved; 12 reads as 0 */
		bool bad = bit == 13 || bit == 16 || bit == 17 || bit >= 20;

		assert_int_equal(lapic_msr_write(l, 0x830, BIT(bit)), bad ? -EINVAL : 0);
	}
	assert_int_equal(lapic_msr_write(l, 0x830, 0x7700000000 | BIT(12) | 0x4030), 0);
	assert_int_equal(lapic_msr_read(l, 0x830, &value), 0);
	assert_int_equal(value, 0x7700004030);
	/* The message to oneself. */
	assert_int_equal(lapic_msr_write(l, 0x80f, 0x1ff), 0);
	requested(1);
	assert_int_equal(lapic_msr_write(l, 0x83f, 0xe1), 0);
	assert_int_equal(requested(1), BIT(REQ_EVENT));
	assert_int_equal(lapic_msr_read(l, 0x827, &value), 0);
	assert_int_equal(value, 2);
	assert_int_equal(take(l), 0xe1);
	assert_int_equal(lapic_msr_read(l, 0x80a, &value), 0);
	assert_int_equal(value, 0xe0);
	assert_int_equal(lapic_msr_write(l, 0x80b, 0), 0);
	assert_int_equal(lapic_msr_read(l, 0x817, &value), 0);
	assert_int_equal(value, 0);
}

static int check_base(u64 from, u64 to, bool host)
{
	vcpus[0].apic_base = from;
	vcpus[0].phys_bits = 40;
	return apic_base_check(&vcpus[0], to, host);
}

static void base_rules(void **state)
{
	const u64 off = 0xfee00000, on = XAPIC, x2 = X2APIC, bad = off | APIC_BASE_X2APIC;
	static const struct {
		u64 from, to;
		int guest, vmm;
	} t[] = {
		{off, off, 0, 0},	{off, on, 0, 0},  {off, x2, -EINVAL, 0},
		{on, off, 0, 0},	{on, on, 0, 0},	  {on, x2, 0, 0},
		{x2, off, 0, 0},	{x2, x2, 0, 0},	  {x2, on, -EINVAL, 0},
		{off, bad, -EINVAL, -EINVAL}, {on, bad, -EINVAL, -EINVAL},
		{x2, bad, -EINVAL, -EINVAL},
	};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(t); i++) {
		assert_int_equal(check_base(t[i].from, t[i].to, false), t[i].guest);
		assert_int_equal(check_base(t[i].from, t[i].to, true), t[i].vmm);
	}
	for (u32 bit = 0; bit < 64; bit++) { /* the boot bit is the guest's to write */
		bool ok = bit == 8 || (bit >= 10 && bit < 40);

		assert_int_equal(check_base(on, on | BIT(bit), false), ok ? 0 : -EINVAL);
	}
}

static void base_changes(void **state)
{
	struct lapic *l = apic(1);

	(void)state;
	lapic_set_base(l, X2APIC);
	assert_int_equal(reg(l, LAPIC_ID), 1);
	assert_int_equal(reg(l, LAPIC_LDR), 2);
	assert_int_equal(lapic_reg_write(l, LAPIC_LDR, 0), -EINVAL);
	assert_int_equal(lapic_reg_write(l, LAPIC_DFR, 0), -EINVAL);
	lapic_set_base(l, 0xfee00000);
	lapic_set_base(l, XAPIC);
	assert_int_equal(reg(l, LAPIC_ID), 1 << 24);
	/* Disabling stops the timer. */
	put(l, LAPIC_SVR, 0x1ff);
	put(l, LAPIC_LVT_TIMER, 0x30);
	put(l, LAPIC_TIMER_INIT, 1000);
	lapic_set_base(l, 0xfee00000);
	assert_int_equal(timer_next_deadline(), UINT64_MAX);
	lapic_set_base(l, XAPIC);
	fake_advance(1000000);
	assert_int_equal(take(l), -1);
	/* A move of the page alone changes nothing and wakes nobody. */
	requested(1);
	lapic_set_base(l, 0xfed00000 | APIC_BASE_ENABLE);
	assert_int_equal(requested(1), 0);
}

/* Ids above 15 are in other clusters. */
static void cluster_ids(void **state)
{
	struct vcpu v = {.vm = &vm, .id = 0x123, .apic_base = X2APIC};
	struct lapic *l = lapic_create(&v);

	(void)state;
	assert_int_equal(reg(l, LAPIC_ID), 0x123);
	assert_int_equal(reg(l, LAPIC_LDR), 0x120008);
	lapic_free(l);
}

#define TS(name) cmocka_unit_test_setup_teardown(name, one, end)
UNIT_MAIN(TS(reset), TS(no_memory), TS(priority), TS(task_priority), TS(refused), TS(trigger_mode),
	  TS(against_model), TS(local_vectors), TS(extint), TS(xapic_registers), TS(all_msrs),
	  TS(msr_values), TS(base_rules), TS(base_changes), TS(cluster_ids))
