/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hardware contract, FPU and stacks for unit tests: a vCPU is what was set, and its guest is a
 * C function of the test that is called for every run and fills in the exit.
 */
#pragma once

#include "arch/x86/hv/hv.h"

struct fake_vcpu {
	struct hv_sregs sregs;
	struct hv_intr_state intr;
	struct hv_debug debug;
	u64 msr[10];
	struct hv_event injected;	/* of the coming run; type NONE: nothing */
	bool window;			/* requested */
	u32 intercepts, flushes, dumps;
	struct s2 *s2;
};

/* What the guest of v does until its next exit; interrupts are off. */
extern void (*fake_guest)(struct hv_vcpu *v, struct hv_exit *exit);
/* Objects alive: vCPUs, FPU areas, stacks. */
extern u32 fake_vcpus, fake_fpus, fake_stacks;
/* What fpu_host_xcr0() answers. */
extern u64 fake_xcr0;

struct fake_vcpu *fake_hw(struct hv_vcpu *v);
