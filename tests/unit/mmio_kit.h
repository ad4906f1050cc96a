/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of device accesses share: modes with a device, exits, the VMM's answers. */
#pragma once

#include "exit_kit.h"

#define DEV 0x20000000ULL /* no slot is there */
#define PML4 0x10000ULL
#define PDPT 0x11000ULL
#define PD 0x12000ULL
#define PT 0x13000ULL
#define PAGED 0x600000ULL /* linear: the pages of PT */
#define RF BIT(16)
#define AC BIT(18)
#define PRESENT 1ULL
#define WRITABLE 2ULL
#define USER 4ULL
#define LARGE 0x80ULL

static __unused struct hv_exit touch(u64 gpa, u32 access)
{
	return X(.kind = HV_EXIT_S2_FAULT, .s2 = {.gpa = GPA(gpa), .access = access});
}

static __unused void entry(u64 table, u32 index, u64 value)
{
	fake_ram_write(vm, table + 8 * index, &value, sizeof(value));
}

/*
 * 64-bit code, the first 2 MiB as they are, the page DEV at 4 MiB; at PAGED pages 0: DEV, 1: DEV
 * read-only, 2: not present, 3: DEV for the supervisor only, 4: RAM at BUF.
 */
static __unused void start_long(bool user)
{
	const u64 all = PRESENT | WRITABLE | USER;

	start(false);
	entry(PML4, 0, PDPT | all);
	entry(PDPT, 0, PD | all);
	entry(PD, 0, LARGE | all);
	entry(PD, 2, DEV | LARGE | all);
	entry(PD, 3, PT | all);
	entry(PT, 0, DEV | all);
	entry(PT, 1, DEV | PRESENT | USER);
	entry(PT, 3, DEV | PRESENT | WRITABLE);
	entry(PT, 4, BUF | all);
	hw->sregs.cr0 = CR0_PE | CR0_PG | CR0_ET | CR0_WP;
	hw->sregs.cr3 = PML4;
	hw->sregs.cr4 = CR4_PAE | CR4_OSFXSR;
	hw->sregs.efer = EFER_LME | EFER_LMA;
	hw->sregs.seg[HV_CS].attr = 0x9b | HV_ATTR_L | (user ? 0x60 : 0);
	hw->sregs.seg[HV_SS].attr |= user ? 0x60 : 0;
}

static __unused void wants_read(u64 gpa, u32 len)
{
	assert_int_equal(v->run->exit_reason, KVM_EXIT_MMIO);
	assert_int_equal(v->run->mmio.is_write, 0);
	assert_int_equal(v->run->mmio.phys_addr, gpa);
	assert_int_equal(v->run->mmio.len, len);
}

static __unused void wants_write(u64 gpa, u32 len, u64 value)
{
	u64 data = 0;

	assert_int_equal(v->run->exit_reason, KVM_EXIT_MMIO);
	assert_int_equal(v->run->mmio.is_write, 1);
	assert_int_equal(v->run->mmio.phys_addr, gpa);
	assert_int_equal(v->run->mmio.len, len);
	memcpy(&data, v->run->mmio.data, len);
	assert_int_equal(data, value);
}

/* Answers the read or ends the write; whether another part follows. */
static __unused bool answer(u64 value)
{
	memcpy(v->run->mmio.data, &value, sizeof(value));
	return mmio_complete(v);
}

static __unused void faults(u64 gpa, u32 access, u8 vector, u32 error)
{
	RAISES(touch(gpa, access), vector);
	assert_int_equal(v->ev.exception.error, error);
	assert_true(v->hv.regs.rflags & RF || vector == VEC_DB);
	v->hv.regs.rflags &= ~RF;
}

static __unused void page_faults(u64 gpa, u32 access, u64 address, u32 error)
{
	hw->sregs.cr2 = 0;
	faults(gpa, access, VEC_PF, error);
	assert_int_equal(hw->sregs.cr2, address);
}
