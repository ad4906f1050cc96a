/* SPDX-License-Identifier: BSD-2-Clause */
/* The KVM objects of one guest, made as its profile says. */
#include "control/vmm/kvm.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "control/vmm/message.h"

/* Three pages that old processors need for real mode; in the hole, below the APIC pages. */
#define TSS_ADDRESS 0xfffbd000

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
	if (profile_choose(&machine->profile, machine->kvm)) {
		return -1;
	}
	if (machine->config->cpus > machine->profile.max_cpus) {
		return fail("--cpus %d: this KVM gives a guest %d at most", machine->config->cpus,
			    machine->profile.max_cpus);
	}
	return 0;
}

static int create_chips(struct machine *machine)
{
	/* With the speaker: port 0x61 is also the gate of the timer that kernels calibrate by. */
	struct kvm_pit_config pit = { .flags = KVM_PIT_SPEAKER_DUMMY };

	if (ioctl(machine->vm, KVM_CREATE_IRQCHIP, 0)) {
		return fail("KVM_CREATE_IRQCHIP: %s", strerror(errno));
	}
	if (machine->profile.has_pit && ioctl(machine->vm, KVM_CREATE_PIT2, &pit)) {
		return fail("KVM_CREATE_PIT2: %s", strerror(errno));
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
	machine->low_size = size < MACHINE_HOLE ? size : MACHINE_HOLE;
	return 0;
}

static int set_slot(struct machine *machine, uint32_t slot, uint64_t address, uint64_t offset,
		    uint64_t size)
{
	struct kvm_userspace_memory_region region = {
		.slot = slot, .guest_phys_addr = address, .memory_size = size,
		.userspace_addr = (uintptr_t)machine->memory + offset,
	};

	if (ioctl(machine->vm, KVM_SET_USER_MEMORY_REGION, &region)) {
		return fail("KVM_SET_USER_MEMORY_REGION %u: %s", slot, strerror(errno));
	}
	return 0;
}

static int create_memory(struct machine *machine)
{
	uint64_t high_size;

	if (map_memory(machine) || set_slot(machine, 0, 0, 0, machine->low_size)) {
		return -1;
	}
	high_size = machine->memory_size - machine->low_size;
	return high_size ? set_slot(machine, 1, MACHINE_HIGH_MEMORY, machine->low_size,
				    high_size) : 0;
}

int kvm_create_vm(struct machine *machine)
{
	do {
		machine->vm = ioctl(machine->kvm, KVM_CREATE_VM, 0);
	} while (machine->vm < 0 && errno == EINTR);
	if (machine->vm < 0) {
		return fail("KVM_CREATE_VM: %s", strerror(errno));
	}
	if (ioctl(machine->vm, KVM_SET_TSS_ADDR, TSS_ADDRESS)) {
		return fail("KVM_SET_TSS_ADDR: %s", strerror(errno));
	}
	return create_chips(machine) || create_memory(machine) ? -1 : 0;
}

int kvm_create_vcpus(struct machine *machine)
{
	int size = ioctl(machine->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);

	if (size < (int)sizeof(struct kvm_run)) {
		return fail("KVM_GET_VCPU_MMAP_SIZE: %s", size < 0 ? strerror(errno) : "too small");
	}
	for (int i = 0; i < machine->config->cpus; i++) {
		struct vcpu *vcpu = &machine->vcpus[i];

		vcpu->machine = machine;
		vcpu->id = i;
		vcpu->fd = ioctl(machine->vm, KVM_CREATE_VCPU, i);
		if (vcpu->fd < 0) {
			return fail("KVM_CREATE_VCPU %d: %s", i, strerror(errno));
		}
		vcpu->run = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu->fd, 0);
		if (vcpu->run == MAP_FAILED) {
			return fail("mmap of vCPU %d: %s", i, strerror(errno));
		}
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
