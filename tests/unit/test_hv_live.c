/* SPDX-License-Identifier: BSD-2-Clause */
/* LINK: arch/x86/hv/hv_live.c tests/fake/fake.c tests/fake/fake_panic.c */
/*
 * Registers left in place between guests: written only when they differ, never lost, never
 * another's.
 */
#include "arch/x86/asm/cr.h"
#include "arch/x86/asm/msr.h"
#include "arch/x86/asm/percpu.h"
#include "arch/x86/hv/hv_common.h"
#include "core/errno.h"
#include "fake.h"
#include "unit.h"

static const u32 msrs[] = {MSR_STAR, MSR_LSTAR, MSR_KERNEL_GS_BASE};
static struct hv_cpu here, there;
static struct hv_common ca, cb;
static struct hv_vcpu a, b;

static int set_up(void **state)
{
	(void)state;
	fake_reset(2);
	fake_cpus[0].cpu.hv = &here;
	fake_cpus[1].cpu.hv = &there;
	here = there = (struct hv_cpu){0};
	ca = cb = (struct hv_common){0};
	a.hw = &ca;
	b.hw = &cb;
	for (u32 i = 0; i < 32; i++) {
		fake_msrs[i] = (struct fake_msr){0};
	}
	hv_live_set(msrs, 3);
	hv_live_cpu_on(&here);
	return 0;
}

static void slots(void **state)
{
	(void)state;
	assert_int_equal(hv_live_slot(MSR_LSTAR), 1);
	assert_int_equal(hv_live_slot(MSR_CSTAR), -ENOENT);
}

static void only_differences(void **state)
{
	(void)state;
	ca.msr[1] = cb.msr[1] = 0x1234;
	cb.msr[0] = 5;
	hv_live_enter(&here, &a);
	assert_int_equal(fake_msr(MSR_STAR)->writes, 0);
	assert_int_equal(fake_msr(MSR_LSTAR)->writes, 1);
	hv_live_enter(&here, &b);
	assert_int_equal(fake_msr(MSR_STAR)->value, 5);
	assert_int_equal(fake_msr(MSR_LSTAR)->writes, 1);
	hv_live_enter(&here, &a);
	assert_int_equal(fake_msr(MSR_STAR)->value, 0);
}

static void changed_by_guest(void **state)
{
	(void)state;
	ca.msr_unknown = 4;
	hv_live_enter(&here, &a);
	fake_msr(MSR_KERNEL_GS_BASE)->value = 0x77; /* SWAPGS */
	hv_live_enter(&here, &b);
	assert_int_equal(ca.msr[2], 0x77);
	assert_int_equal(fake_msr(MSR_KERNEL_GS_BASE)->value, 0); /* b's */
	assert_int_equal(fake_msr(MSR_STAR)->reads, 1);		  /* at cpu_on only */
	hv_live_enter(&here, &a);
	assert_int_equal(fake_msr(MSR_KERNEL_GS_BASE)->value, 0x77);
}

static void get_and_put(void **state)
{
	u64 value;

	(void)state;
	ca.msr_unknown = 4;
	hv_live_enter(&here, &a);
	fake_msr(MSR_KERNEL_GS_BASE)->value = 0x88;
	assert_int_equal(hv_live_get(&a, MSR_KERNEL_GS_BASE, &value), 0);
	assert_int_equal(value, 0x88);
	assert_int_equal(hv_live_put(&a, MSR_KERNEL_GS_BASE, 0x99), 0);
	assert_int_equal(hv_live_put(&a, MSR_CSTAR, 1), -ENOENT);
	assert_null(here.msr_owner); /* so that the next entry loads it */
	hv_live_enter(&here, &a);
	assert_int_equal(fake_msr(MSR_KERNEL_GS_BASE)->value, 0x99);
}

/* Away and back: the CPU must not believe it still holds the values. */
static void away_and_back(void **state)
{
	(void)state;
	ca.msr[0] = 1;
	hv_live_enter(&here, &a);
	hv_live_leave(&here, &a);
	ca.msr[0] = 2;
	hv_live_enter(&here, &a);
	assert_int_equal(fake_msr(MSR_STAR)->value, 2);
}

static void debug_registers(void **state)
{
	(void)state;
	ca.debug.dr[3] = 0x33;
	cb.debug.dr[3] = 0x44;
	hv_dr_enter(&here, &a);
	assert_int_equal(fake_dr[3], 0x33);
	fake_dr[0] = 0x10; /* the guest writes DR0 */
	hv_dr_enter(&here, &b);
	assert_int_equal(ca.debug.dr[0], 0x10);
	assert_int_equal(fake_dr[3], 0x44);
	hv_dr_leave(&here, &a); /* not the owner: nothing */
	assert_int_equal(ca.debug.dr[3], 0x33);
	assert_ptr_equal(here.dr_owner, &b);
}

#define S(name) cmocka_unit_test_setup(name, set_up)
UNIT_MAIN(S(slots), S(only_differences), S(changed_by_guest), S(get_and_put), S(away_and_back),
	  S(debug_registers))
