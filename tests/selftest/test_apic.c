/* SPDX-License-Identifier: BSD-2-Clause */
/* Interrupts from the chips in the hypervisor: x2APIC by MSRs, its timers, the PIC behind LINT0. */
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#include "tests/selftest/test.h"

GUEST_CODE_OF(self_ipi);
GUEST_CODE_OF(apic_timer);
GUEST_CODE_OF(deadline);
GUEST_CODE_OF(pic);

#define X2APIC_GUEST (GUEST_WITH_IRQCHIP | GUEST_WITH_CPUID | GUEST_IN_X2APIC)
#define PIC_LINE 4

static enum result self_ipi(struct guest *guest)
{
	LOAD(guest, self_ipi);
	TRY(guest_enter_long(guest, 0));
	TRY(guest_run_to_done(guest, 0));
	CHECK(guest_value(guest, 0) == 0, "x2APIC id %llu",
	      (unsigned long long)guest_value(guest, 0));
	CHECK(guest_value(guest, 1) == 1, "%llu interrupts after the self IPI",
	      (unsigned long long)guest_value(guest, 1));
	CHECK(guest_value(guest, 2) == 2, "%llu interrupts after the ICR",
	      (unsigned long long)guest_value(guest, 2));
	CHECK(guest_word(guest, RESULT_VECTOR) == 0x62, "last vector 0x%llx",
	      (unsigned long long)guest_word(guest, RESULT_VECTOR));
	return PASSED;
}

static enum result apic_timer(struct guest *guest)
{
	LOAD(guest, apic_timer);
	TRY(guest_enter_long(guest, 0));
	TRY(guest_run_to_done(guest, 0));
	CHECK(guest_word(guest, RESULT_COUNT) == 1 && guest_word(guest, RESULT_VECTOR) == 0x63,
	      "%llu interrupts, vector 0x%llx", (unsigned long long)guest_word(guest, RESULT_COUNT),
	      (unsigned long long)guest_word(guest, RESULT_VECTOR));
	CHECK(guest_value(guest, 0) == 0, "the count stands at %llu",
	      (unsigned long long)guest_value(guest, 0));
	return PASSED;
}

static enum result deadline(struct guest *guest)
{
	LOAD(guest, deadline);
	TRY(guest_enter_long(guest, 0));
	TRY(guest_run_to_done(guest, 0));
	CHECK(guest_word(guest, RESULT_COUNT) == 1 && guest_word(guest, RESULT_VECTOR) == 0x64,
	      "%llu interrupts, vector 0x%llx", (unsigned long long)guest_word(guest, RESULT_COUNT),
	      (unsigned long long)guest_word(guest, RESULT_VECTOR));
	CHECK((int64_t)guest_value(guest, 0) >= 0, "%lld ticks too early",
	      -(long long)guest_value(guest, 0));
	CHECK(guest_value(guest, 1) == 0, "the deadline MSR reads 0x%llx",
	      (unsigned long long)guest_value(guest, 1));
	return PASSED;
}

static int set_line(struct guest *guest, int level)
{
	struct kvm_irq_level line = { .irq = PIC_LINE, .level = level };

	if (ioctl(guest->vm, KVM_IRQ_LINE, &line)) {
		failed("KVM_IRQ_LINE: %s", strerror(errno));
		return -1;
	}
	return 0;
}

static enum result check_pic(struct guest *guest)
{
	CHECK((guest_value(guest, 0) & 0xff) == 0xef, "the mask reads 0x%llx",
	      (unsigned long long)guest_value(guest, 0) & 0xff);
	CHECK(guest_value(guest, 1) == 1 && guest_word(guest, RESULT_VECTOR) == 0x20 + PIC_LINE,
	      "%llu interrupts, vector 0x%llx", (unsigned long long)guest_value(guest, 1),
	      (unsigned long long)guest_word(guest, RESULT_VECTOR));
	return PASSED;
}

static enum result pic(struct guest *guest)
{
	LOAD(guest, pic);
	TRY(guest_enter_long(guest, 0));
	TRY(guest_run_to_step(guest, 0, 1));
	TRY(set_line(guest, 1));
	TRY(guest_run_to_done(guest, 0));
	TRY(set_line(guest, 0));
	return check_pic(guest);
}

static void *raise_later(void *argument)
{
	struct timespec pause = { .tv_nsec = 50000000 };

	nanosleep(&pause, NULL);
	set_line(argument, 1);
	return NULL;
}

/* The vCPU halts inside KVM_RUN; another thread's interrupt wakes it. */
static enum result halt_wake_up(struct guest *guest)
{
	pthread_t thread;
	int result;

	LOAD(guest, pic);
	TRY(guest_enter_long(guest, 0));
	TRY(guest_run_to_step(guest, 0, 1));
	CHECK(!pthread_create(&thread, NULL, raise_later, guest), "pthread_create");
	result = guest_run_to_done(guest, 0);
	pthread_join(thread, NULL);
	TRY(result);
	return check_pic(guest);
}

static const struct test rows[] = {
	{ "x2APIC: self IPI and ICR", 1, X2APIC_GUEST, self_ipi },
	{ "x2APIC: one-shot timer wakes HLT", 1, X2APIC_GUEST, apic_timer },
	{ "x2APIC: TSC deadline wakes HLT", 1, X2APIC_GUEST, deadline },
	{ "PIC interrupt through LINT0", 1, X2APIC_GUEST, pic },
	{ "KVM_IRQ_LINE of another thread wakes HLT", 1, X2APIC_GUEST, halt_wake_up },
};

TEST_TABLE(apic_tests, rows);
