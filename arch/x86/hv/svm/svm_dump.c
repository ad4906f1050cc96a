/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The whole VMCB in the log, with the violated entry check by name: after a failed entry and on
 * demand. Twin: vmx/vmx_dump.c.
 */
#include "arch/x86/hv/svm/svm_vcpu.h"
#include "core/log.h"

static const char *const seg_name[VMCB_SEGS] = {"ES", "CS",   "SS",   "DS",   "FS",
						"GS", "GDTR", "LDTR", "IDTR", "TR"};

void svm_dump(struct hv_vcpu *v)
{
	struct svm_vcpu *x = v->hw;
	const struct vmcb *b = x->vmcb;
	const char *rule = svm_check(b, &svm_machine.limits);

	log_err("VMCB: violated rule: %s", rule ? rule : "none known");
	log_err("VMCB: exit code %lx info1 %lx info2 %lx exitintinfo %lx", b->exitcode,
		b->exitinfo1, b->exitinfo2, b->exitintinfo);
	log_err("VMCB: rip %lx rsp %lx rflags %lx rax %lx cpl %u", v->regs.rip, b->rsp, b->rflags,
		b->rax, b->cpl);
	log_err("VMCB: cr0 %lx cr2 %lx cr3 %lx cr4 %lx efer %lx", b->cr0, b->cr2, b->cr3, b->cr4,
		b->efer);
	log_err("VMCB: dr6 %lx dr7 %lx pat %lx debugctl %lx", b->dr6, b->dr7, b->g_pat, b->dbgctl);
	for (u32 i = 0; i < VMCB_SEGS; i++) {
		log_err("VMCB: %-4s sel %04x base %lx limit %x attrib %x", seg_name[i],
			b->seg[i].selector, b->seg[i].base, b->seg[i].limit, b->seg[i].attrib);
	}
	log_err("VMCB: intercepts cr %04x/%04x dr %04x/%04x exceptions %x misc %x %x %x",
		b->intercept_cr_read, b->intercept_cr_write, b->intercept_dr_read,
		b->intercept_dr_write, b->intercept_exceptions, b->intercept[0], b->intercept[1],
		b->intercept[2]);
	log_err("VMCB: asid %u tlb_control %u vintr %lx shadow %lx inject %lx nmi blocked %d",
		b->asid, b->tlb_control, b->vintr, b->interrupt_shadow, b->eventinj,
		x->nmi_blocked);
	log_err("VMCB: iopm %lx msrpm %lx n_cr3 %lx tsc offset %lx next_rip %lx", b->iopm_pa,
		b->msrpm_pa, b->n_cr3, b->tsc_offset, b->next_rip);
}
