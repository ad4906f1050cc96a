/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The format of EPT entries (SDM 29.3.2) for mm/stage2.c, and the pointer that puts tables to use.
 * Twin: svm/svm_s2.c.
 */
#include "arch/x86/hv/vmx/vmx_vcpu.h"

#define EPTP_WB 6
#define EPTP_WALK_4 (3 << 3)
#define EPT_RWX 7
#define EPT_TYPE_WB (6 << 3)
#define EPT_IGNORE_PAT BIT(6)
#define EPT_LARGE BIT(7)

void vmx_s2_format(struct s2_format *f)
{
	*f = (struct s2_format){
		.present = BIT(0), /* readable: write without read is a misconfiguration */
		.w = BIT(1),
		.x = BIT(2),
		.x_is_nx = false,
		.leaf = EPT_LARGE,
		.memtype = EPT_TYPE_WB | EPT_IGNORE_PAT, /* all that is mapped is RAM */
		.a = 0, /* accessed/dirty flags are off in the EPTP */
		.d = 0,
		.table = EPT_RWX,
		.max_leaf_level = vmx_machine.ept_vpid_cap & VMX_EPT_1G ? 3 : 2,
	};
}

void vmx_s2_activate(struct hv_vcpu *v, struct s2 *s2)
{
	struct vmx_vcpu *x = vmx_use(v);

	v->s2 = s2;
	v->s2_seen = 0;
	x->eptp = s2->root.v | EPTP_WB | EPTP_WALK_4;
	vmwrite(VMCS_EPTP, x->eptp);
	x->c.tag.gen = 0;
}
