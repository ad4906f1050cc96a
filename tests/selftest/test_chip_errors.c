/* SPDX-License-Identifier: BSD-2-Clause */
/* What a VM answers to bad calls about chips, routes, messages, timer and clock. */
#include <errno.h>
#include <sys/ioctl.h>

#include "tests/selftest/calls.h"

struct routes {
	struct kvm_irq_routing head;
	struct kvm_irq_routing_entry entry[2];
};

#define ROUTES(name, n, ...) \
	static const struct routes name = { .head = { .nr = (n) }, .entry = { __VA_ARGS__ } }
#define PIN(g, c, p) { .gsi = (g), .type = KVM_IRQ_ROUTING_IRQCHIP, .u.irqchip = { (c), (p) } }
#define MSI(g) { .gsi = (g), .type = KVM_IRQ_ROUTING_MSI }

static const struct routes too_many = { .head = { .nr = 4097 } };
static const struct routes flagged = { .head = { .flags = 1 } };
ROUTES(none, 0);
ROUTES(big_gsi, 1, PIN(4096, 0, 0));
ROUTES(bad_type, 1, { .gsi = 1, .type = 99 });
ROUTES(entry_flag, 1, { .gsi = 1, .type = KVM_IRQ_ROUTING_IRQCHIP, .flags = 1 });
ROUTES(msi_flag, 1, { .gsi = 1, .type = KVM_IRQ_ROUTING_MSI, .flags = 2 });
ROUTES(msi_devid, 1, { .gsi = 1, .type = KVM_IRQ_ROUTING_MSI, .flags = 1 });
ROUTES(bad_chip, 1, PIN(1, 3, 0));
ROUTES(bad_pic_pin, 1, PIN(1, 1, 8));
ROUTES(bad_ioapic_pin, 1, PIN(1, 2, 24));
ROUTES(last_pins, 2, PIN(4095, 2, 23), PIN(1, 1, 7));
ROUTES(two_chips, 2, PIN(1, 0, 1), PIN(1, 2, 1));
ROUTES(chip_twice, 2, PIN(1, 2, 1), PIN(1, 2, 2));
ROUTES(mixed, 2, PIN(1, 0, 1), MSI(1));
ROUTES(two_msis, 2, MSI(1), MSI(1));

static const struct kvm_msi msi = { .address_lo = 0xfee00000, .data = 0x4030 };
static const struct kvm_msi msi_flags = { .address_lo = 0xfee00000, .data = 0x4030, .flags = 2 };
static const struct kvm_pit_config pit_flags = { .flags = 0xfffffffe };
static struct kvm_pit_state2 pit2;
static struct kvm_pit_state pit;
static struct kvm_reinject_control reinject = { .pit_reinject = 1 };
static struct kvm_irqchip chip_2 = { .chip_id = 2 }, chip_3 = { .chip_id = 3 };
static struct kvm_clock_data clock_now;
static const struct kvm_clock_data clock_bit_0 = { .flags = 1 }, clock_bit_4 = { .flags = 16 };
static const struct kvm_clock_data clock_pad = { .pad0 = 5, .pad = { 6 } };

static const struct call without_chips[] = {
	{ "KVM_GET_IRQCHIP without chips", ON_VM, KVM_GET_IRQCHIP, AT(chip_2), BAD(ENXIO) },
	{ "KVM_SET_IRQCHIP without chips", ON_VM, KVM_SET_IRQCHIP, AT(chip_2), BAD(ENXIO) },
	{ "routes without chips", ON_VM, KVM_SET_GSI_ROUTING, AT(none), BAD(EINVAL) },
	{ "message without chips", ON_VM, KVM_SIGNAL_MSI, AT(msi), BAD(EINVAL) },
	{ "KVM_CREATE_PIT2, NULL", ON_VM, KVM_CREATE_PIT2, 0, BAD(EFAULT) },
	{ "KVM_GET_PIT2 without PIT, NULL", ON_VM, KVM_GET_PIT2, 0, BAD(ENXIO) },
	{ "KVM_GET_CLOCK, NULL", ON_VM, KVM_GET_CLOCK, 0, BAD(EFAULT) },
	{ "KVM_GET_CLOCK", ON_VM, KVM_GET_CLOCK, AT(clock_now), GOOD(0) },
	{ "KVM_SET_CLOCK, NULL", ON_VM, KVM_SET_CLOCK, 0, BAD(EFAULT) },
	{ "KVM_SET_CLOCK, flag 1", ON_VM, KVM_SET_CLOCK, AT(clock_bit_0), BAD(EINVAL) },
	{ "KVM_SET_CLOCK, flag 16", ON_VM, KVM_SET_CLOCK, AT(clock_bit_4), BAD(EINVAL) },
	{ "KVM_SET_CLOCK, padding", ON_VM, KVM_SET_CLOCK, AT(clock_pad), GOOD(0) },
};

#define ROUTE_CALL(what, table, ...) { what, ON_VM, KVM_SET_GSI_ROUTING, AT(table), __VA_ARGS__ }

static const struct call with_chips[] = {
	{ "KVM_GET_IRQCHIP 2", ON_VM, KVM_GET_IRQCHIP, AT(chip_2), GOOD(0) },
	{ "KVM_GET_IRQCHIP 3", ON_VM, KVM_GET_IRQCHIP, AT(chip_3), BAD(EINVAL) },
	{ "KVM_SET_IRQCHIP 3", ON_VM, KVM_SET_IRQCHIP, AT(chip_3), BAD(EINVAL) },
	{ "KVM_GET_IRQCHIP, NULL", ON_VM, KVM_GET_IRQCHIP, 0, BAD(EFAULT) },
	{ "routes: NULL", ON_VM, KVM_SET_GSI_ROUTING, 0, BAD(EFAULT) },
	ROUTE_CALL("routes: 4097", too_many, BAD(EINVAL)),
	ROUTE_CALL("routes: flags", flagged, BAD(EINVAL)),
	ROUTE_CALL("routes: GSI 4096", big_gsi, BAD(EINVAL)),
	ROUTE_CALL("routes: unknown type", bad_type, BAD(EINVAL)),
	ROUTE_CALL("routes: flag of a pin", entry_flag, BAD(EINVAL)),
	ROUTE_CALL("routes: unknown flag of a message", msi_flag, BAD(EINVAL)),
	ROUTE_CALL("routes: device id of a message", msi_devid, GOOD(0)),
	ROUTE_CALL("routes: chip 3", bad_chip, BAD(EINVAL)),
	ROUTE_CALL("routes: PIC pin 8", bad_pic_pin, BAD(EINVAL)),
	ROUTE_CALL("routes: IOAPIC pin 24", bad_ioapic_pin, BAD(EINVAL)),
	ROUTE_CALL("routes: last pins", last_pins, GOOD(0)),
	ROUTE_CALL("routes: two chips", two_chips, GOOD(0)),
	ROUTE_CALL("routes: a chip twice", chip_twice, BAD(EINVAL)),
	ROUTE_CALL("routes: pin and message", mixed, BAD(EINVAL)),
	ROUTE_CALL("routes: two messages", two_msis, BAD(EINVAL)),
	ROUTE_CALL("routes: none", none, GOOD(0)),
	{ "message: NULL", ON_VM, KVM_SIGNAL_MSI, 0, BAD(EFAULT) },
	{ "message: flags", ON_VM, KVM_SIGNAL_MSI, AT(msi_flags), BAD(EINVAL) },
	{ "message: APIC disabled", ON_VM, KVM_SIGNAL_MSI, AT(msi), GOOD(0) },
	{ "KVM_GET_PIT without PIT", ON_VM, KVM_GET_PIT, AT(pit), BAD(ENXIO) },
	{ "KVM_SET_PIT without PIT", ON_VM, KVM_SET_PIT, AT(pit), BAD(ENXIO) },
	{ "KVM_GET_PIT2 without PIT", ON_VM, KVM_GET_PIT2, AT(pit2), BAD(ENXIO) },
	{ "KVM_SET_PIT2 without PIT", ON_VM, KVM_SET_PIT2, AT(pit2), BAD(ENXIO) },
	{ "KVM_REINJECT_CONTROL without PIT", ON_VM, KVM_REINJECT_CONTROL, AT(reinject),
	  BAD(ENXIO) },
	{ "KVM_REINJECT_CONTROL, NULL", ON_VM, KVM_REINJECT_CONTROL, 0, BAD(EFAULT) },
	{ "KVM_CREATE_PIT2, unknown flags", ON_VM, KVM_CREATE_PIT2, AT(pit_flags), GOOD(0) },
	{ "KVM_CREATE_PIT2 twice", ON_VM, KVM_CREATE_PIT2, AT(pit_flags), BAD(EEXIST) },
	{ "KVM_CREATE_PIT second", ON_VM, KVM_CREATE_PIT, 0, BAD(EEXIST) },
	{ "KVM_GET_PIT2", ON_VM, KVM_GET_PIT2, AT(pit2), GOOD(0) },
	{ "KVM_GET_PIT2, NULL", ON_VM, KVM_GET_PIT2, 0, BAD(EFAULT) },
	{ "KVM_SET_PIT2", ON_VM, KVM_SET_PIT2, AT(pit2), GOOD(0) },
	{ "KVM_GET_PIT", ON_VM, KVM_GET_PIT, AT(pit), GOOD(0) },
	{ "KVM_REINJECT_CONTROL", ON_VM, KVM_REINJECT_CONTROL, AT(reinject), GOOD(0) },
	{ "KVM_SET_BOOT_CPU_ID after a vCPU", ON_VM, KVM_SET_BOOT_CPU_ID, 0, BAD(EBUSY) },
};

static enum result check_without(struct guest *guest)
{
	return CALLS_CHECK(guest, without_chips);
}

static enum result check_with(struct guest *guest)
{
	return CALLS_CHECK(guest, with_chips);
}

static const struct test rows[] = {
	{ "errno: no chips; clock", 1, 0, check_without },
	{ "errno: chips, routes, messages, PIT", 1, GUEST_WITH_IRQCHIP, check_with },
};

TEST_TABLE(chip_error_tests, rows);
