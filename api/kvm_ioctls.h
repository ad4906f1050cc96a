/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every KVM ioctl: number, policy, handler. These lists are the tables of /dev/kvm, VMs and vCPUs
 * (api/kvm_system.c, kvm_vm.c, kvm_vcpu.c) and the prototypes of the handlers, which are in
 * api/kvm_*.c.
 */
#pragma once

#include "api/kvm_ioctl.h"

#define KVM_SYSTEM_IOCTLS(row) \
	row(KVM_GET_API_VERSION, KVM_ARG_ZERO, kvm_api_version) \
	row(KVM_CREATE_VM, 0, kvm_create_vm) \
	row(KVM_CHECK_EXTENSION, 0, kvm_check_extension) \
	row(KVM_GET_VCPU_MMAP_SIZE, KVM_ARG_ZERO, kvm_mmap_size) \
	row(KVM_GET_SUPPORTED_CPUID, 0, kvm_supported_cpuid) \
	row(KVM_GET_MSR_INDEX_LIST, 0, kvm_msr_index_list) \
	row(KVM_GET_MSR_FEATURE_INDEX_LIST, 0, kvm_feature_msr_list) \
	row(KVM_GET_MSRS, 0, kvm_get_feature_msrs) \
	row(KVM_X86_GET_MCE_CAP_SUPPORTED, KVM_COPY_OUT, kvm_mce_cap_supported)

#define KVM_VM_IOCTLS(row) \
	row(KVM_CHECK_EXTENSION, 0, kvm_check_extension) \
	row(KVM_CREATE_VCPU, KVM_LOCK_VM, kvm_create_vcpu) \
	row(KVM_SET_USER_MEMORY_REGION, KVM_COPY_IN | KVM_LOCK_VM, kvm_set_memory) \
	row(KVM_SET_USER_MEMORY_REGION2, KVM_COPY_IN | KVM_LOCK_VM, kvm_set_memory2) \
	row(KVM_GET_DIRTY_LOG, KVM_COPY_IN | KVM_LOCK_VM, kvm_get_dirty_log) \
	row(KVM_CLEAR_DIRTY_LOG, KVM_COPY_IN | KVM_LOCK_VM, kvm_clear_dirty_log) \
	row(KVM_SET_NR_MMU_PAGES, 0, kvm_set_mmu_pages) \
	row(KVM_GET_NR_MMU_PAGES, 0, kvm_get_mmu_pages) \
	row(KVM_ENABLE_CAP, KVM_COPY_IN | KVM_LOCK_VM, kvm_enable_cap_vm) \
	row(KVM_GET_CLOCK, KVM_COPY_OUT, kvm_get_clock) \
	row(KVM_SET_CLOCK, KVM_COPY_IN | KVM_LOCK_VM, kvm_set_clock) \
	row(KVM_GET_TSC_KHZ, 0, kvm_get_tsc_khz) \
	row(KVM_SET_TSC_KHZ, 0, kvm_set_tsc_khz) \
	row(KVM_SET_TSS_ADDR, 0, kvm_set_tss_addr) \
	row(KVM_SET_IDENTITY_MAP_ADDR, KVM_COPY_IN | KVM_LOCK_VM, kvm_set_identity_map) \
	row(KVM_CREATE_IRQCHIP, KVM_LOCK_VM, kvm_create_irqchip) \
	row(KVM_GET_IRQCHIP, KVM_COPY_BOTH | KVM_LOCK_VM | KVM_NEED_CHIPS, kvm_get_irqchip) \
	row(KVM_SET_IRQCHIP, KVM_COPY_IN | KVM_LOCK_VM | KVM_NEED_CHIPS, kvm_set_irqchip) \
	row(KVM_IRQ_LINE, KVM_COPY_IN | KVM_NEED_CHIPS, kvm_irq_line) \
	row(KVM_IRQ_LINE_STATUS, KVM_COPY_BOTH | KVM_NEED_CHIPS, kvm_irq_line) \
	row(KVM_SET_GSI_ROUTING, KVM_COPY_IN | KVM_LOCK_VM, kvm_set_gsi_routing) \
	row(KVM_SIGNAL_MSI, KVM_COPY_IN, kvm_signal_msi) \
	row(KVM_CREATE_PIT, KVM_LOCK_VM, kvm_create_pit) \
	row(KVM_CREATE_PIT2, KVM_COPY_IN | KVM_LOCK_VM, kvm_create_pit2) \
	row(KVM_GET_PIT, KVM_COPY_BOTH | KVM_LOCK_VM | KVM_NEED_PIT, kvm_get_pit) \
	row(KVM_SET_PIT, KVM_COPY_IN | KVM_LOCK_VM | KVM_NEED_PIT, kvm_set_pit) \
	row(KVM_GET_PIT2, KVM_COPY_OUT | KVM_LOCK_VM | KVM_NEED_PIT, kvm_get_pit2) \
	row(KVM_SET_PIT2, KVM_COPY_IN | KVM_LOCK_VM | KVM_NEED_PIT, kvm_set_pit2) \
	row(KVM_REINJECT_CONTROL, KVM_LOCK_VM, kvm_reinject_control) \
	row(KVM_SET_BOOT_CPU_ID, KVM_LOCK_VM, kvm_set_boot_cpu)

#define KVM_VCPU_IOCTLS(row) \
	row(KVM_RUN, KVM_ARG_ZERO, kvm_run_vcpu) \
	row(KVM_GET_REGS, KVM_COPY_OUT | KVM_LOCK_VCPU, kvm_get_regs) \
	row(KVM_SET_REGS, KVM_COPY_IN | KVM_LOCK_VCPU, kvm_set_regs) \
	row(KVM_GET_SREGS, KVM_COPY_OUT | KVM_LOCK_VCPU, kvm_get_sregs) \
	row(KVM_SET_SREGS, KVM_COPY_IN | KVM_LOCK_VCPU, kvm_set_sregs) \
	row(KVM_TRANSLATE, KVM_COPY_BOTH | KVM_LOCK_VCPU, kvm_translate) \
	row(KVM_INTERRUPT, KVM_COPY_IN | KVM_LOCK_VCPU, kvm_interrupt) \
	row(KVM_GET_MSRS, KVM_LOCK_VCPU, kvm_get_msrs) \
	row(KVM_SET_MSRS, KVM_LOCK_VCPU, kvm_set_msrs) \
	row(KVM_GET_FPU, KVM_COPY_OUT | KVM_LOCK_VCPU, kvm_get_fpu) \
	row(KVM_SET_FPU, KVM_COPY_IN | KVM_LOCK_VCPU, kvm_set_fpu) \
	row(KVM_GET_LAPIC, KVM_COPY_OUT | KVM_LOCK_VCPU, kvm_get_lapic) \
	row(KVM_SET_LAPIC, KVM_COPY_IN | KVM_LOCK_VCPU, kvm_set_lapic) \
	row(KVM_SET_CPUID2, KVM_LOCK_VCPU, kvm_set_cpuid2) \
	row(KVM_GET_CPUID2, KVM_LOCK_VCPU, kvm_get_cpuid2) \
	row(KVM_GET_MP_STATE, KVM_COPY_OUT | KVM_LOCK_VCPU, kvm_get_mp_state) \
	row(KVM_SET_MP_STATE, KVM_COPY_IN | KVM_LOCK_VCPU, kvm_set_mp_state) \
	row(KVM_NMI, 0, kvm_nmi) \
	row(KVM_X86_SETUP_MCE, KVM_COPY_IN | KVM_LOCK_VCPU, kvm_setup_mce) \
	row(KVM_X86_SET_MCE, KVM_COPY_IN | KVM_LOCK_VCPU, kvm_set_mce) \
	row(KVM_ENABLE_CAP, KVM_COPY_IN | KVM_LOCK_VCPU, kvm_enable_cap_vcpu) \
	row(KVM_GET_VCPU_EVENTS, KVM_COPY_OUT | KVM_LOCK_VCPU, kvm_get_vcpu_events) \
	row(KVM_SET_VCPU_EVENTS, KVM_COPY_IN | KVM_LOCK_VCPU, kvm_set_vcpu_events) \
	row(KVM_GET_DEBUGREGS, KVM_COPY_OUT | KVM_LOCK_VCPU, kvm_get_debugregs) \
	row(KVM_SET_DEBUGREGS, KVM_COPY_IN | KVM_LOCK_VCPU, kvm_set_debugregs) \
	row(KVM_GET_TSC_KHZ, 0, kvm_get_tsc_khz) \
	row(KVM_SET_TSC_KHZ, 0, kvm_set_tsc_khz) \
	row(KVM_KVMCLOCK_CTRL, KVM_LOCK_VCPU, kvm_clock_ctrl) \
	row(KVM_GET_XSAVE, KVM_COPY_OUT | KVM_LOCK_VCPU, kvm_get_xsave) \
	row(KVM_GET_XSAVE2, KVM_COPY_OUT | KVM_LOCK_VCPU, kvm_get_xsave) \
	row(KVM_SET_XSAVE, KVM_COPY_IN | KVM_LOCK_VCPU, kvm_set_xsave) \
	row(KVM_GET_XCRS, KVM_COPY_OUT | KVM_LOCK_VCPU, kvm_get_xcrs) \
	row(KVM_SET_XCRS, KVM_COPY_IN | KVM_LOCK_VCPU, kvm_set_xcrs)

#define KVM_PROTOTYPE(name, policy, fn) s64 fn(struct kvm_call *c);
KVM_SYSTEM_IOCTLS(KVM_PROTOTYPE)
KVM_VM_IOCTLS(KVM_PROTOTYPE)
KVM_VCPU_IOCTLS(KVM_PROTOTYPE)
#undef KVM_PROTOTYPE

/* What KVM_GET_CLOCK tells and KVM_SET_CLOCK takes (api/kvm_clock.c). */
#define KVM_CLOCK_FLAGS (KVM_CLOCK_TSC_STABLE | KVM_CLOCK_REALTIME | KVM_CLOCK_HOST_TSC)
