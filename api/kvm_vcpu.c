/* SPDX-License-Identifier: BSD-2-Clause */
/* A vCPU behind a handle: its ioctl table and the mapping of its run page. */
#include "api/kvm_vcpu.h"

#include "api/domain.h"
#include "api/kvm.h"
#include "api/kvm_vm.h"
#include "core/errno.h"
#include "mm/backing.h"
#include "vmm/vcpu.h"

#define GET (KVM_COPY_OUT | KVM_LOCK_VCPU)
#define SET (KVM_COPY_IN | KVM_LOCK_VCPU)

static s64 run(struct kvm_call *c)
{
	return vcpu_run(c->vcpu);
}

static const struct kvm_ioctl_row rows[] = {
	KVM_ROW(KVM_RUN, KVM_ARG_ZERO | KVM_LOCK_VCPU, run),
	KVM_ROW(KVM_GET_REGS, GET, kvm_get_regs),
	KVM_ROW(KVM_SET_REGS, SET, kvm_set_regs),
	KVM_ROW(KVM_GET_SREGS, GET, kvm_get_sregs),
	KVM_ROW(KVM_SET_SREGS, SET, kvm_set_sregs),
	KVM_ROW(KVM_TRANSLATE, GET | KVM_COPY_IN, kvm_translate),
	KVM_ROW(KVM_INTERRUPT, SET, kvm_interrupt),
	KVM_ROW(KVM_GET_MSRS, KVM_LOCK_VCPU, kvm_get_msrs),
	KVM_ROW(KVM_SET_MSRS, KVM_LOCK_VCPU, kvm_set_msrs),
	KVM_ROW(KVM_GET_FPU, GET, kvm_get_fpu),
	KVM_ROW(KVM_SET_FPU, SET, kvm_set_fpu),
	KVM_ROW(KVM_GET_LAPIC, GET, kvm_get_lapic),
	KVM_ROW(KVM_SET_LAPIC, SET, kvm_set_lapic),
	KVM_ROW(KVM_SET_CPUID2, KVM_LOCK_VCPU, kvm_set_cpuid2),
	KVM_ROW(KVM_GET_CPUID2, KVM_LOCK_VCPU, kvm_get_cpuid2),
	KVM_ROW(KVM_GET_MP_STATE, GET, kvm_get_mp_state),
	KVM_ROW(KVM_SET_MP_STATE, SET, kvm_set_mp_state),
	KVM_ROW(KVM_NMI, 0, kvm_nmi),
	KVM_ROW(KVM_X86_SETUP_MCE, SET, kvm_setup_mce),
	KVM_ROW(KVM_X86_SET_MCE, SET, kvm_set_mce),
	KVM_ROW(KVM_ENABLE_CAP, SET, kvm_enable_cap_vcpu),
	KVM_ROW(KVM_GET_VCPU_EVENTS, GET, kvm_get_vcpu_events),
	KVM_ROW(KVM_SET_VCPU_EVENTS, SET, kvm_set_vcpu_events),
	KVM_ROW(KVM_GET_DEBUGREGS, GET, kvm_get_debugregs),
	KVM_ROW(KVM_SET_DEBUGREGS, SET, kvm_set_debugregs),
	KVM_ROW(KVM_GET_TSC_KHZ, 0, kvm_get_tsc_khz),
	KVM_ROW(KVM_SET_TSC_KHZ, 0, kvm_set_tsc_khz),
	KVM_ROW(KVM_KVMCLOCK_CTRL, KVM_LOCK_VCPU, kvm_clock_ctrl),
	KVM_ROW(KVM_GET_XSAVE, GET, kvm_get_xsave),
	KVM_ROW(KVM_GET_XSAVE2, GET, kvm_get_xsave),
	KVM_ROW(KVM_SET_XSAVE, SET, kvm_set_xsave),
	KVM_ROW(KVM_GET_XCRS, GET, kvm_get_xcrs),
	KVM_ROW(KVM_SET_XCRS, SET, kvm_set_xcrs),
};

const struct kvm_ioctl_table kvm_vcpu_table = {rows, ARRAY_SIZE(rows), -EINVAL};

static s64 vcpu_ioctl(struct object *o, struct domain *d, u32 cmd, u64 arg)
{
	struct vcpu *v = container_of(o, struct vcpu, obj);
	struct kvm_call c = {.d = d, .vm = v->vm, .vcpu = v};

	return kvm_ioctl(&kvm_vcpu_table, &c, cmd, arg);
}

/* Any offset can be mapped; touching what lies behind the last page is an error then. */
static struct backing *vcpu_mmap(struct object *o, u64 off __unused, u64 len __unused,
				 u32 rights, bool shared __unused, int *err)
{
	struct vcpu *v = container_of(o, struct vcpu, obj);

	if (rights & S2_X) {
		*err = -EPERM;
		return NULL;
	}
	backing_get(v->run_backing);
	return v->run_backing;
}

const struct handle_ops kvm_vcpu_ops = {
	.type = CORBEL_H_VCPU, .ioctl = vcpu_ioctl, .mmap = vcpu_mmap};
