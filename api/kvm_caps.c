/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Capabilities: what CHECK_EXTENSION answers, as a table. A capability whose calls are a row of
 * an ioctl table names that row and answers 1 only while the row exists, so the two cannot
 * disagree. Not named here: 0.
 */
#include "api/kvm_ioctls.h"
#include "vmm/irq/routing.h"
#include "vmm/mce.h"
#include "vmm/memslot.h"

struct cap {
	u32 number;
	u32 value;
	const struct kvm_ioctl_table *table; /* with cmd: the call that must be there */
	u32 cmd;
	u32 (*fn)(void); /* asks for the value instead */
};

static u32 host_cpus(void)
{
	return arch_cpu_count();
}

static u32 has_xsave(void)
{
	return fpu_host_xcr0() != 0;
}

/* No component that the hypervisor turns on lies beyond the structure of GET_XSAVE. */
static u32 xsave_size(void)
{
	return fpu_host_xcr0() ? sizeof(struct kvm_xsave) : 0;
}

static const struct cap caps[] = {
	{KVM_CAP_IRQCHIP, 1, &kvm_vm_table, KVM_CREATE_IRQCHIP, NULL},
	{KVM_CAP_HLT, 1, NULL, 0, NULL},
	{KVM_CAP_MMU_SHADOW_CACHE_CONTROL, 1, &kvm_vm_table, KVM_SET_NR_MMU_PAGES, NULL},
	{KVM_CAP_USER_MEMORY, 1, &kvm_vm_table, KVM_SET_USER_MEMORY_REGION, NULL},
	{KVM_CAP_SET_TSS_ADDR, 1, &kvm_vm_table, KVM_SET_TSS_ADDR, NULL},
	{KVM_CAP_EXT_CPUID, 1, &kvm_vcpu_table, KVM_SET_CPUID2, NULL},
	{KVM_CAP_CLOCKSOURCE, 1, NULL, 0, NULL},
	{KVM_CAP_NR_VCPUS, 0, NULL, 0, host_cpus},
	{KVM_CAP_NR_MEMSLOTS, MEMSLOT_MAX_ID, NULL, 0, NULL},
	{KVM_CAP_PIT, 1, &kvm_vm_table, KVM_CREATE_PIT, NULL},
	{KVM_CAP_NOP_IO_DELAY, 1, NULL, 0, NULL},
	{KVM_CAP_MP_STATE, 1, &kvm_vcpu_table, KVM_SET_MP_STATE, NULL},
	{KVM_CAP_SYNC_MMU, 1, NULL, 0, NULL},
	{KVM_CAP_DESTROY_MEMORY_REGION_WORKS, 1, NULL, 0, NULL},
	{KVM_CAP_USER_NMI, 1, &kvm_vcpu_table, KVM_NMI, NULL},
	{KVM_CAP_REINJECT_CONTROL, 1, &kvm_vm_table, KVM_REINJECT_CONTROL, NULL},
	{KVM_CAP_IRQ_ROUTING, ROUTING_MAX_GSI, &kvm_vm_table, KVM_SET_GSI_ROUTING, NULL},
	{KVM_CAP_IRQ_INJECT_STATUS, 1, &kvm_vm_table, KVM_IRQ_LINE_STATUS, NULL},
	{KVM_CAP_JOIN_MEMORY_REGIONS_WORKS, 1, NULL, 0, NULL},
	{KVM_CAP_MCE, MCE_BANKS_MAX, &kvm_vcpu_table, KVM_X86_SETUP_MCE, NULL},
	{KVM_CAP_PIT2, 1, &kvm_vm_table, KVM_CREATE_PIT2, NULL},
	{KVM_CAP_SET_BOOT_CPU_ID, 1, &kvm_vm_table, KVM_SET_BOOT_CPU_ID, NULL},
	{KVM_CAP_PIT_STATE2, 1, &kvm_vm_table, KVM_SET_PIT2, NULL},
	{KVM_CAP_SET_IDENTITY_MAP_ADDR, 1, &kvm_vm_table, KVM_SET_IDENTITY_MAP_ADDR, NULL},
	{KVM_CAP_ADJUST_CLOCK, KVM_CLOCK_FLAGS, &kvm_vm_table, KVM_SET_CLOCK, NULL},
	{KVM_CAP_INTERNAL_ERROR_DATA, 1, NULL, 0, NULL},
	{KVM_CAP_VCPU_EVENTS, 1, &kvm_vcpu_table, KVM_SET_VCPU_EVENTS, NULL},
	{KVM_CAP_DEBUGREGS, 1, &kvm_vcpu_table, KVM_SET_DEBUGREGS, NULL},
	{KVM_CAP_ENABLE_CAP, 1, &kvm_vcpu_table, KVM_ENABLE_CAP, NULL},
	{KVM_CAP_XSAVE, 1, &kvm_vcpu_table, KVM_SET_XSAVE, has_xsave},
	{KVM_CAP_XCRS, 1, &kvm_vcpu_table, KVM_SET_XCRS, has_xsave},
	{KVM_CAP_GET_TSC_KHZ, 1, &kvm_vcpu_table, KVM_GET_TSC_KHZ, NULL},
	{KVM_CAP_MAX_VCPUS, VM_MAX_VCPUS, NULL, 0, NULL},
	{KVM_CAP_TSC_DEADLINE_TIMER, 1, NULL, 0, NULL},
	{KVM_CAP_SIGNAL_MSI, 1, &kvm_vm_table, KVM_SIGNAL_MSI, NULL},
	{KVM_CAP_KVMCLOCK_CTRL, 1, &kvm_vcpu_table, KVM_KVMCLOCK_CTRL, NULL},
	{KVM_CAP_READONLY_MEM, 1, NULL, 0, NULL},
	{KVM_CAP_CHECK_EXTENSION_VM, 1, &kvm_vm_table, KVM_CHECK_EXTENSION, NULL},
	{KVM_CAP_ENABLE_CAP_VM, 1, &kvm_vm_table, KVM_ENABLE_CAP, NULL},
	{KVM_CAP_MAX_VCPU_ID, VM_MAX_VCPU_ID, NULL, 0, NULL},
	{KVM_CAP_IMMEDIATE_EXIT, 1, NULL, 0, NULL},
	{KVM_CAP_GET_MSR_FEATURES, 1, &kvm_system_table, KVM_GET_MSR_FEATURE_INDEX_LIST, NULL},
	{KVM_CAP_MSR_PLATFORM_INFO, 1, &kvm_vm_table, KVM_ENABLE_CAP, NULL},
	{KVM_CAP_EXCEPTION_PAYLOAD, 1, &kvm_vm_table, KVM_ENABLE_CAP, NULL},
	{KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2, KVM_DIRTY_LOG_MANUAL_ALL, &kvm_vm_table,
	 KVM_CLEAR_DIRTY_LOG, NULL},
	{KVM_CAP_XSAVE2, 0, &kvm_vcpu_table, KVM_GET_XSAVE2, xsave_size},
	{KVM_CAP_X86_TRIPLE_FAULT_EVENT, 1, &kvm_vm_table, KVM_ENABLE_CAP, NULL},
	{KVM_CAP_USER_MEMORY2, 1, &kvm_vm_table, KVM_SET_USER_MEMORY_REGION2, NULL},
	{KVM_CAP_MEMORY_FAULT_INFO, 1, NULL, 0, NULL},
};

static bool is_served(const struct cap *cap)
{
	for (u32 i = 0; cap->table && i < cap->table->count; i++) {
		if (cap->table->rows[i].cmd == cap->cmd) {
			return true;
		}
	}
	return !cap->table;
}

s64 kvm_check_extension(struct kvm_call *c)
{
	for (u32 i = 0; i < ARRAY_SIZE(caps); i++) {
		if (caps[i].number == c->arg && is_served(&caps[i])) {
			return caps[i].fn ? caps[i].fn() : caps[i].value;
		}
	}
	return 0;
}
