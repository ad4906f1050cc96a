/* SPDX-License-Identifier: BSD-2-Clause */
/* LINK: arch/x86/hv/vmx/vmx_exit.c arch/x86/hv/vmx/vmx_event.c */
/* LINK: tests/fake/fake.c tests/fake/fake_panic.c */
/* VMCS exit fields to neutral form, and events in both directions. */
#include <string.h>

#include "arch/x86/asm/cr.h"
#include "arch/x86/hv/vmx/vmx_vcpu.h"
#include "fake.h"
#include "unit.h"

static struct hv_cpu here;
static struct vmx_vcpu x;
static struct hv_vcpu v;
static struct hv_exit e;

static int set_up(void **state)
{
	(void)state;
	fake_reset(1);
	memset(fake_vmcs, 0, sizeof(fake_vmcs));
	memset(&x, 0, sizeof(x));
	memset(&v, 0, sizeof(v));
	memset(&e, 0xff, sizeof(e));
	v.hw = &x;
	here.current = &x;
	fake_cpus[0].cpu.hv = &here;
	fake_vmcs[VMCS_EXIT_INSN_LEN] = 2;
	fake_vmcs[VMCS_GUEST_CR0] = CR0_PE;
	return 0;
}

static u8 decode(u32 reason, u64 qualification)
{
	fake_vmcs[VMCS_EXIT_REASON] = reason;
	fake_vmcs[VMCS_EXIT_QUALIFICATION] = qualification;
	vmx_decode(&v, &e);
	return e.kind;
}

static void simple(void **state)
{
	(void)state;
	assert_int_equal(decode(VMX_REASON_CPUID, 0), HV_EXIT_CPUID);
	assert_int_equal(e.insn_len, 2);
	assert_int_equal(e.reinject.type, HV_EVENT_NONE);
	assert_int_equal(decode(VMX_REASON_EXTINT, 0), HV_EXIT_INTR);
	assert_int_equal(e.insn_len, 0);
	assert_int_equal(decode(VMX_REASON_TRIPLE_FAULT, 0), HV_EXIT_SHUTDOWN);
	fake_vmcs[VMCS_GUEST_AR + 2 * HV_CS] = 0xa09b; /* L */
	assert_int_equal(decode(VMX_REASON_VMCALL, 0), HV_EXIT_HYPERCALL);
	assert_true(e.call.kernel64);
	fake_vmcs[VMCS_GUEST_AR + 2 * HV_SS] = 0xc0f3;
	(void)decode(VMX_REASON_VMCALL, 0);
	assert_false(e.call.kernel64);
	fake_vmcs[VMCS_GUEST_AR + 2 * HV_SS] = 0;
	fake_vmcs[VMCS_GUEST_AR + 2 * HV_CS] = 0xc09b; /* D */
	(void)decode(VMX_REASON_VMCALL, 0);
	assert_false(e.call.kernel64);
	assert_int_equal(decode(VMX_REASON_PREEMPTION_TIMER, 0), HV_EXIT_TIMER);
	for (u32 r = VMX_REASON_VMCLEAR; r <= VMX_REASON_VMXON; r++) {
		assert_int_equal(decode(r, 0), HV_EXIT_VIRT_INSN);
	}
	assert_int_equal(decode(35, 0), HV_EXIT_UNKNOWN);
	assert_int_equal(decode(1000, 0), HV_EXIT_UNKNOWN);
	assert_int_equal(decode(0x80000021, 0), HV_EXIT_FAIL_ENTRY);
	assert_int_equal(e.raw_reason, 0x80000021);
}

static void io(void **state)
{
	(void)state;
	assert_int_equal(decode(VMX_REASON_IO, 0x3f80000 | 0), HV_EXIT_IO); /* out 3f8h, al */
	assert_int_equal(e.io.port, 0x3f8);
	assert_int_equal(e.io.size, 1);
	assert_false(e.io.in || e.io.string || e.io.rep);
	(void)decode(VMX_REASON_IO, 0xffff003b); /* rep insd */
	assert_int_equal(e.io.port, 0xffff);
	assert_int_equal(e.io.size, 4);
	assert_true(e.io.in && e.io.string && e.io.rep);
}

static void registers(void **state)
{
	(void)state;
	(void)decode(VMX_REASON_CR, 0x0900 | 4); /* mov cr4, r9 */
	assert_true(e.cr.nr == 4 && e.cr.write && e.cr.decoded && e.cr.gpr == HV_R9);
	assert_false(e.cr.clts || e.cr.lmsw);
	(void)decode(VMX_REASON_CR, 0x0318); /* mov rbx, cr8 */
	assert_true(e.cr.nr == 8 && !e.cr.write && e.cr.gpr == HV_RBX);
	(void)decode(VMX_REASON_CR, 0x20);
	assert_true(e.cr.clts && e.cr.nr == 0 && e.cr.write);
	(void)decode(VMX_REASON_CR, 0xabcd0030);
	assert_true(e.cr.lmsw && e.cr.lmsw_value == 0xabcd);
	(void)decode(VMX_REASON_DR, 0x0207); /* mov dr7, rdx */
	assert_true(e.dr.nr == 7 && e.dr.write && e.dr.gpr == HV_RDX);
	(void)decode(VMX_REASON_DR, 0x0016);
	assert_true(e.dr.nr == 6 && !e.dr.write && e.dr.gpr == HV_RAX);
	v.regs.gpr[HV_RCX] = 0xdeadc0000080ULL;
	(void)decode(VMX_REASON_WRMSR, 0);
	assert_true(e.msr.write && e.msr.index == 0xc0000080u);
}

static void s2_fault(void **state)
{
	(void)state;
	fake_vmcs[VMCS_GUEST_PHYSICAL] = 0xfee00020;
	fake_vmcs[VMCS_GUEST_LINEAR] = 0x1234;
	assert_int_equal(decode(VMX_REASON_EPT_VIOLATION, 0x182), HV_EXIT_S2_FAULT);
	assert_int_equal(e.s2.gpa.v, 0xfee00020);
	assert_int_equal(e.s2.access, S2_W);
	assert_true(e.s2.gva_valid && !e.s2.walk && e.s2.gva.v == 0x1234);
	(void)decode(VMX_REASON_EPT_VIOLATION, 0x81); /* read of a guest page table */
	assert_true(e.s2.walk && e.s2.access == S2_R);
	(void)decode(VMX_REASON_EPT_VIOLATION, 0x04); /* e.g. PDPTE load: no linear address */
	assert_true(!e.s2.gva_valid && !e.s2.walk && e.s2.access == S2_X);
	assert_int_equal(decode(VMX_REASON_EPT_MISCONFIG, 0), HV_EXIT_S2_MISCONFIG);
	assert_int_equal(e.s2.gpa.v, 0xfee00020);
}

static void exceptions(void **state)
{
	(void)state;
	fake_vmcs[VMCS_EXIT_INTR_INFO] = 0x80000b0e;
	fake_vmcs[VMCS_EXIT_INTR_ERROR] = 6;
	assert_int_equal(decode(VMX_REASON_EXCEPTION_NMI, 0xcafe), HV_EXIT_EXCEPTION);
	assert_true(e.exception.vector == 14 && e.exception.has_error && e.exception.error == 6);
	assert_int_equal(e.exception.info, 0xcafe);
	assert_int_equal(e.insn_len, 0);
	fake_vmcs[VMCS_EXIT_INTR_INFO] = 0x80000603; /* INT3 */
	(void)decode(VMX_REASON_EXCEPTION_NMI, 0);
	assert_true(e.exception.vector == 3 && !e.exception.has_error && e.insn_len == 2);
	fake_vmcs[VMCS_EXIT_INTR_INFO] = 0x80000202;
	assert_int_equal(decode(VMX_REASON_EXCEPTION_NMI, 0), HV_EXIT_NMI);
	assert_int_equal(e.exception.vector, 2);
	fake_vmcs[VMCS_EXIT_INTR_INFO] = 0x80000312;
	assert_int_equal(decode(VMX_REASON_EXCEPTION_NMI, 0), HV_EXIT_NMI);
	assert_int_equal(e.exception.vector, 18);
}

/* IRET had ended NMI blocking and then faulted. */
static void nmi_blocking(void **state)
{
	(void)state;
	fake_vmcs[VMCS_EXIT_INTR_INFO] = 0x80001b0e;
	(void)decode(VMX_REASON_EXCEPTION_NMI, 0);
	assert_int_equal(fake_vmcs[VMCS_GUEST_INTERRUPTIBILITY], VMX_INTERRUPTIBILITY_NMI);
	fake_vmcs[VMCS_GUEST_INTERRUPTIBILITY] = 0;
	(void)decode(VMX_REASON_EPT_VIOLATION, 0x1182);
	assert_int_equal(fake_vmcs[VMCS_GUEST_INTERRUPTIBILITY], VMX_INTERRUPTIBILITY_NMI);
	/* An NMI whose delivery was interrupted must be deliverable again. */
	fake_vmcs[VMCS_IDT_VECTORING_INFO] = 0x80000202;
	(void)decode(VMX_REASON_EPT_VIOLATION, 0x182);
	assert_int_equal(e.reinject.type, HV_EVENT_NMI);
	assert_int_equal(fake_vmcs[VMCS_GUEST_INTERRUPTIBILITY], 0);
}

static void interrupted(void **state)
{
	static const struct {
		u32 info;
		u8 type;
		bool error;
		u8 len;
	} row[] = {
		{0x80000031, HV_EVENT_EXTINT, false, 0},
		{0x80000b0d, HV_EVENT_EXCEPTION, true, 0},
		{0x80000480, HV_EVENT_SOFT_INT, false, 2},
		{0x80000603, HV_EVENT_SOFT_EXCEPTION, false, 2},
		{0x80000501, HV_EVENT_PRIV_SOFT_EXCEPTION, false, 2},
	};

	(void)state;
	fake_vmcs[VMCS_IDT_VECTORING_ERROR] = 0x55;
	for (u32 i = 0; i < ARRAY_SIZE(row); i++) {
		fake_vmcs[VMCS_IDT_VECTORING_INFO] = row[i].info;
		(void)decode(VMX_REASON_EPT_VIOLATION, 0x182);
		assert_int_equal(e.reinject.type, row[i].type);
		assert_int_equal(e.reinject.vector, row[i].info & 0xff);
		assert_int_equal(e.reinject.has_error, row[i].error);
		assert_int_equal(e.reinject.error, row[i].error ? 0x55 : 0);
		assert_int_equal(e.reinject.insn_len, row[i].len);
		/* And back: what is injected is what was interrupted. */
		fake_vmcs[VMCS_ENTRY_INTR_INFO] = fake_vmcs[VMCS_ENTRY_INSN_LEN] = 0;
		vmx_inject(&v, &e.reinject);
		assert_int_equal(fake_vmcs[VMCS_ENTRY_INTR_INFO], row[i].info);
		assert_int_equal(fake_vmcs[VMCS_ENTRY_INSN_LEN], row[i].len);
	}
}

static void inject_in_real_mode(void **state)
{
	struct hv_event gp = {
		.type = HV_EVENT_EXCEPTION, .vector = 13, .has_error = true, .error = 9};
	struct hv_event back;

	(void)state;
	fake_vmcs[VMCS_GUEST_CR0] = 0;
	vmx_inject(&v, &gp);
	assert_int_equal(fake_vmcs[VMCS_ENTRY_INTR_INFO], 0x8000030d);
	vmx_take_back_event(&v, &back);
	assert_true(back.type == HV_EVENT_EXCEPTION && back.vector == 13 && !back.has_error);
	assert_int_equal(fake_vmcs[VMCS_ENTRY_INTR_INFO], 0);
	vmx_take_back_event(&v, &back);
	assert_int_equal(back.type, HV_EVENT_NONE);
}

static void windows(void **state)
{
	struct hv_intr_state st = {.sti_shadow = true, .nmi_blocked = true};

	(void)state;
	vmx_request_window(&v, false, true);
	vmx_request_window(&v, true, true);
	assert_int_equal(fake_vmcs[VMCS_PROC_CONTROLS], VMX_PROC_INTR_WINDOW | VMX_PROC_NMI_WINDOW);
	vmx_request_window(&v, false, false);
	assert_int_equal(fake_vmcs[VMCS_PROC_CONTROLS], VMX_PROC_NMI_WINDOW);
	vmx_set_intr_state(&v, &st);
	assert_int_equal(fake_vmcs[VMCS_GUEST_INTERRUPTIBILITY], 9);
	st = (struct hv_intr_state){0};
	vmx_get_intr_state(&v, &st);
	assert_true(st.sti_shadow && !st.movss_shadow && st.nmi_blocked);
}

#define S(name) cmocka_unit_test_setup(name, set_up)
UNIT_MAIN(S(simple), S(io), S(registers), S(s2_fault), S(exceptions), S(nmi_blocking),
	  S(interrupted), S(inject_in_real_mode), S(windows))
