/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What ends a run besides faults: the intercepts that the layer above may turn on and off, and the
 * TSC offset. The dangerous ones are set in svm_vcpu.c and always on. Twin: vmx/vmx_intercept.c.
 */
#include "arch/x86/hv/svm/svm_vcpu.h"

void svm_set_intercepts(struct hv_vcpu *v, u32 flags, u32 exceptions)
{
	static const struct {
		u32 flag, bits;
	} map[] = {
		{ HV_INTERCEPT_HLT, SVM_I_HLT },
		{ HV_INTERCEPT_PAUSE, SVM_I_PAUSE },
		{ HV_INTERCEPT_CPUID, SVM_I_CPUID },
	};
	struct svm_vcpu *x = v->hw;
	struct vmcb *b = x->vmcb;

	for (u32 i = 0; i < ARRAY_SIZE(map); i++) {
		b->intercept[0] &= ~map[i].bits;
		b->intercept[0] |= flags & map[i].flag ? map[i].bits : 0;
	}
	b->intercept_cr_read &= (u16)~BIT(3);
	b->intercept_cr_write &= (u16)~BIT(3);
	if (flags & HV_INTERCEPT_CR3) {
		b->intercept_cr_read |= BIT(3);
		b->intercept_cr_write |= BIT(3);
	}
	b->intercept_dr_read = b->intercept_dr_write = flags & HV_INTERCEPT_DR ? 0xffff : 0;
	b->intercept_exceptions = (u32)(exceptions | HV_EXCEPTIONS_ALWAYS);
	x->c.dr_wanted = !(flags & HV_INTERCEPT_DR) || (b->dr7 & 0xff);
}

void svm_set_tsc(struct hv_vcpu *v, u64 offset)
{
	((struct svm_vcpu *)v->hw)->vmcb->tsc_offset = offset;
}

void svm_set_deadline(struct hv_vcpu *v __unused, u64 ticks __unused)
{
	/*
	 * SVM has no such timer, and no guest can mask a host interrupt: hv_features.has_deadline
	 * is false.
	 */
}

void svm_set_tpr(struct hv_vcpu *v, u8 tpr)
{
	struct vmcb *b = ((struct svm_vcpu *)v->hw)->vmcb;

	b->vintr = (b->vintr & ~0xffULL) | tpr;
}
