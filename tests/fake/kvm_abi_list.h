/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Everything of the KVM ABI that Corbel's header defines, as one list: compiled once with
 * api/abi/kvm.h and once with the system's <linux/kvm.h>, it gives two tables that must be
 * equal.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct abi_row {
	const char *name;
	uint64_t value;
};

#define NUM(name) {#name, (uint64_t)(name)},
#define SIZE(type) {"sizeof " #type, sizeof(struct type)},
#define AT(type, member)                                                                           \
	{#type "." #member,                                                                        \
	 offsetof(struct type, member) << 32 | sizeof(((struct type *)0)->member)},

#define ABI_IOCTLS \
	NUM(KVM_GET_API_VERSION) NUM(KVM_CREATE_VM) NUM(KVM_GET_MSR_INDEX_LIST) \
	NUM(KVM_CHECK_EXTENSION) NUM(KVM_GET_VCPU_MMAP_SIZE) NUM( KVM_GET_SUPPORTED_CPUID) \
	NUM(KVM_CREATE_VCPU) NUM(KVM_SET_USER_MEMORY_REGION) NUM(KVM_SET_TSS_ADDR) \
	NUM(KVM_SET_IDENTITY_MAP_ADDR) NUM(KVM_CREATE_IRQCHIP) NUM( KVM_IRQ_LINE) \
	NUM(KVM_GET_IRQCHIP) NUM(KVM_SET_IRQCHIP) NUM(KVM_IRQ_LINE_STATUS) \
	NUM(KVM_SET_BOOT_CPU_ID) NUM(KVM_RUN) NUM( KVM_GET_REGS) NUM(KVM_SET_REGS) \
	NUM(KVM_GET_SREGS) NUM(KVM_SET_SREGS) NUM(KVM_TRANSLATE) NUM(KVM_INTERRUPT) \
	NUM(KVM_GET_MSRS) NUM( KVM_SET_MSRS) NUM(KVM_SET_SIGNAL_MASK) NUM(KVM_GET_FPU) \
	NUM(KVM_SET_FPU) NUM(KVM_GET_LAPIC) NUM(KVM_SET_LAPIC) NUM( KVM_SET_CPUID2) \
	NUM(KVM_GET_CPUID2) NUM(KVM_GET_MP_STATE) NUM(KVM_SET_MP_STATE) NUM( KVM_NMI) \
	NUM(KVM_GET_VCPU_EVENTS) NUM(KVM_SET_VCPU_EVENTS) NUM( KVM_GET_DEBUGREGS) \
	NUM(KVM_SET_DEBUGREGS) NUM( KVM_GET_TSC_KHZ) NUM(KVM_GET_XSAVE) NUM( KVM_SET_XSAVE) \
	NUM(KVM_GET_XCRS) NUM( KVM_SET_XCRS)

#define ABI_CAPS \
	NUM(KVM_CAP_IRQCHIP) NUM(KVM_CAP_HLT) NUM(KVM_CAP_USER_MEMORY) \
	NUM(KVM_CAP_SET_TSS_ADDR) NUM( KVM_CAP_EXT_CPUID) NUM(KVM_CAP_CLOCKSOURCE) \
	NUM(KVM_CAP_NR_VCPUS) NUM(KVM_CAP_NR_MEMSLOTS) NUM(KVM_CAP_NOP_IO_DELAY) \
	NUM(KVM_CAP_MP_STATE) NUM( KVM_CAP_SYNC_MMU) NUM(KVM_CAP_DESTROY_MEMORY_REGION_WORKS) \
	NUM(KVM_CAP_USER_NMI) NUM(KVM_CAP_IRQ_INJECT_STATUS) \
	NUM( KVM_CAP_JOIN_MEMORY_REGIONS_WORKS) NUM(KVM_CAP_SET_BOOT_CPU_ID) \
	NUM(KVM_CAP_SET_IDENTITY_MAP_ADDR) NUM( KVM_CAP_INTERNAL_ERROR_DATA) \
	NUM(KVM_CAP_VCPU_EVENTS) NUM(KVM_CAP_DEBUGREGS) NUM(KVM_CAP_XSAVE) NUM( KVM_CAP_XCRS) \
	NUM(KVM_CAP_GET_TSC_KHZ) NUM(KVM_CAP_MAX_VCPUS) NUM( KVM_CAP_TSC_DEADLINE_TIMER) \
	NUM(KVM_CAP_READONLY_MEM) NUM( KVM_CAP_CHECK_EXTENSION_VM) NUM(KVM_CAP_MAX_VCPU_ID) \
	NUM( KVM_CAP_IMMEDIATE_EXIT)

#define ABI_CONSTANTS \
	NUM(KVM_API_VERSION) NUM(KVM_NR_INTERRUPTS) NUM(KVM_MAX_XCRS) NUM(KVM_APIC_REG_SIZE) \
	NUM(KVM_CPUID_FLAG_SIGNIFCANT_INDEX) NUM(KVM_CPUID_FLAG_STATEFUL_FUNC) \
	NUM( KVM_CPUID_FLAG_STATE_READ_NEXT) NUM(KVM_MEM_LOG_DIRTY_PAGES) \
	NUM(KVM_MEM_READONLY) NUM(KVM_IRQCHIP_PIC_MASTER) NUM(KVM_IRQCHIP_PIC_SLAVE) \
	NUM(KVM_IRQCHIP_IOAPIC) NUM(KVM_MP_STATE_RUNNABLE) NUM(KVM_MP_STATE_UNINITIALIZED) \
	NUM( KVM_MP_STATE_INIT_RECEIVED) NUM(KVM_MP_STATE_HALTED) \
	NUM(KVM_MP_STATE_SIPI_RECEIVED) NUM(KVM_MP_STATE_AP_RESET_HOLD) \
	NUM(KVM_VCPUEVENT_VALID_NMI_PENDING) NUM(KVM_VCPUEVENT_VALID_SIPI_VECTOR) \
	NUM(KVM_VCPUEVENT_VALID_SHADOW) NUM( KVM_VCPUEVENT_VALID_SMM) \
	NUM(KVM_VCPUEVENT_VALID_PAYLOAD) NUM(KVM_VCPUEVENT_VALID_TRIPLE_FAULT) \
	NUM(KVM_X86_SHADOW_INT_MOV_SS) NUM(KVM_X86_SHADOW_INT_STI) NUM(KVM_EXIT_UNKNOWN) \
	NUM( KVM_EXIT_EXCEPTION) NUM(KVM_EXIT_IO) NUM(KVM_EXIT_HYPERCALL) NUM(KVM_EXIT_DEBUG) \
	NUM(KVM_EXIT_HLT) NUM(KVM_EXIT_MMIO) NUM(KVM_EXIT_IRQ_WINDOW_OPEN) \
	NUM( KVM_EXIT_SHUTDOWN) NUM(KVM_EXIT_FAIL_ENTRY) NUM(KVM_EXIT_INTR) \
	NUM(KVM_EXIT_INTERNAL_ERROR) NUM(KVM_EXIT_SYSTEM_EVENT) NUM( KVM_EXIT_IO_IN) \
	NUM(KVM_EXIT_IO_OUT) NUM(KVM_INTERNAL_ERROR_EMULATION) \
	NUM(KVM_INTERNAL_ERROR_SIMUL_EX) NUM(KVM_INTERNAL_ERROR_DELIVERY_EV) \
	NUM( KVM_INTERNAL_ERROR_UNEXPECTED_EXIT_REASON) \
	NUM(KVM_INTERNAL_ERROR_EMULATION_FLAG_INSTRUCTION_BYTES) \
	NUM(KVM_SYSTEM_EVENT_SHUTDOWN) NUM(KVM_SYSTEM_EVENT_RESET) NUM( KVM_CPUID_SIGNATURE) \
	NUM(KVM_CPUID_FEATURES) NUM(KVM_FEATURE_CLOCKSOURCE) NUM( KVM_FEATURE_CLOCKSOURCE2) \
	NUM(KVM_FEATURE_CLOCKSOURCE_STABLE_BIT) NUM(MSR_KVM_WALL_CLOCK) \
	NUM( MSR_KVM_SYSTEM_TIME) NUM(MSR_KVM_WALL_CLOCK_NEW) NUM( MSR_KVM_SYSTEM_TIME_NEW) \
	NUM(KVM_ENOSYS) NUM(KVM_HC_VAPIC_POLL_IRQ)

#define ABI_STRUCTS \
	SIZE(kvm_regs) AT(kvm_regs, rbx) AT(kvm_regs, rsi) AT(kvm_regs, rsp) AT(kvm_regs, r8) \
	AT(kvm_regs, r15) AT(kvm_regs, rip) AT( kvm_regs, rflags) SIZE(kvm_segment) \
	AT(kvm_segment, limit) AT(kvm_segment, selector) AT(kvm_segment, type) \
	AT(kvm_segment, present) AT(kvm_segment, dpl) AT(kvm_segment, db) AT(kvm_segment, s) \
	AT(kvm_segment, l) AT(kvm_segment, g) AT( kvm_segment, avl) AT(kvm_segment, unusable) \
	SIZE(kvm_dtable) AT(kvm_dtable, limit) SIZE(kvm_sregs) AT(kvm_sregs, ds) \
	AT(kvm_sregs, es) AT(kvm_sregs, fs) AT(kvm_sregs, gs) AT(kvm_sregs, ss) \
	AT( kvm_sregs, tr) AT(kvm_sregs, ldt) AT(kvm_sregs, gdt) AT(kvm_sregs, idt) \
	AT(kvm_sregs, cr0) AT(kvm_sregs, cr8) AT(kvm_sregs, efer) AT(kvm_sregs, apic_base) \
	AT(kvm_sregs, interrupt_bitmap) SIZE(kvm_fpu) AT(kvm_fpu, fcw) AT( kvm_fpu, ftwx) \
	AT(kvm_fpu, last_opcode) AT(kvm_fpu, last_ip) AT(kvm_fpu, last_dp) AT(kvm_fpu, xmm) \
	AT(kvm_fpu, mxcsr) SIZE(kvm_xsave) SIZE(kvm_xcr) AT( kvm_xcr, value) SIZE(kvm_xcrs) \
	AT(kvm_xcrs, xcrs) SIZE(kvm_debugregs) AT(kvm_debugregs, dr6) AT(kvm_debugregs, dr7) \
	AT( kvm_debugregs, flags) SIZE(kvm_msr_entry) AT(kvm_msr_entry, data) SIZE(kvm_msrs) \
	SIZE(kvm_msr_list) SIZE( kvm_cpuid_entry2) AT(kvm_cpuid_entry2, index) \
	AT( kvm_cpuid_entry2, flags) AT(kvm_cpuid_entry2, eax) AT(kvm_cpuid_entry2, edx) \
	SIZE(kvm_cpuid2) SIZE(kvm_userspace_memory_region) \
	AT(kvm_userspace_memory_region, flags) \
	AT( kvm_userspace_memory_region, guest_phys_addr) \
	AT(kvm_userspace_memory_region, memory_size) \
	AT(kvm_userspace_memory_region, userspace_addr) SIZE(kvm_translation) \
	AT(kvm_translation, physical_address) AT(kvm_translation, valid) \
	AT(kvm_translation, usermode) SIZE(kvm_lapic_state) SIZE(kvm_irq_level) \
	AT(kvm_irq_level, irq) AT(kvm_irq_level, status) AT(kvm_irq_level, level) \
	SIZE(kvm_interrupt) SIZE(kvm_pic_state) AT(kvm_pic_state, irr) AT(kvm_pic_state, imr) \
	AT(kvm_pic_state, irq_base) AT(kvm_pic_state, poll) AT(kvm_pic_state, init_state) \
	AT(kvm_pic_state, auto_eoi) AT(kvm_pic_state, init4) AT(kvm_pic_state, elcr) \
	AT(kvm_pic_state, elcr_mask) SIZE(kvm_irqchip) AT(kvm_irqchip, chip) \
	SIZE(kvm_mp_state) SIZE(kvm_vcpu_events) AT(kvm_vcpu_events, exception .nr) \
	AT(kvm_vcpu_events, exception .pending) AT(kvm_vcpu_events, exception .error_code) \
	AT(kvm_vcpu_events, interrupt .soft) AT(kvm_vcpu_events, interrupt .shadow) \
	AT(kvm_vcpu_events, nmi.pending) AT(kvm_vcpu_events, nmi.masked) \
	AT(kvm_vcpu_events, sipi_vector) AT(kvm_vcpu_events, flags) AT(kvm_vcpu_events, smi) \
	AT(kvm_vcpu_events, triple_fault) AT(kvm_vcpu_events, exception_has_payload) \
	AT(kvm_vcpu_events, exception_payload) SIZE(kvm_signal_mask) SIZE(kvm_run) \
	AT(kvm_run, request_interrupt_window) AT(kvm_run, immediate_exit) \
	AT(kvm_run, exit_reason) AT(kvm_run, ready_for_interrupt_injection) \
	AT(kvm_run, if_flag) AT(kvm_run, flags) AT(kvm_run, cr8) AT(kvm_run, apic_base) \
	AT(kvm_run, hw .hardware_exit_reason) \
	AT(kvm_run, fail_entry .hardware_entry_failure_reason) AT(kvm_run, fail_entry .cpu) \
	AT(kvm_run, ex.error_code) AT(kvm_run, io.direction) AT(kvm_run, io .size) \
	AT(kvm_run, io.port) AT(kvm_run, io.count) AT(kvm_run, io.data_offset) \
	AT(kvm_run, mmio.data) AT(kvm_run, mmio.len) AT(kvm_run, mmio.is_write) \
	AT( kvm_run, internal.suberror) AT(kvm_run, internal.ndata) AT(kvm_run, internal.data) \
	AT( kvm_run, system_event .type) AT(kvm_run, system_event .ndata) \
	AT(kvm_run, system_event .data) AT(kvm_run, kvm_valid_regs) \
	AT(kvm_run, kvm_dirty_regs)

#define ABI_ROWS ABI_IOCTLS ABI_CAPS ABI_CONSTANTS ABI_STRUCTS

extern const struct abi_row abi_ours[], abi_linux[];
extern const unsigned int abi_ours_count;
