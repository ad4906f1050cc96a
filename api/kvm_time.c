/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Time of a VM: its clock, and the rate of its TSC, which is the machine's: there is no scaling, so
 * another rate is refused.
 */
#include "api/kvm_vm.h"
#include "arch/x86/asm/tsc.h"
#include "core/errno.h"
#include "core/time.h"
#include "vmm/clock.h"
#include "vmm/vcpu.h"

#define CLOCK_FLAGS (KVM_CLOCK_TSC_STABLE | KVM_CLOCK_REALTIME | KVM_CLOCK_HOST_TSC)

s64 kvm_get_clock(struct kvm_call *c)
{
	struct kvm_clock_data *out = c->data;
	u64 tsc = rdtsc(), now = time_tsc_to_ns(tsc);

	out->clock = now + c->vm->clock_base_ns;
	out->realtime = time_wall_ns() - (now_ns() - now);
	out->host_tsc = tsc;
	out->flags = CLOCK_FLAGS;
	return 0;
}

/* With REALTIME: the clock went on while the VM was on its way here. */
s64 kvm_set_clock(struct kvm_call *c)
{
	const struct kvm_clock_data *in = c->data;
	u64 clock_ns = in->clock, wall = time_wall_ns();
	u32 count = smp_load_acquire(&c->vm->vcpu_count);

	if (in->flags & ~CLOCK_FLAGS) {
		return -EINVAL;
	}
	if (in->flags & KVM_CLOCK_REALTIME && wall > in->realtime) {
		clock_ns += wall - in->realtime;
	}
	WRITE_ONCE(c->vm->clock_base_ns, clock_ns - now_ns());
	for (u32 i = 0; i < count; i++) {
		vcpu_request(c->vm->vcpus[i], REQ_CLOCK);
	}
	return 0;
}

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
