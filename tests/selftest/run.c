/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Running a micro-guest to an exit that the test names; every other exit fails it with what it
 * was.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "tests/selftest/test.h"

static int wrong_exit(struct guest *guest, int vcpu, const char *wanted)
{
	struct kvm_run *run = guest->run[vcpu];
	struct kvm_regs regs = { 0 };
	char detail[96] = "";

	ioctl(guest->vcpu[vcpu], KVM_GET_REGS, &regs);
	if (run->exit_reason == KVM_EXIT_IO) {
		snprintf(detail, sizeof(detail), " port 0x%x %s size %u data 0x%x", run->io.port,
			 run->io.direction ? "out" : "in", run->io.size,
			 *guest_io_data(guest, vcpu));
	} else if (run->exit_reason == KVM_EXIT_INTERNAL_ERROR) {
		snprintf(detail, sizeof(detail), " suberror %u", run->internal.suberror);
	} else if (run->exit_reason == KVM_EXIT_FAIL_ENTRY) {
		snprintf(detail, sizeof(detail), " hardware reason 0x%llx",
			 run->fail_entry.hardware_entry_failure_reason);
	} else if (run->exit_reason == KVM_EXIT_MMIO) {
		snprintf(detail, sizeof(detail), " gpa 0x%llx", run->mmio.phys_addr);
	}
	failed("exit reason %u%s at rip 0x%llx, not %s; last vector %d, error 0x%llx, rip 0x%llx",
	       run->exit_reason, detail, regs.rip, wanted,
	       guest_word(guest, RESULT_COUNT) ? (int)guest_word(guest, RESULT_VECTOR) : -1,
	       (unsigned long long)guest_word(guest, RESULT_ERROR),
	       (unsigned long long)guest_word(guest, RESULT_RIP));
	return -1;
}

int guest_run(struct guest *guest, int vcpu)
{
	while (ioctl(guest->vcpu[vcpu], KVM_RUN, 0)) {
		if (errno != EINTR && errno != EAGAIN) {
			failed("KVM_RUN: %s", strerror(errno));
			return -1;
		}
	}
	return 0;
}

int guest_run_to(struct guest *guest, int vcpu, uint32_t reason)
{
	char wanted[16];

	if (guest_run(guest, vcpu)) {
		return -1;
	}
	snprintf(wanted, sizeof(wanted), "%u", reason);
	return guest->run[vcpu]->exit_reason == reason ? 0 : wrong_exit(guest, vcpu, wanted);
}

static int run_to_port(struct guest *guest, int vcpu, int port, int value, const char *wanted)
{
	struct kvm_run *run = guest->run[vcpu];

	if (guest_run(guest, vcpu)) {
		return -1;
	}
	if (run->exit_reason != KVM_EXIT_IO || run->io.direction != KVM_EXIT_IO_OUT ||
	    run->io.port != port || (value >= 0 && *guest_io_data(guest, vcpu) != value)) {
		return wrong_exit(guest, vcpu, wanted);
	}
	return 0;
}

int guest_run_to_step(struct guest *guest, int vcpu, int step)
{
	char wanted[16];

	snprintf(wanted, sizeof(wanted), "step %d", step);
	return run_to_port(guest, vcpu, PORT_STEP, step, wanted);
}

int guest_run_to_done(struct guest *guest, int vcpu)
{
	return run_to_port(guest, vcpu, PORT_DONE, -1, "the end");
}
