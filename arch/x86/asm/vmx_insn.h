/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The VMX instructions. Those that can fail say so: 0 or -EIO (VMfail, with or without an error
 * number). vmread and vmwrite of a field that exists cannot fail while a VMCS is current, so they
 * return nothing. Faked in unit tests.
 */
#pragma once

#include "core/types.h"

static inline u64 vmread(u64 field)
{
	u64 value;

	__asm__ volatile("vmread %1, %0" : "=r"(value) : "r"(field) : "cc");
	return value;
}

static inline void vmwrite(u64 field, u64 value)
{
	__asm__ volatile("vmwrite %1, %0" ::"r"(field), "r"(value) : "cc", "memory");
}

#define VMX_POINTER_INSN(name)                                                                     \
	static inline int name(hpa_t region)                                                       \
	{                                                                                          \
		bool fail;                                                                         \
		__asm__ volatile(#name " %1" : "=@ccbe"(fail) : "m"(region.v) : "memory");         \
		return fail ? -EIO : 0;                                                            \
	}
VMX_POINTER_INSN(vmxon)
VMX_POINTER_INSN(vmclear)
VMX_POINTER_INSN(vmptrld)
#undef VMX_POINTER_INSN

static inline void vmxoff(void)
{
	__asm__ volatile("vmxoff" ::: "cc", "memory");
}

/* type: VMX_INV_SINGLE (of `what`: the EPTP or VPID) or VMX_INV_ALL. */
#define VMX_INVALIDATE_INSN(name)                                                                  \
	static inline int name(u64 type, u64 what)                                                 \
	{                                                                                          \
		u64 d[2] = {what, 0};                                                              \
		bool fail;                                                                         \
		__asm__ volatile(#name " %1, %2" : "=@ccbe"(fail) : "m"(d), "r"(type) : "memory"); \
		return fail ? -EIO : 0;                                                            \
	}
VMX_INVALIDATE_INSN(invept)
VMX_INVALIDATE_INSN(invvpid)
#undef VMX_INVALIDATE_INSN
