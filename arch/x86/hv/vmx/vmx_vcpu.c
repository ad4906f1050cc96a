/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The life of a VMCS: made, loaded on a CPU, moved, freed. A VMCS is cached by the CPU that used
 * it, so it is cleared there before another CPU may load it or its memory is freed. Twin:
 * svm/svm_vcpu.c.
 */
#include "arch/x86/asm/msr.h"
#include "arch/x86/hv/vmx/vmx_vcpu.h"
#include "core/string.h"
#include "mm/frame.h"
#include "mm/layout.h"
#include "mm/slab.h"

/* Runs on the CPU that caches the VMCS; possibly in interrupt context. */
static void clear_here(void *arg)
{
	struct vmx_vcpu *x = arg;
	struct hv_cpu *cpu = this_cpu()->hv;

	ASSERT(vmclear(x->vmcs) == 0);
	if (cpu->current == x) {
		cpu->current = NULL;
	}
	x->launched = false;
}

/* The bases of this CPU's tables and stacks; everything the exit reloads but RSP. */
static void write_host_state(struct vmx_vcpu *x)
{
	struct hv_dtr gdt, idt;
	const u64 *tss;
	u64 sel, tr;

	vmwrite(VMCS_HOST_CR0, read_cr0());
	vmwrite(VMCS_HOST_CR3, read_cr3());
	vmwrite(VMCS_HOST_CR4, read_cr4());
	__asm__ volatile("mov %%cs, %0" : "=r"(sel));
	vmwrite(VMCS_HOST_CS_SELECTOR, sel & 0xffff);
	__asm__ volatile("mov %%ss, %0" : "=r"(sel));
	vmwrite(VMCS_HOST_SS_SELECTOR, sel & 0xffff);
	vmwrite(VMCS_HOST_FS_BASE, rdmsr(MSR_FS_BASE));
	vmwrite(VMCS_HOST_GS_BASE, rdmsr(MSR_GS_BASE));
	__asm__ volatile("sgdt %0" : "=m"(gdt));
	__asm__ volatile("sidt %0" : "=m"(idt));
	__asm__ volatile("str %0" : "=r"(tr));
	tr &= 0xffff;
	tss = (const u64 *)(uintptr_t)(gdt.base + tr);
	vmwrite(VMCS_HOST_TR_SELECTOR, tr);
	vmwrite(VMCS_HOST_TR_BASE,
		((tss[0] >> 16) & 0xffffff) | ((tss[0] >> 56) << 24) | (tss[1] << 32));
	vmwrite(VMCS_HOST_GDTR_BASE, gdt.base);
	vmwrite(VMCS_HOST_IDTR_BASE, idt.base);
	vmwrite(VMCS_HOST_SYSENTER_CS, rdmsr(MSR_SYSENTER_CS));
	vmwrite(VMCS_HOST_SYSENTER_ESP, rdmsr(MSR_SYSENTER_ESP));
	vmwrite(VMCS_HOST_SYSENTER_EIP, rdmsr(MSR_SYSENTER_EIP));
	vmwrite(VMCS_HOST_EFER, rdmsr(MSR_EFER));
	vmwrite(VMCS_HOST_PAT, rdmsr(MSR_PAT));
	vmwrite(VMCS_HOST_RIP, (u64)(uintptr_t)vmx_exit_point);
	x->host_rsp = 0;
}

/* What stays 0, or is 0 until somebody sets it: a fresh VMCS has no defined contents. */
static void write_zeros(void)
{
	static const u16 fields[] = {
		VMCS_HOST_DS_SELECTOR,	     VMCS_HOST_ES_SELECTOR,	VMCS_HOST_FS_SELECTOR,
		VMCS_HOST_GS_SELECTOR,	     VMCS_PF_ERROR_MASK,	VMCS_PF_ERROR_MATCH,
		VMCS_CR3_TARGET_COUNT,	     VMCS_EXIT_MSR_STORE_COUNT, VMCS_EXIT_MSR_LOAD_COUNT,
		VMCS_ENTRY_MSR_LOAD_COUNT,   VMCS_ENTRY_INTR_INFO,	VMCS_TSC_OFFSET,
		VMCS_GUEST_INTERRUPTIBILITY, VMCS_GUEST_ACTIVITY,	VMCS_GUEST_PENDING_DEBUG,
		VMCS_GUEST_SYSENTER_CS,	     VMCS_GUEST_SYSENTER_ESP,	VMCS_GUEST_SYSENTER_EIP,
		VMCS_GUEST_DEBUGCTL,
	};

	for (u32 i = 0; i < ARRAY_SIZE(fields); i++) {
		vmwrite(fields[i], 0);
	}
}

static void write_controls(struct vmx_vcpu *x)
{
	x->pin = vmx_machine.pin;
	x->proc = vmx_machine.proc;
	x->entry = vmx_machine.entry;
	vmwrite(VMCS_PIN_CONTROLS, x->pin);
	vmwrite(VMCS_PROC_CONTROLS, x->proc);
	vmwrite(VMCS_PROC_CONTROLS2, vmx_machine.proc2);
	vmwrite(VMCS_EXIT_CONTROLS, vmx_machine.exit);
	vmwrite(VMCS_ENTRY_CONTROLS, x->entry);
	vmwrite(VMCS_MSR_BITMAP, ptr_to_hpa(x->msr_bitmap).v);
	vmwrite(VMCS_CR0_MASK, ~VMX_CR0_GUEST_OWNED);
	vmwrite(VMCS_CR4_MASK, ~VMX_CR4_GUEST_OWNED);
}

/* The rest of RESET state that is not in hv_sregs. */
static void write_guest_rest(struct vmx_vcpu *x)
{
	vmwrite(VMCS_LINK_POINTER, UINT64_MAX);
	vmwrite(VMCS_GUEST_PAT, 0x0007040600070406ULL);
	vmwrite(VMCS_GUEST_DR7, 0x400);
	vmwrite(VMCS_GUEST_RIP, x->rip);
	vmwrite(VMCS_GUEST_RSP, x->rsp);
	vmwrite(VMCS_GUEST_RFLAGS, x->rflags);
	x->c.debug.dr6 = 0xffff0ff0;
}

int vmx_vcpu_init(struct hv_vcpu *v)
{
	struct vmx_vcpu *x = kzalloc(sizeof(*x));
	struct frame *vmcs = frame_alloc(0, FRAME_HYP, FRAME_ZERO),
		     *bitmap = frame_alloc(0, FRAME_HYP, 0);
	struct hv_sregs s;

	if (!x || !vmcs || !bitmap) {
		kfree(x);
		frame_put(vmcs);
		frame_put(bitmap);
		return -ENOMEM;
	}
	*(u32 *)frame_ptr(vmcs) = vmx_machine.revision;
	x->vmcs = frame_hpa(vmcs);
	x->msr_bitmap = frame_ptr(bitmap);
	memset(x->msr_bitmap, 0xff, PAGE_SIZE);
	x->c.msr_unknown = (u32)BIT(hv_live_slot(MSR_KERNEL_GS_BASE)); /* SWAPGS does not exit */
	v->hw = x;
	v->cpu = v->last_cpu = this_cpu()->index;
	clear_here(x);
	(void)vmx_use(v);
	hv_reset_state(&v->regs, &s);
	x->rip = v->regs.rip;
	x->rflags = v->regs.rflags;
	write_zeros();
	write_host_state(x);
	write_controls(x);
	write_guest_rest(x);
	vmx_set_sregs(v, &s, HV_SREG_ALL);
	vmx_set_intercepts(v, HV_INTERCEPT_HLT | HV_INTERCEPT_DR | HV_INTERCEPT_CPUID, 0);
	v->cpu = HV_NO_CPU;
	return 0;
}

void vmx_vcpu_free(struct hv_vcpu *v)
{
	struct vmx_vcpu *x = v->hw;

	arch_call_cpus(BIT(v->last_cpu), clear_here, x);
	frame_put(frame_of(x->vmcs));
	frame_put(frame_of(ptr_to_hpa(x->msr_bitmap)));
	kfree(x);
}

void vmx_cpu_changed(struct hv_vcpu *v, u32 old)
{
	struct vmx_vcpu *x = v->hw;

	arch_call_cpus(BIT(old), clear_here, x);
	(void)vmx_use(v);
	write_host_state(x);
}

void vmx_put(struct hv_cpu *cpu)
{
	/*
	 * An exit leaves limits of 0xffff. The bases are right and no selector beyond the table is
	 * ever loaded, so now is early enough.
	 */
	__asm__ volatile("lgdt %0" ::"m"(cpu->gdtr));
	__asm__ volatile("lidt %0" ::"m"(cpu->idtr));
}
