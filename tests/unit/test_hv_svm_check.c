/* SPDX-License-Identifier: BSD-2-Clause */
/* LINK: arch/x86/hv/svm/svm_check.c */
/* Every entry check on its own: a good VMCB passes, and one change names exactly its rule. */
#include <string.h>

#include "arch/x86/asm/cr.h"
#include "arch/x86/asm/msr.h"
#include "arch/x86/hv/svm/svm_check.h"
#include "unit.h"

static struct vmcb b;
static const struct svm_limits limits = {.phys_bits = 40, .asids = 16, .cr4_known = 0x7ff};

static void make_good(void)
{
	memset(&b, 0, sizeof(b));
	b.intercept[1] = SVM_I2_VMRUN;
	b.asid = 1;
	b.np_enable = 1;
	b.n_cr3 = b.iopm_pa = b.msrpm_pa = 0x5000;
	b.cr0 = CR0_PG | CR0_PE;
	b.cr4 = CR4_PAE;
	b.efer = EFER_SVME | EFER_LME | EFER_LMA;
	b.g_pat = 0x0007040600070406ULL;
	b.seg[VMCB_CS].attrib = 0x29b;
}

#define EXPECT(words, change)                                                                      \
	do {                                                                                       \
		const char *text;                                                                  \
		make_good();                                                                       \
		change;                                                                            \
		text = svm_check(&b, &limits);                                                     \
		if (!text || !strstr(text, words)) {                                               \
			fail_msg("%s: %s", words, text ? text : "passed");                         \
		}                                                                                  \
	} while (0)

static void good(void **state)
{
	(void)state;
	make_good();
	assert_null(svm_check(&b, &limits));
	b.cr0 = CR0_CD | CR0_NW | CR0_ET; /* RESET */
	b.cr4 = 0;
	b.efer = EFER_SVME;
	b.eventinj = 0x80000020;
	assert_null(svm_check(&b, &limits));
}

static void rules(void **state)
{
	(void)state;
	EXPECT("SVME", b.efer &= ~EFER_SVME);
	EXPECT("EFER: a reserved", b.efer |= 2);
	EXPECT("NW set without CD", b.cr0 |= CR0_NW);
	EXPECT("CR0: bits 63:32", b.cr0 |= BIT(32));
	EXPECT("PG set without PE", b.cr0 &= ~CR0_PE);
	EXPECT("CR3", b.cr3 = BIT(40));
	EXPECT("CR4: a bit", b.cr4 |= CR4_SMEP);
	EXPECT("DR6", b.dr6 = BIT(32));
	EXPECT("DR7", b.dr7 = BIT(32));
	EXPECT("CR4.PAE is 0", b.cr4 = 0);
	EXPECT("CS.L and CS.D", b.seg[VMCB_CS].attrib |= 0x400);
	EXPECT("CPL", b.cpl = 4);
	EXPECT("G_PAT", b.g_pat = 2);
	EXPECT("G_PAT", b.g_pat = 8ULL << 56);
	EXPECT("VMRUN", b.intercept[1] = 0);
	EXPECT("ASID: 0", b.asid = 0);
	EXPECT("ASID: above", b.asid = 16);
	EXPECT("TLB_CONTROL", b.tlb_control = 2);
	EXPECT("IOPM", b.iopm_pa = BIT(40) - 0x2000);
	EXPECT("MSRPM", b.msrpm_pa = BIT(40) - 0x1000);
	EXPECT("nested CR3", b.n_cr3 = 0x5008);
	EXPECT("reserved type", b.eventinj = 0x80000120);
	EXPECT("vector 2", b.eventinj = 0x80000302);
}

UNIT_MAIN(T(good), T(rules))
