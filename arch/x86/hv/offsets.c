/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Structure offsets for the two entry functions; the build turns the compiler's output into
 * gen/offsets.h.
 */
#include "arch/x86/hv/hv.h"

#define OFFSET(reg)                                                                                \
	__asm__ volatile("\n->REG_" #reg " %0" ::"i"(offsetof(struct hv_vcpu, regs.gpr[HV_##reg])))

void offsets(void);

void offsets(void)
{
	OFFSET(RAX);
	OFFSET(RCX);
	OFFSET(RDX);
	OFFSET(RBX);
	OFFSET(RBP);
	OFFSET(RSI);
	OFFSET(RDI);
	OFFSET(R8);
	OFFSET(R9);
	OFFSET(R10);
	OFFSET(R11);
	OFFSET(R12);
	OFFSET(R13);
	OFFSET(R14);
	OFFSET(R15);
}
