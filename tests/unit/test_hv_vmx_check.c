/* SPDX-License-Identifier: BSD-2-Clause */
/* LINK: arch/x86/hv/vmx/vmx_check.c */
/* Every entry check on its own: a good state passes, and one change names exactly its rule. */
#include <string.h>

#include "arch/x86/asm/cr.h"
#include "arch/x86/asm/msr.h"
#include "arch/x86/hv/vmx/vmx_check.h"
#include "unit.h"

#define LONG_CODE (HV_ATTR_P | HV_ATTR_S | HV_ATTR_L | HV_ATTR_G | 11)
#define DATA (HV_ATTR_P | HV_ATTR_S | HV_ATTR_DB | HV_ATTR_G | 3)

static struct vmx_entry_state good_long(void)
{
	struct vmx_entry_state s = {
		.cr0 = CR0_PG | CR0_PE | CR0_NE | CR0_ET,
		.cr4 = CR4_PAE | CR4_VMXE,
		.cr3 = 0x1000,
		.efer = EFER_LME | EFER_LMA | EFER_SCE,
		.pat = 0x0007040600070406ULL,
		.dr7 = 0x400,
		.cr0_fixed0 = 0x80000021,
		.cr0_fixed1 = 0xffffffff,
		.cr4_fixed0 = 0x2000,
		.cr4_fixed1 = 0x3727ff,
		.rip = 0x401000,
		.rflags = 2,
		.link_pointer = UINT64_MAX,
		.eptp = 0x1234501e,
		.gdtr_limit = 0xff,
		.idtr_limit = 0xfff,
		.entry_controls = 1 << 9,
		.phys_bits = 40,
	};

	for (u32 i = 0; i < HV_SEGS; i++) {
		s.seg[i] = (struct hv_segment){.limit = 0xffffffff, .attr = DATA};
	}
	s.seg[HV_CS].attr = LONG_CODE;
	s.seg[HV_TR] = (struct hv_segment){.limit = 0x67, .attr = HV_ATTR_P | 11};
	s.seg[HV_LDTR].attr = HV_ATTR_UNUSABLE;
	return s;
}

static struct vmx_entry_state good_real(void)
{
	struct vmx_entry_state s = good_long();

	s.cr0 = CR0_NE | CR0_ET;
	s.cr4 = CR4_VMXE;
	s.efer = s.entry_controls = 0;
	for (u32 i = 0; i <= HV_GS; i++) {
		s.seg[i] = (struct hv_segment){.limit = 0xffff, .attr = HV_ATTR_P | HV_ATTR_S | 3};
	}
	return s;
}

/* Segments as virtual-8086 mode wants them, but in IA-32e mode. */
static void make_v8086(struct vmx_entry_state *s)
{
	s->rflags |= RFLAGS_VM;
	s->rip = 0;
	for (u32 i = 0; i <= HV_GS; i++) {
		s->seg[i] = (struct hv_segment){.limit = 0xffff, .attr = 0xf3};
	}
}

#define EXPECT(words, change)                                                                      \
	do {                                                                                       \
		struct vmx_entry_state s = good_long();                                            \
		const char *text;                                                                  \
		change;                                                                            \
		text = vmx_check(&s);                                                              \
		if (!text || !strstr(text, words)) {                                               \
			fail_msg("%s: %s", words, text ? text : "passed");                         \
		}                                                                                  \
	} while (0)

static void good(void **state)
{
	struct vmx_entry_state s = good_long();

	(void)state;
	assert_null(vmx_check(&s));
	s = good_real();
	assert_null(vmx_check(&s));
}

static void control(void **state)
{
	(void)state;
	EXPECT("(NE)", s.cr0 &= ~CR0_NE);
	EXPECT("must be 0", s.cr0_fixed1 &= ~CR0_ET);
	EXPECT("PG set without PE", s.cr0 &= ~CR0_PE);
	EXPECT("(VMXE)", s.cr4 &= ~CR4_VMXE);
	EXPECT("reserves", s.cr4 |= BIT(30));
	EXPECT("needs CR0.PG and CR4.PAE", s.cr4 &= ~CR4_PAE);
	EXPECT("CR3", s.cr3 = BIT(40));
	EXPECT("DR7", s.dr7 |= BIT(32));
	EXPECT("SYSENTER", s.sysenter_eip = BIT(50));
	EXPECT("PAT", s.pat = 2);
	EXPECT("EFER: a reserved", s.efer |= EFER_SVME);
	EXPECT("EFER: LMA differs", s.efer &= ~EFER_LMA);
	EXPECT("EFER: LME differs", s.efer &= ~EFER_LME);
	EXPECT("PCIDE", (s.entry_controls = 0, s.cr4 |= CR4_PCIDE, s.efer = 0));
	EXPECT("EPTP: memory", s.eptp = 0x12345000);
	EXPECT("EPTP: reserved", s.eptp |= BIT(40));
	EXPECT("real mode", (s = good_real(), s.entry_intr_info = 0x80000b0d));
}

static void segments(void **state)
{
	(void)state;
	EXPECT("CS: unusable", s.seg[HV_CS].attr |= HV_ATTR_UNUSABLE);
	EXPECT("CS: type", s.seg[HV_CS].attr &= ~1u);
	EXPECT("CS: S", s.seg[HV_CS].attr &= ~HV_ATTR_S);
	EXPECT("CS: not present", s.seg[HV_CS].attr &= ~HV_ATTR_P);
	EXPECT("CS: DPL of non-conforming", s.seg[HV_CS].attr |= 0x60);
	EXPECT("CS: reserved", s.seg[HV_CS].attr |= 0x100);
	EXPECT("CS: D and L", s.seg[HV_CS].attr |= HV_ATTR_DB);
	EXPECT("CS: limit", s.seg[HV_CS].limit = 0x12345);
	EXPECT("CS: base", s.seg[HV_CS].base = BIT(32));
	EXPECT("SS: type", s.seg[HV_SS].attr &= ~2u);
	EXPECT("SS: DPL", (s = good_real(), s.seg[HV_SS].attr |= 0x60));
	EXPECT("not accessed", s.seg[HV_DS].attr &= ~1u);
	EXPECT("not readable", s.seg[HV_ES].attr = (s.seg[HV_ES].attr & ~15u) | 9);
	EXPECT("(FS, GS)", s.seg[HV_FS].base = BIT(50));
	EXPECT("data segment: base", s.seg[HV_ES].base = BIT(33));
	EXPECT("TR: selector", s.seg[HV_TR].selector = 4);
	EXPECT("TR: unusable", s.seg[HV_TR].attr |= HV_ATTR_UNUSABLE);
	EXPECT("TR: not busy", s.seg[HV_TR].attr &= ~2u);
	EXPECT("TR: not busy", s.seg[HV_TR].attr = HV_ATTR_P | 3);
	EXPECT("TR: S", s.seg[HV_TR].attr |= HV_ATTR_S);
	EXPECT("LDTR: type", s.seg[HV_LDTR].attr = HV_ATTR_P | 3);
	EXPECT("GDTR or IDTR: base", s.gdtr_base = BIT(50));
	EXPECT("GDTR or IDTR: limit", s.idtr_limit = 0x10000);
	EXPECT("virtual-8086: base",
	       (s = good_real(), s.rflags |= RFLAGS_VM, s.seg[HV_ES].selector = 1));
	EXPECT("virtual-8086: access", (s = good_real(), s.rflags |= RFLAGS_VM));
}

static void rest(void **state)
{
	(void)state;
	EXPECT("RIP: not canonical", s.rip = BIT(50));
	EXPECT("RIP: bits 63:32", (s = good_real(), s.rip = BIT(32)));
	EXPECT("RFLAGS: bit 1", s.rflags = 0);
	EXPECT("RFLAGS: a reserved", s.rflags |= 8);
	EXPECT("RFLAGS: VM", make_v8086(&s));
	EXPECT("RFLAGS: IF", s.entry_intr_info = 0x80000020);
	EXPECT("activity state: above", s.activity = 4);
	EXPECT("activity state: not active", (s.activity = 1, s.interruptibility = 2));
	EXPECT("interruptibility: reserved", s.interruptibility = 0x20);
	EXPECT("STI with", s.interruptibility = 1);
	EXPECT("both", (s.interruptibility = 3, s.rflags |= 0x200));
	EXPECT("while an external",
	       (s.interruptibility = 2, s.rflags |= 0x200, s.entry_intr_info = 0x80000020));
	EXPECT("while an NMI", (s.interruptibility = 8, s.entry_intr_info = 0x80000202));
	EXPECT("link pointer", s.link_pointer = 0);
	EXPECT("PDPTE", (s = good_real(), s.cr0 |= CR0_PG | CR0_PE, s.cr4 |= CR4_PAE,
			 s.seg[HV_CS].attr |= 8, s.pdpte[2] = 3));
}

UNIT_MAIN(T(good), T(control), T(segments), T(rest))
