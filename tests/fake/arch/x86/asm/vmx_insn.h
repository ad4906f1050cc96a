/* SPDX-License-Identifier: BSD-2-Clause */
/* Shadows the real leaf header in unit tests: the VMCS is an array, flushes are counted. */
#pragma once

#include "core/types.h"

/* Weak: one of each in every program. */
__attribute__((weak)) u64 fake_vmcs[0x8000];
__attribute__((weak)) u32 fake_invept, fake_invvpid, fake_vmptrld;

static inline u64 vmread(u64 field)
{
	return fake_vmcs[field];
}

static inline void vmwrite(u64 field, u64 value)
{
	fake_vmcs[field] = value;
}

static inline int vmptrld(hpa_t region)
{
	(void)region;
	fake_vmptrld++;
	return 0;
}

static inline int invept(u64 type, u64 eptp)
{
	(void)type;
	(void)eptp;
	fake_invept++;
	return 0;
}

static inline int invvpid(u64 type, u64 vpid)
{
	(void)type;
	(void)vpid;
	fake_invvpid++;
	return 0;
}

/* Turning on is refused, so that a test of it takes the error path. */
static inline int vmxon(hpa_t region)
{
	(void)region;
	return -1;
}

static inline int vmclear(hpa_t region)
{
	(void)region;
	return 0;
}

static inline void vmxoff(void)
{
}
