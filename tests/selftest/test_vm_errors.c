/* SPDX-License-Identifier: BSD-2-Clause */
/* What a VM answers to bad slots, vCPU ids and interrupt lines. */
#include <errno.h>
#include <sys/ioctl.h>

#include "tests/selftest/calls.h"

#define PAGE 4096ull
#define FREE_ADDRESS 0x40000000
#define KERNEL_HALF 0xffff800000000000

static char memory[4 * 4096] __attribute__((aligned(4096)));

#define REGION(name, ...) \
	static const struct kvm_userspace_memory_region name = { __VA_ARGS__ }
#define HVA .userspace_addr = (uintptr_t)memory

REGION(bad_flags, .slot = 1, .flags = 1u << 31, .guest_phys_addr = FREE_ADDRESS,
       .memory_size = PAGE, HVA);
REGION(odd_size, .slot = 1, .guest_phys_addr = FREE_ADDRESS, .memory_size = PAGE + 1, HVA);
REGION(odd_gpa, .slot = 1, .guest_phys_addr = FREE_ADDRESS + 1, .memory_size = PAGE, HVA);
REGION(odd_hva, .slot = 1, .guest_phys_addr = FREE_ADDRESS, .memory_size = PAGE,
       .userspace_addr = (uintptr_t)memory + 1);
REGION(kernel_hva, .slot = 1, .guest_phys_addr = FREE_ADDRESS, .memory_size = PAGE,
       .userspace_addr = KERNEL_HALF);
REGION(big_slot, .slot = 32764, .guest_phys_addr = FREE_ADDRESS, .memory_size = PAGE, HVA);
REGION(bad_space, .slot = 2 << 16 | 1, .guest_phys_addr = FREE_ADDRESS, .memory_size = PAGE, HVA);
REGION(wraps, .slot = 1, .guest_phys_addr = -PAGE, .memory_size = 2 * PAGE, HVA);
REGION(too_large, .slot = 1, .guest_phys_addr = FREE_ADDRESS, .memory_size = PAGE << 31, HVA);
REGION(beyond_cpu, .slot = 1, .guest_phys_addr = 1ull << 52, .memory_size = PAGE, HVA);
REGION(absent, .slot = 1);
REGION(overlap, .slot = 1, .guest_phys_addr = GUEST_MEMORY_SIZE - PAGE, .memory_size = 2 * PAGE,
       HVA);
REGION(good, .slot = 1, .guest_phys_addr = FREE_ADDRESS, .memory_size = 2 * PAGE, HVA);
REGION(resized, .slot = 1, .guest_phys_addr = FREE_ADDRESS, .memory_size = PAGE, HVA);
REGION(other_hva, .slot = 1, .guest_phys_addr = FREE_ADDRESS, .memory_size = 2 * PAGE,
       .userspace_addr = (uintptr_t)memory + PAGE);
REGION(moved_onto, .slot = 1, .guest_phys_addr = 0, .memory_size = 2 * PAGE, HVA);
REGION(moved, .slot = 1, .guest_phys_addr = FREE_ADDRESS + PAGE, .memory_size = 2 * PAGE, HVA);
REGION(alias, .slot = 2, .guest_phys_addr = FREE_ADDRESS + 16 * PAGE, .memory_size = PAGE, HVA);
REGION(gone_alias, .slot = 2);

#define SLOT_CALL(what, region, ...) \
	{ what, ON_VM, KVM_SET_USER_MEMORY_REGION, AT(region), __VA_ARGS__ }

static const struct call slots[] = {
	{ "slot: NULL", ON_VM, KVM_SET_USER_MEMORY_REGION, 0, BAD(EFAULT) },
	SLOT_CALL("slot: unknown flag", bad_flags, BAD(EINVAL)),
	SLOT_CALL("slot: size not in pages", odd_size, BAD(EINVAL)),
	SLOT_CALL("slot: address not a page's", odd_gpa, BAD(EINVAL)),
	SLOT_CALL("slot: user address not a page's", odd_hva, BAD(EINVAL)),
	SLOT_CALL("slot: user address in the upper half", kernel_hva, BAD(EINVAL)),
	SLOT_CALL("slot: number 32764", big_slot, BAD(EINVAL)),
	SLOT_CALL("slot: address space 2", bad_space, BAD(EINVAL)),
	SLOT_CALL("slot: range wraps", wraps, BAD(EINVAL)),
	SLOT_CALL("slot: 2^31 pages", too_large, BAD(EINVAL)),
	SLOT_CALL("slot: above the CPU's addresses", beyond_cpu, BAD(EINVAL)),
	SLOT_CALL("slot: deleted without being there", absent, BAD(EINVAL)),
	SLOT_CALL("slot: overlap", overlap, BAD(EEXIST)),
	SLOT_CALL("slot: good", good, GOOD(0)),
	SLOT_CALL("slot: the same again", good, GOOD(0)),
	SLOT_CALL("slot: size changed", resized, BAD(EINVAL)),
	SLOT_CALL("slot: user address changed", other_hva, BAD(EINVAL)),
	SLOT_CALL("slot: moved onto another", moved_onto, BAD(EEXIST)),
	SLOT_CALL("slot: moved over its own old place", moved, GOOD(0)),
	SLOT_CALL("slot: same memory in a second slot", alias, GOOD(0)),
	SLOT_CALL("slot: deleted", absent, GOOD(0)),
	SLOT_CALL("slot: deleted again", absent, BAD(EINVAL)),
	SLOT_CALL("slot: second one deleted", gone_alias, GOOD(0)),
};

static const struct kvm_irq_level line_4 = { .irq = 4, .level = 1 };
static const struct kvm_irq_level line_4_low = { .irq = 4, .level = 0 };
static const struct kvm_irq_level line_1000 = { .irq = 1000, .level = 1 };

static const struct call without_irqchip[] = {
	{ "vCPU id in use", ON_VM, KVM_CREATE_VCPU, 0, BAD(EEXIST) },
	{ "vCPU id 4096", ON_VM, KVM_CREATE_VCPU, 4096, BAD(EINVAL) },
	{ "vCPU id -1", ON_VM, KVM_CREATE_VCPU, 0xffffffff, BAD(EINVAL) },
	{ "KVM_CREATE_IRQCHIP after a vCPU", ON_VM, KVM_CREATE_IRQCHIP, 0, BAD(EINVAL) },
	{ "KVM_IRQ_LINE without chip", ON_VM, KVM_IRQ_LINE, AT(line_4), BAD(ENXIO) },
	{ "KVM_SET_TSS_ADDR too high", ON_VM, KVM_SET_TSS_ADDR, 0xffffe000, BAD(EINVAL) },
	{ "KVM_SET_TSS_ADDR again", ON_VM, KVM_SET_TSS_ADDR, 0xffffd000, GOOD(0) },
};

static const struct call with_irqchip[] = {
	{ "KVM_CREATE_IRQCHIP twice", ON_VM, KVM_CREATE_IRQCHIP, 0, BAD(EEXIST) },
	{ "KVM_IRQ_LINE, NULL", ON_VM, KVM_IRQ_LINE, 0, BAD(EFAULT) },
	{ "KVM_IRQ_LINE without route", ON_VM, KVM_IRQ_LINE, AT(line_1000), GOOD(0) },
	{ "KVM_IRQ_LINE up", ON_VM, KVM_IRQ_LINE, AT(line_4), GOOD(0) },
	{ "KVM_IRQ_LINE down", ON_VM, KVM_IRQ_LINE, AT(line_4_low), GOOD(0) },
};

static enum result check_slots(struct guest *guest)
{
	return CALLS_CHECK(guest, slots);
}

static enum result check_vm(struct guest *guest)
{
	return CALLS_CHECK(guest, without_irqchip);
}

static enum result check_vm_irqchip(struct guest *guest)
{
	return CALLS_CHECK(guest, with_irqchip);
}

static const struct test rows[] = {
	{ "errno: memory slots", 1, 0, check_slots },
	{ "errno: VM", 1, 0, check_vm },
	{ "errno: VM with irqchip", 1, GUEST_WITH_IRQCHIP, check_vm_irqchip },
};

TEST_TABLE(vm_error_tests, rows);
