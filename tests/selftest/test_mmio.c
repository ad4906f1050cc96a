/* SPDX-License-Identifier: BSD-2-Clause */
/* Accesses to addresses without memory reach the VMM as KVM_EXIT_MMIO; the APIC's page does not. */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "tests/selftest/test.h"

GUEST_CODE_OF(mmio_moves);
GUEST_CODE_OF(mmio_cross);
GUEST_CODE_OF(mmio_change);
GUEST_CODE_OF(mmio_strings);
GUEST_CODE_OF(mmio_wide);
GUEST_CODE_OF(mmio_float);
GUEST_CODE_OF(mmio_real);
GUEST_CODE_OF(mmio_32);
GUEST_CODE_OF(xapic);

#define DEVICE 0x20000000ull

typedef unsigned long long number;

static int set_rbx(struct guest *guest, uint64_t rbx)
{
	struct kvm_regs regs;

	if (guest_get_regs(guest, 0, &regs)) {
		return -1;
	}
	regs.rbx = rbx;
	return guest_set_regs(guest, 0, &regs);
}

/* The next exit must be a read of len bytes, which gets the value. */
static int read_at(struct guest *guest, uint64_t address, uint32_t len, uint64_t value)
{
	struct kvm_run *run = guest->run[0];

	if (guest_run_to(guest, 0, KVM_EXIT_MMIO)) {
		return -1;
	}
	if (run->mmio.is_write || run->mmio.phys_addr != address || run->mmio.len != len) {
		failed("%s of %u bytes at 0x%llx instead of a read of %u at 0x%llx",
		       run->mmio.is_write ? "write" : "read", run->mmio.len,
		       (number)run->mmio.phys_addr, len, (number)address);
		return -1;
	}
	memcpy(run->mmio.data, &value, 8);
	return 0;
}

static int write_at(struct guest *guest, uint64_t address, uint32_t len, uint64_t value)
{
	struct kvm_run *run = guest->run[0];
	uint64_t written = 0;

	if (guest_run_to(guest, 0, KVM_EXIT_MMIO)) {
		return -1;
	}
	memcpy(&written, run->mmio.data, run->mmio.len <= 8 ? run->mmio.len : 8);
	if (!run->mmio.is_write || run->mmio.phys_addr != address || run->mmio.len != len ||
	    written != value) {
		failed("%s of %u bytes 0x%llx at 0x%llx instead of a write of %u, 0x%llx at 0x%llx",
		       run->mmio.is_write ? "write" : "read", run->mmio.len, (number)written,
		       (number)run->mmio.phys_addr, len, (number)value, (number)address);
		return -1;
	}
	return 0;
}

static enum result values_are(struct guest *guest, const uint64_t *values, int count)
{
	for (int i = 0; i < count; i++) {
		CHECK(guest_value(guest, i) == values[i], "value %d is 0x%llx instead of 0x%llx", i,
		      (number)guest_value(guest, i), (number)values[i]);
	}
	return PASSED;
}

static enum result moves(struct guest *guest)
{
	static const uint64_t values[] = { 0xffffffffffffff12, 0xffffffffffff3456, 0x89abcdef,
					   0x1122334455667788, 0x81, 0xffffffffffff8765 };

	LOAD(guest, mmio_moves);
	TRY(guest_enter_long(guest, 0));
	TRY(set_rbx(guest, DEVICE));
	TRY(read_at(guest, DEVICE, 1, 0x12));
	TRY(read_at(guest, DEVICE + 2, 2, 0x3456));
	TRY(read_at(guest, DEVICE + 4, 4, 0x89abcdef));
	TRY(read_at(guest, DEVICE + 8, 8, 0x1122334455667788));
	TRY(read_at(guest, DEVICE + 16, 1, 0x81));
	TRY(read_at(guest, DEVICE + 18, 2, 0x8765));
	TRY(write_at(guest, DEVICE, 1, 0x88));
	TRY(write_at(guest, DEVICE + 2, 2, 0x7788));
	TRY(write_at(guest, DEVICE + 4, 4, 0x55667788));
	TRY(write_at(guest, DEVICE + 8, 8, 0x1122334455667788));
	TRY(write_at(guest, DEVICE + 16, 8, -2ull));
	TRY(guest_run_to_done(guest, 0));
	return values_are(guest, values, 6);
}

static enum result crossing(struct guest *guest)
{
	LOAD(guest, mmio_cross);
	TRY(guest_enter_long(guest, 0));
	TRY(set_rbx(guest, DEVICE + 0xffe));
	TRY(read_at(guest, DEVICE + 0xffe, 2, 0x1234));
	TRY(read_at(guest, DEVICE + 0x1000, 2, 0x5678));
	TRY(write_at(guest, DEVICE + 0xffe, 2, 0x3344));
	TRY(write_at(guest, DEVICE + 0x1000, 2, 0x1122));
	TRY(guest_run_to_done(guest, 0));
	CHECK(guest_value(guest, 0) == 0x56781234, "read 0x%llx", (number)guest_value(guest, 0));
	return PASSED;
}

/* Half of the access is memory. */
static enum result crossing_from_memory(struct guest *guest)
{
	LOAD(guest, mmio_cross);
	TRY(guest_enter_long(guest, 0));
	TRY(set_rbx(guest, GUEST_MEMORY_SIZE - 2));
	memcpy(guest->memory + GUEST_MEMORY_SIZE - 2, "\x34\x12", 2);
	TRY(read_at(guest, GUEST_MEMORY_SIZE, 2, 0x5678));
	TRY(write_at(guest, GUEST_MEMORY_SIZE, 2, 0x1122));
	TRY(guest_run_to_done(guest, 0));
	CHECK(guest_value(guest, 0) == 0x56781234, "read 0x%llx", (number)guest_value(guest, 0));
	CHECK(!memcmp(guest->memory + GUEST_MEMORY_SIZE - 2, "\x44\x33", 2), "memory not written");
	return PASSED;
}

static enum result change(struct guest *guest)
{
	static const uint64_t values[] = { 0x1111, 1, 0x33 };

	LOAD(guest, mmio_change);
	TRY(guest_enter_long(guest, 0));
	TRY(set_rbx(guest, DEVICE));
	TRY(read_at(guest, DEVICE, 4, 0xf0000000));
	TRY(write_at(guest, DEVICE, 4, 0xff0f0f0f));
	TRY(read_at(guest, DEVICE, 4, 0x1111));
	TRY(write_at(guest, DEVICE, 4, 0x0f0f0f0f));
	TRY(read_at(guest, DEVICE, 4, 0x10));
	TRY(write_at(guest, DEVICE, 4, 0x10));
	TRY(read_at(guest, DEVICE, 4, 0x33));
	TRY(write_at(guest, DEVICE, 4, 0x33));
	TRY(read_at(guest, DEVICE, 2, 0xffff));
	TRY(write_at(guest, DEVICE, 2, 0));
	TRY(guest_run_to_done(guest, 0));
	return values_are(guest, values, 3);
}

static enum result strings(struct guest *guest)
{
	static const uint64_t values[] = { DEVICE + 12, 0, DEVICE + 4, 0x42 };

	LOAD(guest, mmio_strings);
	TRY(guest_enter_long(guest, 0));
	TRY(set_rbx(guest, DEVICE));
	for (int i = 0; i < 3; i++) {
		TRY(write_at(guest, DEVICE + 4 * i, 4, 0x5a5b5c5d));
	}
	TRY(read_at(guest, DEVICE, 2, 0x1111));
	TRY(read_at(guest, DEVICE + 2, 2, 0x2222));
	TRY(write_at(guest, DEVICE, 8, 0x22221111));
	TRY(write_at(guest, DEVICE + 8, 8, 0));
	TRY(read_at(guest, DEVICE, 8, 0x42));
	TRY(guest_run_to_done(guest, 0));
	return values_are(guest, values, 4);
}

static enum result wide(struct guest *guest)
{
	static const uint64_t values[] = { 0x1122334455667788, 0x99aabbccddeeff00, 11, 1,
					   0x78563412, (uint64_t)-15, 0x100000021 };

	LOAD(guest, mmio_wide);
	TRY(guest_enter_long(guest, 0));
	TRY(set_rbx(guest, DEVICE));
	TRY(read_at(guest, DEVICE, 8, values[0]));
	TRY(read_at(guest, DEVICE + 8, 8, values[1]));
	TRY(write_at(guest, DEVICE + 16, 8, values[0]));
	TRY(write_at(guest, DEVICE + 24, 8, values[1]));
	TRY(read_at(guest, DEVICE, 8, 0x20000000bull));
	TRY(write_at(guest, DEVICE, 8, 0x20000000bull));
	TRY(read_at(guest, DEVICE, 8, 0x20000000bull));
	TRY(write_at(guest, DEVICE, 8, 0x400000003ull));
	TRY(read_at(guest, DEVICE, 4, 0x12345678));
	TRY(read_at(guest, DEVICE, 8, 5));
	TRY(read_at(guest, DEVICE, 4, 3));
	TRY(guest_run_to_done(guest, 0));
	return values_are(guest, values, 7);
}

/* The guest stays where it is, and KVM_RUN says the same again. */
static enum result not_emulated(struct guest *guest)
{
	struct kvm_run *run = guest->run[0];
	struct kvm_regs regs;

	LOAD(guest, mmio_float);
	TRY(guest_enter_long(guest, 0));
	TRY(set_rbx(guest, DEVICE));
	for (int i = 0; i < 2; i++) {
		TRY(guest_run_to(guest, 0, KVM_EXIT_INTERNAL_ERROR));
		CHECK(run->emulation_failure.suberror == KVM_INTERNAL_ERROR_EMULATION,
		      "suberror %u", run->emulation_failure.suberror);
		CHECK(run->emulation_failure.flags & 1 && run->emulation_failure.insn_size >= 2 &&
		      !memcmp(run->emulation_failure.insn_bytes, "\xd9\x03\xf4", 3),
		      "%u other bytes", run->emulation_failure.insn_size);
		TRY(guest_get_regs(guest, 0, &regs));
		CHECK(regs.rip == GUEST_CODE, "RIP 0x%llx", (number)regs.rip);
	}
	return PASSED;
}

static enum result read_only(struct guest *guest)
{
	uint8_t *memory = mmap(NULL, 0x1000, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			       -1, 0);
	struct kvm_userspace_memory_region region = {
		.slot = 1, .flags = KVM_MEM_READONLY, .guest_phys_addr = DEVICE,
		.memory_size = 0x1000, .userspace_addr = (uintptr_t)memory,
	};

	CHECK(memory != MAP_FAILED, "mmap: %s", strerror(errno));
	CHECK(!ioctl(guest->vm, KVM_SET_USER_MEMORY_REGION, &region), "slot: %s", strerror(errno));
	memcpy(memory + 0x100, "\xf0\x00\x00\x00", 4);
	LOAD(guest, mmio_change);
	TRY(guest_enter_long(guest, 0));
	TRY(set_rbx(guest, DEVICE + 0x100));
	TRY(write_at(guest, DEVICE + 0x100, 4, 0x0f0f0fff));
	TRY(write_at(guest, DEVICE + 0x100, 4, 0x0f0f0f0f));
	TRY(write_at(guest, DEVICE + 0x100, 4, 0xf0));
	TRY(write_at(guest, DEVICE + 0x100, 4, 0xf0));
	TRY(write_at(guest, DEVICE + 0x100, 2, 0xf1));
	TRY(guest_run_to_done(guest, 0));
	CHECK(guest_value(guest, 0) == 0xf0, "xchg read 0x%llx", (number)guest_value(guest, 0));
	munmap(memory, 0x1000);
	return PASSED;
}

static enum result in_mode(struct guest *guest, uint64_t rbx, uint64_t at)
{
	TRY(set_rbx(guest, rbx));
	TRY(read_at(guest, at + 6, 2, 0x7fff));
	TRY(write_at(guest, at + 8, 2, 0x8000));
	return guest_run_to(guest, 0, KVM_EXIT_HLT) ? FAILED : PASSED;
}

/* The first MiB is not all memory: the slot is made smaller. */
static enum result real(struct guest *guest)
{
	struct kvm_userspace_memory_region none = { 0 }, region = {
		.memory_size = 0x80000, .userspace_addr = (uintptr_t)guest->memory,
	};

	CHECK(!ioctl(guest->vm, KVM_SET_USER_MEMORY_REGION, &none), "slot: %s", strerror(errno));
	CHECK(!ioctl(guest->vm, KVM_SET_USER_MEMORY_REGION, &region), "slot: %s", strerror(errno));
	LOAD(guest, mmio_real);
	TRY(guest_enter_real(guest, 0));
	return in_mode(guest, 0xa000, 0xa0000);
}

static enum result protected(struct guest *guest)
{
	LOAD(guest, mmio_32);
	TRY(guest_enter_protected(guest, 0));
	return in_mode(guest, DEVICE, DEVICE);
}

static enum result pae(struct guest *guest)
{
	LOAD(guest, mmio_32);
	TRY(guest_enter_pae(guest, 0));
	return in_mode(guest, DEVICE, DEVICE);
}

/* The answer is taken even if the VMM wants to leave at once. */
static enum result immediate_exit(struct guest *guest)
{
	struct kvm_regs regs;

	LOAD(guest, mmio_cross);
	TRY(guest_enter_long(guest, 0));
	TRY(set_rbx(guest, DEVICE));
	TRY(read_at(guest, DEVICE, 4, 0x77));
	guest->run[0]->immediate_exit = 1;
	CHECK(ioctl(guest->vcpu[0], KVM_RUN, 0) == -1 && errno == EINTR, "KVM_RUN: %s",
	      strerror(errno));
	guest->run[0]->immediate_exit = 0;
	TRY(guest_get_regs(guest, 0, &regs));
	CHECK(regs.rax == 0x77 && regs.rip == GUEST_CODE + 2, "RAX 0x%llx, RIP 0x%llx",
	      (number)regs.rax, (number)regs.rip);
	return PASSED;
}

static enum result xapic(struct guest *guest)
{
	static const uint64_t values[] = { 0, 0x50014, 0x20, 2, 2, 2, 0, 0x10700 };
	uint64_t *pdpt = (uint64_t *)(guest->memory + GUEST_PDPT);

	pdpt[3] = 0xc0000083; /* the GiB with the APIC, as one page */
	LOAD(guest, xapic);
	TRY(guest_enter_long(guest, 0));
	TRY(guest_run_to_done(guest, 0));
	CHECK(guest_word(guest, RESULT_COUNT) == 1 && guest_word(guest, RESULT_VECTOR) == 0x61,
	      "%llu interrupts, vector 0x%llx", (number)guest_word(guest, RESULT_COUNT),
	      (number)guest_word(guest, RESULT_VECTOR));
	return values_are(guest, values, 8);
}

static const struct test rows[] = {
	{ "MMIO: moves of 1, 2, 4 and 8 bytes", 1, 0, moves },
	{ "MMIO: an access over two pages", 1, 0, crossing },
	{ "MMIO: an access half in memory", 1, 0, crossing_from_memory },
	{ "MMIO: or, xchg, bts, cmpxchg, inc", 1, 0, change },
	{ "MMIO: REP STOS, REP MOVS, PUSH", 1, 0, strings },
	{ "MMIO: XMM registers, CMPXCHG8B, MOVBE, IMUL, DIV", 1, GUEST_WITH_CPUID, wide },
	{ "MMIO: FLDS is told with its bytes", 1, 0, not_emulated },
	{ "MMIO: writes to a read-only slot", 1, 0, read_only },
	{ "MMIO: real mode", 1, 0, real },
	{ "MMIO: protected mode", 1, 0, protected },
	{ "MMIO: PAE paging", 1, 0, pae },
	{ "MMIO: a read is finished before EINTR", 1, 0, immediate_exit },
	{ "xAPIC: registers and self IPI by memory", 1, GUEST_WITH_IRQCHIP | GUEST_WITH_CPUID,
	  xapic },
};

TEST_TABLE(mmio_tests, rows);
