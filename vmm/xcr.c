/* SPDX-License-Identifier: BSD-2-Clause */
/* The rules of XSETBV. Called by the exit and by KVM_SET_XCRS. */
#include "vmm/xcr.h"

#include "core/errno.h"
#include "vmm/cpuid.h"
#include "vmm/vcpu.h"

#define X87 BIT(0)
#define SSE BIT(1)
#define AVX BIT(2)
#define AVX512 (BIT(5) | BIT(6) | BIT(7))

int xcr0_set(struct vcpu *v, u64 value)
{
	if (!(value & X87) || value & ~cpuid_supported_xcr0()) {
		return -EINVAL;
	}
	if (value & AVX && !(value & SSE)) {
		return -EINVAL;
	}
	if (value & AVX512 && ((value & AVX512) != AVX512 || !(value & AVX))) {
		return -EINVAL;
	}
	v->xcr0 = value;
	v->hv.guest_xcr0 = fpu_host_xcr0() ? value : 0;
	return 0;
}
