/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The manual's checks on guest state, as a list to read: the hardware says only that an entry
 * failed, this says why. Called by vmx_dump after a failed entry. Twin: svm/svm_check.c.
 */
#include "arch/x86/hv/vmx/vmx_check.h"

#include "arch/x86/asm/msr.h"
#include "arch/x86/asm/vmx.h"
#include "arch/x86/hv/hv_common.h"

#define TYPE(g) ((g)->attr & 15)
#define USABLE(g) (!((g)->attr & HV_ATTR_UNUSABLE))
#define RESERVED_ATTR 0xfffe0f00u

/* SDM 27.3.1.1 */
static const char *check_control(const struct vmx_entry_state *s)
{
	bool lma = s->entry_controls & VMX_ENTRY_IA32E;
	u64 demand0 = s->cr0_fixed0 & ~(CR0_PE | CR0_PG);

	HV_RULE("CR0: a bit that must be 1 in VMX operation is 0 (NE)",
		(s->cr0 & demand0) == demand0);
	HV_RULE("CR0: a bit that must be 0 in VMX operation is 1", !(s->cr0 & ~s->cr0_fixed1));
	HV_RULE("CR0: PG set without PE", !(s->cr0 & CR0_PG) || (s->cr0 & CR0_PE));
	HV_RULE("CR4: a bit that must be 1 in VMX operation is 0 (VMXE)",
		(s->cr4 & s->cr4_fixed0) == s->cr4_fixed0);
	HV_RULE("CR4: a bit that this CPU reserves is 1", !(s->cr4 & ~s->cr4_fixed1));
	HV_RULE("CR4: CET set without CR0.WP", !(s->cr4 & CR4_CET) || (s->cr0 & CR0_WP));
	HV_RULE("entry control IA-32e: needs CR0.PG and CR4.PAE",
		!lma || ((s->cr0 & CR0_PG) && (s->cr4 & CR4_PAE)));
	HV_RULE("CR4: PCIDE set outside IA-32e mode", lma || !(s->cr4 & CR4_PCIDE));
	HV_RULE("CR3: a bit above the physical address width is set", !(s->cr3 >> s->phys_bits));
	HV_RULE("DR7: bits 63:32 not 0", !(s->dr7 >> 32));
	HV_RULE("SYSENTER_ESP or SYSENTER_EIP not canonical",
		canonical(s->sysenter_esp) && canonical(s->sysenter_eip));
	HV_RULE("PAT: a memory type that is none of 0, 1, 4, 5, 6, 7", pat_valid(s->pat));
	HV_RULE("EFER: a reserved bit is set",
		!(s->efer & ~(EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE)));
	HV_RULE("EFER: LMA differs from the entry control IA-32e", !!(s->efer & EFER_LMA) == lma);
	HV_RULE("EFER: LME differs from LMA with CR0.PG set",
		!(s->cr0 & CR0_PG) || !!(s->efer & EFER_LMA) == !!(s->efer & EFER_LME));
	return NULL;
}

static bool limit_ok(const struct hv_segment *g)
{
	return ((g->limit & 0xfff) == 0xfff || !(g->attr & HV_ATTR_G)) &&
	       (!(g->limit & 0xfff00000u) || (g->attr & HV_ATTR_G));
}

static const char *check_v8086(const struct hv_segment *g)
{
	HV_RULE("virtual-8086: base is not selector * 16", g->base == (u64)g->selector << 4);
	HV_RULE("virtual-8086: limit is not 0xffff", g->limit == 0xffff);
	HV_RULE("virtual-8086: access rights are not 0xf3", (g->attr & 0x1ffff) == 0xf3);
	return NULL;
}

static const char *check_cs(const struct vmx_entry_state *s)
{
	const struct hv_segment *cs = &s->seg[HV_CS], *ss = &s->seg[HV_SS];
	u32 type = TYPE(cs), dpl = HV_ATTR_DPL(cs->attr), ss_dpl = HV_ATTR_DPL(ss->attr);

	HV_RULE("CS: unusable", USABLE(cs));
	HV_RULE("CS: type is neither accessed code nor (unrestricted guest) 3",
		type == 3 || type == 9 || type == 11 || type == 13 || type == 15);
	HV_RULE("CS: S = 0", cs->attr & HV_ATTR_S);
	HV_RULE("CS: type 3 needs DPL 0", type != 3 || dpl == 0);
	HV_RULE("CS: DPL of non-conforming code is not SS.DPL",
		(type != 9 && type != 11) || dpl == ss_dpl);
	HV_RULE("CS: DPL of conforming code is above SS.DPL",
		(type != 13 && type != 15) || dpl <= ss_dpl);
	HV_RULE("CS: not present", cs->attr & HV_ATTR_P);
	HV_RULE("CS: reserved access-rights bit", !(cs->attr & RESERVED_ATTR));
	HV_RULE("CS: D and L both 1 in IA-32e mode", !(s->entry_controls & VMX_ENTRY_IA32E) ||
							     !(cs->attr & HV_ATTR_L) ||
							     !(cs->attr & HV_ATTR_DB));
	HV_RULE("CS: limit and G do not fit", limit_ok(cs));
	HV_RULE("CS: base above 32 bits", !(cs->base >> 32));
	return NULL;
}

static const char *check_ss(const struct vmx_entry_state *s)
{
	const struct hv_segment *ss = &s->seg[HV_SS], *cs = &s->seg[HV_CS];

	HV_RULE("SS: DPL is not 0 with CS type 3 or CR0.PE = 0",
		HV_ATTR_DPL(ss->attr) == 0 || (TYPE(cs) != 3 && (s->cr0 & CR0_PE)));
	if (!USABLE(ss)) {
		return NULL;
	}
	HV_RULE("SS: type is not accessed writable data (3 or 7)", TYPE(ss) == 3 || TYPE(ss) == 7);
	HV_RULE("SS: S = 0", ss->attr & HV_ATTR_S);
	HV_RULE("SS: not present", ss->attr & HV_ATTR_P);
	HV_RULE("SS: reserved access-rights bit", !(ss->attr & RESERVED_ATTR));
	HV_RULE("SS: limit and G do not fit", limit_ok(ss));
	HV_RULE("SS: base above 32 bits", !(ss->base >> 32));
	return NULL;
}

static const char *check_data(const struct hv_segment *g, bool based_64)
{
	if (!USABLE(g)) {
		return NULL;
	}
	HV_RULE("data segment: not accessed", TYPE(g) & 1);
	HV_RULE("data segment: code that is not readable", !(TYPE(g) & 8) || (TYPE(g) & 2));
	HV_RULE("data segment: S = 0", g->attr & HV_ATTR_S);
	HV_RULE("data segment: not present", g->attr & HV_ATTR_P);
	HV_RULE("data segment: reserved access-rights bit", !(g->attr & RESERVED_ATTR));
	HV_RULE("data segment: limit and G do not fit", limit_ok(g));
	HV_RULE("data segment: base above 32 bits or (FS, GS) not canonical",
		based_64 ? canonical(g->base) : !(g->base >> 32));
	return NULL;
}

static const char *check_system(const struct vmx_entry_state *s)
{
	const struct hv_segment *tr = &s->seg[HV_TR], *ldtr = &s->seg[HV_LDTR];

	HV_RULE("TR: selector in an LDT", !(tr->selector & 4));
	HV_RULE("TR: base not canonical", canonical(tr->base));
	HV_RULE("TR: unusable", USABLE(tr));
	HV_RULE("TR: not busy, or a 16-bit task in IA-32e mode",
		TYPE(tr) == 11 || (TYPE(tr) == 3 && !(s->entry_controls & VMX_ENTRY_IA32E)));
	HV_RULE("TR: S = 1, or not present", !(tr->attr & HV_ATTR_S) && (tr->attr & HV_ATTR_P));
	HV_RULE("TR: reserved access-rights bit, or limit and G do not fit",
		!(tr->attr & RESERVED_ATTR) && limit_ok(tr));
	if (USABLE(ldtr)) {
		HV_RULE("LDTR: selector in an LDT", !(ldtr->selector & 4));
		HV_RULE("LDTR: type is not 2", TYPE(ldtr) == 2);
		HV_RULE("LDTR: S = 1, or not present",
			!(ldtr->attr & HV_ATTR_S) && (ldtr->attr & HV_ATTR_P));
		HV_RULE("LDTR: reserved access-rights bit, or limit and G do not fit",
			!(ldtr->attr & RESERVED_ATTR) && limit_ok(ldtr));
		HV_RULE("LDTR: base not canonical", canonical(ldtr->base));
	}
	HV_RULE("GDTR or IDTR: base not canonical",
		canonical(s->gdtr_base) && canonical(s->idtr_base));
	HV_RULE("GDTR or IDTR: limit above 16 bits",
		!(s->gdtr_limit >> 16) && !(s->idtr_limit >> 16));
	return NULL;
}

/* SDM 27.3.1.2 and 27.3.1.3 */
static const char *check_segments(const struct vmx_entry_state *s)
{
	const char *text = NULL;

	for (u32 i = HV_ES; i <= HV_GS && !text; i++) {
		if (s->rflags & RFLAGS_VM) {
			text = check_v8086(&s->seg[i]);
		} else if (i == HV_CS) {
			text = check_cs(s);
		} else if (i == HV_SS) {
			text = check_ss(s);
		} else {
			text = check_data(&s->seg[i], i == HV_FS || i == HV_GS);
		}
	}
	return text ? text : check_system(s);
}

/* SDM 27.3.1.4 and 27.3.1.5 */
static const char *check_rest(const struct vmx_entry_state *s)
{
	bool lma = s->entry_controls & VMX_ENTRY_IA32E, extint, nmi;

	extint = (s->entry_intr_info & VMX_INTR_VALID) &&
		 VMX_INTR_TYPE(s->entry_intr_info) == VMX_INTR_EXTINT;
	nmi = (s->entry_intr_info & VMX_INTR_VALID) &&
	      VMX_INTR_TYPE(s->entry_intr_info) == VMX_INTR_NMI;
	if (!lma || !(s->seg[HV_CS].attr & HV_ATTR_L)) {
		HV_RULE("RIP: bits 63:32 not 0 outside 64-bit mode", !(s->rip >> 32));
	} else {
		HV_RULE("RIP: not canonical", canonical(s->rip));
	}
	HV_RULE("RFLAGS: bit 1 is 0", s->rflags & RFLAGS_FIXED);
	HV_RULE("RFLAGS: a reserved bit (3, 5, 15, 22-63) is 1", !(s->rflags & ~0x3f7fd7ULL));
	HV_RULE("RFLAGS: VM in IA-32e mode or without CR0.PE",
		!(s->rflags & RFLAGS_VM) || (!lma && (s->cr0 & CR0_PE)));
	HV_RULE("RFLAGS: IF = 0 while an external interrupt is injected",
		!extint || (s->rflags & RFLAGS_IF));
	HV_RULE("activity state: above 3", s->activity <= 3);
	HV_RULE("activity state: not active while blocked by STI or MOV SS",
		!s->activity || !(s->interruptibility & 3));
	HV_RULE("interruptibility: reserved bit", !(s->interruptibility & ~0x1fULL));
	HV_RULE("interruptibility: STI and MOV SS both", (s->interruptibility & 3) != 3);
	HV_RULE("interruptibility: STI with RFLAGS.IF = 0",
		!(s->interruptibility & VMX_INTERRUPTIBILITY_STI) || (s->rflags & RFLAGS_IF));
	HV_RULE("interruptibility: blocked while an external interrupt is injected",
		!extint || !(s->interruptibility & 3));
	HV_RULE("interruptibility: MOV SS or NMI blocking while an NMI is injected",
		!nmi || !(s->interruptibility & 10));
	HV_RULE("VMCS link pointer: not all ones", s->link_pointer == UINT64_MAX);
	if ((s->cr0 & CR0_PG) && (s->cr4 & CR4_PAE) && !lma) {
		for (u32 i = 0; i < 4; i++) {
			HV_RULE("PDPTE: a reserved bit of a present entry is set",
				!(s->pdpte[i] & 1) ||
					!(s->pdpte[i] & (0x1e6 | ~(BIT(s->phys_bits) - 1))));
		}
	}
	return NULL;
}

/* SDM 27.2.1: of the controls only what may change after boot. */
static const char *check_controls(const struct vmx_entry_state *s)
{
	HV_RULE("EPTP: memory type is not write-back or the walk length is not 4",
		(s->eptp & 0x3f) == 0x1e);
	HV_RULE("EPTP: reserved bit, or above the physical address width",
		!(s->eptp & 0xf80) && !(s->eptp >> s->phys_bits));
	HV_RULE("event injection: error code in real mode",
		!(s->entry_intr_info & VMX_INTR_VALID) || !(s->entry_intr_info & VMX_INTR_ERROR) ||
			(s->cr0 & CR0_PE));
	return NULL;
}

const char *vmx_check(const struct vmx_entry_state *s)
{
	const char *text = check_controls(s);

	text = text ? text : check_control(s);
	text = text ? text : check_segments(s);
	return text ? text : check_rest(s);
}
