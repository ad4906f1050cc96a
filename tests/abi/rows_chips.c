/* SPDX-License-Identifier: BSD-2-Clause */
/* Routes of interrupts, messages, the interval timer. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "tests/abi/abi.h"

#define MOST_ROUTES 4096
#define CHIP(chip, at) { .irqchip = { .irqchip = chip, .pin = at } }
#define MESSAGE(low) { .msi = { .address_lo = low, .data = 0x20 } }

struct table {
	struct kvm_irq_routing head;
	struct kvm_irq_routing_entry entries[2];
};

/* In order, on one VM; count 0: the empty table. */
static const struct {
	const char *what;
	struct table table;
} tables[] = {
	{ "empty", { .head = { 0, 0 } } },
	{ "flags 1", { .head = { 0, 1 } } },
	{ "flags 1 << 31", { .head = { 0, 1u << 31 } } },
	{ "GSI 4095", { { 1, 0 }, { { .gsi = 4095, .type = 2, .u = MESSAGE(0xfee00000) } } } },
	{ "GSI 4096", { { 1, 0 }, { { .gsi = 4096, .type = 2, .u = MESSAGE(0xfee00000) } } } },
	{ "GSI ~0", { { 1, 0 }, { { .gsi = ~0u, .type = 2, .u = MESSAGE(0xfee00000) } } } },
	{ "type 0", { { 1, 0 }, { { .gsi = 1, .type = 0 } } } },
	{ "type 3", { { 1, 0 }, { { .gsi = 1, .type = 3 } } } },
	{ "type 99", { { 1, 0 }, { { .gsi = 1, .type = 99 } } } },
	{ "IOAPIC pin 23", { { 1, 0 }, { { .gsi = 1, .type = 1, .u = CHIP(2, 23) } } } },
	{ "IOAPIC pin 24", { { 1, 0 }, { { .gsi = 1, .type = 1, .u = CHIP(2, 24) } } } },
	{ "master PIC pin 7", { { 1, 0 }, { { .gsi = 1, .type = 1, .u = CHIP(0, 7) } } } },
	{ "master PIC pin 8", { { 1, 0 }, { { .gsi = 1, .type = 1, .u = CHIP(0, 8) } } } },
	{ "slave PIC pin 7", { { 1, 0 }, { { .gsi = 1, .type = 1, .u = CHIP(1, 7) } } } },
	{ "slave PIC pin 8", { { 1, 0 }, { { .gsi = 1, .type = 1, .u = CHIP(1, 8) } } } },
	{ "chip 3", { { 1, 0 }, { { .gsi = 1, .type = 1, .u = CHIP(3, 0) } } } },
	{ "chip's entry with flags 1",
	  { { 1, 0 }, { { .gsi = 1, .type = 1, .flags = 1, .u = CHIP(2, 1) } } } },
	{ "message with flags 1",
	  { { 1, 0 }, { { .gsi = 1, .type = 2, .flags = 1, .u = MESSAGE(0xfee00000) } } } },
	{ "message with flags 2",
	  { { 1, 0 }, { { .gsi = 1, .type = 2, .flags = 2, .u = MESSAGE(0xfee00000) } } } },
	{ "message to nowhere", { { 1, 0 }, { { .gsi = 1, .type = 2, .u = MESSAGE(0) } } } },
	{ "two messages of a GSI",
	  { { 2, 0 }, { { .gsi = 1, .type = 2, .u = MESSAGE(0xfee00000) },
			{ .gsi = 1, .type = 2, .u = MESSAGE(0xfee00000) } } } },
	{ "PIC and IOAPIC of a GSI",
	  { { 2, 0 }, { { .gsi = 1, .type = 1, .u = CHIP(0, 1) },
			{ .gsi = 1, .type = 1, .u = CHIP(2, 1) } } } },
	{ "twice the IOAPIC",
	  { { 2, 0 }, { { .gsi = 1, .type = 1, .u = CHIP(2, 1) },
			{ .gsi = 1, .type = 1, .u = CHIP(2, 2) } } } },
	{ "IOAPIC and message of a GSI",
	  { { 2, 0 }, { { .gsi = 1, .type = 1, .u = CHIP(2, 1) },
			{ .gsi = 1, .type = 2, .u = MESSAGE(0xfee00000) } } } },
	{ "one pin of two GSIs",
	  { { 2, 0 }, { { .gsi = 1, .type = 1, .u = CHIP(2, 1) },
			{ .gsi = 2, .type = 1, .u = CHIP(2, 1) } } } },
};

static void line_row(const char *what, int vm, uint32_t gsi)
{
	struct kvm_irq_level line = { .irq = gsi, .level = 1 };
	long result = ioctl(vm, KVM_IRQ_LINE_STATUS, &line);

	row(what, result, "status=%d", line.status);
	line = (struct kvm_irq_level){ .irq = gsi };
	if (ioctl(vm, KVM_IRQ_LINE, &line)) {
		row(what, -1, "level 0");
	}
}

/* The largest table, and one more; refused tables leave the old one. */
static void large_tables(int vm)
{
	struct kvm_irq_routing *all = calloc(1, sizeof(*all) + (MOST_ROUTES + 1) *
					     sizeof(all->entries[0]));

	for (uint32_t i = 0; i <= MOST_ROUTES; i++) {
		all->entries[i] = (struct kvm_irq_routing_entry){
			.gsi = i, .type = KVM_IRQ_ROUTING_MSI, .u = MESSAGE(0xfee00000) };
	}
	all->nr = MOST_ROUTES;
	CALL("KVM_SET_GSI_ROUTING, 4096 entries", vm, KVM_SET_GSI_ROUTING, all);
	all->nr = MOST_ROUTES + 1;
	CALL("KVM_SET_GSI_ROUTING, 4097 entries", vm, KVM_SET_GSI_ROUTING, all);
	all->nr = ~0u;
	CALL("KVM_SET_GSI_ROUTING, 2^32 - 1 entries", vm, KVM_SET_GSI_ROUTING, all);
	free(all);
}

void rows_routing(void)
{
	uint8_t *pages = anonymous(0x2000);
	struct kvm_irq_routing *far = (struct kvm_irq_routing *)(pages + 0xff8);
	struct machine m;
	char what[80];

	machine_open(&m, 0);
	CALL("KVM_SET_GSI_ROUTING without chips", m.vm, KVM_SET_GSI_ROUTING, &tables[0].table);
	call("KVM_SET_GSI_ROUTING NULL without chips", m.vm, KVM_SET_GSI_ROUTING, 0);
	machine_close(&m);
	machine_open(&m, WITH_VCPU | WITH_IRQCHIP);
	line_row("line 4 by the first table", m.vm, 4);
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		snprintf(what, sizeof(what), "KVM_SET_GSI_ROUTING, %s", tables[i].what);
		CALL(what, m.vm, KVM_SET_GSI_ROUTING, &tables[i].table);
	}
	line_row("line 4, which has no route now", m.vm, 4);
	call("KVM_SET_GSI_ROUTING NULL", m.vm, KVM_SET_GSI_ROUTING, 0);
	far->nr = 1;
	mprotect(pages + 0x1000, 0x1000, PROT_NONE);
	CALL("KVM_SET_GSI_ROUTING, entries not readable", m.vm, KVM_SET_GSI_ROUTING, far);
	large_tables(m.vm);
	line_row("line 4, which is a message now", m.vm, 4);
	machine_close(&m);
}

static void turn_on_lapic(int vcpu)
{
	const uint32_t spurious = 0x1ff;
	struct kvm_lapic_state state;

	CALL("KVM_GET_LAPIC", vcpu, KVM_GET_LAPIC, &state);
	memcpy(state.regs + 0xf0, &spurious, sizeof(spurious));
	CALL("KVM_SET_LAPIC, turned on", vcpu, KVM_SET_LAPIC, &state);
}

/* A disabled local APIC takes nothing; the id 0xff reaches all. */
void rows_msi(void)
{
	static const struct {
		const char *what;
		struct kvm_msi msi;
	} cases[] = {
		{ "to a local APIC that is off", { .address_lo = 0xfee00000, .data = 0x30 } },
		{ "to nobody", { .address_lo = 0xfee0f000, .data = 0x30 } },
		{ "to all", { .address_lo = 0xfeeff000, .data = 0x30 } },
		{ "flags 2", { .address_lo = 0xfee00000, .data = 0x30, .flags = 2 } },
		{ "flags ~0", { .address_lo = 0xfee00000, .data = 0x30, .flags = ~0u } },
		{ "vector 0", { .address_lo = 0xfee00000 } },
		{ "reserved delivery mode", { .address_lo = 0xfee00000, .data = 0x330 } },
		{ "vector 15", { .address_lo = 0xfee00000, .data = 15 } },
	}, on[] = {
		{ "to a local APIC that is on", { .address_lo = 0xfee00000, .data = 0x30 } },
		{ "the same again", { .address_lo = 0xfee00000, .data = 0x30 } },
		{ "to all that are on", { .address_lo = 0xfeeff000, .data = 0x31 } },
		{ "logical, to nobody", { .address_lo = 0xfee00004, .data = 0x32 } },
		{ "vector 0 to one that is on", { .address_lo = 0xfee00000 } },
		{ "vector 15 to one that is on", { .address_lo = 0xfee00000, .data = 15 } },
		{ "vector 16 to one that is on", { .address_lo = 0xfee00000, .data = 16 } },
		{ "level", { .address_lo = 0xfee00000, .data = 0xc033 } },
		{ "NMI", { .address_lo = 0xfee00000, .data = 0x400 } },
	};
	struct kvm_msi msi = { .address_lo = 0xfee00000, .data = 0x30 };
	struct machine m;
	char what[80];

	machine_open(&m, 0);
	CALL("KVM_SIGNAL_MSI without chips", m.vm, KVM_SIGNAL_MSI, &msi);
	call("KVM_SIGNAL_MSI NULL without chips", m.vm, KVM_SIGNAL_MSI, 0);
	machine_close(&m);
	machine_open(&m, WITH_IRQCHIP);
	CALL("KVM_SIGNAL_MSI without a vcpu", m.vm, KVM_SIGNAL_MSI, &msi);
	machine_close(&m);
	machine_open(&m, WITH_VCPU | WITH_IRQCHIP);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(what, sizeof(what), "KVM_SIGNAL_MSI, %s", cases[i].what);
		msi = cases[i].msi;
		CALL(what, m.vm, KVM_SIGNAL_MSI, &msi);
	}
	turn_on_lapic(m.vcpu);
	for (size_t i = 0; i < sizeof(on) / sizeof(on[0]); i++) {
		snprintf(what, sizeof(what), "KVM_SIGNAL_MSI, %s", on[i].what);
		msi = on[i].msi;
		CALL(what, m.vm, KVM_SIGNAL_MSI, &msi);
	}
	call("KVM_SIGNAL_MSI NULL", m.vm, KVM_SIGNAL_MSI, 0);
	machine_close(&m);
}

static void pit_calls(const char *with, int vm)
{
	struct kvm_reinject_control reinject = { .pit_reinject = 1 };
	static struct kvm_pit_state2 state;
	char what[80];

	snprintf(what, sizeof(what), "KVM_GET_PIT2 %s", with);
	CALL(what, vm, KVM_GET_PIT2, &state);
	snprintf(what, sizeof(what), "KVM_SET_PIT2 %s", with);
	CALL(what, vm, KVM_SET_PIT2, &state);
	snprintf(what, sizeof(what), "KVM_GET_PIT %s", with);
	CALL(what, vm, KVM_GET_PIT, &state);
	snprintf(what, sizeof(what), "KVM_SET_PIT %s", with);
	CALL(what, vm, KVM_SET_PIT, &state);
	snprintf(what, sizeof(what), "KVM_REINJECT_CONTROL %s", with);
	CALL(what, vm, KVM_REINJECT_CONTROL, &reinject);
	snprintf(what, sizeof(what), "KVM_REINJECT_CONTROL NULL %s", with);
	call(what, vm, KVM_REINJECT_CONTROL, 0);
	snprintf(what, sizeof(what), "KVM_GET_PIT2 NULL %s", with);
	call(what, vm, KVM_GET_PIT2, 0);
	snprintf(what, sizeof(what), "KVM_SET_PIT2 NULL %s", with);
	call(what, vm, KVM_SET_PIT2, 0);
}

static void pit_state(int vm)
{
	struct kvm_pit_state2 state;
	long result = ioctl(vm, KVM_GET_PIT2, &state);

	for (int i = 0; i < 3; i++) {
		row("KVM_GET_PIT2 at reset", result, "count=%#x mode=%u gate=%u rw=%u bcd=%u",
		    state.channels[i].count, state.channels[i].mode, state.channels[i].gate,
		    state.channels[i].rw_mode, state.channels[i].bcd);
	}
	row("its flags", result, "%u", state.flags);
	state.channels[2].count = 1000;
	state.channels[2].mode = 3;
	CALL("KVM_SET_PIT2", vm, KVM_SET_PIT2, &state);
	result = ioctl(vm, KVM_GET_PIT2, &state);
	row("KVM_GET_PIT2 after", result, "count=%u mode=%u", state.channels[2].count,
	    state.channels[2].mode);
	state.flags = ~0u;
	CALL("KVM_SET_PIT2, flags ~0", vm, KVM_SET_PIT2, &state);
}

void rows_pit(void)
{
	struct kvm_pit_config config = { .flags = 0 };
	struct machine m;

	machine_open(&m, 0);
	CALL("KVM_CREATE_PIT2 without chips", m.vm, KVM_CREATE_PIT2, &config);
	call("KVM_CREATE_PIT2 NULL without chips", m.vm, KVM_CREATE_PIT2, 0);
	call("KVM_CREATE_PIT without chips", m.vm, KVM_CREATE_PIT, 0);
	pit_calls("without chips", m.vm);
	machine_close(&m);
	machine_open(&m, WITH_IRQCHIP);
	pit_calls("without a timer", m.vm);
	config.flags = 0xfe;
	CALL("KVM_CREATE_PIT2, unknown flags", m.vm, KVM_CREATE_PIT2, &config);
	CALL("KVM_CREATE_PIT2 again", m.vm, KVM_CREATE_PIT2, &config);
	call("KVM_CREATE_PIT after KVM_CREATE_PIT2", m.vm, KVM_CREATE_PIT, 0);
	pit_state(m.vm);
	pit_calls("with a timer", m.vm);
	machine_close(&m);
	machine_open(&m, WITH_IRQCHIP | WITH_VCPU);
	call("KVM_CREATE_PIT after a vcpu", m.vm, KVM_CREATE_PIT, 0);
	machine_close(&m);
}
