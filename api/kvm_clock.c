/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Time by ioctl: the VM's paravirtual clock, read and set for a VM that is saved and goes on
 * elsewhere, and the rate of its TSC, which is the machine's.
 */
#include "api/kvm_ioctls.h"
#include "arch/x86/asm/tsc.h"
#include "core/time.h"
#include "vmm/clock.h"

s64 kvm_get_clock(struct kvm_call *c)
{
	struct kvm_clock_data *out = c->data;
	u64 tsc = rdtsc(), at = time_tsc_to_ns(tsc);

	*out = (struct kvm_clock_data){
		.clock = clock_get(c->vm, at),
		.flags = KVM_CLOCK_FLAGS,
		.realtime = time_wall_ns() - (now_ns() - at),
		.host_tsc = tsc,
	};
	return 0;
}

/* With the real time of the reading: the clock has gone on since. */
s64 kvm_set_clock(struct kvm_call *c)
{
	const struct kvm_clock_data *in = c->data;
	u64 ns = in->clock, wall = time_wall_ns();

	if (in->flags & ~KVM_CLOCK_FLAGS) {
		return -EINVAL;
	}
	if (in->flags & KVM_CLOCK_REALTIME && wall > in->realtime) {
		ns += wall - in->realtime;
	}
	clock_set(c->vm, ns);
	return 0;
}

s64 kvm_get_tsc_khz(struct kvm_call *c)
{
	return c->vm->tsc_khz;
}

/* 0: the machine's. There is no scaling, so another rate is refused. */
s64 kvm_set_tsc_khz(struct kvm_call *c)
{
	return !c->arg || c->arg == c->vm->tsc_khz ? 0 : -EINVAL;
}

/* The note to a guest that it had been stopped. */
s64 kvm_clock_ctrl(struct kvm_call *c)
{
	return clock_guest_stopped(c->vcpu);
}
