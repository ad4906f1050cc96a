/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The registers of ring 3 as entry.S lays them on a thread's kernel stack, and the selectors, which
 * are Linux's. nr_error: number of the system call (vector REGS_SYSCALL), else the exception's
 * error code.
 */
#pragma once

#define KERNEL_CS 0x10
#define KERNEL_DS 0x18
#define USER_CS32 0x23
#define USER_DS 0x2b
#define USER_CS 0x33
#define TSS_SELECTOR 0x40

#define REGS_SYSCALL 0x100
#define REGS_RAX 80
#define REGS_RCX 88
#define REGS_R11 48
#define REGS_RIP 136
#define REGS_CS 144
#define REGS_RFLAGS 152

#define RFLAGS_IF 0x200
/* Cleared by `syscall`: TF IF DF IOPL NT RF AC. */
#define SYSCALL_FLAG_MASK 0x57700

#ifndef __ASSEMBLER__
#include "control/runtime/types.h"

struct regs {
	u64 r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8;
	u64 rax, rcx, rdx, rsi, rdi;
	u64 vector, nr_error;
	u64 rip, cs, rflags, rsp, ss;
};

_Static_assert(offsetof(struct regs, rax) == REGS_RAX, "entry.S");
_Static_assert(offsetof(struct regs, rcx) == REGS_RCX, "entry.S");
_Static_assert(offsetof(struct regs, r11) == REGS_R11, "entry.S");
_Static_assert(offsetof(struct regs, rip) == REGS_RIP, "entry.S");
_Static_assert(offsetof(struct regs, cs) == REGS_CS, "entry.S");
_Static_assert(offsetof(struct regs, rflags) == REGS_RFLAGS, "entry.S");
_Static_assert(sizeof(struct regs) % 16 == 0, "stack alignment");
#endif
