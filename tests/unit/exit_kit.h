/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of exits share: a vCPU in flat 32-bit mode, its code, and one exit at a time. */
#pragma once

#include "fake_vmm.h"

#include <string.h>

#include "arch/x86/asm/cr.h"
#include "arch/x86/asm/msr.h"
#include "vmm/cpuid.h"
#include "vmm/exit.h"
#include "vmm/memslot.h"
#include "vmm/pio.h"

#define CODE 0x1000ULL
#define BUF 0x3000ULL
#define TF BIT(8)
#define DF BIT(10)

static struct vm *vm;
static struct vcpu *v;
static struct fake_hw *hw;
static u64 *gpr;

/* Flat 32-bit protected mode without paging; code at CODE. */
static void start(bool chips)
{
	fake_vmm_start();
	vm = fake_vm(chips);
	v = fake_vcpu(vm);
	hw = fake_hw(v);
	gpr = v->hv.regs.gpr;
	hw->sregs.cr0 = CR0_PE | CR0_ET;
	for (int i = 0; i < HV_SEGS; i++) {
		hw->sregs.seg[i] = (struct hv_segment){0, ~0u, 0x93 | HV_ATTR_DB | HV_ATTR_G, 0x10};
	}
	hw->sregs.seg[HV_CS].attr = 0x9b | HV_ATTR_DB | HV_ATTR_G;
	v->hv.regs.rflags = 2;
}

static void end(void)
{
	fake_vm_end(vm);
	fake_vmm_end();
}

static __unused void code(const void *bytes, u32 len)
{
	static const u8 nops[16] = {0x90, 0x90, 0x90, 0x90, 0x90, 0x90,
				    0x90, 0x90, 0x90, 0x90, 0x90};

	fake_ram_write(vm, CODE, nops, sizeof(nops));
	fake_ram_write(vm, CODE, bytes, len);
	v->hv.regs.rip = CODE;
	v->ev.exception.type = HV_EVENT_NONE;
}
#define CODE_IS(...) code((u8[]){__VA_ARGS__}, sizeof((u8[]){__VA_ARGS__}))

static u32 do_exit(struct hv_exit exit)
{
	return exit_handle(v, &exit);
}

#define RESUMES(exit_, rip_)                                                                       \
	do {                                                                                       \
		assert_int_equal(do_exit(exit_), EXIT_RESUME);                                     \
		assert_int_equal(v->hv.regs.rip, (rip_));                                          \
	} while (0)
#define RAISES(exit_, vector_)                                                                     \
	do {                                                                                       \
		v->ev.exception.type = HV_EVENT_NONE;                                              \
		RESUMES(exit_, CODE);                                                              \
		assert_int_equal(v->ev.exception.type, HV_EVENT_EXCEPTION);                        \
		assert_int_equal(v->ev.exception.vector, (vector_));                               \
	} while (0)
#define X(...) ((struct hv_exit){__VA_ARGS__})
