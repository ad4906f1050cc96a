/* SPDX-License-Identifier: BSD-2-Clause */
/* Each CPU mode runs code, computes with its own operand size and leaves by an expected exit. */
#include <string.h>

#include "tests/selftest/test.h"

GUEST_CODE_OF(real);
GUEST_CODE_OF(real_interrupt);
GUEST_CODE_OF(protected);
GUEST_CODE_OF(pae);
GUEST_CODE_OF(long);
GUEST_CODE_OF(climb);

static enum result real_mode(struct guest *guest)
{
	LOAD(guest, real);
	TRY(guest_enter_real(guest, 0));
	TRY(guest_run_to(guest, 0, KVM_EXIT_IO));
	CHECK(guest->run[0]->io.port == PORT_TEST && guest->run[0]->io.size == 1 &&
	      guest->run[0]->io.count == 1, "wrong port exit");
	CHECK(*guest_io_data(guest, 0) == 0x11, "data 0x%x", *guest_io_data(guest, 0));
	TRY(guest_run_to(guest, 0, KVM_EXIT_HLT));
	CHECK((guest_word(guest, GUEST_DATA) & 0xffff) == 0x11, "memory 0x%llx",
	      (unsigned long long)guest_word(guest, GUEST_DATA));
	return PASSED;
}

static enum result real_interrupt(struct guest *guest)
{
	struct kvm_regs regs;

	LOAD(guest, real_interrupt);
	TRY(guest_enter_real(guest, 0));
	TRY(guest_run_to(guest, 0, KVM_EXIT_HLT));
	TRY(guest_get_regs(guest, 0, &regs));
	CHECK((regs.rbx & 0xffff) == 0x1110, "bx 0x%llx", regs.rbx);
	CHECK((regs.rsp & 0xffff) == 0xf000, "sp 0x%llx", regs.rsp);
	return PASSED;
}

static enum result protected_mode(struct guest *guest)
{
	LOAD(guest, protected);
	TRY(guest_enter_protected(guest, 0));
	TRY(guest_run_to(guest, 0, KVM_EXIT_HLT));
	CHECK((guest_value(guest, 0) & 0xffffffff) == 0x11, "sum 0x%llx",
	      (unsigned long long)guest_value(guest, 0));
	CHECK((guest_value(guest, 1) & 0x80000001) == 1, "CR0 0x%llx",
	      (unsigned long long)guest_value(guest, 1));
	CHECK((guest_value(guest, 2) & 0xffffffff) == 0x1234, "stack");
	return PASSED;
}

static enum result pae_paging(struct guest *guest)
{
	static const uint64_t alias = GUEST_PD | 1;

	LOAD(guest, pae);
	memcpy(guest->memory + GUEST_PAE_PDPT + 8, &alias, sizeof(alias));
	TRY(guest_enter_pae(guest, 0));
	TRY(guest_run_to(guest, 0, KVM_EXIT_HLT));
	CHECK((guest_value(guest, 0) & 0xffffffff) == 0x600d, "read 0x%llx through the alias",
	      (unsigned long long)guest_value(guest, 0));
	CHECK(guest_value(guest, 1) & 0x20, "CR4 0x%llx",
	      (unsigned long long)guest_value(guest, 1));
	return PASSED;
}

static enum result long_mode(struct guest *guest)
{
	LOAD(guest, long);
	TRY(guest_enter_long(guest, 0));
	TRY(guest_run_to(guest, 0, KVM_EXIT_HLT));
	CHECK(guest_value(guest, 0) == 0x11, "sum 0x%llx",
	      (unsigned long long)guest_value(guest, 0));
	CHECK(guest_value(guest, 1) & 0x20, "CR4 0x%llx",
	      (unsigned long long)guest_value(guest, 1));
	CHECK((guest_value(guest, 2) & 0x1500) == 0x500, "EFER 0x%llx",
	      (unsigned long long)guest_value(guest, 2));
	return PASSED;
}

static enum result climb(struct guest *guest)
{
	struct kvm_sregs sregs;

	LOAD(guest, climb);
	TRY(guest_enter_real(guest, 0));
	TRY(guest_run_to(guest, 0, KVM_EXIT_HLT));
	CHECK(guest_value(guest, 0) == 0x123456789abcdef0, "value 0x%llx",
	      (unsigned long long)guest_value(guest, 0));
	TRY(guest_get_sregs(guest, 0, &sregs));
	CHECK(sregs.cs.l && (sregs.efer & 0x500) == 0x500 && sregs.cr3 == GUEST_PML4,
	      "cs.l %d efer 0x%llx cr3 0x%llx", sregs.cs.l, sregs.efer, sregs.cr3);
	return PASSED;
}

static const struct test rows[] = {
	{ "real mode", 1, 0, real_mode },
	{ "real mode interrupt", 1, 0, real_interrupt },
	{ "protected mode", 1, 0, protected_mode },
	{ "PAE paging", 1, 0, pae_paging },
	{ "long mode", 1, 0, long_mode },
	{ "real mode to long mode", 1, GUEST_WITH_CPUID, climb },
};

TEST_TABLE(mode_tests, rows);
