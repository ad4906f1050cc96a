/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One entry and one exit: brings the VMCS up to date with what changed in memory, enters, reads the
 * registers back and has the exit decoded. Called by hv_run on every entry: no VMREAD and no
 * VMWRITE that is not needed. Twin: svm/svm_run.c.
 */
#include "arch/x86/hv/vmx/vmx_vcpu.h"
#include "mm/layout.h"

/*
 * With EPT the hardware takes the four PAE entries from the VMCS, not from memory. It loads them
 * itself when the guest writes CR3; when CR state was set from outside, this does. false: the page
 * is not mapped; exit tells.
 */
static bool load_pdptes(struct hv_vcpu *v, struct vmx_vcpu *x, struct hv_exit *exit)
{
	gpa_t gpa = GPA(vmread(VMCS_GUEST_CR3) & 0xffffffe0u);
	const u64 *entry;
	u32 rights, order, i;
	hpa_t hpa;

	if (s2_lookup(v->s2, gpa, &hpa, &rights, &order) != 0 || !(rights & S2_R)) {
		vmx_take_back_event(v, &exit->reinject);
		hv_exit_walk_fault(exit, gpa);
		return false;
	}
	entry = hpa_to_ptr(HPA((hpa.v & PAGE_MASK) | (gpa.v & ~PAGE_MASK)));
	for (i = 0; i < 4; i++) {
		vmwrite(VMCS_GUEST_PDPTE0 + 2 * i, READ_ONCE(entry[i]));
	}
	x->pdptes_stale = false;
	return true;
}

static void entry_failed(struct hv_vcpu *v, struct hv_exit *exit, u64 code)
{
	struct vmx_vcpu *x = v->hw;

	exit->kind = HV_EXIT_FAIL_ENTRY;
	exit->insn_len = 0;
	exit->insn_bytes_len = 0;
	exit->raw_reason = (u32)code;
	exit->fail.code = code;
	if (!x->c.fail_dumped) {
		x->c.fail_dumped = true;
		vmx_dump(v);
	}
	vmx_take_back_event(v, &exit->reinject);
}

/*
 * The exit has consumed the NMI or machine check: the gate is called by INT, so that its IRET also
 * ends the blocking of NMIs that the exit left behind.
 */
static void host_trap(u8 vector)
{
	if (vector == 2) {
		__asm__ volatile("int $2" ::: "memory");
	} else {
		__asm__ volatile("int $18" ::: "memory");
	}
}

void vmx_run(struct hv_cpu *cpu, struct hv_vcpu *v, struct hv_exit *exit)
{
	struct vmx_vcpu *x = vmx_use(v);
	u64 failed;

	if (v->regs.rip != x->rip) {
		vmwrite(VMCS_GUEST_RIP, v->regs.rip);
	}
	if (v->regs.gpr[HV_RSP] != x->rsp) {
		vmwrite(VMCS_GUEST_RSP, v->regs.gpr[HV_RSP]);
	}
	if (v->regs.rflags != x->rflags) {
		vmwrite(VMCS_GUEST_RFLAGS, v->regs.rflags);
	}
	if (unlikely(x->c.tag.gen != cpu->tags.gen)) {
		vmx_new_tag(cpu, v);
	}
	if (unlikely(x->pdptes_stale) && !load_pdptes(v, x, exit)) {
		x->rip = ~v->regs.rip; /* unknown: written again next time */
		return;
	}
	if (x->cr2 != read_cr2()) {
		write_cr2(x->cr2);
	}
	hv_xcr0_enter(v);
	failed = vmx_enter(&v->regs, x->launched, &x->host_rsp);
	hv_xcr0_leave(v);
	v->shadow = true; /* looked up by who needs it: a VMREAD */
	x->cr2 = read_cr2();
	v->regs.rip = x->rip = vmread(VMCS_GUEST_RIP);
	v->regs.gpr[HV_RSP] = x->rsp = vmread(VMCS_GUEST_RSP);
	v->regs.rflags = x->rflags = vmread(VMCS_GUEST_RFLAGS);
	if (unlikely(failed)) {
		entry_failed(v, exit, vmread(VMCS_INSTRUCTION_ERROR));
		return;
	}
	vmx_decode(v, exit);
	if (unlikely(exit->kind == HV_EXIT_FAIL_ENTRY)) {
		entry_failed(v, exit, exit->raw_reason);
		return;
	}
	x->launched = true;
	if (unlikely(exit->kind == HV_EXIT_NMI)) {
		host_trap(exit->exception.vector);
	}
}
