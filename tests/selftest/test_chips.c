/* SPDX-License-Identifier: BSD-2-Clause */
/* A second processor, the PIT, the IOAPIC, messages; the chips' state out and in. */
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/ioctl.h>

#include "tests/guests/rounds.h"
#include "tests/selftest/test.h"

GUEST_CODE_OF(smp);
GUEST_CODE_OF(pit);
GUEST_CODE_OF(level);
GUEST_CODE_OF(two_interrupts);

#define X2APIC_GUEST (GUEST_WITH_IRQCHIP | GUEST_WITH_CPUID | GUEST_IN_X2APIC)

typedef unsigned long long ull;

/* Calls the VM: 0, or -1 with the reason stored. */
static int call_vm(struct guest *guest, unsigned long number, void *argument, const char *name)
{
	if (ioctl(guest->vm, number, argument) < 0) {
		failed("%s: %s", name, strerror(errno));
		return -1;
	}
	return 0;
}

#define VM(guest, number, argument) TRY(call_vm(guest, number, argument, #number))

static void *run_second(void *argument)
{
	return guest_run_to_done(argument, 1) ? "failed" : NULL;
}

static int mp_state(struct guest *guest, int vcpu)
{
	struct kvm_mp_state state = { .mp_state = 99 };

	ioctl(guest->vcpu[vcpu], KVM_GET_MP_STATE, &state);
	return state.mp_state;
}

static enum result smp(struct guest *guest)
{
	pthread_t thread;
	void *second;
	int first;

	LOAD(guest, smp);
	TRY(guest_enter_long(guest, 0));
	CHECK(mp_state(guest, 0) == KVM_MP_STATE_RUNNABLE, "the first is in state %d",
	      mp_state(guest, 0));
	CHECK(mp_state(guest, 1) == KVM_MP_STATE_UNINITIALIZED, "the second is in state %d",
	      mp_state(guest, 1));
	CHECK(!pthread_create(&thread, NULL, run_second, guest), "pthread_create");
	first = guest_run_to_done(guest, 0);
	pthread_join(thread, &second);
	TRY(first || second);
	CHECK(guest_value(guest, 0) == GUEST_DATA >> 4, "started with CS 0x%llx",
	      (ull)guest_value(guest, 0));
	CHECK(guest_value(guest, 2) == 2 * ROUNDS, "%llu interrupts", (ull)guest_value(guest, 2));
	CHECK(mp_state(guest, 1) == KVM_MP_STATE_RUNNABLE, "the second is in state %d at the end",
	      mp_state(guest, 1));
	return PASSED;
}

static enum result pit(struct guest *guest)
{
	struct kvm_pit_config config = { .flags = KVM_PIT_SPEAKER_DUMMY };
	uint64_t want, got;

	VM(guest, KVM_CREATE_PIT2, &config);
	LOAD(guest, pit);
	TRY(guest_enter_long(guest, 0));
	TRY(guest_run_to_done(guest, 0));
	want = (uint64_t)ioctl(guest->vcpu[0], KVM_GET_TSC_KHZ, 0) * 10 * guest_value(guest, 1);
	got = guest_value(guest, 0);
	CHECK(guest_value(guest, 1) >= TICKS && guest_word(guest, RESULT_VECTOR) == 0x20,
	      "%llu interrupts, vector 0x%llx", (ull)guest_value(guest, 1),
	      (ull)guest_word(guest, RESULT_VECTOR));
	CHECK(got > want / 100 * 95 && got < want * 3, "%llu ticks of the TSC, not %llu", (ull)got,
	      (ull)want);
	CHECK((guest_value(guest, 2) & 0x3f) == 0x34, "status 0x%llx", (ull)guest_value(guest, 2));
	return PASSED;
}

static enum result pit_state(struct guest *guest)
{
	struct kvm_pit_config config = { 0 };
	struct kvm_pit_state2 set = { 0 }, got;
	struct kvm_pit_state old;
	struct kvm_reinject_control control = { .pit_reinject = 0 };

	VM(guest, KVM_CREATE_PIT2, &config);
	VM(guest, KVM_GET_PIT2, &got);
	CHECK(got.channels[0].count == 65536 && got.channels[0].gate == 1 &&
	      got.channels[2].gate == 0, "fresh: count %u, gates %u and %u", got.channels[0].count,
	      got.channels[0].gate, got.channels[2].gate);
	for (int i = 0; i < 3; i++) {
		set.channels[i] = (struct kvm_pit_channel_state){
			.count = 1000 + i, .latched_count = 0x1234, .count_latched = 3,
			.status = 0x34, .read_state = 3, .write_state = 4, .write_latch = 0x56,
			.rw_mode = 3, .mode = 2, .gate = 1,
		};
	}
	set.channels[1].count = 0;
	set.flags = KVM_PIT_FLAGS_HPET_LEGACY;
	VM(guest, KVM_SET_PIT2, &set);
	VM(guest, KVM_GET_PIT2, &got);
	set.channels[1].count = 65536;
	for (int i = 0; i < 3; i++) {
		got.channels[i].count_load_time = 0;
	}
	CHECK(!memcmp(&set, &got, sizeof(set)), "the state is another one: count %u, flags %u",
	      got.channels[1].count, got.flags);
	VM(guest, KVM_GET_PIT, &old);
	old.channels[2].mode = 3;
	VM(guest, KVM_SET_PIT, &old);
	VM(guest, KVM_GET_PIT2, &got);
	CHECK(got.channels[2].mode == 3 && got.channels[2].count == 1002, "mode %u, count %u",
	      got.channels[2].mode, got.channels[2].count);
	VM(guest, KVM_REINJECT_CONTROL, &control);
	return PASSED;
}

/* A pin of the IOAPIC as the VMM sets it. */
static int set_pin(struct guest *guest, int pin, uint64_t entry)
{
	struct kvm_irqchip chip = { .chip_id = KVM_IRQCHIP_IOAPIC };

	if (call_vm(guest, KVM_GET_IRQCHIP, &chip, "KVM_GET_IRQCHIP")) {
		return -1;
	}
	chip.chip.ioapic.redirtbl[pin].bits = entry;
	return call_vm(guest, KVM_SET_IRQCHIP, &chip, "KVM_SET_IRQCHIP");
}

static uint64_t get_pin(struct guest *guest, int pin)
{
	struct kvm_irqchip chip = { .chip_id = KVM_IRQCHIP_IOAPIC };

	return ioctl(guest->vm, KVM_GET_IRQCHIP, &chip) ? 0 : chip.chip.ioapic.redirtbl[pin].bits;
}

#define LEVEL_ENTRY 0x8076
#define REMOTE_IRR 0x4000

/* A level that stays high is sent again by the EOI. */
static enum result ioapic_level(struct guest *guest)
{
	struct kvm_irq_level line = { .irq = 20, .level = 1 };

	LOAD(guest, level);
	TRY(guest_enter_long(guest, 0));
	TRY(set_pin(guest, 20, LEVEL_ENTRY));
	TRY(guest_run_to_step(guest, 0, 1));
	VM(guest, KVM_IRQ_LINE_STATUS, &line);
	CHECK(line.status == 1, "status %d", line.status);
	CHECK(get_pin(guest, 20) == (LEVEL_ENTRY | REMOTE_IRR), "the entry is 0x%llx",
	      (ull)get_pin(guest, 20));
	TRY(guest_run_to_step(guest, 0, 2));
	CHECK(get_pin(guest, 20) == (LEVEL_ENTRY | REMOTE_IRR), "the entry is 0x%llx after an EOI",
	      (ull)get_pin(guest, 20));
	line = (struct kvm_irq_level){ .irq = 20 };
	VM(guest, KVM_IRQ_LINE, &line);
	TRY(guest_run_to_done(guest, 0));
	CHECK(guest_value(guest, 0) == 1 && guest_value(guest, 1) == 2, "%llu and %llu interrupts",
	      (ull)guest_value(guest, 0), (ull)guest_value(guest, 1));
	CHECK(guest_word(guest, RESULT_VECTOR) == 0x76, "vector 0x%llx",
	      (ull)guest_word(guest, RESULT_VECTOR));
	CHECK(get_pin(guest, 20) == LEVEL_ENTRY, "the entry is 0x%llx at the end",
	      (ull)get_pin(guest, 20));
	return PASSED;
}

static enum result messages(struct guest *guest)
{
	struct kvm_msi msi = { .address_lo = 0xfee00000, .data = 0x4075 };
	struct {
		struct kvm_irq_routing head;
		struct kvm_irq_routing_entry entry;
	} routes = {
		.head = { .nr = 1 },
		.entry = { .gsi = 40, .type = KVM_IRQ_ROUTING_MSI,
			   .u.msi = { .address_lo = 0xfee00000, .data = 0x4077 } },
	};
	struct kvm_irq_level line = { .irq = 40, .level = 1 };
	int taken;

	LOAD(guest, two_interrupts);
	TRY(guest_enter_long(guest, 0));
	TRY(guest_run_to_step(guest, 0, 1));
	taken = ioctl(guest->vm, KVM_SIGNAL_MSI, &msi);
	CHECK(taken == 1, "KVM_SIGNAL_MSI: %d (%s)", taken, strerror(errno));
	taken = ioctl(guest->vm, KVM_SIGNAL_MSI, &msi);
	CHECK(taken == 1, "KVM_SIGNAL_MSI again: %d (%s)", taken, strerror(errno));
	TRY(guest_run_to_step(guest, 0, 2));
	CHECK(guest_word(guest, RESULT_VECTOR) == 0x75, "vector 0x%llx",
	      (ull)guest_word(guest, RESULT_VECTOR));
	VM(guest, KVM_SET_GSI_ROUTING, &routes);
	VM(guest, KVM_IRQ_LINE_STATUS, &line);
	CHECK(line.status == 1, "status %d", line.status);
	TRY(guest_run_to_done(guest, 0));
	CHECK(guest_value(guest, 1) == 2 && guest_word(guest, RESULT_VECTOR) == 0x77,
	      "%llu interrupts, vector 0x%llx", (ull)guest_value(guest, 1),
	      (ull)guest_word(guest, RESULT_VECTOR));
	return PASSED;
}

static enum result irqchip_state(struct guest *guest)
{
	struct kvm_irqchip chip = { .chip_id = 1 }, got = { .chip_id = 1 };

	VM(guest, KVM_GET_IRQCHIP, &chip);
	chip.chip.pic.irq_base = 0x70;
	chip.chip.pic.imr = 0x5a;
	chip.chip.pic.elcr = 0x0c;
	VM(guest, KVM_SET_IRQCHIP, &chip);
	VM(guest, KVM_GET_IRQCHIP, &got);
	CHECK(!memcmp(&chip.chip.pic, &got.chip.pic, sizeof(chip.chip.pic)), "the slave's state");
	chip.chip_id = got.chip_id = KVM_IRQCHIP_IOAPIC;
	VM(guest, KVM_GET_IRQCHIP, &chip);
	CHECK(chip.chip.ioapic.base_address == 0xfec00000 && !chip.chip.ioapic.id &&
	      chip.chip.ioapic.redirtbl[23].bits == 0x10000, "fresh: base 0x%llx, entry 0x%llx",
	      (ull)chip.chip.ioapic.base_address, (ull)chip.chip.ioapic.redirtbl[23].bits);
	chip.chip.ioapic.id = 3;
	chip.chip.ioapic.ioregsel = 0x12;
	for (int i = 0; i < 24; i++) {
		chip.chip.ioapic.redirtbl[i].bits = (uint64_t)i << 56 | 0x1a000 | (0x30 + i);
	}
	VM(guest, KVM_SET_IRQCHIP, &chip);
	VM(guest, KVM_GET_IRQCHIP, &got);
	CHECK(!memcmp(&chip.chip.ioapic, &got.chip.ioapic, sizeof(chip.chip.ioapic)),
	      "the IOAPIC's state");
	return PASSED;
}

static enum result clock_state(struct guest *guest)
{
	struct kvm_clock_data data = { .clock = 1000000000000 }, later;

	VM(guest, KVM_SET_CLOCK, &data);
	VM(guest, KVM_GET_CLOCK, &later);
	CHECK(later.clock >= data.clock && later.clock < data.clock + 60000000000,
	      "the clock reads %llu", (ull)later.clock);
	return PASSED;
}

static const struct test rows[] = {
	{ "SMP: INIT, SIPI, interrupts to and fro", 2, X2APIC_GUEST, smp },
	{ "PIT through the PIC against the TSC", 1, X2APIC_GUEST, pit },
	{ "PIT state out and in", 1, X2APIC_GUEST, pit_state },
	{ "IOAPIC level and EOI", 1, X2APIC_GUEST, ioapic_level },
	{ "messages, by call and by route", 1, X2APIC_GUEST, messages },
	{ "chip state out and in", 1, X2APIC_GUEST, irqchip_state },
	{ "KVM_SET_CLOCK", 1, 0, clock_state },
};

TEST_TABLE(chip_tests, rows);
