/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests of the ioctls share: a VM and a vCPU made by ioctls, and calls on the three
 * objects.
 */
#pragma once

#include "fake_vmm.h"

#include <string.h>

#include "api/kvm_ioctl.h"
#include "arch/x86/asm/cr.h"
#include "arch/x86/asm/msr.h"
#include "core/fault.h"
#include "fake_cpuid.h"
#include "mm/slab.h"
#include "vmm/cpuid.h"
#include "vmm/memslot.h"

static struct vm *vm;
static struct vcpu *v;

#define PTR(p) ((u64)(uintptr_t)(p))

static __unused s64 on_kvm(u32 cmd, u64 arg)
{
	return kvm_system_ops.ioctl(NULL, &fake_dom, cmd, arg);
}

static __unused s64 on_vm(u32 cmd, u64 arg)
{
	return kvm_vm_ops.ioctl(&vm->obj, &fake_dom, cmd, arg);
}

static __unused s64 on_vcpu(u32 cmd, u64 arg)
{
	return kvm_vcpu_ops.ioctl(&v->obj, &fake_dom, cmd, arg);
}

static void start(bool chips)
{
	fake_vmm_start();
	assert_int_equal(on_kvm(KVM_CREATE_VM, 0), 5);
	vm = container_of(fake_installed, struct vm, obj);
	assert_ptr_equal(fake_installed_ops, &kvm_vm_ops);
	if (chips) {
		assert_int_equal(on_vm(KVM_CREATE_IRQCHIP, 0x1234), 0);
	}
	assert_int_equal(on_vm(KVM_CREATE_VCPU, 0), 5);
	v = container_of(fake_installed, struct vcpu, obj);
	assert_ptr_equal(fake_installed_ops, &kvm_vcpu_ops);
}

static void end(void)
{
	for (u32 i = vm->vcpu_count; i; i--) {
		object_put(&vm->vcpus[i - 1]->obj);
	}
	object_put(&vm->obj);
	fake_vmm_end();
}
