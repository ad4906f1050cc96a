/* SPDX-License-Identifier: BSD-2-Clause */
/* LINK: arch/x86/hv/vmx/vmx_state.c arch/x86/hv/svm/svm_state.c arch/x86/hv/hv_live.c */
/* LINK: arch/x86/hv/hv_reset.c arch/x86/hv/vmx/vmx_msr.c arch/x86/hv/svm/svm_msr.c */
/* LINK: tests/fake/fake.c tests/fake/fake_panic.c */
/*
 * Neutral state through both vendors and back: what a VMM sets it reads again, what hardware needs
 * is added and hidden, the MSR bitmaps open exactly what they should.
 */
#include <string.h>

#include "arch/x86/asm/cr.h"
#include "arch/x86/asm/msr.h"
#include "arch/x86/hv/svm/svm_vcpu.h"
#include "arch/x86/hv/vmx/vmx_vcpu.h"
#include "core/errno.h"
#include "fake.h"
#include "unit.h"

struct vmx_machine vmx_machine = {
	.cr0_fixed0 = 0x80000021,
	.cr0_fixed1 = 0xffffffff,
	.cr4_fixed0 = 0x2000,
	.cr4_fixed1 = 0x3727ff,
	.entry = 0x11ff,
};
struct svm_machine svm_machine;
static struct hv_cpu here;
static struct vmcb b;
static u8 bitmap[2 * PAGE_SIZE];
static struct vmx_vcpu x;
static struct svm_vcpu y;
static struct hv_vcpu vx, vy;
static struct hv_sregs reset;

static int set_up(void **state)
{
	static const u32 live[] = {MSR_STAR, MSR_KERNEL_GS_BASE, MSR_TSC_AUX};
	struct hv_regs r;

	(void)state;
	fake_reset(1);
	fake_cpus[0].cpu.hv = &here;
	fake_cr4 = CR4_MCE;
	memset(fake_vmcs, 0, sizeof(fake_vmcs));
	memset(&b, 0, sizeof(b));
	memset(bitmap, 0xff, sizeof(bitmap));
	x = (struct vmx_vcpu){.msr_bitmap = bitmap};
	y = (struct svm_vcpu){.vmcb = &b, .msrpm = bitmap};
	vx.hw = &x;
	vy.hw = &y;
	here.current = &x;
	hv_live_set(live, 3);
	hv_reset_state(&r, &reset);
	assert_true(r.rip == 0xfff0 && r.rflags == 2);
	return 0;
}

static void same_sregs(const struct hv_sregs *want, const struct hv_sregs *got)
{
	assert_int_equal(want->cr0, got->cr0);
	assert_int_equal(want->cr2, got->cr2);
	assert_int_equal(want->cr3, got->cr3);
	assert_int_equal(want->cr4, got->cr4);
	assert_int_equal(want->efer, got->efer);
	for (u32 i = 0; i < HV_SEGS; i++) {
		assert_int_equal(want->seg[i].base, got->seg[i].base);
		assert_int_equal(want->seg[i].limit, got->seg[i].limit);
		assert_int_equal(want->seg[i].attr, got->seg[i].attr);
		assert_int_equal(want->seg[i].selector, got->seg[i].selector);
	}
	assert_int_equal(want->gdt.base, got->gdt.base);
	assert_int_equal(want->idt.limit, got->idt.limit);
}

static struct hv_sregs long_mode(void)
{
	struct hv_sregs s = reset;

	s.cr0 = CR0_PG | CR0_PE | CR0_ET | CR0_WP;
	s.cr4 = CR4_PAE | CR4_PGE;
	s.efer = EFER_LME | EFER_LMA | EFER_SCE;
	s.cr2 = 0x1234;
	s.cr3 = 0x5000;
	s.gdt.base = 0x6000;
	s.seg[HV_CS] = (struct hv_segment){.selector = 0x33, .limit = 0xffffffff, .attr = 0xa0fb};
	s.seg[HV_SS] = (struct hv_segment){.selector = 0x2b, .limit = 0xffffffff, .attr = 0xc0f3};
	s.seg[HV_LDTR] = (struct hv_segment){.attr = HV_ATTR_UNUSABLE};
	s.seg[HV_GS].base = 0xffff888000000000ULL;
	return s;
}

static void round_trip(void **state)
{
	struct hv_sregs s[2] = {reset, long_mode()}, got;

	(void)state;
	for (u32 i = 0; i < 2; i++) {
		vmx_set_sregs(&vx, &s[i], HV_SREG_ALL);
		vmx_get_sregs(&vx, &got, HV_SREG_ALL);
		same_sregs(&s[i], &got);
		svm_set_sregs(&vy, &s[i], HV_SREG_ALL);
		svm_get_sregs(&vy, &got, HV_SREG_ALL);
		same_sregs(&s[i], &got);
	}
	assert_int_equal(b.cpl, 3);
}

static void hidden(void **state)
{
	struct hv_sregs s = long_mode();

	(void)state;
	vmx_set_sregs(&vx, &s, HV_SREG_CR);
	assert_true(fake_vmcs[VMCS_GUEST_CR0] & CR0_NE);
	assert_true((fake_vmcs[VMCS_GUEST_CR4] & (CR4_VMXE | CR4_MCE)) == (CR4_VMXE | CR4_MCE));
	assert_int_equal(fake_vmcs[VMCS_ENTRY_CONTROLS], 0x13ff);
	assert_false(x.pdptes_stale);
	fake_vmcs[VMCS_GUEST_CR0] |= CR0_TS; /* the guest may without an exit */
	vmx_get_sregs(&vx, &s, HV_SREG_CR);
	assert_int_equal(s.cr0, CR0_PG | CR0_PE | CR0_ET | CR0_WP | CR0_TS);
	s.efer = 0; /* PAE paging */
	vmx_set_sregs(&vx, &s, HV_SREG_CR);
	assert_true(x.pdptes_stale);
	assert_int_equal(fake_vmcs[VMCS_ENTRY_CONTROLS], 0x11ff);
	svm_set_sregs(&vy, &s, HV_SREG_CR);
	assert_int_equal(b.efer, EFER_SVME);
	assert_true(y.unchecked);
}

/* What a VMM leaves out: accessed and busy bits. */
static void loaded_segments(void **state)
{
	struct hv_sregs s = long_mode(), got;

	(void)state;
	s.seg[HV_DS].attr = 0xc092;
	s.seg[HV_TR].attr = 0x89;
	s.seg[HV_ES].attr = 0;
	vmx_set_sregs(&vx, &s, HV_SREG_ALL);
	vmx_get_sregs(&vx, &got, HV_SREG_SEG);
	assert_int_equal(got.seg[HV_DS].attr, 0xc093);
	assert_int_equal(got.seg[HV_TR].attr, 0x8b);
	assert_int_equal(got.seg[HV_ES].attr, HV_ATTR_UNUSABLE);
	s.seg[HV_TR].attr = 0x83; /* a 16-bit task register cannot be entered with in long mode */
	vmx_set_sregs(&vx, &s, HV_SREG_ALL);
	assert_int_equal(fake_vmcs[VMCS_GUEST_AR + 2 * HV_TR], 0x8b);
	s.seg[HV_TR].attr = 0x89;
	svm_set_sregs(&vy, &s, HV_SREG_ALL);
	svm_get_sregs(&vy, &got, HV_SREG_SEG);
	assert_int_equal(got.seg[HV_DS].attr, 0xc093);
	assert_int_equal(got.seg[HV_TR].attr, 0x8b);
	assert_int_equal(got.seg[HV_ES].attr, HV_ATTR_UNUSABLE);
	b.cpl = 0; /* after SYSRET of some CPUs SS.DPL is not the CPL */
	svm_get_sregs(&vy, &got, HV_SREG_CS);
	assert_int_equal(HV_ATTR_DPL(got.seg[HV_SS].attr), 0);
}

static void debug_registers(void **state)
{
	struct hv_debug d = {.dr = {1, 2, 3, 4}, .dr6 = 0xffff0ff0, .dr7 = 1}, got;

	(void)state;
	vmx_set_debug(&vx, &d);
	assert_true(x.c.dr_wanted);
	vmx_get_debug(&vx, &got);
	assert_int_equal(got.dr7, 0x401);
	assert_int_equal(got.dr[3], 4);
	svm_set_debug(&vy, &d);
	b.dr6 |= 1;
	svm_get_debug(&vy, &got);
	assert_int_equal(got.dr6, 0xffff0ff1);
	assert_int_equal(got.dr[0], 1);
}

static u32 zeros(u32 *last)
{
	u32 n = 0;

	for (u32 i = 0; i < 8 * sizeof(bitmap); i++) {
		if (!(bitmap[i / 8] & (1u << (i % 8)))) {
			n++;
			*last = i;
		}
	}
	return n;
}

static void bitmaps(void **state)
{
	u32 last = 0;

	(void)state;
	assert_int_equal(vmx_set_msr_intercept(&vx, MSR_STAR, true, false), 0);
	assert_int_equal(zeros(&last), 1);
	assert_int_equal(last, 0xc00 * 8 + 0x81); /* writes, high half */
	assert_int_equal(x.c.msr_unknown, 1);
	assert_int_equal(vmx_set_msr_intercept(&vx, MSR_STAR, true, true), 0);
	assert_int_equal(zeros(&last), 0);
	assert_int_equal(x.c.msr_unknown, 0);
	assert_int_equal(vmx_set_msr_intercept(&vx, MSR_TSC, false, true), 0);
	assert_int_equal(zeros(&last), 1);
	assert_int_equal(last, 0x10);
	set_up(NULL);
	assert_int_equal(svm_set_msr_intercept(&vy, MSR_STAR, true, false), 0);
	assert_int_equal(zeros(&last), 1);
	assert_int_equal(last, 0x800 * 8 + 2 * 0x81 + 1);
	set_up(NULL);
	assert_int_equal(svm_set_msr_intercept(&vy, MSR_SYSENTER_EIP, false, true), 0);
	assert_int_equal(zeros(&last), 1);
	assert_int_equal(last, 2 * 0x176);
}

static void refused_msrs(void **state)
{
	static const u32 never[] = {MSR_EFER, MSR_APIC_BASE, MSR_VM_HSAVE_PA, MSR_FEATURE_CONTROL,
				    MSR_PAT,  0x800};
	u32 last;

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(never); i++) {
		assert_int_equal(vmx_set_msr_intercept(&vx, never[i], false, true), -ENOENT);
		assert_int_equal(vmx_set_msr_intercept(&vx, never[i], true, false), -ENOENT);
		assert_int_equal(svm_set_msr_intercept(&vy, never[i], false, true), -ENOENT);
		assert_int_equal(svm_set_msr_intercept(&vy, never[i], true, false), -ENOENT);
	}
	assert_int_equal(vmx_set_msr_intercept(&vx, MSR_TSC, false, false), -ENOENT);
	assert_int_equal(svm_set_msr_intercept(&vy, MSR_TSC, false, false), -ENOENT);
	assert_int_equal(zeros(&last), 0);
}

static void msrs(void **state)
{
	static const u32 all[] = {MSR_FS_BASE,	    MSR_GS_BASE, MSR_KERNEL_GS_BASE, MSR_STAR,
				  MSR_SYSENTER_ESP, MSR_PAT,	 MSR_TSC_AUX,	     MSR_DEBUGCTL};
	u64 value;

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(all); i++) {
		assert_int_equal(vmx_set_msr(&vx, all[i], 100 + i), 0);
		assert_int_equal(svm_set_msr(&vy, all[i], 200 + i), 0);
	}
	for (u32 i = 0; i < ARRAY_SIZE(all); i++) {
		assert_int_equal(vmx_get_msr(&vx, all[i], &value), 0);
		assert_int_equal(value, 100 + i);
		assert_int_equal(svm_get_msr(&vy, all[i], &value), 0);
		assert_int_equal(value, 200 + i);
	}
	assert_int_equal(vmx_get_msr(&vx, MSR_EFER, &value), -ENOENT);
	assert_int_equal(svm_set_msr(&vy, MSR_APIC_BASE, 1), -ENOENT);
}

#define S(name) cmocka_unit_test_setup(name, set_up)
UNIT_MAIN(S(round_trip), S(hidden), S(loaded_segments), S(debug_registers), S(bitmaps),
	  S(refused_msrs), S(msrs))
