/* SPDX-License-Identifier: BSD-2-Clause */
/* The ioctls of machine checks: what guests can be offered, and a vCPU's banks. */
#include "api/kvm_ioctls.h"
#include "vmm/mce.h"

s64 kvm_mce_cap_supported(struct kvm_call *c)
{
	u64 *out = c->data;

	*out = MCE_CAP_SUPPORTED;
	return 0;
}

s64 kvm_setup_mce(struct kvm_call *c)
{
	const u64 *cap = c->data;

	return mce_setup(c->vcpu, *cap);
}

s64 kvm_set_mce(struct kvm_call *c)
{
	return mce_report(c->vcpu, c->data);
}
