/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * GET/SET_MSRS: a batch, of which the number of processed entries is the result; the first bad
 * one ends it.
 */
#include "api/domain.h"
#include "api/kvm_vcpu.h"
#include "core/errno.h"
#include "vmm/msr.h"
#include "vmm/vcpu.h"

#define BATCH_MAX 256 /* exclusive */

static s64 batch(struct kvm_call *c, bool set)
{
	struct kvm_msr_entry e;
	struct kvm_msrs head;
	u64 at = c->arg + sizeof(head);
	int err;

	if (call_copy_in(&head, c->arg, sizeof(head))) {
		return -EFAULT;
	}
	if (head.nmsrs >= BATCH_MAX) {
		return -E2BIG;
	}
	for (u32 i = 0; i < head.nmsrs; i++, at += sizeof(e)) {
		if (call_copy_in(&e, at, sizeof(e))) {
			return -EFAULT;
		}
		vcpu_load(c->vcpu);
		err = set ? msr_write(c->vcpu, e.index, e.data, true)
			  : msr_read(c->vcpu, e.index, &e.data, true);
		if (err) {
			return i;
		}
		if (!set && call_copy_out(at, &e, sizeof(e))) {
			return -EFAULT;
		}
	}
	return head.nmsrs;
}

s64 kvm_get_msrs(struct kvm_call *c)
{
	return batch(c, false);
}

s64 kvm_set_msrs(struct kvm_call *c)
{
	return batch(c, true);
}
