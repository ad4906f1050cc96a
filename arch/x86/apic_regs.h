/* SPDX-License-Identifier: BSD-2-Clause */
/* Local APIC register offsets and bits, for apic.c and apic_timer.c. */
#pragma once

#include "core/types.h"

#define APIC_ID 0x20
#define APIC_TPR 0x80
#define APIC_EOI 0xb0
#define APIC_SVR 0xf0
#define APIC_SVR_ENABLE 0x100u
#define APIC_ESR 0x280
#define APIC_ICR 0x300
#define APIC_ICR_HIGH 0x310
#define APIC_ICR_BUSY 0x1000u
#define APIC_LVT_TIMER 0x320
#define APIC_LVT_LINT0 0x350
#define APIC_LVT_LINT1 0x360
#define APIC_LVT_ERROR 0x370
#define APIC_LVT_MASKED 0x10000u
#define APIC_LVT_NMI 0x400u
#define APIC_LVT_PERIODIC 0x20000u
#define APIC_LVT_TSC_DEADLINE 0x40000u
#define APIC_TIMER_INIT 0x380
#define APIC_TIMER_COUNT 0x390
#define APIC_TIMER_DIV 0x3e0
#define APIC_TIMER_DIV_1 0xbu

u32 apic_read(u32 reg);
void apic_write(u32 reg, u32 v);
