/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The FPU state in KVM's three forms. What comes in must be loadable: a reserved MXCSR bit or
 * state component would fault in the hypervisor, so both are masked or refused here.
 */
#include "api/kvm_ioctls.h"
#include "core/string.h"
#include "vmm/cr.h"

#define MXCSR_MASK_DEFAULT 0xffbfu
#define XSTATE_X87_SSE 3ULL
#define XSTATE_HEADER_END 576
/* The first bytes of the image, up to MXCSR, stand in struct kvm_fpu in the same order. */
#define X87_HEAD 24

/* The legacy area and header of an XSAVE image. */
struct image {
	u16 fcw, fsw;
	u8 ftw, reserved;
	u16 fop;
	u64 ip, dp;
	u32 mxcsr, mxcsr_mask;
	u8 st[8][16];
	u8 xmm[16][16];
	u8 unused[96];
	u64 xstate_bv, xcomp_bv;
	u64 header[6];
};
ASSERT_SIZE(struct image, XSTATE_HEADER_END);
ASSERT_OFFSET(struct image, mxcsr, X87_HEAD);
ASSERT_OFFSET(struct image, xmm, 160);
ASSERT_OFFSET(struct kvm_fpu, xmm, 128 + X87_HEAD);
ASSERT_OFFSET(struct image, xstate_bv, 512);

static u32 mxcsr_loadable(const struct image *i, u32 mxcsr)
{
	return mxcsr & (i->mxcsr_mask ? i->mxcsr_mask : MXCSR_MASK_DEFAULT);
}

s64 kvm_get_fpu(struct kvm_call *c)
{
	const struct image *i = fpu_area(c->vcpu->fpu);
	struct kvm_fpu *out = c->data;

	memcpy(out->fpr, i->st, sizeof(out->fpr));
	memcpy(&out->fcw, &i->fcw, X87_HEAD);
	out->mxcsr = i->mxcsr;
	memcpy(out->xmm, i->xmm, sizeof(out->xmm));
	return 0;
}

s64 kvm_set_fpu(struct kvm_call *c)
{
	struct image *i = fpu_area(c->vcpu->fpu);
	const struct kvm_fpu *in = c->data;

	memcpy(i->st, in->fpr, sizeof(i->st));
	memcpy(&i->fcw, &in->fcw, X87_HEAD);
	i->mxcsr = mxcsr_loadable(i, in->mxcsr);
	memcpy(i->xmm, in->xmm, sizeof(i->xmm));
	if (fpu_host_xcr0()) {
		i->xstate_bv |= XSTATE_X87_SSE;
	}
	return 0;
}

static u32 image_size(void)
{
	return MIN(fpu_size(), (u32)sizeof(struct kvm_xsave));
}

s64 kvm_get_xsave(struct kvm_call *c)
{
	struct image *out = c->data;

	memcpy(out, fpu_area(c->vcpu->fpu), image_size());
	if (!fpu_host_xcr0()) {
		out->xstate_bv = XSTATE_X87_SSE;
	}
	return 0;
}

s64 kvm_set_xsave(struct kvm_call *c)
{
	struct image *i = fpu_area(c->vcpu->fpu);
	const struct image *in = c->data;
	u64 known = fpu_host_xcr0() ? fpu_host_xcr0() : XSTATE_X87_SSE;
	u32 mask = i->mxcsr_mask;

	if (in->xstate_bv & ~known || in->xcomp_bv ||
	    (in->xstate_bv & ~1ULL && mxcsr_loadable(i, in->mxcsr) != in->mxcsr)) {
		return -EINVAL;
	}
	memcpy(i, in, fpu_host_xcr0() ? image_size() : offsetof(struct image, unused));
	i->mxcsr_mask = mask;
	i->mxcsr = mxcsr_loadable(i, i->mxcsr);
	if (fpu_host_xcr0()) {
		memset(i->header, 0, sizeof(i->header));
	}
	return 0;
}

s64 kvm_get_xcrs(struct kvm_call *c)
{
	struct kvm_xcrs *out = c->data;

	out->nr_xcrs = 1;
	out->xcrs[0].value = c->vcpu->xcr0;
	return 0;
}

/* Entries for other registers are skipped, as KVM does. */
s64 kvm_set_xcrs(struct kvm_call *c)
{
	const struct kvm_xcrs *in = c->data;

	if (in->nr_xcrs > KVM_MAX_XCRS || in->flags) {
		return -EINVAL;
	}
	for (u32 i = 0; i < in->nr_xcrs; i++) {
		if (!in->xcrs[i].xcr) {
			return xcr0_set(c->vcpu, in->xcrs[i].value);
		}
	}
	return 0;
}
