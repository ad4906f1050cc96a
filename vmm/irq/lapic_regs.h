/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The local APIC's inside, for the lapic_*.c files only: the register page in KVM's layout (a
 * register each 16 bytes, offsets of the SDM's "APIC register address map"), its bits, and what the
 * parts call of each other.
 *
 * Who writes what: IRR, TMR, LVT, SVR and the timer only under the lock; every other register only
 * the vCPU's own thread. Senders that look for a destination read words without the lock, so no
 * word is ever written in parts. Legend: [I] set at creation, [l] lock, [a] atomic.
 */
#pragma once

#include "arch/x86/asm/msr.h"
#include "core/timer.h"
#include "vmm/irq/lapic.h"

enum lapic_reg {
	LAPIC_ID = 0x020, LAPIC_VERSION = 0x030, LAPIC_TPR = 0x080, LAPIC_APR = 0x090,
	LAPIC_PPR = 0x0a0, LAPIC_EOI = 0x0b0, LAPIC_LDR = 0x0d0, LAPIC_DFR = 0x0e0,
	LAPIC_SVR = 0x0f0,
	LAPIC_ISR = 0x100, /* eight words each */
	LAPIC_TMR = 0x180, LAPIC_IRR = 0x200, LAPIC_ESR = 0x280, LAPIC_ICR = 0x300,
	LAPIC_ICR2 = 0x310, /* destination: bits 31-24, in x2APIC mode all */
	LAPIC_LVT_TIMER = 0x320, LAPIC_LVT_THERMAL = 0x330, LAPIC_LVT_PERF = 0x340,
	LAPIC_LVT_LINT0 = 0x350, LAPIC_LVT_LINT1 = 0x360, LAPIC_LVT_ERROR = 0x370,
	LAPIC_TIMER_INIT = 0x380, LAPIC_TIMER_COUNT = 0x390, LAPIC_TIMER_DIVIDE = 0x3e0,
	LAPIC_SELF_IPI = 0x3f0
};

#define LAPIC_PAGE 0x400u
#define LAPIC_VERSION_VALUE 0x50014u /* six LVT entries, integrated APIC */

#define SVR_ENABLE BIT(8)
#define SVR_WRITABLE 0x3ffu
#define SVR_RESET 0xffu
#define DFR_FLAT 0xffffffffu
#define DFR_CLUSTER 0x0fffffffu

#define LVT_VECTOR 0xffu
#define LVT_MODE(lvt) ((lvt) >> 8 & 7)
#define LVT_MASKED BIT(16)
#define LVT_TIMER_MODE (3u << 17)
#define LVT_TIMER_ONESHOT (0u << 17)
#define LVT_TIMER_PERIODIC (1u << 17)
#define LVT_TIMER_DEADLINE (2u << 17)

#define ICR_VECTOR 0xffu
#define ICR_MODE(icr) ((icr) >> 8 & 7)
#define ICR_LOGICAL BIT(11)
#define ICR_BUSY BIT(12)
#define ICR_ASSERT BIT(14)
#define ICR_LEVEL BIT(15)
#define ICR_SHORTHAND(icr) ((icr) >> 18 & 3)
#define ICR_RESERVED 0xfff32000u

struct lapic {
	struct irqlock lock;
	struct vcpu *v; /* [I] */
	u64 base;	/* [a] IA32_APIC_BASE, written by the vCPU's thread */
	u32 regs[LAPIC_PAGE / 4];
	u8 irr_words;	 /* [l] which words of IRR are not zero; read without the lock */
	u8 isr_words;	 /* the same of ISR; vCPU's thread */
	u32 arbitration; /* [a] how often lowest-priority delivery chose this one */

	struct timer timer;
	bool timer_armed;  /* [l] the truth: a callback that finds it false came too late */
	u64 timer_target;  /* [l] now_ns() time */
	u64 tsc_deadline;  /* [l] guest ticks; 0: none */
};

static inline u32 lapic_get(const struct lapic *l, u32 reg)
{
	return READ_ONCE(l->regs[reg / 4]);
}

static inline void lapic_put(struct lapic *l, u32 reg, u32 value)
{
	WRITE_ONCE(l->regs[reg / 4], value);
}

static inline bool lapic_hw_enabled(const struct lapic *l)
{
	return READ_ONCE(l->base) & APIC_BASE_ENABLE;
}

static inline bool lapic_x2apic(const struct lapic *l)
{
	return (READ_ONCE(l->base) & (APIC_BASE_ENABLE | APIC_BASE_X2APIC)) ==
	       (APIC_BASE_ENABLE | APIC_BASE_X2APIC);
}

/* Accepts fixed interrupts: enabled by IA32_APIC_BASE and by the spurious-vector register. */
static inline bool lapic_sw_enabled(const struct lapic *l)
{
	return lapic_hw_enabled(l) && (lapic_get(l, LAPIC_SVR) & SVR_ENABLE);
}

/*
 * lapic_irq.c. Sets IRR and TMR; whether the request is new. Lock held; the caller kicks if true.
 */
bool lapic_request_locked(struct lapic *l, u8 vector, bool level);
/* Processor priority of the present TPR and ISR. vCPU's thread. */
u32 lapic_ppr(const struct lapic *l);
/* After any change that may make an interrupt deliverable. vCPU's thread, lock not held. */
void lapic_recheck(struct lapic *l);
void lapic_set_tpr(struct lapic *l, u8 tpr);
void lapic_eoi(struct lapic *l);
/* Recomputes what is derived of IRR and ISR, drops the vectors below 16. Lock held. */
void lapic_irr_changed(struct lapic *l);

/* lapic_lvt.c. */
void lapic_write_lvt(struct lapic *l, u32 reg, u32 value);
void lapic_write_svr(struct lapic *l, u32 value);

/* lapic_timer.c. The callback; and register writes by the guest. */
void lapic_timer_expired(struct timer *t);
void lapic_write_timer_init(struct lapic *l, u32 value);
void lapic_write_timer_divide(struct lapic *l, u32 value);
u32 lapic_timer_count(struct lapic *l);
/* The rest with the lock held. Stops it; the LVT entry's mode changed from old to mode. */
void lapic_timer_stop(struct lapic *l);
void lapic_timer_set_mode(struct lapic *l, u32 old, u32 mode);
/*
 * The registers were restored: goes on with count left, or to the deadline. A one-shot count that
 * had ended stays ended. The caller kicks.
 */
void lapic_timer_restore(struct lapic *l, u32 count, u64 deadline);

/* lapic_icr.c. Sends what the ICR says; destination in the format of l's mode. Lock not held. */
void lapic_send(struct lapic *l, u32 icr, u32 dest);

/* The logical id that x2APIC mode derives of the 32-bit id. */
static inline u32 lapic_x2apic_ldr(u32 id)
{
	return (id >> 4) << 16 | 1u << (id & 15);
}
