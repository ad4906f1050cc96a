/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Routes: the preset ones, what a table may hold, messages.
 * LINK: vmm/irq/ioapic.c vmm/irq/ioapic_mmio.c vmm/irq/pit.c vmm/irq/pit_count.c
 * LINK: vmm/irq/pit_io.c vmm/irq/routing.c
 * LINK: vmm/irq/lapic.c vmm/irq/lapic_icr.c vmm/irq/lapic_irq.c vmm/irq/lapic_lvt.c
 * LINK: vmm/irq/lapic_reg.c vmm/irq/lapic_state.c vmm/irq/lapic_timer.c
 * LINK: vmm/irq/irqchip.c vmm/irq/pic.c vmm/irq/pic_io.c core/timer.c core/time.c
 * LINK: tests/fake/fake.c
 */
#include "core/errno.h"
#include "tests/unit/irq_kit.h"
#include "vmm/irq/routing.h"

static int ready(void **state)
{
	(void)state;
	kit_start(4, true);
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

#define PIN(g, c, p)                                                                               \
	{                                                                                          \
		.gsi = (g), .type = KVM_IRQ_ROUTING_IRQCHIP, .u.irqchip = {(c), (p)}               \
	}
#define MSI(g, a, d)                                                                               \
	{                                                                                          \
		.gsi = (g), .type = KVM_IRQ_ROUTING_MSI, .u.msi = {.address_lo = (a), .data = (d)} \
	}

static int line(u32 gsi, bool level)
{
	return irqchip_set_line(vm.irqchip, IRQ_SOURCE_USER, gsi, level);
}

static void preset(void **state)
{
	struct routing *r = vm.irqchip->routing;

	(void)state;
	for (u32 gsi = 0; gsi < 24; gsi++) {
		assert_int_equal(routing_gsi_of(r, KVM_IRQCHIP_IOAPIC, gsi), gsi);
		if (gsi < 16) {
			assert_int_equal(routing_gsi_of(r, gsi / 8, gsi % 8), gsi);
		}
		vm.irqchip->ioapic->entry[gsi] = 0x40 + gsi;
	}
	for (u32 gsi = 0; gsi < 24; gsi++) {
		assert_int_equal(line(gsi, true), gsi < 16 && gsi != 2 ? 2 : 1 + (gsi == 2));
		assert_int_equal(take(apic(0)), 0x40 + gsi);
		put(apic(0), LAPIC_EOI, 0);
		line(gsi, false);
	}
	assert_int_equal(line(24, true), -1);
	assert_int_equal(line(4095, true), -1);
	assert_int_equal(line(4096, true), -1);
	assert_int_equal(line(0xffffffff, true), -1);
}

static void tables(void **state)
{
	static const struct {
		struct kvm_irq_routing_entry e;
		int ret;
	} rows[] = {
		{PIN(4096, 0, 0), -EINVAL}, {PIN(0xffffffff, 0, 0), -EINVAL},
		{PIN(5, 3, 0), -EINVAL},
		{PIN(5, 0, 8), -EINVAL}, {PIN(5, 1, 8), -EINVAL}, {PIN(5, 2, 24), -EINVAL},
		{PIN(5, 0, 0xffffffff), -EINVAL}, {{.gsi = 5, .type = 0}, -EINVAL},
		{{.gsi = 5, .type = 3}, -EINVAL}, {{.gsi = 5, .type = 5}, -EINVAL},
		{{.gsi = 5, .type = 1, .flags = 1}, -EINVAL},
		{{.gsi = 5, .type = 2, .flags = 2}, -EINVAL}, {PIN(5, 0, 5), 0}, {PIN(5, 2, 5), 0},
		{PIN(5, 1, 5), 0}, {PIN(5, 0, 6), -EINVAL}, {PIN(5, 2, 5), -EINVAL},
		{MSI(5, 0, 0), -EINVAL}, {MSI(6, 0xfee01000, 0x71), 0}, {MSI(6, 0, 0), -EINVAL},
		{PIN(6, 0, 0), -EINVAL}, {{.gsi = 7, .type = 2, .flags = 1}, 0},
		{PIN(4095, 2, 23), 0}, {PIN(100, 2, 5), 0},
	};
	struct routing *r = routing_create(ARRAY_SIZE(rows));

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(routing_add(r, &rows[i].e), rows[i].ret);
	}
	assert_int_equal(routing_gsi_of(r, 2, 5), 100); /* the last one */
	assert_int_equal(routing_gsi_of(r, 2, 6), -1);
	irqchip_set_routing(vm.irqchip, r);
	assert_int_equal(line(1, true), -1);
	vm.irqchip->ioapic->entry[5] = 0x45;
	vm.irqchip->ioapic->entry[23] = 0x57;
	assert_int_equal(line(5, true), 3); /* both PICs and an APIC */
	assert_int_equal(take(apic(0)), 0x45);
	put(apic(0), LAPIC_EOI, 0);
	assert_int_equal(line(4095, true), 1);
	assert_int_equal(take(apic(0)), 0x57);
	put(apic(0), LAPIC_EOI, 0);
	assert_int_equal(line(6, true), 1);
	assert_int_equal(line(6, false), -1); /* a message has no level */
	assert_int_equal(take(apic(1)), 0x71);
	r = routing_create(0);
	irqchip_set_routing(vm.irqchip, r);
	assert_int_equal(line(5, true), -1);
	/* The largest table. */
	r = routing_create(ROUTING_MAX_GSI);
	for (u32 i = 0; i < ROUTING_MAX_GSI; i++) {
		struct kvm_irq_routing_entry e = MSI(i, 0xfee00000, 0x30);

		assert_int_equal(routing_add(r, &e), 0);
	}
	irqchip_set_routing(vm.irqchip, r);
	put(apic(1), LAPIC_EOI, 0);
	assert_int_equal(line(4095, true), 1);
	assert_int_equal(take(apic(0)), 0x30);
}

static void messages(void **state)
{
	(void)state;
	assert_int_equal(msi_send(&vm, 0xfee02000, 0x4081), 1);
	assert_int_equal(take(apic(2)), 0x81);
	assert_int_equal(msi_send(&vm, 0xfee02000, 0x4082), 1);
	assert_int_equal(msi_send(&vm, 0xfee02000, 0x4082), 1); /* taken already: one interrupt */
	assert_int_equal(take(apic(2)), -1);
	put(apic(2), LAPIC_EOI, 0);
	assert_int_equal(take(apic(2)), 0x82);
	put(apic(2), LAPIC_EOI, 0);
	assert_int_equal(take(apic(2)), -1);
	assert_int_equal(msi_send(&vm, 0xfee09000, 0x4081), -1);
	assert_int_equal(msi_send(&vm, 0xfeeff000, 0x4083), 4);
	for (u32 i = 0; i < 4; i++) {
		put(apic(i), LAPIC_LDR, 1u << i << 24);
		assert_int_equal(take(apic(i)), 0x83);
		put(apic(i), LAPIC_EOI, 0);
		requested(i);
	}
	assert_int_equal(msi_send(&vm, 0xfee05004, 0x4084), 2); /* logical */
	assert_int_equal(take(apic(0)), 0x84);
	assert_int_equal(take(apic(2)), 0x84);
	assert_int_equal(msi_send(&vm, 0xfee0600c, 0x4085), 1); /* one of them */
	assert_int_equal((take(apic(1)) == 0x85) + (take(apic(2)) == 0x85), 1);
	assert_int_equal(msi_send(&vm, 0xfee0600c, 0x4185), 1);
	assert_int_equal(msi_send(&vm, 0xfee03000, 0xc086), 1); /* as a level */
	assert_true(bit_in(apic(3), LAPIC_TMR, 0x86));
	requested(3);
	assert_int_equal(msi_send(&vm, 0xfee03000, 0x4400), 1);
	assert_int_equal(requested(3), BIT(REQ_NMI));
	assert_int_equal(msi_send(&vm, 0xfee03000, 0x4205), 0); /* SMI: nobody takes it */
	assert_int_equal(msi_send(&vm, 0xfee03000, 0x4005), 0); /* no such vector */
	put(apic(3), LAPIC_SVR, 0xff);
	assert_int_equal(msi_send(&vm, 0xfee03000, 0x4087), 0);
	lapic_set_base(apic(3), 0xfee00000);
	assert_int_equal(msi_send(&vm, 0xfee03000, 0x4087), -1);
	assert_int_equal(msi_send(&vm, 0xfee0800c, 0x4087), -1);
}

#define TS(name) cmocka_unit_test_setup_teardown(name, ready, end)
UNIT_MAIN(TS(preset), TS(tables), TS(messages))
