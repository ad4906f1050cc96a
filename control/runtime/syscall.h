/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls of the program: which go out as they are, and the table of those that the runtime
 * answers (calls.h). Called by entry.S.
 */
#pragma once

#define SYSCALL_FAST_MAX 512 /* numbers with a bit in syscall_forward */
#define SYSCALL_HANDLES 4096 /* handles with a bit in direct_read and direct_write */
#define SYSCALL_HIDDEN 3072  /* the program's numbers end here; above are the runtime's own */
#define SYSCALL_WAKERS 3840  /* one per thread slot, see wait.c */
#define SYSCALL_PORT 0xc5    /* the test bench's hypercall instruction is a write to it */
#define KVM_IOCTL_TYPE 0xae
#define KVM_SET_SIGNAL_MASK_NR 0x4004ae8b
#define KVM_RUN_NR 0xae80
#define TRAP_VECTORS 48
#define REGS_SIZE 176

#ifndef __ASSEMBLER__
#include "control/runtime/regs.h"

extern const u64 syscall_forward[SYSCALL_FAST_MAX / 64];
/* A handle's bit: read (write) goes out as it is. Kept by file.c. */
extern u64 direct_read[SYSCALL_HANDLES / 64], direct_write[SYSCALL_HANDLES / 64];
/* Some vCPU has a signal mask: KVM's ioctls take the slow path. */
extern u8 kvm_masks_used;

/* Serves the call in r and what is to do before ring 3; r->rax is the result. */
void syscall_dispatch(struct regs *r);
/* After a call that has gone out with work pending. */
void syscall_forwarded(struct regs *r);
/* Sends the program's call out as it stands. */
long syscall_send(const struct regs *r);

/* Assembly: LSTAR of a thread that a vforked child runs on: everything goes to child_syscall. */
void syscall_child(void);
/* Assembly: LSTAR per hypercall instruction, and the instruction alone. */
void syscall_vmcall(void), syscall_vmmcall(void), syscall_port(void);
void syscall_vmcall_stub(void), syscall_vmmcall_stub(void), syscall_port_stub(void);

_Static_assert(sizeof(struct regs) == REGS_SIZE, "entry.S");
#endif
