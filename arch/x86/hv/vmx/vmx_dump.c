/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The whole VMCS in the log, with the violated entry check by name: after a failed entry and on
 * demand. Twin: svm/svm_dump.c.
 */
#include "arch/x86/asm/cpuid.h"
#include "arch/x86/hv/vmx/vmx_check.h"
#include "arch/x86/hv/vmx/vmx_vcpu.h"
#include "core/log.h"

static const char *const seg_name[HV_SEGS] = {"ES", "CS", "SS", "DS", "FS", "GS", "LDTR", "TR"};

static void read_state(struct vmx_entry_state *s)
{
	u32 i;

	s->cr0 = vmread(VMCS_GUEST_CR0);
	s->cr3 = vmread(VMCS_GUEST_CR3);
	s->cr4 = vmread(VMCS_GUEST_CR4);
	s->efer = vmread(VMCS_GUEST_EFER);
	s->pat = vmread(VMCS_GUEST_PAT);
	s->dr7 = vmread(VMCS_GUEST_DR7);
	s->cr0_fixed0 = vmx_machine.cr0_fixed0;
	s->cr0_fixed1 = vmx_machine.cr0_fixed1;
	s->cr4_fixed0 = vmx_machine.cr4_fixed0;
	s->cr4_fixed1 = vmx_machine.cr4_fixed1;
	s->rip = vmread(VMCS_GUEST_RIP);
	s->rflags = vmread(VMCS_GUEST_RFLAGS);
	s->link_pointer = vmread(VMCS_LINK_POINTER);
	s->eptp = vmread(VMCS_EPTP);
	s->gdtr_base = vmread(VMCS_GUEST_GDTR_BASE);
	s->idtr_base = vmread(VMCS_GUEST_IDTR_BASE);
	s->sysenter_esp = vmread(VMCS_GUEST_SYSENTER_ESP);
	s->sysenter_eip = vmread(VMCS_GUEST_SYSENTER_EIP);
	s->gdtr_limit = (u32)vmread(VMCS_GUEST_GDTR_LIMIT);
	s->idtr_limit = (u32)vmread(VMCS_GUEST_IDTR_LIMIT);
	s->interruptibility = (u32)vmread(VMCS_GUEST_INTERRUPTIBILITY);
	s->activity = (u32)vmread(VMCS_GUEST_ACTIVITY);
	s->entry_controls = (u32)vmread(VMCS_ENTRY_CONTROLS);
	s->entry_intr_info = (u32)vmread(VMCS_ENTRY_INTR_INFO);
	s->phys_bits = cpuid_phys_bits();
	for (i = 0; i < 4; i++) {
		s->pdpte[i] = vmread(VMCS_GUEST_PDPTE0 + 2 * i);
	}
	for (i = 0; i < HV_SEGS; i++) {
		s->seg[i].selector = (u16)vmread(VMCS_GUEST_SELECTOR + 2 * i);
		s->seg[i].base = vmread(VMCS_GUEST_BASE + 2 * i);
		s->seg[i].limit = (u32)vmread(VMCS_GUEST_LIMIT + 2 * i);
		s->seg[i].attr = (u32)vmread(VMCS_GUEST_AR + 2 * i);
	}
}

void vmx_dump(struct hv_vcpu *v)
{
	struct vmx_vcpu *x = vmx_use(v);
	struct vmx_entry_state s;
	const char *rule;
	u32 i;

	read_state(&s);
	rule = vmx_check(&s);
	log_err("VMCS: violated rule: %s", rule ? rule : "none known");
	log_err("VMCS: reason %llx qualification %llx instruction error %llu",
		(unsigned long long)vmread(VMCS_EXIT_REASON),
		(unsigned long long)vmread(VMCS_EXIT_QUALIFICATION),
		(unsigned long long)vmread(VMCS_INSTRUCTION_ERROR));
	log_err("VMCS: rip %llx rsp %llx rflags %llx", (unsigned long long)s.rip,
		(unsigned long long)vmread(VMCS_GUEST_RSP), (unsigned long long)s.rflags);
	log_err("VMCS: cr0 %llx (shadow %llx) cr4 %llx (shadow %llx)", (unsigned long long)s.cr0,
		(unsigned long long)vmread(VMCS_CR0_SHADOW), (unsigned long long)s.cr4,
		(unsigned long long)vmread(VMCS_CR4_SHADOW));
	log_err("VMCS: cr2 %llx cr3 %llx efer %llx pat %llx dr7 %llx", (unsigned long long)x->cr2,
		(unsigned long long)s.cr3, (unsigned long long)s.efer, (unsigned long long)s.pat,
		(unsigned long long)s.dr7);
	for (i = 0; i < HV_SEGS; i++) {
		log_err("VMCS: %-4s sel %04x base %llx limit %x attr %x", seg_name[i],
			s.seg[i].selector, (unsigned long long)s.seg[i].base, s.seg[i].limit,
			s.seg[i].attr);
	}
	log_err("VMCS: gdt %llx/%x idt %llx/%x", (unsigned long long)s.gdtr_base, s.gdtr_limit,
		(unsigned long long)s.idtr_base, s.idtr_limit);
	log_err("VMCS: pin %x proc %x proc2 %llx entry %x exit %llx exceptions %llx", x->pin,
		x->proc, (unsigned long long)vmread(VMCS_PROC_CONTROLS2), s.entry_controls,
		(unsigned long long)vmread(VMCS_EXIT_CONTROLS),
		(unsigned long long)vmread(VMCS_EXCEPTION_BITMAP));
	log_err("VMCS: interruptibility %x activity %x inject %x vectoring %llx",
		s.interruptibility, s.activity, s.entry_intr_info,
		(unsigned long long)vmread(VMCS_IDT_VECTORING_INFO));
	log_err("VMCS: eptp %llx vpid %x tsc offset %llx link %llx", (unsigned long long)s.eptp,
		x->c.tag.id, (unsigned long long)vmread(VMCS_TSC_OFFSET),
		(unsigned long long)s.link_pointer);
	log_err("VMCS: host rip %llx rsp %llx cr0 %llx cr3 %llx cr4 %llx tr %llx gs %llx",
		(unsigned long long)vmread(VMCS_HOST_RIP),
		(unsigned long long)vmread(VMCS_HOST_RSP),
		(unsigned long long)vmread(VMCS_HOST_CR0),
		(unsigned long long)vmread(VMCS_HOST_CR3),
		(unsigned long long)vmread(VMCS_HOST_CR4),
		(unsigned long long)vmread(VMCS_HOST_TR_BASE),
		(unsigned long long)vmread(VMCS_HOST_GS_BASE));
}
