/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For the two *_enter.S only: the register moves that both entries make. gen/offsets.h is made from
 * offsets.c.
 */
#pragma once

#include "offsets.h"

/* Loads all guest registers but RAX, RSP and RDI from struct hv_regs at RDI; flags stay. */
#define LOAD_GUEST_REGS \
	movq REG_RCX(%rdi), %rcx; \
	movq REG_RDX(%rdi), %rdx; \
	movq REG_RBX(%rdi), %rbx; \
	movq REG_RBP(%rdi), %rbp; \
	movq REG_RSI(%rdi), %rsi; \
	movq REG_R8(%rdi), %r8; \
	movq REG_R9(%rdi), %r9; \
	movq REG_R10(%rdi), %r10; \
	movq REG_R11(%rdi), %r11; \
	movq REG_R12(%rdi), %r12; \
	movq REG_R13(%rdi), %r13; \
	movq REG_R14(%rdi), %r14; \
	movq REG_R15(%rdi), %r15

/* Stores all guest registers but RAX and RSP to struct hv_regs at RAX. */
#define STORE_GUEST_REGS \
	movq %rcx, REG_RCX(%rax); \
	movq %rdx, REG_RDX(%rax); \
	movq %rbx, REG_RBX(%rax); \
	movq %rbp, REG_RBP(%rax); \
	movq %rsi, REG_RSI(%rax); \
	movq %rdi, REG_RDI(%rax); \
	movq %r8, REG_R8(%rax); \
	movq %r9, REG_R9(%rax); \
	movq %r10, REG_R10(%rax); \
	movq %r11, REG_R11(%rax); \
	movq %r12, REG_R12(%rax); \
	movq %r13, REG_R13(%rax); \
	movq %r14, REG_R14(%rax); \
	movq %r15, REG_R15(%rax)

/* No guest value stays in a register that C does not restore: nothing to speculate with. */
#define CLEAR_SCRATCH_REGS \
	xorl %eax, %eax; \
	xorl %ecx, %ecx; \
	xorl %edx, %edx; \
	xorl %esi, %esi; \
	xorl %edi, %edi; \
	xorl %r8d, %r8d; \
	xorl %r9d, %r9d; \
	xorl %r10d, %r10d; \
	xorl %r11d, %r11d

#define SAVE_HOST_REGS \
	pushq %rbp; \
	pushq %rbx; \
	pushq %r12; \
	pushq %r13; \
	pushq %r14; \
	pushq %r15

#define RESTORE_HOST_REGS \
	popq %r15; \
	popq %r14; \
	popq %r13; \
	popq %r12; \
	popq %rbx; \
	popq %rbp
