/* SPDX-License-Identifier: BSD-2-Clause */
/* The local APIC of this CPU: x2APIC where offered, else xAPIC through its page. */
#pragma once

#include "core/types.h"

/* Boot CPU: chooses the mode, maps the page if need be. 0 or -ENOMEM. */
__must_check int apic_init(void);
/* Every CPU: enables, masks all LVT entries, sets the timer vector. */
void apic_cpu_init(void);
u32 apic_id(void);
void apic_eoi(void);
u32 apic_error_status(void);
bool apic_is_x2(void);
/*
 * Interrupt command register: low half (vector, mode, shorthand) and destination APIC id. Waits
 * until sent.
 */
void apic_send(u32 dest, u32 command);
#define APIC_ICR_FIXED 0x4000u		/* | vector; level assert */
#define APIC_ICR_NMI 0x4400u
#define APIC_ICR_INIT 0x4500u
#define APIC_ICR_STARTUP 0x4600u	/* | page number */

/* Measures the timer's rate against the calibrated TSC (boot CPU), or chooses TSC-deadline. */
void apic_timer_calibrate(void);
const char *apic_timer_name(void);
