/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The KVM interface as Corbel serves it: the ioctl numbers, structures and constants of Linux's KVM
 * on x86-64 under Linux's names, as far as they are implemented. Programs of the control domain
 * include the system's own <linux/kvm.h>; a unit test compares the two headers number by number and
 * field by field.
 */
#ifndef CORBEL_ABI_KVM_H
#define CORBEL_ABI_KVM_H

#include <stddef.h>
#include <stdint.h>

#define KVM_API_VERSION 12

/*
 * An ioctl number: direction (1 the caller writes, 2 the caller reads), size of the structure, type
 * byte 0xae, number.
 */
#define KVM_IOC(dir, nr, size)                                                                     \
	(((uint32_t)(dir) << 30) | ((uint32_t)(size) << 16) | (0xaeu << 8) | (nr))
#define KVM_IOC_NONE(nr) KVM_IOC(0, nr, 0)
#define KVM_IOC_W(nr, type) KVM_IOC(1, nr, sizeof(type))
#define KVM_IOC_R(nr, type) KVM_IOC(2, nr, sizeof(type))
#define KVM_IOC_WR(nr, type) KVM_IOC(3, nr, sizeof(type))

/* Registers */
struct kvm_regs {
	uint64_t rax, rbx, rcx, rdx, rsi, rdi, rsp, rbp;
	uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
	uint64_t rip, rflags;
};

struct kvm_segment {
	uint64_t base;
	uint32_t limit;
	uint16_t selector;
	uint8_t type;
	uint8_t present, dpl, db, s, l, g, avl;
	uint8_t unusable;
	uint8_t padding;
};

struct kvm_dtable {
	uint64_t base;
	uint16_t limit;
	uint16_t padding[3];
};

#define KVM_NR_INTERRUPTS 256

struct kvm_sregs {
	struct kvm_segment cs, ds, es, fs, gs, ss, tr, ldt;
	struct kvm_dtable gdt, idt;
	uint64_t cr0, cr2, cr3, cr4, cr8, efer, apic_base;
	uint64_t interrupt_bitmap[(KVM_NR_INTERRUPTS + 63) / 64];
};

struct kvm_fpu {
	uint8_t fpr[8][16];
	uint16_t fcw, fsw;
	uint8_t ftwx;			/* abridged tag word, as FXSAVE has it */
	uint8_t pad1;
	uint16_t last_opcode;
	uint64_t last_ip, last_dp;
	uint8_t xmm[16][16];
	uint32_t mxcsr;
	uint32_t pad2;
};

struct kvm_xsave {
	uint32_t region[1024];
};

struct kvm_xcr {
	uint32_t xcr, reserved;
	uint64_t value;
};

#define KVM_MAX_XCRS 16

struct kvm_xcrs {
	uint32_t nr_xcrs, flags;
	struct kvm_xcr xcrs[KVM_MAX_XCRS];
	uint64_t padding[16];
};

struct kvm_debugregs {
	uint64_t db[4];
	uint64_t dr6, dr7, flags;
	uint64_t reserved[9];
};

struct kvm_msr_entry {
	uint32_t index, reserved;
	uint64_t data;
};

struct kvm_msrs {
	uint32_t nmsrs, pad;
	struct kvm_msr_entry entries[];
};

struct kvm_msr_list {
	uint32_t nmsrs;
	uint32_t indices[];
};

#define KVM_CPUID_FLAG_SIGNIFCANT_INDEX 1u
#define KVM_CPUID_FLAG_STATEFUL_FUNC 2u
#define KVM_CPUID_FLAG_STATE_READ_NEXT 4u

struct kvm_cpuid_entry2 {
	uint32_t function, index, flags;
	uint32_t eax, ebx, ecx, edx;
	uint32_t padding[3];
};

struct kvm_cpuid2 {
	uint32_t nent, padding;
	struct kvm_cpuid_entry2 entries[];
};

/* Memory */
#define KVM_MEM_LOG_DIRTY_PAGES 1u
#define KVM_MEM_READONLY 2u

struct kvm_userspace_memory_region {
	uint32_t slot;			/* id in the low half, address space above */
	uint32_t flags;
	uint64_t guest_phys_addr;
	uint64_t memory_size;		/* bytes; 0 deletes */
	uint64_t userspace_addr;
};

/* The newer form; what follows is about memory that is only the guest's. */
struct kvm_userspace_memory_region2 {
	struct kvm_userspace_memory_region region;
	uint64_t guest_memfd_offset;
	uint32_t guest_memfd;
	uint32_t pad1;
	uint64_t pad2[14];
};

/* KVM_GET_DIRTY_LOG */
struct kvm_dirty_log {
	uint32_t slot;			/* as in kvm_userspace_memory_region */
	uint32_t padding1;
	uint64_t dirty_bitmap;		/* address of a bit per page */
};

struct kvm_clear_dirty_log {
	uint32_t slot;
	uint32_t num_pages;
	uint64_t first_page;
	uint64_t dirty_bitmap;		/* address of a bit per page from first_page on */
};

/* What of KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2 is enabled */
#define KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE 1u
#define KVM_DIRTY_LOG_INITIALLY_SET 2u
#define KVM_DIRTY_LOG_MANUAL_ALL 3u

/* Time; the flags of KVM_CAP_ADJUST_CLOCK, too */
#define KVM_CLOCK_TSC_STABLE 2u
#define KVM_CLOCK_REALTIME 4u
#define KVM_CLOCK_HOST_TSC 8u

struct kvm_clock_data {
	uint64_t clock;			/* ns */
	uint32_t flags;
	uint32_t pad0;
	uint64_t realtime;		/* ns since 1970 */
	uint64_t host_tsc;
	uint32_t pad[4];
};

struct kvm_enable_cap {
	uint32_t cap, flags;
	uint64_t args[4];
	uint8_t pad[64];
};

struct kvm_translation {
	uint64_t linear_address;
	uint64_t physical_address;
	uint8_t valid, writeable, usermode;
	uint8_t pad[5];
};

/* Interrupts */
#define KVM_APIC_REG_SIZE 0x400

struct kvm_lapic_state {
	char regs[KVM_APIC_REG_SIZE];
};

struct kvm_irq_level {
	union {
		uint32_t irq;
		int32_t status;
	};
	uint32_t level;
};

struct kvm_interrupt {
	uint32_t irq;
};

struct kvm_pic_state {
	uint8_t last_irr, irr, imr, isr;
	uint8_t priority_add;
	uint8_t irq_base;
	uint8_t read_reg_select;
	uint8_t poll;
	uint8_t special_mask;
	uint8_t init_state;
	uint8_t auto_eoi;
	uint8_t rotate_on_auto_eoi;
	uint8_t special_fully_nested_mode;
	uint8_t init4;
	uint8_t elcr, elcr_mask;
};

#define KVM_IRQCHIP_PIC_MASTER 0
#define KVM_IRQCHIP_PIC_SLAVE 1
#define KVM_IRQCHIP_IOAPIC 2

#define KVM_IOAPIC_NUM_PINS 24

struct kvm_ioapic_state {
	uint64_t base_address;
	uint32_t ioregsel, id, irr, pad;
	union {
		uint64_t bits;
	} redirtbl[KVM_IOAPIC_NUM_PINS];
};

struct kvm_irqchip {
	uint32_t chip_id, pad;
	union {
		char dummy[512];
		struct kvm_pic_state pic;
		struct kvm_ioapic_state ioapic;
	} chip;
};

/* What a GSI is connected to. */
#define KVM_IRQ_ROUTING_IRQCHIP 1
#define KVM_IRQ_ROUTING_MSI 2
#define KVM_MSI_VALID_DEVID 1u

struct kvm_irq_routing_irqchip {
	uint32_t irqchip, pin;
};

struct kvm_irq_routing_msi {
	uint32_t address_lo, address_hi, data, devid;
};

struct kvm_irq_routing_entry {
	uint32_t gsi, type, flags, pad;
	union {
		struct kvm_irq_routing_irqchip irqchip;
		struct kvm_irq_routing_msi msi;
		uint32_t pad[8];
	} u;
};

struct kvm_irq_routing {
	uint32_t nr, flags;
	struct kvm_irq_routing_entry entries[];
};

struct kvm_msi {
	uint32_t address_lo, address_hi, data, flags, devid;
	uint8_t pad[12];
};

/* The interval timer */
#define KVM_PIT_SPEAKER_DUMMY 1u
#define KVM_PIT_FLAGS_HPET_LEGACY 1u
#define KVM_PIT_FLAGS_SPEAKER_DATA_ON 2u

struct kvm_pit_config {
	uint32_t flags;
	uint32_t pad[15];
};

struct kvm_pit_channel_state {
	uint32_t count;			/* 65536 for 0 */
	uint16_t latched_count;
	uint8_t count_latched;
	uint8_t status_latched, status;
	uint8_t read_state, write_state;
	uint8_t write_latch;
	uint8_t rw_mode, mode, bcd;
	uint8_t gate;
	int64_t count_load_time;	/* ns */
};

struct kvm_pit_state {
	struct kvm_pit_channel_state channels[3];
};

struct kvm_pit_state2 {
	struct kvm_pit_channel_state channels[3];
	uint32_t flags;
	uint32_t reserved[9];
};

struct kvm_reinject_control {
	uint8_t pit_reinject;
	uint8_t reserved[31];
};

/* vCPU state */
#define KVM_MP_STATE_RUNNABLE 0
#define KVM_MP_STATE_UNINITIALIZED 1
#define KVM_MP_STATE_INIT_RECEIVED 2
#define KVM_MP_STATE_HALTED 3
#define KVM_MP_STATE_SIPI_RECEIVED 4
#define KVM_MP_STATE_AP_RESET_HOLD 9

struct kvm_mp_state {
	uint32_t mp_state;
};

#define KVM_VCPUEVENT_VALID_NMI_PENDING 1u
#define KVM_VCPUEVENT_VALID_SIPI_VECTOR 2u
#define KVM_VCPUEVENT_VALID_SHADOW 4u
#define KVM_VCPUEVENT_VALID_SMM 8u
#define KVM_VCPUEVENT_VALID_PAYLOAD 16u
#define KVM_VCPUEVENT_VALID_TRIPLE_FAULT 32u
#define KVM_X86_SHADOW_INT_MOV_SS 1u
#define KVM_X86_SHADOW_INT_STI 2u

struct kvm_vcpu_events {
	struct {
		uint8_t injected, nr, has_error_code, pending;
		uint32_t error_code;
	} exception;
	struct {
		uint8_t injected, nr, soft, shadow;
	} interrupt;
	struct {
		uint8_t injected, pending, masked, pad;
	} nmi;
	uint32_t sipi_vector;
	uint32_t flags;
	struct {
		uint8_t smm, pending, smm_inside_nmi, latched_init;
	} smi;
	struct {
		uint8_t pending;
	} triple_fault;
	uint8_t reserved[26];
	uint8_t exception_has_payload;
	uint64_t exception_payload;
};

/* KVM_X86_SET_MCE: an error in a bank */
struct kvm_x86_mce {
	uint64_t status, addr, misc, mcg_status;
	uint8_t bank;
	uint8_t pad1[7];
	uint64_t pad2[3];
};

struct kvm_signal_mask {
	uint32_t len;
	uint8_t sigset[];
};

/* The run page */
#define KVM_EXIT_UNKNOWN 0
#define KVM_EXIT_EXCEPTION 1
#define KVM_EXIT_IO 2
#define KVM_EXIT_HYPERCALL 3
#define KVM_EXIT_DEBUG 4
#define KVM_EXIT_HLT 5
#define KVM_EXIT_MMIO 6
#define KVM_EXIT_IRQ_WINDOW_OPEN 7
#define KVM_EXIT_SHUTDOWN 8
#define KVM_EXIT_FAIL_ENTRY 9
#define KVM_EXIT_INTR 10
#define KVM_EXIT_INTERNAL_ERROR 17
#define KVM_EXIT_SYSTEM_EVENT 24
#define KVM_EXIT_MEMORY_FAULT 39

#define KVM_EXIT_IO_IN 0
#define KVM_EXIT_IO_OUT 1

#define KVM_INTERNAL_ERROR_EMULATION 1
#define KVM_INTERNAL_ERROR_SIMUL_EX 2
#define KVM_INTERNAL_ERROR_DELIVERY_EV 3
#define KVM_INTERNAL_ERROR_UNEXPECTED_EXIT_REASON 4
#define KVM_INTERNAL_ERROR_EMULATION_FLAG_INSTRUCTION_BYTES 1ull

#define KVM_SYSTEM_EVENT_SHUTDOWN 1
#define KVM_SYSTEM_EVENT_RESET 2

struct kvm_run {
	/* in */
	uint8_t request_interrupt_window;
	uint8_t immediate_exit;
	uint8_t padding1[6];
	/* out */
	uint32_t exit_reason;
	uint8_t ready_for_interrupt_injection;
	uint8_t if_flag;
	uint16_t flags;
	/* in and out */
	uint64_t cr8;
	uint64_t apic_base;
	union {
		struct {
			uint64_t hardware_exit_reason;
		} hw;
		struct {
			uint64_t hardware_entry_failure_reason;
			uint32_t cpu;
		} fail_entry;
		struct {
			uint32_t exception, error_code;
		} ex;
		struct {
			uint8_t direction, size;
			uint16_t port;
			uint32_t count;
			uint64_t data_offset;	/* bytes from the start of this structure */
		} io;
		struct {
			uint64_t phys_addr;
			uint8_t data[8];
			uint32_t len;
			uint8_t is_write;
		} mmio;
		struct {
			uint32_t suberror;
			uint32_t ndata;
			uint64_t data[16];
		} internal;
		struct {
			uint32_t suberror;
			uint32_t ndata;
			uint64_t flags;
			uint8_t insn_size;
			uint8_t insn_bytes[15];
		} emulation_failure;
		struct {
			uint32_t type;
			uint32_t ndata;
			union {
				uint64_t flags;
				uint64_t data[16];
			};
		} system_event;
		struct {
			uint64_t flags, gpa, size;
		} memory_fault;
		char padding[256];
	};
	uint64_t kvm_valid_regs;
	uint64_t kvm_dirty_regs;
	char sync_regs[2048];
};

#define KVM_VCPU_ASSERT(type, member, off) \
	_Static_assert(offsetof(struct type, member) == (off), "offset of " #type "." #member)
_Static_assert(sizeof(struct kvm_regs) == 144, "kvm_regs");
_Static_assert(sizeof(struct kvm_segment) == 24, "kvm_segment");
_Static_assert(sizeof(struct kvm_dtable) == 16, "kvm_dtable");
_Static_assert(sizeof(struct kvm_sregs) == 312, "kvm_sregs");
_Static_assert(sizeof(struct kvm_fpu) == 416, "kvm_fpu");
_Static_assert(sizeof(struct kvm_xsave) == 4096, "kvm_xsave");
_Static_assert(sizeof(struct kvm_xcrs) == 392, "kvm_xcrs");
_Static_assert(sizeof(struct kvm_debugregs) == 128, "kvm_debugregs");
_Static_assert(sizeof(struct kvm_msr_entry) == 16, "kvm_msr_entry");
_Static_assert(sizeof(struct kvm_msrs) == 8, "kvm_msrs");
_Static_assert(sizeof(struct kvm_msr_list) == 4, "kvm_msr_list");
_Static_assert(sizeof(struct kvm_cpuid_entry2) == 40, "kvm_cpuid_entry2");
_Static_assert(sizeof(struct kvm_cpuid2) == 8, "kvm_cpuid2");
_Static_assert(sizeof(struct kvm_userspace_memory_region) == 32, "kvm_userspace_memory_region");
_Static_assert(sizeof(struct kvm_dirty_log) == 16, "kvm_dirty_log");
_Static_assert(sizeof(struct kvm_clear_dirty_log) == 24, "kvm_clear_dirty_log");
_Static_assert(sizeof(struct kvm_userspace_memory_region2) == 160, "kvm_userspace_memory_region2");
_Static_assert(sizeof(struct kvm_clock_data) == 48, "kvm_clock_data");
_Static_assert(sizeof(struct kvm_enable_cap) == 104, "kvm_enable_cap");
_Static_assert(sizeof(struct kvm_translation) == 24, "kvm_translation");
_Static_assert(sizeof(struct kvm_lapic_state) == 1024, "kvm_lapic_state");
_Static_assert(sizeof(struct kvm_irq_level) == 8, "kvm_irq_level");
_Static_assert(sizeof(struct kvm_pic_state) == 16, "kvm_pic_state");
_Static_assert(sizeof(struct kvm_irqchip) == 520, "kvm_irqchip");
_Static_assert(sizeof(struct kvm_ioapic_state) == 216, "kvm_ioapic_state");
_Static_assert(sizeof(struct kvm_irq_routing_entry) == 48, "kvm_irq_routing_entry");
_Static_assert(sizeof(struct kvm_irq_routing) == 8, "kvm_irq_routing");
_Static_assert(sizeof(struct kvm_msi) == 32, "kvm_msi");
_Static_assert(sizeof(struct kvm_pit_config) == 64, "kvm_pit_config");
_Static_assert(sizeof(struct kvm_pit_state) == 72, "kvm_pit_state");
_Static_assert(sizeof(struct kvm_pit_state2) == 112, "kvm_pit_state2");
_Static_assert(sizeof(struct kvm_reinject_control) == 32, "kvm_reinject_control");
_Static_assert(sizeof(struct kvm_vcpu_events) == 64, "kvm_vcpu_events");
_Static_assert(sizeof(struct kvm_x86_mce) == 64, "kvm_x86_mce");
_Static_assert(sizeof(struct kvm_signal_mask) == 4, "kvm_signal_mask");
_Static_assert(sizeof(struct kvm_run) == 2352, "kvm_run");
KVM_VCPU_ASSERT(kvm_sregs, gdt, 192);
KVM_VCPU_ASSERT(kvm_sregs, cr0, 224);
KVM_VCPU_ASSERT(kvm_sregs, interrupt_bitmap, 280);
KVM_VCPU_ASSERT(kvm_fpu, xmm, 152);
KVM_VCPU_ASSERT(kvm_vcpu_events, sipi_vector, 16);
KVM_VCPU_ASSERT(kvm_vcpu_events, triple_fault, 28);
KVM_VCPU_ASSERT(kvm_vcpu_events, exception_payload, 56);
KVM_VCPU_ASSERT(kvm_run, exit_reason, 8);
KVM_VCPU_ASSERT(kvm_run, cr8, 16);
KVM_VCPU_ASSERT(kvm_run, io, 32);
KVM_VCPU_ASSERT(kvm_run, emulation_failure.insn_bytes, 49);
KVM_VCPU_ASSERT(kvm_run, kvm_valid_regs, 288);
#undef KVM_VCPU_ASSERT

/* On /dev/kvm */
#define KVM_GET_API_VERSION KVM_IOC_NONE(0x00)
#define KVM_CREATE_VM KVM_IOC_NONE(0x01)
#define KVM_GET_MSR_INDEX_LIST KVM_IOC_WR(0x02, struct kvm_msr_list)
#define KVM_CHECK_EXTENSION KVM_IOC_NONE(0x03)
#define KVM_GET_VCPU_MMAP_SIZE KVM_IOC_NONE(0x04)
#define KVM_GET_SUPPORTED_CPUID KVM_IOC_WR(0x05, struct kvm_cpuid2)
#define KVM_GET_MSR_FEATURE_INDEX_LIST KVM_IOC_WR(0x0a, struct kvm_msr_list)
#define KVM_X86_GET_MCE_CAP_SUPPORTED KVM_IOC_R(0x9d, uint64_t)

/* On a VM */
#define KVM_CREATE_VCPU KVM_IOC_NONE(0x41)
#define KVM_GET_DIRTY_LOG KVM_IOC_W(0x42, struct kvm_dirty_log)
#define KVM_SET_NR_MMU_PAGES KVM_IOC_NONE(0x44)
#define KVM_GET_NR_MMU_PAGES KVM_IOC_NONE(0x45)
#define KVM_SET_USER_MEMORY_REGION KVM_IOC_W(0x46, struct kvm_userspace_memory_region)
#define KVM_SET_TSS_ADDR KVM_IOC_NONE(0x47)
#define KVM_SET_IDENTITY_MAP_ADDR KVM_IOC_W(0x48, uint64_t)
#define KVM_SET_USER_MEMORY_REGION2 KVM_IOC_W(0x49, struct kvm_userspace_memory_region2)
#define KVM_CREATE_IRQCHIP KVM_IOC_NONE(0x60)
#define KVM_IRQ_LINE KVM_IOC_W(0x61, struct kvm_irq_level)
#define KVM_GET_IRQCHIP KVM_IOC_WR(0x62, struct kvm_irqchip)
#define KVM_SET_IRQCHIP KVM_IOC_R(0x63, struct kvm_irqchip)
#define KVM_CREATE_PIT KVM_IOC_NONE(0x64)
#define KVM_GET_PIT KVM_IOC_WR(0x65, struct kvm_pit_state)
#define KVM_SET_PIT KVM_IOC_R(0x66, struct kvm_pit_state)
#define KVM_IRQ_LINE_STATUS KVM_IOC_WR(0x67, struct kvm_irq_level)
#define KVM_SET_GSI_ROUTING KVM_IOC_W(0x6a, struct kvm_irq_routing)
#define KVM_REINJECT_CONTROL KVM_IOC_NONE(0x71)
#define KVM_CREATE_PIT2 KVM_IOC_W(0x77, struct kvm_pit_config)
#define KVM_SET_BOOT_CPU_ID KVM_IOC_NONE(0x78)
#define KVM_SET_CLOCK KVM_IOC_W(0x7b, struct kvm_clock_data)
#define KVM_GET_CLOCK KVM_IOC_R(0x7c, struct kvm_clock_data)
#define KVM_GET_PIT2 KVM_IOC_R(0x9f, struct kvm_pit_state2)
#define KVM_SET_PIT2 KVM_IOC_W(0xa0, struct kvm_pit_state2)
#define KVM_SIGNAL_MSI KVM_IOC_W(0xa5, struct kvm_msi)
#define KVM_ENABLE_CAP KVM_IOC_W(0xa3, struct kvm_enable_cap)
#define KVM_CLEAR_DIRTY_LOG KVM_IOC_WR(0xc0, struct kvm_clear_dirty_log)

/* On a vCPU */
#define KVM_RUN KVM_IOC_NONE(0x80)
#define KVM_GET_REGS KVM_IOC_R(0x81, struct kvm_regs)
#define KVM_SET_REGS KVM_IOC_W(0x82, struct kvm_regs)
#define KVM_GET_SREGS KVM_IOC_R(0x83, struct kvm_sregs)
#define KVM_SET_SREGS KVM_IOC_W(0x84, struct kvm_sregs)
#define KVM_TRANSLATE KVM_IOC_WR(0x85, struct kvm_translation)
#define KVM_INTERRUPT KVM_IOC_W(0x86, struct kvm_interrupt)
#define KVM_GET_MSRS KVM_IOC_WR(0x88, struct kvm_msrs)
#define KVM_SET_MSRS KVM_IOC_W(0x89, struct kvm_msrs)
#define KVM_SET_SIGNAL_MASK KVM_IOC_W(0x8b, struct kvm_signal_mask)
#define KVM_GET_FPU KVM_IOC_R(0x8c, struct kvm_fpu)
#define KVM_SET_FPU KVM_IOC_W(0x8d, struct kvm_fpu)
#define KVM_GET_LAPIC KVM_IOC_R(0x8e, struct kvm_lapic_state)
#define KVM_SET_LAPIC KVM_IOC_W(0x8f, struct kvm_lapic_state)
#define KVM_SET_CPUID2 KVM_IOC_W(0x90, struct kvm_cpuid2)
#define KVM_GET_CPUID2 KVM_IOC_WR(0x91, struct kvm_cpuid2)
#define KVM_GET_MP_STATE KVM_IOC_R(0x98, struct kvm_mp_state)
#define KVM_SET_MP_STATE KVM_IOC_W(0x99, struct kvm_mp_state)
#define KVM_NMI KVM_IOC_NONE(0x9a)
#define KVM_X86_SETUP_MCE KVM_IOC_W(0x9c, uint64_t)
#define KVM_X86_SET_MCE KVM_IOC_W(0x9e, struct kvm_x86_mce)
#define KVM_GET_VCPU_EVENTS KVM_IOC_R(0x9f, struct kvm_vcpu_events)
#define KVM_SET_VCPU_EVENTS KVM_IOC_W(0xa0, struct kvm_vcpu_events)
#define KVM_GET_DEBUGREGS KVM_IOC_R(0xa1, struct kvm_debugregs)
#define KVM_SET_DEBUGREGS KVM_IOC_W(0xa2, struct kvm_debugregs)
#define KVM_SET_TSC_KHZ KVM_IOC_NONE(0xa2)
#define KVM_GET_TSC_KHZ KVM_IOC_NONE(0xa3)
#define KVM_GET_XSAVE KVM_IOC_R(0xa4, struct kvm_xsave)
#define KVM_SET_XSAVE KVM_IOC_W(0xa5, struct kvm_xsave)
#define KVM_GET_XCRS KVM_IOC_R(0xa6, struct kvm_xcrs)
#define KVM_SET_XCRS KVM_IOC_W(0xa7, struct kvm_xcrs)
#define KVM_KVMCLOCK_CTRL KVM_IOC_NONE(0xad)
#define KVM_GET_XSAVE2 KVM_IOC_R(0xcf, struct kvm_xsave)

/* Capabilities that CHECK_EXTENSION answers with more than 0 */
#define KVM_CAP_IRQCHIP 0
#define KVM_CAP_HLT 1
#define KVM_CAP_MMU_SHADOW_CACHE_CONTROL 2
#define KVM_CAP_USER_MEMORY 3
#define KVM_CAP_SET_TSS_ADDR 4
#define KVM_CAP_EXT_CPUID 7
#define KVM_CAP_CLOCKSOURCE 8
#define KVM_CAP_NR_VCPUS 9
#define KVM_CAP_NR_MEMSLOTS 10
#define KVM_CAP_PIT 11
#define KVM_CAP_NOP_IO_DELAY 12
#define KVM_CAP_MP_STATE 14
#define KVM_CAP_SYNC_MMU 16
#define KVM_CAP_DESTROY_MEMORY_REGION_WORKS 21
#define KVM_CAP_USER_NMI 22
#define KVM_CAP_REINJECT_CONTROL 24
#define KVM_CAP_IRQ_ROUTING 25
#define KVM_CAP_IRQ_INJECT_STATUS 26
#define KVM_CAP_JOIN_MEMORY_REGIONS_WORKS 30
#define KVM_CAP_MCE 31
#define KVM_CAP_PIT2 33
#define KVM_CAP_SET_BOOT_CPU_ID 34
#define KVM_CAP_PIT_STATE2 35
#define KVM_CAP_SET_IDENTITY_MAP_ADDR 37
#define KVM_CAP_ADJUST_CLOCK 39
#define KVM_CAP_INTERNAL_ERROR_DATA 40
#define KVM_CAP_VCPU_EVENTS 41
#define KVM_CAP_DEBUGREGS 50
#define KVM_CAP_ENABLE_CAP 54
#define KVM_CAP_XSAVE 55
#define KVM_CAP_XCRS 56
#define KVM_CAP_GET_TSC_KHZ 61
#define KVM_CAP_MAX_VCPUS 66
#define KVM_CAP_TSC_DEADLINE_TIMER 72
#define KVM_CAP_SIGNAL_MSI 77
#define KVM_CAP_KVMCLOCK_CTRL 76
#define KVM_CAP_READONLY_MEM 81
#define KVM_CAP_ENABLE_CAP_VM 98
#define KVM_CAP_CHECK_EXTENSION_VM 105
#define KVM_CAP_MAX_VCPU_ID 128
#define KVM_CAP_IMMEDIATE_EXIT 136
#define KVM_CAP_GET_MSR_FEATURES 153
#define KVM_CAP_MSR_PLATFORM_INFO 159
#define KVM_CAP_EXCEPTION_PAYLOAD 164
#define KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2 168
#define KVM_CAP_XSAVE2 208
#define KVM_CAP_X86_TRIPLE_FAULT_EVENT 218
#define KVM_CAP_USER_MEMORY2 231
#define KVM_CAP_MEMORY_FAULT_INFO 232

/* What the guest sees of KVM: CPUID leaves 0x40000000 and 0x40000001, MSRs */
#define KVM_CPUID_SIGNATURE 0x40000000u
#define KVM_CPUID_FEATURES 0x40000001u
#define KVM_FEATURE_CLOCKSOURCE 0
#define KVM_FEATURE_CLOCKSOURCE2 3
#define KVM_FEATURE_CLOCKSOURCE_STABLE_BIT 24
#define MSR_KVM_WALL_CLOCK 0x11u
#define MSR_KVM_SYSTEM_TIME 0x12u
#define MSR_KVM_WALL_CLOCK_NEW 0x4b564d00u
#define MSR_KVM_SYSTEM_TIME_NEW 0x4b564d01u
#define KVM_ENOSYS 1000		/* a hypercall that does not exist answers -KVM_ENOSYS in RAX */
#define KVM_HC_VAPIC_POLL_IRQ 1

#define PVCLOCK_TSC_STABLE_BIT 1u
#define PVCLOCK_GUEST_STOPPED 2u

/* The page of MSR_KVM_SYSTEM_TIME; version is odd while it changes. */
struct pvclock_vcpu_time_info {
	uint32_t version;
	uint32_t pad0;
	uint64_t tsc_timestamp;
	uint64_t system_time;
	uint32_t tsc_to_system_mul;
	int8_t tsc_shift;
	uint8_t flags;
	uint8_t pad[2];
};

struct pvclock_wall_clock {
	uint32_t version;
	uint32_t sec, nsec;
};
_Static_assert(sizeof(struct pvclock_vcpu_time_info) == 32, "pvclock_vcpu_time_info");
_Static_assert(offsetof(struct pvclock_vcpu_time_info, flags) == 29,
	       "pvclock_vcpu_time_info.flags");
_Static_assert(sizeof(struct pvclock_wall_clock) == 12, "pvclock_wall_clock");

#endif
