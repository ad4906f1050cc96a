/* SPDX-License-Identifier: BSD-2-Clause */
/* LINK: arch/x86/hv/svm/svm_exit.c arch/x86/hv/svm/svm_event.c */
/* LINK: tests/fake/fake.c tests/fake/fake_panic.c */
/* VMCB exit fields to neutral form, and events in both directions, with and without NRIPS. */
#include <string.h>

#include "arch/x86/asm/cr.h"
#include "arch/x86/hv/svm/svm_vcpu.h"
#include "unit.h"

struct svm_machine svm_machine;
static struct vmcb b;
static struct svm_vcpu x;
static struct hv_vcpu v;
static struct hv_exit e;

static int set_up(void **state)
{
	(void)state;
	memset(&svm_machine, 0, sizeof(svm_machine));
	memset(&b, 0, sizeof(b));
	memset(&x, 0, sizeof(x));
	memset(&v, 0, sizeof(v));
	memset(&e, 0xff, sizeof(e));
	x.vmcb = &b;
	v.hw = &x;
	b.cr0 = CR0_PE;
	v.regs.rip = b.rip = 0x1000;
	b.next_rip = 0x1002;
	return 0;
}

static u8 decode(u64 code, u64 info1, u64 info2)
{
	b.exitcode = code;
	b.exitinfo1 = info1;
	b.exitinfo2 = info2;
	svm_decode(&v, &e);
	return e.kind;
}

static void simple(void **state)
{
	(void)state;
	for (u32 nrips = 0; nrips < 2; nrips++) {
		svm_machine.has_nrips = nrips;
		assert_int_equal(decode(SVM_EXIT_CPUID, 0, 0), HV_EXIT_CPUID);
		assert_int_equal(e.insn_len, nrips ? 2 : 0);
		assert_int_equal(e.reinject.type, HV_EVENT_NONE);
		assert_int_equal(decode(SVM_EXIT_HLT, 0, 0), HV_EXIT_HLT);
		assert_int_equal(e.insn_len, nrips ? 2 : 0);
		assert_int_equal(decode(SVM_EXIT_VMMCALL, 0, 0), HV_EXIT_HYPERCALL);
		assert_int_equal(e.insn_len, 3);
		b.cpl = 0;
		b.seg[VMCB_CS].attrib = 0x29b; /* L */
		(void)decode(SVM_EXIT_VMMCALL, 0, 0);
		assert_true(e.call.kernel64);
		b.seg[VMCB_CS].attrib = 0x49b; /* D */
		(void)decode(SVM_EXIT_VMMCALL, 0, 0);
		assert_false(e.call.kernel64);
		b.seg[VMCB_CS].attrib = 0x2fb;
		b.cpl = 3;
		(void)decode(SVM_EXIT_VMMCALL, 0, 0);
		assert_false(e.call.kernel64);
		/* A stale EXITINTINFO takes the long way, with the same answer. */
		b.exitintinfo = SVM_EVENT_VALID | (u64)SVM_EVENT_SOFT_INT << 8 | 0x80;
		memset(&e, 0xff, sizeof(e));
		assert_int_equal(decode(SVM_EXIT_VMMCALL, 0, 0), HV_EXIT_HYPERCALL);
		assert_int_equal(e.insn_len, 3);
		assert_false(e.call.kernel64);
		assert_int_equal(decode(SVM_EXIT_CPUID, 0, 0), HV_EXIT_CPUID);
		assert_int_equal(e.insn_len, nrips ? 2 : 0);
		b.exitintinfo = 0;
		assert_int_equal(decode(SVM_EXIT_INTR, 0, 0), HV_EXIT_INTR);
		assert_int_equal(e.insn_len, 0); /* NRIP means nothing here */
	}
	b.next_rip = 0x5000; /* nor this far away */
	(void)decode(SVM_EXIT_CPUID, 0, 0);
	assert_int_equal(e.insn_len, 0);
	assert_int_equal(decode(SVM_EXIT_SHUTDOWN, 0, 0), HV_EXIT_SHUTDOWN);
	assert_int_equal(decode(SVM_EXIT_VMRUN, 0, 0), HV_EXIT_VIRT_INSN);
	assert_int_equal(decode(0x85, 0, 0), HV_EXIT_VIRT_INSN); /* CLGI */
	assert_int_equal(decode(SVM_EXIT_MWAIT, 0, 0), HV_EXIT_MWAIT);
	assert_int_equal(decode(SVM_EXIT_WBINVD, 0, 0), HV_EXIT_INVAL);
	assert_int_equal(e.inval.op, HV_WBINVD);
	assert_int_equal(decode(SVM_EXIT_NMI, 0, 0), HV_EXIT_NMI);
	assert_int_equal(e.exception.vector, 2);
	assert_int_equal(decode(SVM_EXIT_INVALID, 0, 0), HV_EXIT_FAIL_ENTRY);
	assert_true(e.fail.code == UINT64_MAX);
	assert_int_equal(decode(0x66, 0, 0), HV_EXIT_UNKNOWN);
	assert_int_equal(decode(0x401, 0, 0), HV_EXIT_UNKNOWN);
	assert_int_equal(decode(0x8f, 0, 0), HV_EXIT_UNKNOWN);
}

static void io(void **state)
{
	(void)state;
	assert_int_equal(decode(SVM_EXIT_IO, 0x3f80010, 0x1001), HV_EXIT_IO);
	assert_true(e.io.port == 0x3f8 && e.io.size == 1 && e.insn_len == 1);
	assert_false(e.io.in || e.io.string || e.io.rep);
	(void)decode(SVM_EXIT_IO, 0xffff004d, 0x1003);
	assert_true(e.io.port == 0xffff && e.io.size == 4 && e.insn_len == 3);
	assert_true(e.io.in && e.io.string && e.io.rep);
}

static void registers(void **state)
{
	(void)state;
	assert_int_equal(decode(SVM_EXIT_CR_WRITE + 4, BIT(63) | 9, 0), HV_EXIT_CR);
	assert_true(e.cr.nr == 4 && e.cr.write && !e.cr.decoded);
	svm_machine.has_decode = true;
	(void)decode(SVM_EXIT_CR_WRITE + 4, BIT(63) | 9, 0);
	assert_true(e.cr.decoded && e.cr.gpr == HV_R9);
	(void)decode(SVM_EXIT_CR_WRITE, 0, 0); /* LMSW or CLTS */
	assert_true(!e.cr.decoded && e.cr.nr == 0);
	(void)decode(8, BIT(63) | 3, 0); /* read of CR8 */
	assert_true(e.cr.nr == 8 && !e.cr.write && e.cr.gpr == HV_RBX);
	assert_int_equal(decode(SVM_EXIT_DR_WRITE + 7, 2, 0), HV_EXIT_DR);
	assert_true(e.dr.nr == 7 && e.dr.write && e.dr.gpr == HV_RDX);
	(void)decode(SVM_EXIT_DR_READ + 6, 0, 0);
	assert_true(e.dr.nr == 6 && !e.dr.write);
	v.regs.gpr[HV_RCX] = 0xdeadc0000080ULL;
	assert_int_equal(decode(SVM_EXIT_MSR, 1, 0), HV_EXIT_MSR);
	assert_true(e.msr.write && e.msr.index == 0xc0000080u);
}

static void s2_fault(void **state)
{
	(void)state;
	assert_int_equal(decode(SVM_EXIT_NPF, 0x100000006ULL, 0xfee00020), HV_EXIT_S2_FAULT);
	assert_true(e.s2.gpa.v == 0xfee00020 && e.s2.access == S2_W && !e.s2.walk);
	assert_int_equal(e.insn_bytes_len, 0);
	(void)decode(SVM_EXIT_NPF, 0x200000007ULL, 0);
	assert_true(e.s2.walk);
	(void)decode(SVM_EXIT_NPF, 0x100000014ULL, 0);
	assert_int_equal(e.s2.access, S2_X);
	assert_int_equal(decode(SVM_EXIT_NPF, 0x10000000dULL, 0), HV_EXIT_S2_MISCONFIG);
	svm_machine.has_decode = true;
	b.insn_len = 2;
	b.insn_bytes[1] = 0x99;
	(void)decode(SVM_EXIT_NPF, 0x100000006ULL, 0);
	assert_true(e.insn_bytes_len == 2 && e.insn_bytes[1] == 0x99);
}

static void exceptions(void **state)
{
	(void)state;
	assert_int_equal(decode(SVM_EXIT_EXCEPTION + 14, 6, 0xcafe), HV_EXIT_EXCEPTION);
	assert_true(e.exception.vector == 14 && e.exception.has_error && e.exception.error == 6);
	assert_int_equal(e.exception.info, 0xcafe);
	b.dr6 = 0xffff4ff1;
	(void)decode(SVM_EXIT_EXCEPTION + 1, 0, 0);
	assert_true(!e.exception.has_error && e.exception.info == 0x4001);
	(void)decode(SVM_EXIT_EXCEPTION + 17, 0, 0);
	assert_true(e.exception.has_error);
	assert_int_equal(decode(SVM_EXIT_EXCEPTION + 18, 0, 0), HV_EXIT_NMI);
}

static void inject(u8 type, u8 vector, u8 len)
{
	struct hv_event ev = {.type = type, .vector = vector, .insn_len = len};

	svm_inject(&v, &ev);
}

/* The exit as hardware leaves it when the delivery of what was injected is interrupted. */
static void interrupt_delivery(u64 info)
{
	b.exitintinfo = info;
	(void)decode(SVM_EXIT_NPF, 0x100000006ULL, 0);
	b.exitintinfo = 0;
}

static void own_event_back(void **state)
{
	struct hv_event gp = {.type = HV_EVENT_EXCEPTION, .vector = 13, .has_error = true,
			      .error = 0x11};

	(void)state;
	inject(HV_EVENT_EXTINT, 0x31, 0);
	assert_int_equal(b.eventinj, 0x80000031);
	interrupt_delivery(0x80000031);
	assert_true(e.reinject.type == HV_EVENT_EXTINT && e.reinject.vector == 0x31);
	x.injected = 0;			/* the run is over */
	interrupt_delivery(0x80000031); /* an interrupt that nobody injected: stale */
	assert_int_equal(e.reinject.type, HV_EVENT_NONE);
	interrupt_delivery(0x1180000b0dULL); /* the guest's own #GP: raised again by itself */
	assert_int_equal(e.reinject.type, HV_EVENT_NONE);
	svm_inject(&v, &gp);
	interrupt_delivery(0x1180000b0dULL);
	assert_true(e.reinject.type == HV_EVENT_EXCEPTION && e.reinject.vector == 13);
	assert_true(e.reinject.has_error && e.reinject.error == 0x11);
}

static void soft_events(void **state)
{
	(void)state;
	/* The guest's own INT n and INT3 run again: RIP is still there. */
	interrupt_delivery(0x80000480);
	assert_int_equal(e.reinject.type, HV_EVENT_NONE);
	interrupt_delivery(0x80000303);
	assert_int_equal(e.reinject.type, HV_EVENT_NONE);
	/* An injected one comes back whole, with RIP at its instruction. */
	inject(HV_EVENT_SOFT_INT, 0x80, 2);
	assert_int_equal(b.eventinj, 0x80000480);
	x.soft_rip = 0x1000;
	v.regs.rip = 0x1002;
	interrupt_delivery(0x80000480);
	assert_true(e.reinject.type == HV_EVENT_SOFT_INT && e.reinject.vector == 0x80);
	assert_int_equal(e.reinject.insn_len, 2);
	assert_int_equal(v.regs.rip, 0x1000);
	/* Delivered: nothing comes back and RIP is the handler's. */
	inject(HV_EVENT_SOFT_EXCEPTION, 3, 1);
	assert_int_equal(b.eventinj, 0x80000303);
	v.regs.rip = 0x7777;
	interrupt_delivery(0);
	assert_int_equal(e.reinject.type, HV_EVENT_NONE);
	assert_int_equal(v.regs.rip, 0x7777);
	assert_int_equal(x.soft.type, HV_EVENT_NONE);
}

static void nmi(void **state)
{
	struct hv_intr_state st;

	(void)state;
	inject(HV_EVENT_NMI, 2, 0);
	svm_get_intr_state(&v, &st);
	assert_true(st.nmi_blocked && (b.intercept[0] & SVM_I_IRET));
	interrupt_delivery(0x80000202); /* not delivered: not blocked */
	assert_int_equal(e.reinject.type, HV_EVENT_NMI);
	svm_get_intr_state(&v, &st);
	assert_false(st.nmi_blocked);
	inject(HV_EVENT_NMI, 2, 0);
	assert_int_equal(decode(SVM_EXIT_IRET, 0, 0), HV_EXIT_WINDOW);
	svm_get_intr_state(&v, &st);
	assert_true(!st.nmi_blocked && !(b.intercept[0] & SVM_I_IRET));
}

static void windows(void **state)
{
	struct hv_event back;
	struct hv_intr_state st = {.movss_shadow = true};

	(void)state;
	svm_request_window(&v, false, true);
	assert_true((b.vintr & SVM_VINTR_IRQ) && (b.intercept[0] & SVM_I_VINTR));
	assert_int_equal(decode(SVM_EXIT_VINTR, 0, 0), HV_EXIT_WINDOW);
	svm_request_window(&v, false, false);
	assert_false((b.vintr & SVM_VINTR_IRQ) || (b.intercept[0] & SVM_I_VINTR));
	svm_set_intr_state(&v, &st);
	assert_int_equal(b.interrupt_shadow, 1);
	svm_get_intr_state(&v, &st);
	assert_true(st.sti_shadow && !st.movss_shadow);
	inject(HV_EVENT_EXTINT, 0x20, 0);
	svm_take_back_event(&v, &back);
	assert_true(back.type == HV_EVENT_EXTINT && back.vector == 0x20 && b.eventinj == 0);
}

#define S(name) cmocka_unit_test_setup(name, set_up)
UNIT_MAIN(S(simple), S(io), S(registers), S(s2_fault), S(exceptions), S(own_event_back),
	  S(soft_events), S(nmi), S(windows))
