/* SPDX-License-Identifier: BSD-2-Clause */
/* Exceptions and interrupts of the hypervisor itself. */
#pragma once

#include "core/types.h"

#define VEC_NMI 2
#define VEC_DOUBLE_FAULT 8
#define VEC_MACHINE_CHECK 18
#define VEC_PIC_FIRST 0x20	/* remapped and masked */
#define VEC_DEVICE_FIRST 0x30
#define VEC_TIMER 0xf0
#define VEC_KICK 0xf1
#define VEC_CALL 0xf2
#define VEC_APIC_ERROR 0xfe
#define VEC_SPURIOUS 0xff

/* As trap_entry.S pushes it. */
struct trap_frame {
	u64 r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax;
	u64 vector, error;
	u64 rip, cs, rflags, rsp, ss;
};

/* Loads the interrupt descriptor table on the calling CPU; the first call builds it. */
void trap_load_idt(void);
/* Called by trap_entry.S with interrupts off. */
void trap_dispatch(struct trap_frame *f);
/* What an NMI does; also called where the hardware consumed the NMI as an exit. Interrupts off. */
void trap_handle_nmi(void);
/* Handles device interrupts of `vector` (VEC_DEVICE_FIRST..0xdf). Boot only. */
void trap_set_device_handler(u8 vector, void (*fn)(void));

/* RDMSR/WRMSR that may #GP: 0 or -EIO. */
__must_check int rdmsr_safe(u32 index, u64 *value);
__must_check int wrmsr_safe(u32 index, u64 value);
