/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The paravirtual clock: a page in guest memory from which the guest computes nanoseconds out
 * of its TSC, and the wall time of the VM's start.
 */
#pragma once

#include "core/types.h"

struct vcpu;
struct vm;

/* MSR_KVM_SYSTEM_TIME: gpa of the page, bit 0 enables. */
void clock_set_page(struct vcpu *v, u64 value);
/* MSR_KVM_WALL_CLOCK: writes the wall time of clock 0 to guest memory, once. */
void clock_write_wall(struct vcpu *v, u64 gpa);
/* The VM's clock: nanoseconds at now_ns() time `at`; and its setting, which all vCPUs notice. */
u64 clock_get(const struct vm *vm, u64 at);
void clock_set(struct vm *vm, u64 ns);
/* The VMM had stopped the guest: told once in the page. -EINVAL while there is no page. */
__must_check int clock_guest_stopped(struct vcpu *v);
/* Writes the page anew. May sleep. */
void clock_update(struct vcpu *v);
/* The factor for tsc_khz: ns = (ticks << shift) * mul >> 32. */
void clock_scale(u64 tsc_khz, u32 *mul, s8 *shift);
