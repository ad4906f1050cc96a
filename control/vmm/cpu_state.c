/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Linux's 64-bit boot protocol: long mode with identity page tables, flat segments, RSI at the boot
 * parameters. Other vCPUs wait for the start-up IPI in the state that KVM made them in; only the
 * MSRs that firmware sets alike on all CPUs are theirs, too.
 */
#include "control/vmm/cpu_state.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "control/vmm/low_memory.h"
#include "control/vmm/message.h"

enum { CR0_PE = 1, CR0_ET = 0x10, CR0_NE = 0x20, CR4_PAE = 0x20, CR0_MP = 2 };
enum { EFER_LME = 0x100, EFER_LMA = 0x400 };
#define CR0_PG 0x80000000u

#define APIC_BASE_ADDRESS 0xfee00000
enum { APIC_BASE_BSP = 1 << 8, APIC_BASE_EXTD = 1 << 10, APIC_BASE_ENABLE = 1 << 11 };
enum { APIC_LVT_LINT0 = 0x350, APIC_LVT_LINT1 = 0x360, APIC_MODE_NMI = 0x400,
       APIC_MODE_EXTINT = 0x700 };

enum { MSR_MISC_ENABLE = 0x1a0, MSR_MTRR_DEFAULT = 0x2ff };
#define MISC_ENABLE_FAST_STRING 1
#define MTRR_ENABLED_WRITE_BACK 0x806

static struct kvm_segment segment(uint16_t selector, uint8_t type, int is_code)
{
	return (struct kvm_segment){
		.limit = 0xffffffff, .selector = selector, .type = type, .present = 1, .s = 1,
		.l = is_code, .db = !is_code, .g = 1,
	};
}

static int set_sregs(struct vcpu *vcpu)
{
	struct kvm_sregs sregs;

	if (ioctl(vcpu->fd, KVM_GET_SREGS, &sregs)) {
		return fail("KVM_GET_SREGS: %s", strerror(errno));
	}
	sregs.cs = segment(LOW_SELECTOR_CODE, 11, 1);
	sregs.ds = sregs.es = sregs.fs = sregs.gs = sregs.ss = segment(LOW_SELECTOR_DATA, 3, 0);
	sregs.tr = (struct kvm_segment){
		.limit = 0x67, .selector = LOW_SELECTOR_TSS, .type = 11, .present = 1,
	};
	sregs.gdt.base = LOW_GDT;
	sregs.gdt.limit = LOW_GDT_ENTRIES * 8 - 1;
	sregs.idt.base = 0;
	sregs.idt.limit = 0;
	sregs.cr0 = CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_PG;
	sregs.cr3 = LOW_PML4;
	sregs.cr4 = CR4_PAE;
	sregs.efer = EFER_LME | EFER_LMA;
	sregs.apic_base = APIC_BASE_ADDRESS | APIC_BASE_ENABLE | APIC_BASE_BSP;
	if (vcpu->machine->profile.x2apic_at_entry) {
		sregs.apic_base |= APIC_BASE_EXTD;
	}
	if (ioctl(vcpu->fd, KVM_SET_SREGS, &sregs)) {
		return fail("KVM_SET_SREGS: %s", strerror(errno));
	}
	return 0;
}

static int set_regs(struct vcpu *vcpu)
{
	struct kvm_regs regs = {
		.rip = vcpu->machine->entry, .rsi = vcpu->machine->boot_params,
		.rsp = LOW_STACK_TOP, .rflags = 2,
	};

	if (ioctl(vcpu->fd, KVM_SET_REGS, &regs)) {
		return fail("KVM_SET_REGS: %s", strerror(errno));
	}
	return 0;
}

static int set_fpu(struct vcpu *vcpu)
{
	struct kvm_fpu fpu = { .fcw = 0x37f, .mxcsr = 0x1f80 };

	if (ioctl(vcpu->fd, KVM_SET_FPU, &fpu)) {
		return fail("KVM_SET_FPU: %s", strerror(errno));
	}
	return 0;
}

static int set_msrs(struct vcpu *vcpu)
{
	static const struct kvm_msr_entry entries[] = {
		{ .index = MSR_MISC_ENABLE, .data = MISC_ENABLE_FAST_STRING },
		{ .index = MSR_MTRR_DEFAULT, .data = MTRR_ENABLED_WRITE_BACK },
	};
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry entries[sizeof(entries) / sizeof(entries[0])];
	} msrs = { .head.nmsrs = sizeof(entries) / sizeof(entries[0]) };
	int done;

	memcpy(msrs.entries, entries, sizeof(entries));
	done = ioctl(vcpu->fd, KVM_SET_MSRS, &msrs);
	if (done < 0) {
		return fail("KVM_SET_MSRS: %s", strerror(errno));
	}
	if (done < (int)msrs.head.nmsrs) {
		return fail("KVM_SET_MSRS: MSR 0x%x refused", entries[done].index);
	}
	return 0;
}

/* What a PC's firmware leaves: the PIC behind LINT0, NMI on LINT1. */
static int set_lapic(struct vcpu *vcpu)
{
	static const uint32_t lint0 = APIC_MODE_EXTINT, lint1 = APIC_MODE_NMI;
	struct kvm_lapic_state lapic;

	if (ioctl(vcpu->fd, KVM_GET_LAPIC, &lapic)) {
		return fail("KVM_GET_LAPIC: %s", strerror(errno));
	}
	memcpy(lapic.regs + APIC_LVT_LINT0, &lint0, sizeof(lint0));
	memcpy(lapic.regs + APIC_LVT_LINT1, &lint1, sizeof(lint1));
	if (ioctl(vcpu->fd, KVM_SET_LAPIC, &lapic)) {
		return fail("KVM_SET_LAPIC: %s", strerror(errno));
	}
	return 0;
}

int cpu_state_set(struct vcpu *vcpu)
{
	if (set_msrs(vcpu)) {
		return -1;
	}
	if (vcpu->id) {
		return 0;
	}
	return set_sregs(vcpu) || set_regs(vcpu) || set_fpu(vcpu) || set_lapic(vcpu) ? -1 : 0;
}
