/* SPDX-License-Identifier: BSD-2-Clause */
/* Exceptions in the guest and interrupts injected without an interrupt chip. */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "tests/selftest/test.h"

GUEST_CODE_OF(ud);
GUEST_CODE_OF(de);
GUEST_CODE_OF(pf);
GUEST_CODE_OF(gp);
GUEST_CODE_OF(soft_interrupt);
GUEST_CODE_OF(ud_far_stack);
GUEST_CODE_OF(window);
GUEST_CODE_OF(sti_shadow);
GUEST_CODE_OF(halt);

/* Runs loaded code to its end and checks the one exception that it took, at the RIP it names. */
static enum result one_exception(struct guest *guest, uint64_t vector, uint64_t error)
{
	TRY(guest_enter_long(guest, 0));
	TRY(guest_run_to_done(guest, 0));
	CHECK(guest_word(guest, RESULT_COUNT) == 1, "%llu exceptions",
	      (unsigned long long)guest_word(guest, RESULT_COUNT));
	CHECK(guest_word(guest, RESULT_VECTOR) == vector &&
	      guest_word(guest, RESULT_ERROR) == error,
	      "vector %llu error 0x%llx", (unsigned long long)guest_word(guest, RESULT_VECTOR),
	      (unsigned long long)guest_word(guest, RESULT_ERROR));
	CHECK(guest_word(guest, RESULT_RIP) == guest_value(guest, 0), "RIP 0x%llx, not 0x%llx",
	      (unsigned long long)guest_word(guest, RESULT_RIP),
	      (unsigned long long)guest_value(guest, 0));
	return PASSED;
}

static enum result ud(struct guest *guest)
{
	LOAD(guest, ud);
	return one_exception(guest, 6, 0);
}

static enum result de(struct guest *guest)
{
	LOAD(guest, de);
	return one_exception(guest, 0, 0);
}

static enum result pf(struct guest *guest)
{
	LOAD(guest, pf);
	TRY(one_exception(guest, 14, 2));	/* a write, not present */
	CHECK(guest_word(guest, RESULT_CR2) == 0x40000123, "CR2 0x%llx",
	      (unsigned long long)guest_word(guest, RESULT_CR2));
	return PASSED;
}

static enum result gp(struct guest *guest)
{
	LOAD(guest, gp);
	return one_exception(guest, 13, 0);
}

static enum result ud_far_stack(struct guest *guest)
{
	LOAD(guest, ud_far_stack);
	return one_exception(guest, 6, 0);
}

static enum result soft_interrupt(struct guest *guest)
{
	LOAD(guest, soft_interrupt);
	TRY(guest_enter_long(guest, 0));
	TRY(guest_run_to_done(guest, 0));
	CHECK(guest_word(guest, RESULT_COUNT) == 2, "%llu interrupts",
	      (unsigned long long)guest_word(guest, RESULT_COUNT));
	CHECK(guest_value(guest, 0) == guest_value(guest, 1), "INT: return to 0x%llx, not 0x%llx",
	      (unsigned long long)guest_value(guest, 0), (unsigned long long)guest_value(guest, 1));
	CHECK(guest_value(guest, 2) == guest_value(guest, 3), "INT3: return to 0x%llx, not 0x%llx",
	      (unsigned long long)guest_value(guest, 2), (unsigned long long)guest_value(guest, 3));
	CHECK(guest_word(guest, RESULT_VECTOR) == 3, "last vector %llu",
	      (unsigned long long)guest_word(guest, RESULT_VECTOR));
	return PASSED;
}

static enum result inject(struct guest *guest, uint32_t vector)
{
	struct kvm_interrupt interrupt = { .irq = vector };

	CHECK(!ioctl(guest->vcpu[0], KVM_INTERRUPT, &interrupt), "KVM_INTERRUPT: %s",
	      strerror(errno));
	return PASSED;
}

static enum result window(struct guest *guest)
{
	struct kvm_run *run = guest->run[0];

	LOAD(guest, window);
	TRY(guest_enter_long(guest, 0));
	TRY(guest_run_to_step(guest, 0, 1));
	CHECK(!run->if_flag && !run->ready_for_interrupt_injection,
	      "interrupts off, but if_flag %u ready %u", run->if_flag,
	      run->ready_for_interrupt_injection);
	run->request_interrupt_window = 1;
	TRY(guest_run_to(guest, 0, KVM_EXIT_IRQ_WINDOW_OPEN));
	CHECK(run->if_flag && run->ready_for_interrupt_injection, "if_flag %u ready %u",
	      run->if_flag, run->ready_for_interrupt_injection);
	CHECK(guest_word(guest, RESULT_COUNT) == 0, "an interrupt came from nowhere");
	run->request_interrupt_window = 0;
	TRY(inject(guest, 0x41));
	TRY(guest_run_to_done(guest, 0));
	CHECK(guest_word(guest, RESULT_COUNT) == 1 && guest_word(guest, RESULT_VECTOR) == 0x41,
	      "%llu interrupts, vector 0x%llx", (unsigned long long)guest_word(guest, RESULT_COUNT),
	      (unsigned long long)guest_word(guest, RESULT_VECTOR));
	return PASSED;
}

/* Injected while interrupts are off: it waits for STI and the instruction behind it. */
static enum result sti_shadow(struct guest *guest)
{
	struct kvm_run *run = guest->run[0];
	struct kvm_regs regs;

	LOAD(guest, sti_shadow);
	TRY(guest_enter_long(guest, 0));
	TRY(guest_run_to_step(guest, 0, 1));
	run->request_interrupt_window = 1;
	TRY(guest_run_to(guest, 0, KVM_EXIT_IRQ_WINDOW_OPEN));
	run->request_interrupt_window = 0;
	TRY(guest_get_regs(guest, 0, &regs));
	CHECK(regs.rbx == 0x5a5a, "the window opened in the shadow of STI, at rip 0x%llx",
	      regs.rip);
	TRY(inject(guest, 0x42));
	TRY(guest_run_to_done(guest, 0));
	CHECK(guest_word(guest, RESULT_VECTOR) == 0x42, "vector 0x%llx",
	      (unsigned long long)guest_word(guest, RESULT_VECTOR));
	return PASSED;
}

static enum result halt(struct guest *guest)
{
	LOAD(guest, halt);
	TRY(guest_enter_long(guest, 0));
	TRY(guest_run_to(guest, 0, KVM_EXIT_HLT));
	TRY(inject(guest, 0x43));
	TRY(guest_run_to_done(guest, 0));
	CHECK(guest_value(guest, 0) == 1 && guest_word(guest, RESULT_VECTOR) == 0x43,
	      "%llu interrupts before the code behind HLT",
	      (unsigned long long)guest_value(guest, 0));
	return PASSED;
}

static const struct test rows[] = {
	{ "#UD in the guest", 1, 0, ud },
	{ "#DE in the guest", 1, 0, de },
	{ "#PF in the guest with CR2 and error code", 1, 0, pf },
	{ "#GP in the guest", 1, 0, gp },
	{ "#UD delivered on an untouched stack", 1, 0, ud_far_stack },
	{ "INT n and INT3 delivered on an untouched stack", 1, 0, soft_interrupt },
	{ "interrupt window and KVM_INTERRUPT", 1, 0, window },
	{ "interrupt window after the shadow of STI", 1, 0, sti_shadow },
	{ "HLT exit, ended by KVM_INTERRUPT", 1, 0, halt },
};

TEST_TABLE(event_tests, rows);
