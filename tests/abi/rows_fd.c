/* SPDX-License-Identifier: BSD-2-Clause */
/* Which object knows which number, and what else can be done with the descriptors. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/abi/abi.h"

static void foreign_numbers(const struct machine *m)
{
	const struct {
		const char *name;
		int fd;
	} objects[] = { { "/dev/kvm", kvm }, { "vm", m->vm }, { "vcpu", m->vcpu } };
	static const struct {
		const char *name;
		unsigned long number;
	} numbers[] = {
		{ "unknown nr 0xff", _IO(KVMIO, 0xff) },
		{ "unknown nr 0x7f", _IO(KVMIO, 0x7f) },
		{ "foreign type 'Z'", _IO('Z', 0x00) },
		{ "number 0", 0 },
		{ "number ~0", 0xffffffff },
		{ "GET_REGS with another size", _IOR(KVMIO, 0x81, uint64_t) },
		{ "SET_USER_MEMORY_REGION with another direction",
		  _IOR(KVMIO, 0x46, struct kvm_userspace_memory_region) },
		{ "GET_SUPPORTED_CPUID with another size", _IOWR(KVMIO, 0x05, uint64_t[9]) },
	};
	char what[80];

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		for (size_t o = 0; o < 3; o++) {
			snprintf(what, sizeof(what), "%s on %s", numbers[i].name, objects[o].name);
			call(what, objects[o].fd, numbers[i].number, 0);
		}
	}
}

static void wrong_object(const struct machine *m, int event, int null)
{
	call("KVM_CREATE_VCPU on /dev/kvm", kvm, KVM_CREATE_VCPU, 0);
	call("KVM_CREATE_IRQCHIP on /dev/kvm", kvm, KVM_CREATE_IRQCHIP, 0);
	call("KVM_SET_USER_MEMORY_REGION on /dev/kvm", kvm, KVM_SET_USER_MEMORY_REGION, 0);
	call("KVM_RUN on /dev/kvm", kvm, KVM_RUN, 0);
	call("KVM_GET_REGS on /dev/kvm", kvm, KVM_GET_REGS, 0);
	call("KVM_CREATE_IRQCHIP on vcpu", m->vcpu, KVM_CREATE_IRQCHIP, 0);
	call("KVM_CREATE_VCPU on vcpu", m->vcpu, KVM_CREATE_VCPU, 5);
	call("KVM_GET_API_VERSION on vcpu", m->vcpu, KVM_GET_API_VERSION, 0);
	call("KVM_CHECK_EXTENSION on vcpu", m->vcpu, KVM_CHECK_EXTENSION, 0);
	call("KVM_SET_TSS_ADDR on vcpu", m->vcpu, KVM_SET_TSS_ADDR, 0);
	call("KVM_GET_DIRTY_LOG on vcpu", m->vcpu, KVM_GET_DIRTY_LOG, 0);
	call("KVM_RUN on vm", m->vm, KVM_RUN, 0);
	call("KVM_GET_REGS on vm", m->vm, KVM_GET_REGS, 0);
	call("KVM_SET_CPUID2 on vm", m->vm, KVM_SET_CPUID2, 0);
	call("KVM_NMI on vm", m->vm, KVM_NMI, 0);
	call("KVM_KVMCLOCK_CTRL on vm", m->vm, KVM_KVMCLOCK_CTRL, 0);
	call("KVM_CREATE_VM on vm", m->vm, KVM_CREATE_VM, 0);
	call("KVM_GET_API_VERSION on vm", m->vm, KVM_GET_API_VERSION, 0);
	call("KVM_GET_SUPPORTED_CPUID on vm", m->vm, KVM_GET_SUPPORTED_CPUID, 0);
	call("KVM_GET_NR_MMU_PAGES on /dev/kvm", kvm, KVM_GET_NR_MMU_PAGES, 0);
	call("KVM_GET_API_VERSION on /dev/null", null, KVM_GET_API_VERSION, 0);
	call("KVM_RUN on an eventfd", event, KVM_RUN, 0);
	call("KVM_GET_API_VERSION on a closed descriptor", 777, KVM_GET_API_VERSION, 0);
	call("KVM_GET_API_VERSION on -1", -1, KVM_GET_API_VERSION, 0);
	call("KVM_ENABLE_CAP on /dev/kvm", kvm, KVM_ENABLE_CAP, 0);
	call("KVM_GET_CLOCK on vcpu", m->vcpu, KVM_GET_CLOCK, 0);
}

static void try_map(const char *what, int fd, int protection, int flags, off_t offset)
{
	void *at = mmap(NULL, 4096, protection, flags, fd, offset);

	row(what, at == MAP_FAILED ? -1 : 0, "%s", "");
	if (at != MAP_FAILED) {
		munmap(at, 4096);
	}
}

static void files(const struct machine *m)
{
	char byte = 0;

	row("read from /dev/kvm", read(kvm, &byte, 1), "%s", "");
	row("read from vm", read(m->vm, &byte, 1), "%s", "");
	row("read from vcpu", read(m->vcpu, &byte, 1), "%s", "");
	row("write to vcpu", write(m->vcpu, &byte, 1), "%s", "");
	try_map("mmap /dev/kvm", kvm, PROT_READ, MAP_SHARED, 0);
	try_map("mmap vm", m->vm, PROT_READ, MAP_SHARED, 0);
	try_map("mmap vcpu", m->vcpu, PROT_READ | PROT_WRITE, MAP_SHARED, 0);
	try_map("mmap vcpu, far offset", m->vcpu, PROT_READ, MAP_SHARED, 1 << 30);
	try_map("mmap vcpu, executable", m->vcpu, PROT_READ | PROT_EXEC, MAP_SHARED, 0);
	try_map("mmap vcpu, private", m->vcpu, PROT_READ, MAP_PRIVATE, 0);
}

void rows_fd(void)
{
	int event = eventfd(0, EFD_CLOEXEC), null = open("/dev/null", O_RDWR | O_CLOEXEC);
	struct kvm_regs regs;
	struct machine m;

	machine_open(&m, WITH_VCPU);
	call("KVM_GET_API_VERSION", kvm, KVM_GET_API_VERSION, 0);
	call("KVM_GET_API_VERSION with an argument", kvm, KVM_GET_API_VERSION, 1);
	call("KVM_GET_VCPU_MMAP_SIZE", kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	call("KVM_GET_VCPU_MMAP_SIZE with an argument", kvm, KVM_GET_VCPU_MMAP_SIZE, 1);
	call("KVM_CREATE_VM type 99", kvm, KVM_CREATE_VM, 99);
	call("KVM_CREATE_VM type 1<<40", kvm, KVM_CREATE_VM, 1ul << 40);
	foreign_numbers(&m);
	wrong_object(&m, event, null);
	files(&m);
	close(m.vm);
	CALL("vcpu after its vm was closed", m.vcpu, KVM_GET_REGS, &regs);
	m.vm = ioctl(kvm, KVM_CREATE_VM, 0);
	machine_close(&m);
	close(event);
	close(null);
}
