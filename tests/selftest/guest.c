/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes, starts and runs micro-guests for all tests of this folder. */
#include "tests/selftest/guest.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/selftest/cpuid.h"
#include "tests/selftest/test.h"

GUEST_CODE_OF(kit);

#define KIT_STUB_SIZE 16

enum { CR0_PE = 1, CR0_ET = 0x10, CR0_NE = 0x20, CR4_PAE = 0x20, EFER_LME = 0x100,
       EFER_LMA = 0x400 };
#define CR0_PG 0x80000000u
enum { PTE_PRESENT_WRITE = 3, PTE_LARGE = 0x80 };
enum { APIC_BASE_EXTD = 1 << 10 };

/* Stores "WHAT: errno" as the test's reason. */
static int errno_failed(const char *what)
{
	failed("%s: %s", what, strerror(errno));
	return -1;
}

static void put64(struct guest *guest, uint64_t at, uint64_t value)
{
	memcpy(guest->memory + at, &value, sizeof(value));
}

/* Page tables, GDT, IDT and kit: the same for every guest, whatever of it the guest uses. */
static void write_tables(struct guest *guest)
{
	put64(guest, GUEST_GDT + SELECTOR_CODE32, 0x00cf9b000000ffff);
	put64(guest, GUEST_GDT + SELECTOR_DATA, 0x00cf93000000ffff);
	put64(guest, GUEST_GDT + SELECTOR_CODE64, 0x00af9b000000ffff);
	put64(guest, GUEST_GDT + SELECTOR_TSS, 0x0000890000000067 | GUEST_TSS << 16);
	put64(guest, GUEST_PML4, GUEST_PDPT | PTE_PRESENT_WRITE);
	put64(guest, GUEST_PDPT, GUEST_PD | PTE_PRESENT_WRITE);
	put64(guest, GUEST_PAE_PDPT, GUEST_PD | 1);
	for (uint64_t i = 0; i < 512; i++) {
		put64(guest, GUEST_PD + i * 8, i << 21 | PTE_PRESENT_WRITE | PTE_LARGE);
	}
	for (uint64_t i = 0; i < 256; i++) {
		uint64_t at = GUEST_KIT + i * KIT_STUB_SIZE;

		put64(guest, GUEST_IDT + i * 16, (at & 0xffff) | SELECTOR_CODE64 << 16 |
		      0x8e00ull << 32 | (at >> 16) << 48);
		put64(guest, GUEST_IDT + i * 16 + 8, 0);
	}
	memcpy(guest->memory + GUEST_KIT, guest_kit, guest_kit_end - guest_kit);
}

static int create_memory(struct guest *guest)
{
	struct kvm_userspace_memory_region region = { .memory_size = GUEST_MEMORY_SIZE };

	guest->memory = mmap(NULL, GUEST_MEMORY_SIZE, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (guest->memory == MAP_FAILED) {
		guest->memory = NULL;
		return errno_failed("mmap of guest memory");
	}
	region.userspace_addr = (uintptr_t)guest->memory;
	if (ioctl(guest->vm, KVM_SET_USER_MEMORY_REGION, &region)) {
		return errno_failed("KVM_SET_USER_MEMORY_REGION");
	}
	write_tables(guest);
	return 0;
}

static int create_vcpu(struct guest *guest, int i, unsigned int flags)
{
	struct kvm_sregs sregs;

	guest->vcpu[i] = ioctl(guest->vm, KVM_CREATE_VCPU, i);
	if (guest->vcpu[i] < 0) {
		return errno_failed("KVM_CREATE_VCPU");
	}
	guest->run[i] = mmap(NULL, guest->run_size, PROT_READ | PROT_WRITE, MAP_SHARED,
			     guest->vcpu[i], 0);
	if (guest->run[i] == MAP_FAILED) {
		guest->run[i] = NULL;
		return errno_failed("mmap of the vCPU");
	}
	if ((flags & GUEST_WITH_CPUID) && cpuid_set_supported(guest, i)) {
		return -1;
	}
	if (flags & GUEST_IN_X2APIC) {
		if (guest_get_sregs(guest, i, &sregs)) {
			return -1;
		}
		sregs.apic_base |= APIC_BASE_EXTD;
		return guest_set_sregs(guest, i, &sregs);
	}
	return 0;
}

int guest_create(struct guest *guest, int vcpus, unsigned int flags)
{
	memset(guest, 0, sizeof(*guest));
	guest->vm = guest->vcpu[0] = guest->vcpu[1] = -1;
	guest->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (guest->kvm < 0) {
		return errno_failed("/dev/kvm");
	}
	guest->run_size = ioctl(guest->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	if (guest->run_size <= 0) {
		return errno_failed("KVM_GET_VCPU_MMAP_SIZE");
	}
	guest->vm = ioctl(guest->kvm, KVM_CREATE_VM, 0);
	if (guest->vm < 0) {
		return errno_failed("KVM_CREATE_VM");
	}
	if (ioctl(guest->vm, KVM_SET_TSS_ADDR, 0xfffbd000)) {
		return errno_failed("KVM_SET_TSS_ADDR");
	}
	if ((flags & GUEST_WITH_IRQCHIP) && ioctl(guest->vm, KVM_CREATE_IRQCHIP, 0)) {
		return errno_failed("KVM_CREATE_IRQCHIP");
	}
	if (create_memory(guest)) {
		return -1;
	}
	for (; guest->vcpus < vcpus; guest->vcpus++) {
		if (create_vcpu(guest, guest->vcpus, flags)) {
			guest->vcpus++;
			return -1;
		}
	}
	return 0;
}

void guest_destroy(struct guest *guest)
{
	for (int i = 0; i < guest->vcpus; i++) {
		if (guest->run[i]) {
			munmap(guest->run[i], guest->run_size);
		}
		if (guest->vcpu[i] >= 0) {
			close(guest->vcpu[i]);
		}
	}
	if (guest->vm >= 0) {
		close(guest->vm);
	}
	if (guest->memory) {
		munmap(guest->memory, GUEST_MEMORY_SIZE);
	}
	if (guest->kvm >= 0) {
		close(guest->kvm);
	}
}

void guest_load(struct guest *guest, const uint8_t *begin, const uint8_t *end)
{
	memcpy(guest->memory + GUEST_CODE, begin, end - begin);
}

static int set_start_regs(struct guest *guest, int vcpu)
{
	struct kvm_regs regs = {
		.rip = GUEST_CODE, .rsp = GUEST_STACK - 0x1000 * vcpu, .rflags = 2,
	};

	return guest_set_regs(guest, vcpu, &regs);
}

static struct kvm_segment segment(uint16_t selector, uint8_t type, bool is_64)
{
	return (struct kvm_segment){
		.limit = 0xffffffff, .selector = selector, .type = type, .present = 1, .s = 1,
		.g = 1, .l = is_64, .db = !is_64,
	};
}

static void set_flat(struct kvm_sregs *sregs, uint16_t code_selector)
{
	sregs->cs = segment(code_selector, 11, code_selector == SELECTOR_CODE64);
	sregs->ds = sregs->es = sregs->fs = sregs->gs = sregs->ss = segment(SELECTOR_DATA, 3, 0);
	sregs->tr = (struct kvm_segment){
		.base = GUEST_TSS, .limit = 0x67, .selector = SELECTOR_TSS, .type = 11,
		.present = 1,
	};
	sregs->gdt = (struct kvm_dtable){ .base = GUEST_GDT, .limit = 0x27 };
	sregs->idt = (struct kvm_dtable){ .base = GUEST_IDT, .limit = 0xfff };
	sregs->cr0 = CR0_PE | CR0_ET | CR0_NE;
}

int guest_enter_real(struct guest *guest, int vcpu)
{
	struct kvm_sregs sregs;

	if (guest_get_sregs(guest, vcpu, &sregs)) {
		return -1;
	}
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	return guest_set_sregs(guest, vcpu, &sregs) || set_start_regs(guest, vcpu);
}

int guest_enter_protected(struct guest *guest, int vcpu)
{
	struct kvm_sregs sregs;

	if (guest_get_sregs(guest, vcpu, &sregs)) {
		return -1;
	}
	set_flat(&sregs, SELECTOR_CODE32);
	return guest_set_sregs(guest, vcpu, &sregs) || set_start_regs(guest, vcpu);
}

int guest_enter_pae(struct guest *guest, int vcpu)
{
	struct kvm_sregs sregs;

	if (guest_get_sregs(guest, vcpu, &sregs)) {
		return -1;
	}
	set_flat(&sregs, SELECTOR_CODE32);
	sregs.cr0 |= CR0_PG;
	sregs.cr3 = GUEST_PAE_PDPT;
	sregs.cr4 = CR4_PAE;
	return guest_set_sregs(guest, vcpu, &sregs) || set_start_regs(guest, vcpu);
}

int guest_enter_long(struct guest *guest, int vcpu)
{
	struct kvm_sregs sregs;

	if (guest_get_sregs(guest, vcpu, &sregs)) {
		return -1;
	}
	set_flat(&sregs, SELECTOR_CODE64);
	sregs.cr0 |= CR0_PG;
	sregs.cr3 = GUEST_PML4;
	sregs.cr4 = CR4_PAE;
	sregs.efer = EFER_LME | EFER_LMA;
	return guest_set_sregs(guest, vcpu, &sregs) || set_start_regs(guest, vcpu);
}

int guest_get_regs(struct guest *guest, int vcpu, struct kvm_regs *regs)
{
	return ioctl(guest->vcpu[vcpu], KVM_GET_REGS, regs) ? errno_failed("KVM_GET_REGS") : 0;
}

int guest_set_regs(struct guest *guest, int vcpu, const struct kvm_regs *regs)
{
	return ioctl(guest->vcpu[vcpu], KVM_SET_REGS, regs) ? errno_failed("KVM_SET_REGS") : 0;
}

int guest_get_sregs(struct guest *guest, int vcpu, struct kvm_sregs *sregs)
{
	return ioctl(guest->vcpu[vcpu], KVM_GET_SREGS, sregs) ? errno_failed("KVM_GET_SREGS") : 0;
}

int guest_set_sregs(struct guest *guest, int vcpu, const struct kvm_sregs *sregs)
{
	return ioctl(guest->vcpu[vcpu], KVM_SET_SREGS, sregs) ? errno_failed("KVM_SET_SREGS") : 0;
}

uint64_t guest_word(const struct guest *guest, uint64_t address)
{
	uint64_t value;

	memcpy(&value, guest->memory + address, sizeof(value));
	return value;
}

uint64_t guest_value(const struct guest *guest, int index)
{
	return guest_word(guest, RESULT_VALUE + 8 * index);
}

uint8_t *guest_io_data(struct guest *guest, int vcpu)
{
	return (uint8_t *)guest->run[vcpu] + guest->run[vcpu]->io.data_offset;
}
