/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The whole VMCB in the log, with the violated entry check by name: after a failed entry and on
 * demand. Twin: vmx/vmx_dump.c.
 */
#include "arch/x86/hv/svm/svm_check.h"
#include "arch/x86/hv/svm/svm_vcpu.h"
#include "core/log.h"

static const char *const seg_name[VMCB_SEGS] = {"ES", "CS",   "SS",   "DS",   "FS",
						"GS", "GDTR", "LDTR", "IDTR", "TR"};

void svm_dump(struct hv_vcpu *v)
{
	struct svm_vcpu *x = v->hw;
	const struct vmcb *b = x->vmcb;
	const char *rule = svm_check(b, &svm_machine.limits);
	u32 i;

	log_err("VMCB: violated rule: %s", rule ? rule : "none known");
	log_err("VMCB: exit code %llx info1 %llx info2 %llx exitintinfo %llx",
		(unsigned long long)b->exitcode, (unsigned long long)b->exitinfo1,
		(unsigned long long)b->exitinfo2, (unsigned long long)b->exitintinfo);
	log_err("VMCB: rip %llx rsp %llx rflags %llx rax %llx cpl %u",
		(unsigned long long)v->regs.rip, (unsigned long long)b->rsp,
		(unsigned long long)b->rflags, (unsigned long long)b->rax, b->cpl);
	log_err("VMCB: cr0 %llx cr2 %llx cr3 %llx cr4 %llx efer %llx", (unsigned long long)b->cr0,
		(unsigned long long)b->cr2, (unsigned long long)b->cr3, (unsigned long long)b->cr4,
		(unsigned long long)b->efer);
	log_err("VMCB: dr6 %llx dr7 %llx pat %llx debugctl %llx", (unsigned long long)b->dr6,
		(unsigned long long)b->dr7, (unsigned long long)b->g_pat,
		(unsigned long long)b->dbgctl);
	for (i = 0; i < VMCB_SEGS; i++) {
		log_err("VMCB: %-4s sel %04x base %llx limit %x attrib %x", seg_name[i],
			b->seg[i].selector, (unsigned long long)b->seg[i].base, b->seg[i].limit,
			b->seg[i].attrib);
	}
	log_err("VMCB: intercepts cr %04x/%04x dr %04x/%04x exceptions %x misc %x %x %x",
		b->intercept_cr_read, b->intercept_cr_write, b->intercept_dr_read,
		b->intercept_dr_write, b->intercept_exceptions, b->intercept[0], b->intercept[1],
		b->intercept[2]);
	log_err("VMCB: asid %u tlb_control %u vintr %llx shadow %llx inject %llx nmi blocked %d",
		b->asid, b->tlb_control, (unsigned long long)b->vintr,
		(unsigned long long)b->interrupt_shadow, (unsigned long long)b->eventinj,
		x->nmi_blocked);
	log_err("VMCB: iopm %llx msrpm %llx n_cr3 %llx tsc offset %llx next_rip %llx",
		(unsigned long long)b->iopm_pa, (unsigned long long)b->msrpm_pa,
		(unsigned long long)b->n_cr3, (unsigned long long)b->tsc_offset,
		(unsigned long long)b->next_rip);
}
