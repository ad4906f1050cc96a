/* SPDX-License-Identifier: BSD-2-Clause */
/* The scenes, and which of them notices the loss of which piece of state. */
#include "tests/state/scene.h"

#include <string.h>
#include <sys/ioctl.h>

#include "tests/selftest/test.h"

GUEST_CODE_OF(state_registers);
GUEST_CODE_OF(state_clock);
GUEST_CODE_OF(state_event);
GUEST_CODE_OF(state_nmi);
GUEST_CODE_OF(state_shadow);
GUEST_CODE_OF(state_halted);
GUEST_CODE_OF(state_startup);
GUEST_CODE_OF(state_timer);
GUEST_CODE_OF(state_interrupts);
GUEST_CODE_OF(state_ioapic);
GUEST_CODE_OF(state_pic);
GUEST_CODE_OF(state_pit);

#define MS 1000000ull
#define TIMER_MS 300
#define PERIOD_MS 20
#define RFLAGS_IF 0x200

/* ---- the processor ---- */

static int start_registers(struct guest *m)
{
	uint32_t x = 1;

	for (uint64_t i = 0; i < 16 * 32; i++) {
		x = x * 1103515245 + 12345;
		m->memory[STATE_PATTERN + i] = x >> 16;
	}
	return 0;
}

static int check_registers(struct guest *m, const struct saved *s)
{
	const uint8_t *before = m->memory + STATE_BEFORE, *after = m->memory + STATE_AFTER;

	(void)s;
	for (int i = 0; i < STATE_DUMP_SIZE; i++) {
		if (before[i] != after[i]) {
			failed("byte 0x%x of the dump is 0x%x, was 0x%x", i, after[i], before[i]);
			return -1;
		}
	}
	/* The dump is not empty: the last register of each kind is in it. */
	if (guest_word(m, STATE_BEFORE + STATE_XSAVE + 160 + 15 * 16) !=
	    guest_word(m, STATE_PATTERN + 15 * 32)) {
		failed("XMM15 was not dumped");
		return -1;
	}
	return 0;
}

static int check_clock(struct guest *m, const struct saved *s)
{
	uint64_t most = 60000ull * ioctl(m->vcpu[0], KVM_GET_TSC_KHZ, 0);

	(void)s;
	if (guest_value(m, 2) < guest_value(m, 0) ||
	    guest_value(m, 2) - guest_value(m, 0) > 60000 * MS) {
		failed("the clock went from %lu to %lu", guest_value(m, 0), guest_value(m, 2));
		return -1;
	}
	if (guest_value(m, 3) <= guest_value(m, 1) ||
	    guest_value(m, 3) - guest_value(m, 1) > most) {
		failed("the TSC went from %lu to %lu", guest_value(m, 1), guest_value(m, 3));
		return -1;
	}
	if (guest_value(m, 4) != (STATE_CLOCK | 1)) {
		failed("the clock's MSR is 0x%lx", guest_value(m, 4));
		return -1;
	}
	return 0;
}

/* ---- events ---- */

static int change_events(struct guest *m, void (*change)(struct kvm_vcpu_events *e))
{
	struct kvm_vcpu_events e;

	if (CALL(m->vcpu[0], KVM_GET_VCPU_EVENTS, &e)) {
		return -1;
	}
	change(&e);
	return CALL(m->vcpu[0], KVM_SET_VCPU_EVENTS, &e);
}

static void with_exception(struct kvm_vcpu_events *e)
{
	e->exception.injected = 1;
	e->exception.nr = 13;
	e->exception.has_error_code = 1;
	e->exception.error_code = 0x1230;
}

static int plant_exception(struct guest *m)
{
	return change_events(m, with_exception);
}

static int check_exception(struct guest *m, const struct saved *s)
{
	if (guest_word(m, RESULT_ERROR) != 0x1230 ||
	    guest_word(m, RESULT_RIP) != s->vcpu[0].regs.rip) {
		failed("error 0x%lx at 0x%lx", guest_word(m, RESULT_ERROR),
		       guest_word(m, RESULT_RIP));
		return -1;
	}
	return 0;
}

static void with_interrupt(struct kvm_vcpu_events *e)
{
	e->interrupt.injected = 1;
	e->interrupt.nr = 0x77;
}

static int plant_interrupt(struct guest *m)
{
	return change_events(m, with_interrupt);
}

static int send_nmi(struct guest *m)
{
	return CALL(m->vcpu[0], KVM_NMI, NULL);
}

static void with_shadow(struct kvm_vcpu_events *e)
{
	e->interrupt.shadow = KVM_X86_SHADOW_INT_STI;
}

static int plant_shadow(struct guest *m)
{
	struct kvm_regs regs;

	if (guest_get_regs(m, 0, &regs)) {
		return -1;
	}
	regs.rflags |= RFLAGS_IF;
	return guest_set_regs(m, 0, &regs) || change_events(m, with_shadow);
}

/* The interrupt came behind the one instruction, a NOP, that the shadow covers. */
static int check_shadow(struct guest *m, const struct saved *s)
{
	if (guest_word(m, RESULT_RIP) != s->vcpu[0].regs.rip + 1) {
		failed("interrupted at 0x%lx, moved at 0x%llx", guest_word(m, RESULT_RIP),
		       s->vcpu[0].regs.rip);
		return -1;
	}
	return 0;
}

static void with_triple_fault(struct kvm_vcpu_events *e)
{
	e->triple_fault.pending = 1;
}

static int run_triple_fault(struct guest *m, struct saved *s, enum piece without, int ms)
{
	if (machine_run_to_step(m, 1, WHOLE_MS) || change_events(m, with_triple_fault) ||
	    machine_move(m, s, without)) {
		return -1;
	}
	if (machine_run(m, ms) || m->run[0]->exit_reason != KVM_EXIT_SHUTDOWN) {
		failed("exit %u instead of KVM_EXIT_SHUTDOWN", m->run[0]->exit_reason);
		return -1;
	}
	return 0;
}

/* ---- waiting processors ---- */

/* It must be asleep before and after the move; the message comes then. */
static int run_halted(struct guest *m, struct saved *s, enum piece without, int ms)
{
	struct kvm_msi message = {.address_lo = 0xfee00000, .data = 0x66};

	if (machine_run(m, 300) >= 0 || machine_move(m, s, without)) {
		return -1;
	}
	if (s->vcpu[0].mp_state.mp_state != KVM_MP_STATE_HALTED) {
		failed("mp_state %u before the move", s->vcpu[0].mp_state.mp_state);
		return -1;
	}
	if (machine_run(m, 100) >= 0) {
		return -1;
	}
	return CALL(m->vm, KVM_SIGNAL_MSI, &message) || machine_run_to_done(m, ms);
}

/* ---- the chips ---- */

static int start_timer(struct guest *m, uint32_t lvt, uint64_t count, bool deadline, int wanted)
{
	struct kvm_regs regs;

	if (guest_get_regs(m, 0, &regs)) {
		return -1;
	}
	regs.rdi = lvt;
	regs.rsi = count;
	regs.rdx = deadline;
	regs.rbx = wanted;
	return guest_set_regs(m, 0, &regs);
}

static int start_periodic(struct guest *m)
{
	return start_timer(m, 0x20031, PERIOD_MS * MS, false, 4);
}

static int start_one_shot(struct guest *m)
{
	return start_timer(m, 0x31, TIMER_MS * MS, false, 1);
}

static int start_deadline(struct guest *m)
{
	uint64_t khz = ioctl(m->vcpu[0], KVM_GET_TSC_KHZ, 0);

	return start_timer(m, 0x40031, TIMER_MS * khz, true, 1);
}

/* Not early; an emulated Linux may be mistaken in the rate of its TSC by a tenth. */
static int check_elapsed(struct guest *m, const struct saved *s)
{
	uint64_t khz = ioctl(m->vcpu[0], KVM_GET_TSC_KHZ, 0);
	uint64_t elapsed = guest_value(m, 1) - guest_value(m, 0);

	(void)s;
	if (elapsed < TIMER_MS * khz / 100 * 75) {
		failed("fired after %lu us", elapsed * 1000 / khz);
		return -1;
	}
	return 0;
}

static int drive(struct guest *m, int line, int level)
{
	struct kvm_irq_level l = {.irq = line, .level = level};

	return CALL(m->vm, KVM_IRQ_LINE, &l);
}

static int raise_5_7(struct guest *m)
{
	return drive(m, 5, 1) || drive(m, 7, 1);
}

static int lower_5(struct guest *m)
{
	return drive(m, 5, 0);
}

static int check_ioapic(struct guest *m, const struct saved *s)
{
	(void)s;
	if (guest_value(m, 0) != 0xc045) {
		failed("the window shows 0x%lx: not entry 5 with remote IRR", guest_value(m, 0));
		return -1;
	}
	return 0;
}

static int raise_3_4(struct guest *m)
{
	return drive(m, 3, 1) || drive(m, 4, 1);
}

static int raise_10(struct guest *m)
{
	return drive(m, 10, 1);
}

static int check_pic(struct guest *m, const struct saved *s)
{
	(void)s;
	if (guest_value(m, 0) != 8 || guest_value(m, 1) != 0x20 || guest_value(m, 2) != 0xe3) {
		failed("ISR 0x%lx, ELCR 0x%lx, mask 0x%lx", guest_value(m, 0), guest_value(m, 1),
		       guest_value(m, 2));
		return -1;
	}
	return 0;
}

static int check_pit(struct guest *m, const struct saved *s)
{
	uint64_t latched = guest_value(m, 0) | guest_value(m, 1) << 8;
	struct kvm_pit_state2 now;

	if (CALL(m->vm, KVM_GET_PIT2, &now)) {
		return -1;
	}
	if (latched != s->pit.channels[0].latched_count || (guest_value(m, 2) & 0x7f) != 0x36 ||
	    (guest_value(m, 3) & 3) != 3 || now.channels[1].count != 0xf234) {
		failed("latched 0x%lx, status 0x%lx, port 61h 0x%lx, count 0x%x", latched,
		       guest_value(m, 2), guest_value(m, 3), now.channels[1].count);
		return -1;
	}
	return 0;
}

#define CODE(name) guest_state_##name, guest_state_##name##_end

const struct scene scenes[] = {
	{"registers", CODE(registers), 1, 1, start_registers, {0}, NULL, check_registers, ""},
	{"clock", CODE(clock), 1, 1, NULL, {0}, NULL, check_clock, ""},
	{"exception", CODE(event), 1, 1, NULL, {plant_exception}, NULL, check_exception, "0d 01"},
	{"interrupt", CODE(event), 1, 1, NULL, {plant_interrupt}, NULL, NULL, "77 01"},
	{"nmi", CODE(nmi), 1, 2, NULL, {send_nmi, send_nmi}, NULL, NULL, "02 ee 02 01"},
	{"shadow", CODE(shadow), 1, 1, NULL, {plant_shadow}, NULL, check_shadow, "55 01"},
	{"triple fault", CODE(event), 1, 1, NULL, {0}, run_triple_fault, NULL, ""},
	{"halted", CODE(halted), 1, 0, NULL, {0}, run_halted, NULL, "66 01"},
	{"startup", CODE(startup), 2, 1, NULL, {0}, NULL, NULL, ""},
	{"periodic timer", CODE(timer), 1, 1, start_periodic, {0}, NULL, NULL, "31 31 31 31"},
	{"one-shot timer", CODE(timer), 1, 1, start_one_shot, {0}, NULL, check_elapsed, "31"},
	{"deadline timer", CODE(timer), 1, 1, start_deadline, {0}, NULL, check_elapsed, "31"},
	{"local apic", CODE(interrupts), 1, 1, NULL, {0}, NULL, NULL,
	 "51 61 01 02 41 03 04 2f 05"},
	{"ioapic", CODE(ioapic), 1, 2, NULL, {raise_5_7, NULL, lower_5}, NULL, check_ioapic,
	 "45 01 45 02 03 47 04"},
	{"pic", CODE(pic), 1, 2, NULL, {raise_3_4, NULL, raise_10}, NULL, check_pic,
	 "23 01 24 02 2a 03"},
	{"pit", CODE(pit), 1, 1, NULL, {0}, NULL, check_pit, "20 20 20"},
};
const int scene_count = sizeof(scenes) / sizeof(scenes[0]);

const struct drop drops[] = {
	{"regs", REGS, "registers"},
	{"sregs", SREGS, "registers"},
	{"xsave", FPU, "registers"},
	{"xcrs", XCRS, "registers"},
	{"msrs", MSRS, "registers"},
	{"debugregs", DEBUGREGS, "registers"},
	{"tsc", TSC, "clock"},
	{"kvmclock", CLOCK, "clock"},
	{"kvmclock msr", CLOCK_MSR, "clock"},
	{"exception", EXCEPTION, "exception"},
	{"interrupt", INTERRUPT, "interrupt"},
	{"nmi pending", NMI_PENDING, "nmi"},
	{"nmi masked", NMI_MASKED, "nmi"},
	{"shadow", SHADOW, "shadow"},
	{"triple fault", TRIPLE_FAULT, "triple fault"},
	{"mp_state", MP_STATE, "halted"},
	{"mp_state of the second", MP_STATE_1, "startup"},
	{"lapic", LAPIC, "local apic"},
	{"lapic, its timer", LAPIC, "periodic timer"},
	{"deadline", DEADLINE, "deadline timer"},
	{"ioapic", IOAPIC, "ioapic"},
	{"master pic", PIC_MASTER, "pic"},
	{"slave pic", PIC_SLAVE, "pic"},
	{"pit", PIT, "pit"},
};
const int drop_count = sizeof(drops) / sizeof(drops[0]);
