/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The life of a VMCB: made, moved between CPUs, freed. It is plain memory: nothing of it stays in a
 * CPU but translations, which carry the ASID of that CPU. Twin: vmx/vmx_vcpu.c.
 */
#include "arch/x86/hv/svm/svm_vcpu.h"
#include "core/string.h"
#include "mm/frame.h"
#include "mm/layout.h"
#include "mm/slab.h"

static void write_controls(struct svm_vcpu *x)
{
	struct vmcb *b = x->vmcb;

	b->intercept_cr_read = BIT(8);
	b->intercept_cr_write = BIT(0) | BIT(4) | BIT(8);
	b->intercept[0] = SVM_I_INTR | SVM_I_NMI | SVM_I_SMI | SVM_I_INIT | SVM_I_RDPMC |
			  SVM_I_CPUID | SVM_I_INVD | SVM_I_INVLPGA | SVM_I_IO | SVM_I_MSR |
			  SVM_I_TASK_SWITCH | SVM_I_FERR_FREEZE | SVM_I_SHUTDOWN;
	b->intercept[1] = SVM_I2_VMRUN | SVM_I2_VMMCALL | SVM_I2_VMLOAD | SVM_I2_VMSAVE |
			  SVM_I2_STGI | SVM_I2_CLGI | SVM_I2_SKINIT | SVM_I2_WBINVD |
			  SVM_I2_MONITOR | SVM_I2_MWAIT | SVM_I2_MWAIT_ARMED | SVM_I2_XSETBV |
			  SVM_I2_RDPRU;
	b->iopm_pa = svm_machine.iopm.v;
	b->msrpm_pa = ptr_to_hpa(x->msrpm).v;
	/*
	 * V_IRQ only opens windows: above every priority, never delivered (VINTR is intercepted
	 * while it is set).
	 */
	b->vintr = SVM_VINTR_MASKING | SVM_VINTR_IGN_TPR | SVM_VINTR_PRIO(15);
	b->np_enable = 1;
	b->asid = 1; /* until the first run; never the host's */
	b->clean = 0;
}

int svm_vcpu_init(struct hv_vcpu *v)
{
	struct svm_vcpu *x = kzalloc(sizeof(*x));
	struct frame *vmcb = frame_alloc(0, FRAME_HYP, FRAME_ZERO),
		     *msrpm = frame_alloc(1, FRAME_HYP, 0);
	struct hv_sregs s;

	if (!x || !vmcb || !msrpm) {
		kfree(x);
		frame_put(vmcb);
		frame_put(msrpm);
		return -ENOMEM;
	}
	x->vmcb = frame_ptr(vmcb);
	x->vmcb_pa = frame_hpa(vmcb);
	x->msrpm = frame_ptr(msrpm);
	memset(x->msrpm, 0xff, 2 * PAGE_SIZE);
	v->hw = x;
	hv_reset_state(&v->regs, &s);
	write_controls(x);
	x->vmcb->g_pat = 0x0007040600070406ULL;
	x->vmcb->dr6 = 0xffff0ff0;
	x->vmcb->dr7 = 0x400;
	svm_set_sregs(v, &s, HV_SREG_ALL);
	svm_set_intercepts(v, HV_INTERCEPT_HLT | HV_INTERCEPT_DR | HV_INTERCEPT_CPUID, 0);
	return 0;
}

void svm_vcpu_free(struct hv_vcpu *v)
{
	struct svm_vcpu *x = v->hw;

	frame_put(frame_of(x->vmcb_pa));
	frame_put(frame_of(ptr_to_hpa(x->msrpm)));
	kfree(x);
}

void svm_cpu_changed(struct hv_vcpu *v, u32 old __unused)
{
	struct svm_vcpu *x = v->hw;

	x->vmcb->clean = 0; /* another CPU may cache an older VMCB */
}

void svm_put(struct hv_cpu *cpu __unused)
{
	/* Every exit has already restored the host: VMRUN from the save area, VMLOAD the rest. */
}
