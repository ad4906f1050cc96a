/* SPDX-License-Identifier: BSD-2-Clause */
/* One exit in neutral form: what happened, decoded from the hardware's fields, nothing decided. */
#pragma once

#include "arch/x86/hv/hv_state.h"

enum hv_exit_kind {
	HV_EXIT_UNKNOWN,	/* a hardware reason that nothing should cause: raw_reason tells */
	HV_EXIT_FAIL_ENTRY,	/* the hardware refused the state; dumped once */
	HV_EXIT_INTR,		/* a host interrupt is pending or was taken */
	HV_EXIT_NMI,		/* already handled or will be */
	HV_EXIT_TIMER,		/* the deadline of hv_set_deadline */
	HV_EXIT_WINDOW,		/* a requested interrupt or NMI window is open */
	HV_EXIT_CPUID,
	HV_EXIT_HLT,
	HV_EXIT_IO,
	HV_EXIT_MSR,
	HV_EXIT_CR,
	HV_EXIT_DR,
	HV_EXIT_XCR,
	HV_EXIT_S2_FAULT,
	HV_EXIT_S2_MISCONFIG,
	HV_EXIT_EXCEPTION,
	HV_EXIT_HYPERCALL,	/* the vendor's own call instruction */
	HV_EXIT_PAUSE,
	HV_EXIT_MWAIT,		/* MWAIT or MONITOR */
	HV_EXIT_TASK_SWITCH,
	HV_EXIT_DT_ACCESS,
	HV_EXIT_INVAL,		/* INVD, WBINVD, INVLPG, INVPCID: see inval_op */
	HV_EXIT_SHUTDOWN,	/* triple fault */
	HV_EXIT_VIRT_INSN,	/* a virtualization instruction: #UD */
	HV_EXIT_TPR,
	HV_EXIT_RDPMC,
	HV_EXIT_INIT,		/* INIT or SIPI signals at the wrong moment */
	HV_EXIT_KINDS
};

enum hv_inval_op { HV_INVD, HV_WBINVD, HV_INVLPG, HV_INVPCID };

struct hv_exit {
	u8 kind;		/* enum hv_exit_kind */
	u8 insn_len;		/* of the exiting instruction; 0: the caller decodes */
	u8 insn_bytes_len;	/* instruction bytes the hardware gave, if any */
	u8 insn_bytes[15];
	struct hv_event reinject;	/* an event whose delivery this exit interrupted */
	u32 raw_reason;		/* the hardware's number, for reports only */
	u64 raw_qualification;
	union {
		struct {
			bool kernel64;		/* came from CPL 0 in 64-bit mode */
		} call;
		struct {
			u16 port;
			u8 size;		/* 1, 2, 4 */
			bool in, string, rep;
		} io;
		struct {
			u32 index;
			bool write;		/* value: EDX:EAX in the registers */
		} msr;
		struct {
			u8 nr;			/* 0, 3, 4, 8 */
			bool write, clts, lmsw;
			/* gpr (or lmsw_value) is valid; else the caller decodes the instruction */
			bool decoded;
			u8 gpr;			/* enum hv_gpr */
			u16 lmsw_value;
		} cr;
		struct {
			u8 nr;
			bool write, decoded;
			u8 gpr;
		} dr;
		struct {
			gpa_t gpa;
			u32 access;		/* S2_R, S2_W, S2_X as in mm/stage2.h */
			bool walk;		/* the access was to a guest page table */
			bool gva_valid;
			gva_t gva;
		} s2;
		struct {
			u8 vector;
			bool has_error;
			u32 error;
			/* #PF: the address (CR2 not yet written); #DB: the DR6 bits */
			u64 info;
		} exception;
		struct {
			u8 op;			/* enum hv_inval_op */
			u64 address;
		} inval;
		struct {
			/* hardware_entry_failure_reason of KVM_EXIT_FAIL_ENTRY */
			u64 code;
		} fail;
		struct {
			u16 selector;
			u8 reason;		/* 0 CALL, 1 IRET, 2 JMP, 3 task gate */
			bool has_error;
			u32 error;
		} task;
	};
};
