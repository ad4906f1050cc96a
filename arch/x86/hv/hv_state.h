/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state of a virtual CPU in neutral form, as the hardware contract takes and gives it. Control
 * registers and EFER are the values the guest sees; what the hardware needs on top is added below
 * the contract.
 */
#pragma once

#include "core/types.h"

/* General registers in instruction-encoding order. */
enum hv_gpr {
	HV_RAX, HV_RCX, HV_RDX, HV_RBX, HV_RSP, HV_RBP, HV_RSI, HV_RDI,
	HV_R8, HV_R9, HV_R10, HV_R11, HV_R12, HV_R13, HV_R14, HV_R15, HV_GPRS
};

/* Valid between two runs; changes take effect at the next one. */
struct hv_regs {
	u64 gpr[HV_GPRS];
	u64 rip;
	u64 rflags;
};

enum hv_seg { HV_ES, HV_CS, HV_SS, HV_DS, HV_FS, HV_GS, HV_LDTR, HV_TR, HV_SEGS };

/*
 * attr: access-rights bits as in bytes 5-6 of a descriptor: 0-3 type, 4 S, 5-6 DPL, 7 P, 12 AVL, 13
 * L, 14 D/B, 15 G, 16 unusable.
 */
#define HV_ATTR_S 0x10u
#define HV_ATTR_DPL(a) (((a) >> 5) & 3)
#define HV_ATTR_P 0x80u
#define HV_ATTR_AVL 0x1000u
#define HV_ATTR_L 0x2000u
#define HV_ATTR_DB 0x4000u
#define HV_ATTR_G 0x8000u
#define HV_ATTR_UNUSABLE 0x10000u

struct hv_segment {
	u64 base;
	u32 limit;		/* in bytes, already scaled */
	u32 attr;
	u16 selector;
};

struct hv_dtable {
	u64 base;
	u16 limit;
};

struct hv_sregs {
	struct hv_segment seg[HV_SEGS];
	struct hv_dtable gdt, idt;
	u64 cr0, cr2, cr3, cr4, efer;
};

/* Which parts of hv_sregs a get or set touches. */
#define HV_SREG_SEG 1u
#define HV_SREG_DT 2u
#define HV_SREG_CR 4u	/* cr0 cr2 cr3 cr4 efer together: they are consistent only as a whole */
/* seg[HV_CS] and the DPL in seg[HV_SS].attr, no more (get): the cheap way to mode and CPL */
#define HV_SREG_CS 8u
#define HV_SREG_ALL (HV_SREG_SEG | HV_SREG_DT | HV_SREG_CR)

struct hv_debug {
	u64 dr[4], dr6, dr7;
};

enum hv_event_type {
	HV_EVENT_NONE, HV_EVENT_EXTINT, HV_EVENT_NMI, HV_EVENT_EXCEPTION,
	HV_EVENT_SOFT_INT, HV_EVENT_SOFT_EXCEPTION, HV_EVENT_PRIV_SOFT_EXCEPTION
};

struct hv_event {
	u8 type;		/* enum hv_event_type */
	u8 vector;
	bool has_error;
	u8 insn_len;		/* software events: length of the instruction */
	u32 error;
};

struct hv_intr_state {
	bool sti_shadow, movss_shadow;	/* hardware that has one bit for both reports sti_shadow */
	bool nmi_blocked;
};

/* The state of a CPU after RESET (SDM 9.1.1, APM 14.1.3), but for RDX, which names the CPU. */
void hv_reset_state(struct hv_regs *r, struct hv_sregs *s);

/* Whether bits 63-47 of an address are all the same. */
static inline bool canonical(u64 address)
{
	return (u64)((s64)(address << 16) >> 16) == address;
}

/* Whether each of the eight bytes of a PAT is a memory type that exists: 0, 1, 4-7. */
static inline bool pat_valid(u64 pat)
{
	return !(pat & 0xf8f8f8f8f8f8f8f8ULL) && !(pat >> 1 & ~(pat >> 2) & 0x0101010101010101ULL);
}
