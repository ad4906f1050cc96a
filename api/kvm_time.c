/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rate of a VM's TSC, which is the machine's: there is no scaling, so another rate is refused;
 * and the note to a guest that it had been stopped. The clock itself is in api/kvm_clock.c.
 */
#include "api/kvm_vm.h"
#include "core/errno.h"
#include "vmm/clock.h"
#include "vmm/vcpu.h"

s64 kvm_get_tsc_khz(struct kvm_call *c)
{
	return c->vm->tsc_khz;
}

/* 0: the machine's. */
s64 kvm_set_tsc_khz(struct kvm_call *c)
{
	return !c->arg || c->arg == c->vm->tsc_khz ? 0 : -EINVAL;
}

s64 kvm_clock_ctrl(struct kvm_call *c)
{
	return clock_guest_stopped(c->vcpu);
}
