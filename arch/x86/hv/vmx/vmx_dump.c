/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The whole VMCS in the log, with the violated entry check by name: after a failed entry and on
 * demand. Twin: svm/svm_dump.c.
 */
#include "arch/x86/asm/cpuid.h"
#include "arch/x86/hv/vmx/vmx_check.h"
#include "arch/x86/hv/vmx/vmx_vcpu.h"
#include "core/log.h"
#include "core/string.h"

static const char *const seg_name[HV_SEGS] = {"ES", "CS", "SS", "DS", "FS", "GS", "LDTR", "TR"};

/* What the checks do not look at. */
#define MORE_FIELDS(X) \
	X(exit_reason, VMCS_EXIT_REASON) X(exit_qualification, VMCS_EXIT_QUALIFICATION) \
	X(instruction_error, VMCS_INSTRUCTION_ERROR) \
	X(vectoring_info, VMCS_IDT_VECTORING_INFO) X(rsp, VMCS_GUEST_RSP) \
	X(cr0_shadow, VMCS_CR0_SHADOW) X(cr4_shadow, VMCS_CR4_SHADOW) \
	X(pin_controls, VMCS_PIN_CONTROLS) X(proc_controls, VMCS_PROC_CONTROLS) \
	X(proc_controls_2, VMCS_PROC_CONTROLS2) X(exit_controls, VMCS_EXIT_CONTROLS) \
	X(exceptions, VMCS_EXCEPTION_BITMAP) X(tsc_offset, VMCS_TSC_OFFSET) \
	X(host_rip, VMCS_HOST_RIP) X(host_rsp, VMCS_HOST_RSP) X(host_cr0, VMCS_HOST_CR0) \
	X(host_cr3, VMCS_HOST_CR3) X(host_cr4, VMCS_HOST_CR4) \
	X(host_tr_base, VMCS_HOST_TR_BASE) X(host_gs_base, VMCS_HOST_GS_BASE)

static const struct {
	const char *name;
	u32 field;
} fields[] = {
#define ROW(name, field) {#name, field},
	VMX_ENTRY_FIELDS(ROW) MORE_FIELDS(ROW)
#undef ROW
};

static void read_state(struct hv_vcpu *v, struct vmx_entry_state *s)
{
	struct hv_sregs sregs;

#define READ(name, field) s->name = vmread(field);
	VMX_ENTRY_FIELDS(READ)
#undef READ
	s->cr0_fixed0 = vmx_machine.cr0_fixed0;
	s->cr0_fixed1 = vmx_machine.cr0_fixed1;
	s->cr4_fixed0 = vmx_machine.cr4_fixed0;
	s->cr4_fixed1 = vmx_machine.cr4_fixed1;
	s->phys_bits = cpuid_phys_bits();
	for (u32 i = 0; i < 4; i++) {
		s->pdpte[i] = vmread(VMCS_GUEST_PDPTE0 + 2 * i);
	}
	vmx_get_sregs(v, &sregs, HV_SREG_SEG);
	memcpy(s->seg, sregs.seg, sizeof(s->seg));
}

void vmx_dump(struct hv_vcpu *v)
{
	const struct vmx_vcpu *x = vmx_use(v);
	struct vmx_entry_state s;
	const char *rule;

	read_state(v, &s);
	rule = vmx_check(&s);
	log_err("VMCS: violated rule: %s", rule ? rule : "none known");
	for (u32 i = 0; i < HV_SEGS; i++) {
		log_err("VMCS: %-4s sel %04x base %lx limit %x attr %x", seg_name[i],
			s.seg[i].selector, s.seg[i].base, s.seg[i].limit, s.seg[i].attr);
	}
	for (u32 i = 0; i < ARRAY_SIZE(fields); i++) {
		log_err("VMCS: %s %lx", fields[i].name, vmread(fields[i].field));
	}
	log_err("VMCS: cr2 %lx vpid %x", x->cr2, x->c.tag.id);
}
