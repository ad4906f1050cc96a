/* SPDX-License-Identifier: BSD-2-Clause */
/* LINK: arch/x86/hv/hv.c arch/x86/hv/hv_live.c arch/x86/hv/hv_tag.c arch/x86/hv/hv_reset.c */
/* LINK: arch/x86/hv/vmx/vmx_cpu.c arch/x86/hv/vmx/vmx_run.c */
/* LINK: arch/x86/hv/vmx/vmx_exit.c arch/x86/hv/vmx/vmx_state.c arch/x86/hv/vmx/vmx_msr.c */
/* LINK: arch/x86/hv/vmx/vmx_event.c arch/x86/hv/vmx/vmx_intercept.c arch/x86/hv/vmx/vmx_s2.c */
/* LINK: arch/x86/hv/vmx/vmx_tlb.c arch/x86/hv/vmx/vmx_dump.c arch/x86/hv/vmx/vmx_check.c */
/* LINK: arch/x86/hv/svm/svm_cpu.c arch/x86/hv/svm/svm_run.c */
/* LINK: arch/x86/hv/svm/svm_exit.c arch/x86/hv/svm/svm_state.c arch/x86/hv/svm/svm_msr.c */
/* LINK: arch/x86/hv/svm/svm_event.c arch/x86/hv/svm/svm_intercept.c arch/x86/hv/svm/svm_s2.c */
/* LINK: arch/x86/hv/svm/svm_tlb.c arch/x86/hv/svm/svm_dump.c arch/x86/hv/svm/svm_check.c */
/* LINK: tests/fake/fake.c tests/fake/fake_panic.c tests/fake/fake_log.c tests/fake/fake_mm.c */
/* LINK: tests/fake/fake_random.c mm/frame.c mm/memmap.c mm/slab.c mm/stage2.c mm/stage2_map.c */
/* LINK: mm/stage2_change.c mm/stage2_flush.c core/fault.c core/quiesce.c */
/*
 * A vCPU that comes to another CPU starts there without a TLB tag and has flushed nothing: no
 * emulator shows a translation that is left behind on the old one.
 */
#include "arch/x86/asm/percpu.h"
#include "arch/x86/hv/hv_common.h"
#include "arch/x86/hv/svm/svm_vcpu.h"
#include "arch/x86/hv/vmx/vmx_vcpu.h"
#include "core/errno.h"
#include "fake.h"
#include "fake_mm.h"
#include "unit.h"

#include <stdlib.h>

#define NEVER 77u

static struct hv_common common;
static struct hv_vcpu v;
static struct hv_cpu states[2];
static u32 left;	/* the CPU that the implementation was told to leave */
static u32 put;		/* how often it was given up */

/* The halves that touch the CPU's tables. */
void vmx_cpu_changed(struct hv_vcpu *moved __unused, u32 old)
{
	left = old;
}

void svm_cpu_changed(struct hv_vcpu *moved __unused, u32 old)
{
	left = old;
}

void vmx_put(struct hv_cpu *cpu __unused)
{
	put++;
}

void svm_put(struct hv_cpu *cpu __unused)
{
	put++;
}

#define NOT_USED(ret, name, params) \
	ret name params \
	{ \
		abort(); \
	}
NOT_USED(int, vmx_vcpu_init, (struct hv_vcpu *u __unused))
NOT_USED(int, svm_vcpu_init, (struct hv_vcpu *u __unused))
NOT_USED(void, vmx_vcpu_free, (struct hv_vcpu *u __unused))
NOT_USED(void, svm_vcpu_free, (struct hv_vcpu *u __unused))
NOT_USED(u64, vmx_enter, (struct hv_regs *r __unused, u64 go __unused, u64 *sp __unused))
NOT_USED(void, svm_enter, (struct hv_regs *r __unused, hpa_t b __unused, hpa_t host __unused))
NOT_USED(int, rdmsr_safe, (u32 index __unused, u64 *value __unused))
NOT_USED(u64, fpu_host_xcr0, (void))
NOT_USED(void, cond_resched, (void))
NOT_USED(void, might_sleep, (void))
const char vmx_exit_point[1];

static int fresh(void **state)
{
	(void)state;
	fake_mm_reset(2);
	for (u32 i = 0; i < 2; i++) {
		states[i] = (struct hv_cpu){.on = true};
		arch_cpu(i)->hv = &states[i];
	}
	common = (struct hv_common){.tag = {.id = 3, .gen = 9}};
	v = (struct hv_vcpu){.hw = &common, .cpu = HV_NO_CPU, .last_cpu = HV_NO_CPU, .s2_seen = 5};
	left = NEVER;
	put = 0;
	return 0;
}

static void first_load(void **state)
{
	(void)state;
	hv_load(&v);
	assert_int_equal(v.cpu, 0);
	assert_int_equal(common.tag.gen, 0);
	assert_int_equal(v.s2_seen, 0);
	assert_int_equal(left, HV_NO_CPU);
}

static void back_on_the_same_cpu(void **state)
{
	(void)state;
	hv_load(&v);
	hv_put(&v);
	assert_int_equal(v.cpu, HV_NO_CPU);
	assert_int_equal(put, 1);
	common.tag.gen = 9;
	v.s2_seen = 5;
	left = NEVER;
	hv_load(&v);
	assert_int_equal(common.tag.gen, 9);
	assert_int_equal(v.s2_seen, 5);
	assert_int_equal(left, NEVER);
}

static void to_another_cpu(void **state)
{
	(void)state;
	hv_load(&v);
	hv_put(&v);
	common.tag.gen = 9;
	v.s2_seen = 5;
	fake_set_cpu(1);
	hv_load(&v);
	assert_int_equal(v.cpu, 1);
	assert_int_equal(common.tag.gen, 0);
	assert_int_equal(v.s2_seen, 0);
	assert_int_equal(left, 0);
}

static void on_either_vendor(void **state)
{
	hv_is_vmx = !hv_is_vmx;
	fresh(state);
	to_another_cpu(state);
	hv_is_vmx = !hv_is_vmx;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(first_load, fresh),
		cmocka_unit_test_setup(back_on_the_same_cpu, fresh),
		cmocka_unit_test_setup(to_another_cpu, fresh),
		cmocka_unit_test_setup(on_either_vendor, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
