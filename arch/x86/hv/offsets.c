/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Structure offsets for the two entry functions; the build turns the compiler's output into
 * gen/offsets.h.
 */
#include "arch/x86/hv/hv.h"

#define OFFSET(name, type, member)                                                                 \
	__asm__ volatile("\n->" #name " %0" ::"i"(offsetof(type, member)))

void offsets(void);

void offsets(void)
{
	OFFSET(REG_RAX, struct hv_vcpu, regs.gpr[HV_RAX]);
	OFFSET(REG_RCX, struct hv_vcpu, regs.gpr[HV_RCX]);
	OFFSET(REG_RDX, struct hv_vcpu, regs.gpr[HV_RDX]);
	OFFSET(REG_RBX, struct hv_vcpu, regs.gpr[HV_RBX]);
	OFFSET(REG_RBP, struct hv_vcpu, regs.gpr[HV_RBP]);
	OFFSET(REG_RSI, struct hv_vcpu, regs.gpr[HV_RSI]);
	OFFSET(REG_RDI, struct hv_vcpu, regs.gpr[HV_RDI]);
	OFFSET(REG_R8, struct hv_vcpu, regs.gpr[HV_R8]);
	OFFSET(REG_R9, struct hv_vcpu, regs.gpr[HV_R9]);
	OFFSET(REG_R10, struct hv_vcpu, regs.gpr[HV_R10]);
	OFFSET(REG_R11, struct hv_vcpu, regs.gpr[HV_R11]);
	OFFSET(REG_R12, struct hv_vcpu, regs.gpr[HV_R12]);
	OFFSET(REG_R13, struct hv_vcpu, regs.gpr[HV_R13]);
	OFFSET(REG_R14, struct hv_vcpu, regs.gpr[HV_R14]);
	OFFSET(REG_R15, struct hv_vcpu, regs.gpr[HV_R15]);
}
