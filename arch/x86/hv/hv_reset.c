/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The neutral values that both implementations start from: RESET state, and an exit made by
 * software.
 */
#include "arch/x86/hv/hv_common.h"
#include "core/string.h"

void hv_reset_state(struct hv_regs *r, struct hv_sregs *s)
{
	memset(r, 0, sizeof(*r));
	r->rip = 0xfff0;
	r->rflags = RFLAGS_FIXED;
	memset(s, 0, sizeof(*s));
	for (u32 i = 0; i < HV_SEGS; i++) {
		s->seg[i] = (struct hv_segment){.limit = 0xffff, .attr = HV_ATTR_P | HV_ATTR_S | 3};
	}
	s->seg[HV_CS].selector = 0xf000;
	s->seg[HV_CS].base = 0xffff0000;
	s->seg[HV_CS].attr = HV_ATTR_P | HV_ATTR_S | 0xb;
	s->seg[HV_LDTR].attr = HV_ATTR_P | 2;
	s->seg[HV_TR].attr = HV_ATTR_P | 0xb;
	s->gdt.limit = s->idt.limit = 0xffff;
	s->cr0 = CR0_CD | CR0_NW | CR0_ET;
}

void hv_exit_walk_fault(struct hv_exit *e, gpa_t gpa)
{
	e->kind = HV_EXIT_S2_FAULT;
	e->insn_len = 0;
	e->insn_bytes_len = 0;
	e->raw_reason = 0;
	e->raw_qualification = 0;
	e->s2.gpa = gpa;
	e->s2.access = S2_R;
	e->s2.walk = true;
	e->s2.gva_valid = false;
}
