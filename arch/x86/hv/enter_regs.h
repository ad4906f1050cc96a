/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For the two *_enter.S only: the register moves that both entries make. gen/offsets.h is made from
 * offsets.c.
 */
#pragma once

#include "offsets.h"

/* The registers that both directions move alike: the name of the offset, the register. */
#define EACH_GUEST_REG(move) \
	move(REG_RCX, rcx) move(REG_RDX, rdx) move(REG_RBX, rbx) move(REG_RBP, rbp) \
	move(REG_RSI, rsi) move(REG_R8, r8) move(REG_R9, r9) move(REG_R10, r10) \
	move(REG_R11, r11) move(REG_R12, r12) move(REG_R13, r13) move(REG_R14, r14) \
	move(REG_R15, r15)
#define LOAD_REG(offset, reg) movq offset(%rdi), %reg;
#define STORE_REG(offset, reg) movq %reg, offset(%rax);

/* Loads all guest registers but RAX, RSP and RDI from struct hv_regs at RDI; flags stay. */
#define LOAD_GUEST_REGS EACH_GUEST_REG(LOAD_REG)

/* Stores all guest registers but RAX and RSP to struct hv_regs at RAX. */
#define STORE_GUEST_REGS EACH_GUEST_REG(STORE_REG) STORE_REG(REG_RDI, rdi)

/* No guest value stays in a register that C does not restore: nothing to speculate with. */
#define CLEAR_SCRATCH_REGS \
	CLEAR(eax) CLEAR(ecx) CLEAR(edx) CLEAR(esi) CLEAR(edi) \
	CLEAR(r8d) CLEAR(r9d) CLEAR(r10d) CLEAR(r11d)
#define CLEAR(reg) xorl %reg, %reg;

#define SAVE_HOST_REGS \
	pushq %rbp; pushq %rbx; pushq %r12; pushq %r13; pushq %r14; pushq %r15
#define RESTORE_HOST_REGS \
	popq %r15; popq %r14; popq %r13; popq %r12; popq %rbx; popq %rbp
