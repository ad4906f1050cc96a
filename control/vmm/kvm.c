/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The KVM objects of one guest. What this machine needs of KVM is checked before anything is made,
 * and a missing capability is named.
 */
#include "control/vmm/kvm.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "control/vmm/message.h"

/* Three pages that old processors need for real mode; far above RAM, below the APIC page. */
#define TSS_ADDRESS 0xfffbd000

static const struct {
	int number;
	const char *name;
} required[] = {
	{ KVM_CAP_USER_MEMORY, "KVM_CAP_USER_MEMORY" },
	{ KVM_CAP_SET_TSS_ADDR, "KVM_CAP_SET_TSS_ADDR" },
	{ KVM_CAP_IRQCHIP, "KVM_CAP_IRQCHIP" },
	{ KVM_CAP_EXT_CPUID, "KVM_CAP_EXT_CPUID" },
	{ KVM_CAP_IMMEDIATE_EXIT, "KVM_CAP_IMMEDIATE_EXIT" },
	{ KVM_CAP_TSC_DEADLINE_TIMER, "KVM_CAP_TSC_DEADLINE_TIMER" },
};

int kvm_open(struct machine *machine)
{
	int version;

	machine->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (machine->kvm < 0) {
		return fail("/dev/kvm: %s%s", strerror(errno),
			    errno == ENOENT ? "; load kvm-amd or kvm-intel" : "");
	}
	version = ioctl(machine->kvm, KVM_GET_API_VERSION, 0);
	if (version != KVM_API_VERSION) {
		return fail("/dev/kvm: API version %d, not %d", version, KVM_API_VERSION);
	}
	for (unsigned int i = 0; i < sizeof(required) / sizeof(required[0]); i++) {
		if (ioctl(machine->kvm, KVM_CHECK_EXTENSION, required[i].number) <= 0) {
			return fail("/dev/kvm: %s is missing; this guest needs it",
				    required[i].name);
		}
	}
	return 0;
}

/* Guest RAM, 2 MiB aligned so that large pages can back it. Pages are given when touched. */
static int map_memory(struct machine *machine)
{
	uint64_t size = machine->config->memory_size;
	uint8_t *at = mmap(NULL, size + 2 * MIB, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (at == MAP_FAILED) {
		return fail("--mem %lluM: cannot reserve the guest's memory: %s; use less",
			    (unsigned long long)(size / MIB), strerror(errno));
	}
	at += -(uintptr_t)at & (2 * MIB - 1);
	machine->memory = at;
	machine->memory_size = size;
	return 0;
}

int kvm_create_vm(struct machine *machine)
{
	struct kvm_userspace_memory_region region = { .slot = 0, .guest_phys_addr = 0 };

	do {
		machine->vm = ioctl(machine->kvm, KVM_CREATE_VM, 0);
	} while (machine->vm < 0 && errno == EINTR);
	if (machine->vm < 0) {
		return fail("KVM_CREATE_VM: %s", strerror(errno));
	}
	if (ioctl(machine->vm, KVM_SET_TSS_ADDR, TSS_ADDRESS)) {
		return fail("KVM_SET_TSS_ADDR: %s", strerror(errno));
	}
	if (ioctl(machine->vm, KVM_CREATE_IRQCHIP, 0)) {
		return fail("KVM_CREATE_IRQCHIP: %s", strerror(errno));
	}
	if (map_memory(machine)) {
		return -1;
	}
	region.memory_size = machine->memory_size;
	region.userspace_addr = (uintptr_t)machine->memory;
	if (ioctl(machine->vm, KVM_SET_USER_MEMORY_REGION, &region)) {
		return fail("KVM_SET_USER_MEMORY_REGION: %s", strerror(errno));
	}
	return 0;
}

int kvm_create_vcpu(struct machine *machine)
{
	int size = ioctl(machine->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);

	if (size < (int)sizeof(struct kvm_run)) {
		return fail("KVM_GET_VCPU_MMAP_SIZE: %s", size < 0 ? strerror(errno) : "too small");
	}
	machine->vcpu = ioctl(machine->vm, KVM_CREATE_VCPU, 0);
	if (machine->vcpu < 0) {
		return fail("KVM_CREATE_VCPU: %s", strerror(errno));
	}
	machine->run = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, machine->vcpu, 0);
	if (machine->run == MAP_FAILED) {
		return fail("mmap of the vCPU: %s", strerror(errno));
	}
	return 0;
}

void kvm_set_irq(struct machine *machine, int irq, int level)
{
	struct kvm_irq_level line = { .irq = irq, .level = level };

	if (ioctl(machine->vm, KVM_IRQ_LINE, &line)) {
		fail("KVM_IRQ_LINE %d: %s", irq, strerror(errno));
	}
}
