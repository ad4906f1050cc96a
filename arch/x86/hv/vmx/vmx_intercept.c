/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What ends a run besides faults: the intercepts that the layer above may turn on and off, the TSC
 * offset, the deadline. The dangerous ones are in vmx_machine and always on. Twin:
 * svm/svm_intercept.c.
 */
#include "arch/x86/hv/vmx/vmx_vcpu.h"

void vmx_set_intercepts(struct hv_vcpu *v, u32 flags, u32 exceptions)
{
	static const struct {
		u32 flag, bits;
	} map[] = {
		{HV_INTERCEPT_HLT, VMX_PROC_HLT},
		{HV_INTERCEPT_PAUSE, VMX_PROC_PAUSE},
		{HV_INTERCEPT_CR3, VMX_PROC_CR3_LOAD | VMX_PROC_CR3_STORE},
		{HV_INTERCEPT_DR, VMX_PROC_MOV_DR},
	};
	struct vmx_vcpu *x = vmx_use(v);
	u32 proc = x->proc, i;

	for (i = 0; i < ARRAY_SIZE(map); i++) {
		proc = flags & map[i].flag ? proc | map[i].bits : proc & ~map[i].bits;
	}
	vmx_set_proc(x, proc);
	vmwrite(VMCS_EXCEPTION_BITMAP, exceptions | HV_EXCEPTIONS_ALWAYS);
	x->c.dr_wanted = !(flags & HV_INTERCEPT_DR) || (vmread(VMCS_GUEST_DR7) & 0xff);
}

void vmx_set_tsc(struct hv_vcpu *v, u64 offset)
{
	(void)vmx_use(v);
	vmwrite(VMCS_TSC_OFFSET, offset);
}

void vmx_set_deadline(struct hv_vcpu *v, u64 ticks)
{
	struct vmx_vcpu *x = vmx_use(v);
	u64 value = MIN(ticks >> vmx_machine.timer_shift, (u64)UINT32_MAX);

	if (!vmx_machine.has_timer) {
		return;
	}
	x->pin =
		ticks ? x->pin | VMX_PIN_PREEMPTION_TIMER : x->pin & ~(u32)VMX_PIN_PREEMPTION_TIMER;
	vmwrite(VMCS_PIN_CONTROLS, x->pin);
	/* reloaded by every entry: exits do not save it */
	vmwrite(VMCS_PREEMPTION_TIMER, MAX(value, 1ULL));
}

void vmx_set_tpr(struct hv_vcpu *v __unused, u8 tpr __unused)
{
	/*
	 * CR8 always exits here, and interrupts are chosen above by priority: there is nothing to
	 * tell the hardware.
	 */
}
