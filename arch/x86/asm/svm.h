/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SVM as the APM defines it (volume 2, chapter 15 and appendices B, C): the VMCB, intercept bits,
 * exit codes, and the one instruction that C needs.
 */
#pragma once

#include "core/types.h"

struct vmcb_seg {
	u16 selector, attrib; /* attrib: descriptor bits 40-47 in 0-7, 52-55 in 8-11 */
	u32 limit;
	u64 base;
};

enum vmcb_seg_index {
	VMCB_ES, VMCB_CS, VMCB_SS, VMCB_DS, VMCB_FS, VMCB_GS, VMCB_GDTR, VMCB_LDTR, VMCB_IDTR,
	VMCB_TR, VMCB_SEGS
};

struct vmcb {
	/* control area */
	/* 000 */
	u16 intercept_cr_read, intercept_cr_write, intercept_dr_read, intercept_dr_write;
	u32 intercept_exceptions; /* 008 */
	u32 intercept[3];	  /* 00c */
	u8 reserved1[0x3c - 0x18];
	u16 pause_threshold, pause_count; /* 03c */
	u64 iopm_pa, msrpm_pa;		  /* 040 */
	u64 tsc_offset;			  /* 050 */
	u32 asid;			  /* 058 */
	u8 tlb_control;			  /* 05c */
	u8 reserved2[3];
	u64 vintr;					 /* 060 */
	u64 interrupt_shadow;				 /* 068 */
	u64 exitcode, exitinfo1, exitinfo2, exitintinfo; /* 070 */
	u64 np_enable;					 /* 090 */
	u64 reserved3[2];
	u64 eventinj;	      /* 0a8 */
	u64 n_cr3;	      /* 0b0 */
	u64 virt_ext;	      /* 0b8 */
	u32 clean, reserved4; /* 0c0 */
	u64 next_rip;	      /* 0c8 */
	u8 insn_len;	      /* 0d0 */
	u8 insn_bytes[15];
	u8 reserved5[0x400 - 0xe0];
	/* state save area */
	struct vmcb_seg seg[VMCB_SEGS]; /* 400 */
	u8 reserved6[43];
	u8 cpl; /* 4cb */
	u32 reserved7;
	u64 efer; /* 4d0 */
	u8 reserved8[0x548 - 0x4d8];
	u64 cr4, cr3, cr0, dr7, dr6, rflags, rip; /* 548 */
	u8 reserved9[0x5d8 - 0x580];
	u64 rsp; /* 5d8 */
	u64 s_cet, ssp, isst_addr;
	u64 rax, star, lstar, cstar, sfmask, kernel_gs_base; /* 5f8 */
	u64 sysenter_cs, sysenter_esp, sysenter_eip, cr2;    /* 628 */
	u8 reserved10[0x668 - 0x648];
	u64 g_pat, dbgctl; /* 668 */
	u8 reserved11[0x1000 - 0x678];
} __aligned(4096);

ASSERT_SIZE(struct vmcb, 4096);
ASSERT_OFFSET(struct vmcb, iopm_pa, 0x40);
ASSERT_OFFSET(struct vmcb, asid, 0x58);
ASSERT_OFFSET(struct vmcb, vintr, 0x60);
ASSERT_OFFSET(struct vmcb, exitcode, 0x70);
ASSERT_OFFSET(struct vmcb, np_enable, 0x90);
ASSERT_OFFSET(struct vmcb, eventinj, 0xa8);
ASSERT_OFFSET(struct vmcb, next_rip, 0xc8);
ASSERT_OFFSET(struct vmcb, seg[VMCB_ES], 0x400);
ASSERT_OFFSET(struct vmcb, seg[VMCB_TR], 0x490);
ASSERT_OFFSET(struct vmcb, cpl, 0x4cb);
ASSERT_OFFSET(struct vmcb, efer, 0x4d0);
ASSERT_OFFSET(struct vmcb, cr4, 0x548);
ASSERT_OFFSET(struct vmcb, rip, 0x578);
ASSERT_OFFSET(struct vmcb, rsp, 0x5d8);
ASSERT_OFFSET(struct vmcb, rax, 0x5f8);
ASSERT_OFFSET(struct vmcb, cr2, 0x640);
ASSERT_OFFSET(struct vmcb, g_pat, 0x668);
ASSERT_OFFSET(struct vmcb, dbgctl, 0x670);

/* intercept[0] */
#define SVM_I_INTR BIT(0)
#define SVM_I_NMI BIT(1)
#define SVM_I_SMI BIT(2)
#define SVM_I_INIT BIT(3)
#define SVM_I_VINTR BIT(4)
#define SVM_I_RDPMC BIT(15)
#define SVM_I_CPUID BIT(18)
#define SVM_I_IRET BIT(20)
#define SVM_I_INVD BIT(22)
#define SVM_I_PAUSE BIT(23)
#define SVM_I_HLT BIT(24)
#define SVM_I_INVLPGA BIT(26)
#define SVM_I_IO BIT(27)
#define SVM_I_MSR BIT(28)
#define SVM_I_TASK_SWITCH BIT(29)
#define SVM_I_FERR_FREEZE BIT(30)
#define SVM_I_SHUTDOWN BIT(31)
/* intercept[1] */
#define SVM_I2_VMRUN BIT(0)
#define SVM_I2_VMMCALL BIT(1)
#define SVM_I2_VMLOAD BIT(2)
#define SVM_I2_VMSAVE BIT(3)
#define SVM_I2_STGI BIT(4)
#define SVM_I2_CLGI BIT(5)
#define SVM_I2_SKINIT BIT(6)
#define SVM_I2_WBINVD BIT(9)
#define SVM_I2_MONITOR BIT(10)
#define SVM_I2_MWAIT BIT(11)
#define SVM_I2_MWAIT_ARMED BIT(12)
#define SVM_I2_XSETBV BIT(13)
#define SVM_I2_RDPRU BIT(14)

#define SVM_VINTR_IRQ BIT(8)
#define SVM_VINTR_PRIO(p) ((u64)(p) << 16)
#define SVM_VINTR_IGN_TPR BIT(20)
#define SVM_VINTR_MASKING BIT(24)

#define SVM_TLB_NOTHING 0
#define SVM_TLB_FLUSH_ALL 1
#define SVM_TLB_FLUSH_ASID 3

/* EVENTINJ and EXITINTINFO */
#define SVM_EVENT_VECTOR(e) ((u8)(e))
#define SVM_EVENT_TYPE(e) ((u32)((e) >> 8) & 7)
#define SVM_EVENT_ERROR BIT(11)
#define SVM_EVENT_VALID BIT(31)
enum svm_event_type {
	SVM_EVENT_EXTINT = 0, SVM_EVENT_NMI = 2, SVM_EVENT_EXCEPTION = 3, SVM_EVENT_SOFT_INT = 4
};

enum svm_exit_code {
	SVM_EXIT_CR_WRITE = 0x10, SVM_EXIT_DR_READ = 0x20, SVM_EXIT_DR_WRITE = 0x30,
	SVM_EXIT_EXCEPTION = 0x40, SVM_EXIT_INTR = 0x60, SVM_EXIT_NMI, SVM_EXIT_SMI, SVM_EXIT_INIT,
	SVM_EXIT_VINTR, SVM_EXIT_RDPMC = 0x6f, SVM_EXIT_CPUID = 0x72, SVM_EXIT_IRET = 0x74,
	SVM_EXIT_INVD = 0x76, SVM_EXIT_PAUSE, SVM_EXIT_HLT, SVM_EXIT_INVLPG, SVM_EXIT_INVLPGA,
	SVM_EXIT_IO, SVM_EXIT_MSR, SVM_EXIT_TASK_SWITCH, SVM_EXIT_SHUTDOWN = 0x7f, SVM_EXIT_VMRUN,
	SVM_EXIT_VMMCALL, SVM_EXIT_VMLOAD, SVM_EXIT_SKINIT = 0x86, SVM_EXIT_WBINVD = 0x89,
	SVM_EXIT_MONITOR, SVM_EXIT_MWAIT, SVM_EXIT_MWAIT_ARMED, SVM_EXIT_XSETBV, SVM_EXIT_RDPRU,
	SVM_EXIT_NPF = 0x400
};
#define SVM_EXIT_INVALID UINT64_MAX

/* EXITINFO1 of SVM_EXIT_IO */
#define SVM_IO_IN BIT(0)
#define SVM_IO_STRING BIT(2)
#define SVM_IO_REP BIT(3)
#define SVM_IO_SIZE(i) ((u8)(((i) >> 4) & 7))
#define SVM_IO_PORT(i) ((u16)((i) >> 16))
/* EXITINFO1 of SVM_EXIT_NPF */
#define SVM_NPF_WRITE BIT(1)
#define SVM_NPF_RESERVED BIT(3)
#define SVM_NPF_FETCH BIT(4)
#define SVM_NPF_WALK BIT(33)
/* EXITINFO2 of SVM_EXIT_TASK_SWITCH */
#define SVM_TASK_IRET BIT(36)
#define SVM_TASK_JMP BIT(38)
#define SVM_TASK_ERROR BIT(44)
/* EXITINFO1 of SVM_EXIT_CR_*: with decode assists */
#define SVM_CR_MOV BIT(63)

/* Stores FS, GS, TR, LDTR and the syscall MSRs of this CPU into the VMCB at pa. */
static inline void vmsave(hpa_t pa)
{
	__asm__ volatile("vmsave %0" ::"a"(pa.v) : "memory");
}
