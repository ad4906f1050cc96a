/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory slots from the guest's side: pages that appear when touched, and slots that change. */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "tests/selftest/test.h"

GUEST_CODE_OF(touch);
GUEST_CODE_OF(read_word);
GUEST_CODE_OF(jump);

#define SLOT_ADDRESS 0x10000000
#define TOUCHED_PAGES 4096ull

static void *map_pages(uint64_t size)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return at == MAP_FAILED ? NULL : at;
}

static int set_slot(struct guest *guest, uint64_t address, uint64_t size, void *memory)
{
	struct kvm_userspace_memory_region region = {
		.slot = 1, .guest_phys_addr = address, .memory_size = size,
		.userspace_addr = (uintptr_t)memory,
	};

	if (ioctl(guest->vm, KVM_SET_USER_MEMORY_REGION, &region)) {
		failed("KVM_SET_USER_MEMORY_REGION 0x%llx + 0x%llx: %s",
		       (unsigned long long)address, (unsigned long long)size, strerror(errno));
		return -1;
	}
	return 0;
}

static int set_rbx(struct guest *guest, uint64_t rbx, uint64_t rcx)
{
	struct kvm_regs regs;

	if (guest_get_regs(guest, 0, &regs)) {
		return -1;
	}
	regs.rbx = rbx;
	regs.rcx = rcx;
	return guest_set_regs(guest, 0, &regs);
}

static enum result touch(struct guest *guest)
{
	uint64_t size = TOUCHED_PAGES * 4096, sum = 0;
	uint8_t *memory = map_pages(size);

	CHECK(memory, "mmap: %s", strerror(errno));
	LOAD(guest, touch);
	TRY(set_slot(guest, SLOT_ADDRESS, size, memory));
	TRY(guest_enter_long(guest, 0));
	TRY(set_rbx(guest, SLOT_ADDRESS, TOUCHED_PAGES));
	TRY(guest_run_to_done(guest, 0));
	CHECK(guest_value(guest, 0) == TOUCHED_PAGES * (TOUCHED_PAGES - 1) / 2, "guest's sum %llu",
	      (unsigned long long)guest_value(guest, 0));
	for (uint64_t i = 0; i < TOUCHED_PAGES; i++) {
		uint64_t word;

		memcpy(&word, memory + i * 4096, sizeof(word));
		sum += word;
	}
	CHECK(sum == TOUCHED_PAGES * (TOUCHED_PAGES - 1) / 2, "sum seen from outside %llu",
	      (unsigned long long)sum);
	munmap(memory, size);
	return PASSED;
}

/* The guest must see the other memory at once, not what an old translation says. */
static enum result replace_slot(struct guest *guest)
{
	uint64_t *first = map_pages(0x200000), *second = map_pages(0x200000);

	CHECK(first && second, "mmap: %s", strerror(errno));
	*first = 0x1111;
	*second = 0x2222;
	LOAD(guest, read_word);
	TRY(set_slot(guest, SLOT_ADDRESS, 0x200000, first));
	TRY(guest_enter_long(guest, 0));
	TRY(set_rbx(guest, SLOT_ADDRESS, 0));
	TRY(guest_run_to_step(guest, 0, 1));
	TRY(set_slot(guest, SLOT_ADDRESS, 0, first));
	TRY(set_slot(guest, SLOT_ADDRESS, 0x200000, second));
	TRY(guest_run_to_step(guest, 0, 2));
	*second = 0x3333;
	TRY(guest_run_to_done(guest, 0));
	CHECK(guest_value(guest, 0) == 0x1111 && guest_value(guest, 1) == 0x2222 &&
	      guest_value(guest, 2) == 0x3333, "read 0x%llx, 0x%llx, 0x%llx",
	      (unsigned long long)guest_value(guest, 0), (unsigned long long)guest_value(guest, 1),
	      (unsigned long long)guest_value(guest, 2));
	munmap(first, 0x200000);
	munmap(second, 0x200000);
	return PASSED;
}

/* A changed mapping of the program under a slot reaches the guest, too. */
static enum result remap_under_slot(struct guest *guest)
{
	uint64_t *memory = map_pages(0x1000);

	CHECK(memory, "mmap: %s", strerror(errno));
	*memory = 0x1111;
	LOAD(guest, read_word);
	TRY(set_slot(guest, SLOT_ADDRESS, 0x1000, memory));
	TRY(guest_enter_long(guest, 0));
	TRY(set_rbx(guest, SLOT_ADDRESS, 0));
	TRY(guest_run_to_step(guest, 0, 1));
	CHECK(mmap(memory, 0x1000, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
		   -1, 0) == memory, "mmap: %s", strerror(errno));
	TRY(guest_run_to_step(guest, 0, 2));
	*memory = 0x3333;
	TRY(guest_run_to_done(guest, 0));
	CHECK(guest_value(guest, 0) == 0x1111 && guest_value(guest, 1) == 0 &&
	      guest_value(guest, 2) == 0x3333, "read 0x%llx, 0x%llx, 0x%llx",
	      (unsigned long long)guest_value(guest, 0), (unsigned long long)guest_value(guest, 1),
	      (unsigned long long)guest_value(guest, 2));
	munmap(memory, 0x1000);
	return PASSED;
}

static enum result move_slot(struct guest *guest)
{
	uint64_t *memory = map_pages(0x1000);

	CHECK(memory, "mmap: %s", strerror(errno));
	*memory = 0x4444;
	LOAD(guest, read_word);
	TRY(set_slot(guest, SLOT_ADDRESS, 0x1000, memory));
	TRY(guest_enter_long(guest, 0));
	TRY(set_rbx(guest, SLOT_ADDRESS, 0));
	TRY(guest_run_to_step(guest, 0, 1));
	TRY(set_slot(guest, SLOT_ADDRESS + 0x5000, 0x1000, memory));
	TRY(set_rbx(guest, SLOT_ADDRESS + 0x5000, 0));
	TRY(guest_run_to_step(guest, 0, 2));
	CHECK(guest_value(guest, 0) == 0x4444 && guest_value(guest, 1) == 0x4444,
	      "read 0x%llx, then 0x%llx", (unsigned long long)guest_value(guest, 0),
	      (unsigned long long)guest_value(guest, 1));
	munmap(memory, 0x1000);
	return PASSED;
}

static enum result fetch_outside(struct guest *guest)
{
	struct kvm_regs regs;

	LOAD(guest, jump);
	TRY(guest_enter_long(guest, 0));
	TRY(set_rbx(guest, 0x30000000, 0));
	TRY(guest_run_to(guest, 0, KVM_EXIT_INTERNAL_ERROR));
	CHECK(guest->run[0]->internal.suberror == KVM_INTERNAL_ERROR_EMULATION, "suberror %u",
	      guest->run[0]->internal.suberror);
	TRY(guest_get_regs(guest, 0, &regs));
	CHECK(regs.rip == 0x30000000, "RIP 0x%llx", regs.rip);
	return PASSED;
}

static const struct test rows[] = {
	{ "16 MiB given page by page", 1, 0, touch },
	{ "slot replaced by another", 1, 0, replace_slot },
	{ "memory remapped under a slot", 1, 0, remap_under_slot },
	{ "slot moved", 1, 0, move_slot },
	{ "instruction fetch outside the slots", 1, 0, fetch_outside },
};

TEST_TABLE(memory_tests, rows);
