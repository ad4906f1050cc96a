/* SPDX-License-Identifier: BSD-2-Clause */
/* Port accesses as exits: sizes, directions, strings, prefixes, and completion of a pending one. */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "tests/selftest/test.h"

GUEST_CODE_OF(out_sizes);
GUEST_CODE_OF(in_sizes);
GUEST_CODE_OF(out_string);
GUEST_CODE_OF(io_prefixes);
GUEST_CODE_OF(in_once);

/* The next exit must be this access; `value` is compared for OUT and given for IN. */
static enum result expect(struct guest *guest, int direction, int port, int size, uint32_t value)
{
	struct kvm_run *run = guest->run[0];
	uint32_t data = 0;

	TRY(guest_run_to(guest, 0, KVM_EXIT_IO));
	CHECK(run->io.direction == direction && run->io.port == port && run->io.size == size &&
	      run->io.count == 1, "direction %u port 0x%x size %u count %u, wanted %d 0x%x %d 1",
	      run->io.direction, run->io.port, run->io.size, run->io.count, direction, port, size);
	if (direction == KVM_EXIT_IO_IN) {
		memcpy(guest_io_data(guest, 0), &value, size);
		return PASSED;
	}
	memcpy(&data, guest_io_data(guest, 0), size);
	CHECK(data == value, "data 0x%x, not 0x%x", data, value);
	return PASSED;
}

static enum result out_sizes(struct guest *guest)
{
	LOAD(guest, out_sizes);
	TRY(guest_enter_long(guest, 0));
	TRY(expect(guest, KVM_EXIT_IO_OUT, PORT_TEST, 1, 0x11));
	TRY(expect(guest, KVM_EXIT_IO_OUT, PORT_TEST, 2, 0x2211));
	TRY(expect(guest, KVM_EXIT_IO_OUT, PORT_TEST, 4, 0x44332211));
	TRY(expect(guest, KVM_EXIT_IO_OUT, 0x80, 4, 0x44332211));
	TRY(guest_run_to_done(guest, 0));
	return PASSED;
}

static enum result in_sizes(struct guest *guest)
{
	LOAD(guest, in_sizes);
	TRY(guest_enter_long(guest, 0));
	TRY(expect(guest, KVM_EXIT_IO_IN, PORT_TEST, 1, 0x5a));
	TRY(expect(guest, KVM_EXIT_IO_IN, PORT_TEST, 2, 0x1234));
	TRY(expect(guest, KVM_EXIT_IO_IN, PORT_TEST, 4, 0x87654321));
	TRY(guest_run_to_done(guest, 0));
	CHECK(guest_value(guest, 0) == 0xffffffffffffff5a, "8 bits: 0x%llx",
	      (unsigned long long)guest_value(guest, 0));
	CHECK(guest_value(guest, 1) == 0xffffffffffff1234, "16 bits: 0x%llx",
	      (unsigned long long)guest_value(guest, 1));
	CHECK(guest_value(guest, 2) == 0x87654321, "32 bits: 0x%llx",
	      (unsigned long long)guest_value(guest, 2));
	return PASSED;
}

/* KVM may give a REP OUTS in one exit or in several; the bytes and the end state must be right. */
static enum result out_string(struct guest *guest)
{
	struct kvm_run *run = guest->run[0];
	char text[8] = "";
	uint32_t length = 0;

	LOAD(guest, out_string);
	TRY(guest_enter_long(guest, 0));
	while (length < 5) {
		TRY(guest_run_to(guest, 0, KVM_EXIT_IO));
		CHECK(run->io.port == PORT_TEST && run->io.size == 1 && run->io.count <= 5 - length,
		      "port 0x%x size %u count %u", run->io.port, run->io.size, run->io.count);
		memcpy(text + length, guest_io_data(guest, 0), run->io.count);
		length += run->io.count;
	}
	CHECK(!strcmp(text, "hello"), "text %s", text);
	TRY(expect(guest, KVM_EXIT_IO_OUT, PORT_TEST, 2, 'X' | 'Y' << 8));
	TRY(guest_run_to_done(guest, 0));
	CHECK(guest_value(guest, 1) == 0, "RCX 0x%llx at the end",
	      (unsigned long long)guest_value(guest, 1));
	return PASSED;
}

static enum result prefixes(struct guest *guest)
{
	struct kvm_regs regs;

	LOAD(guest, io_prefixes);
	TRY(guest_enter_long(guest, 0));
	TRY(guest_get_regs(guest, 0, &regs));
	regs.rax = 0x4142;
	TRY(guest_set_regs(guest, 0, &regs));
	TRY(expect(guest, KVM_EXIT_IO_OUT, PORT_TEST, 1, 0x42));
	TRY(expect(guest, KVM_EXIT_IO_OUT, PORT_TEST, 2, 0x4142));
	TRY(expect(guest, KVM_EXIT_IO_OUT, 0x80, 1, 0x42));
	TRY(guest_run_to_done(guest, 0));
	CHECK(guest_value(guest, 0) == 0x77, "the code behind was not reached");
	return PASSED;
}

/* immediate_exit: the pending IN completes, the guest does not run, the reason stays. */
static enum result immediate_exit(struct guest *guest)
{
	struct kvm_run *run = guest->run[0];
	struct kvm_regs before, after;

	LOAD(guest, in_once);
	TRY(guest_enter_long(guest, 0));
	TRY(expect(guest, KVM_EXIT_IO_IN, PORT_TEST, 1, 0x5a));
	TRY(guest_get_regs(guest, 0, &before));
	run->immediate_exit = 1;
	CHECK(ioctl(guest->vcpu[0], KVM_RUN, 0) == -1 && errno == EINTR, "KVM_RUN did not EINTR");
	CHECK(run->exit_reason == KVM_EXIT_IO, "exit reason changed to %u", run->exit_reason);
	TRY(guest_get_regs(guest, 0, &after));
	CHECK(after.rax == 0x5a, "RAX 0x%llx", after.rax);
	CHECK(guest_value(guest, 0) == 0, "the guest ran");
	CHECK(ioctl(guest->vcpu[0], KVM_RUN, 0) == -1 && errno == EINTR, "second KVM_RUN");
	run->immediate_exit = 0;
	TRY(guest_run_to_done(guest, 0));
	CHECK(guest_value(guest, 0) == 0x5a, "value 0x%llx",
	      (unsigned long long)guest_value(guest, 0));
	return PASSED;
}

static const struct test rows[] = {
	{ "OUT of 1, 2, 4 bytes", 1, 0, out_sizes },
	{ "IN of 1, 2, 4 bytes", 1, 0, in_sizes },
	{ "REP OUTSB and OUTSW", 1, 0, out_string },
	{ "prefixes before OUT and CPUID", 1, 0, prefixes },
	{ "immediate_exit completes a pending IN", 1, 0, immediate_exit },
};

TEST_TABLE(io_tests, rows);
