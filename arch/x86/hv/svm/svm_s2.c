/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The format of nested page-table entries (APM 15.25) for mm/stage2.c, and the pointer that puts
 * tables to use. Twin: vmx/vmx_s2.c.
 */
#include "arch/x86/asm/cpuid.h"
#include "arch/x86/hv/svm/svm_vcpu.h"

#define NPT_P BIT(0)
#define NPT_W BIT(1)
#define NPT_U BIT(2) /* every nested access is a user access */
#define NPT_A BIT(5)
#define NPT_D BIT(6)
#define NPT_LARGE BIT(7)
#define NPT_NX BIT(63)

void svm_s2_format(struct s2_format *f)
{
	*f = (struct s2_format){
		.present = NPT_P | NPT_U,
		.w = NPT_W,
		.x = NPT_NX,
		.x_is_nx = true,
		.leaf = NPT_LARGE,
		.memtype = 0, /* PAT entry 0 of the host: write-back */
		.a = NPT_A,
		.d = NPT_D,
		.table = NPT_P | NPT_W | NPT_U | NPT_A,
		.max_leaf_level = cpuid(0x80000001u, 0).edx & CPUID_EXT1_EDX_PDPE1GB ? 3 : 2,
	};
}

void svm_s2_activate(struct hv_vcpu *v, struct s2 *s2)
{
	struct svm_vcpu *x = v->hw;

	v->s2 = s2;
	v->s2_seen = 0;
	x->vmcb->n_cr3 = s2->root.v;
	x->c.tag.gen = 0;
}
