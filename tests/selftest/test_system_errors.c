/* SPDX-License-Identifier: BSD-2-Clause */
/* What /dev/kvm, and calls on the wrong kind of handle, answer to bad input. */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/selftest/calls.h"

static struct kvm_cpuid2 no_entries;

static const struct call dispatch[] = {
	{ "KVM_GET_API_VERSION", ON_KVM, KVM_GET_API_VERSION, 0, GOOD(12) },
	{ "unknown ioctl on /dev/kvm", ON_KVM, 0xaeff, 0, BAD(EINVAL) },
	{ "VM ioctl on /dev/kvm", ON_KVM, KVM_CREATE_VCPU, 0, BAD(EINVAL) },
	{ "vCPU ioctl on /dev/kvm", ON_KVM, KVM_RUN, 0, BAD(EINVAL) },
	{ "unknown ioctl on a VM", ON_VM, 0xaeff, 0, BAD(ENOTTY) },
	{ "system ioctl on a VM", ON_VM, KVM_GET_API_VERSION, 0, BAD(ENOTTY) },
	{ "vCPU ioctl on a VM", ON_VM, KVM_RUN, 0, BAD(ENOTTY) },
	{ "unknown ioctl on a vCPU", ON_VCPU, 0xaeff, 0, BAD(EINVAL) },
	{ "foreign type on a vCPU", ON_VCPU, 0x5401, 0, BAD(EINVAL) },
	{ "KVM_CHECK_EXTENSION on a vCPU", ON_VCPU, KVM_CHECK_EXTENSION, 0, BAD(EINVAL) },
	{ "right number, wrong size", ON_VCPU, 0x8000ae81, 0, BAD(EINVAL) },
	{ "closed handle", ON_CLOSED, KVM_RUN, 0, BAD(EBADF) },
	{ "KVM_RUN on the console", ON_STDOUT, KVM_RUN, 0, BAD(ENOTTY) },
};

static const struct call system_calls[] = {
	{ "KVM_GET_API_VERSION with an argument", ON_KVM, KVM_GET_API_VERSION, 1, BAD(EINVAL) },
	{ "KVM_GET_VCPU_MMAP_SIZE with one", ON_KVM, KVM_GET_VCPU_MMAP_SIZE, 1, BAD(EINVAL) },
	{ "KVM_CHECK_EXTENSION 9999", ON_KVM, KVM_CHECK_EXTENSION, 9999, GOOD(0) },
	{ "KVM_CHECK_EXTENSION -1", ON_KVM, KVM_CHECK_EXTENSION, -1ul, GOOD(0) },
	{ "KVM_CREATE_VM of an unknown type", ON_KVM, KVM_CREATE_VM, 0x100, BAD(EINVAL) },
	{ "KVM_GET_SUPPORTED_CPUID, no room", ON_KVM, KVM_GET_SUPPORTED_CPUID, AT(no_entries),
	  BAD(E2BIG) },
	{ "KVM_GET_SUPPORTED_CPUID, NULL", ON_KVM, KVM_GET_SUPPORTED_CPUID, 0, BAD(EFAULT) },
};

static enum result check_dispatch(struct guest *guest)
{
	return CALLS_CHECK(guest, dispatch);
}

static enum result check_system(struct guest *guest)
{
	return CALLS_CHECK(guest, system_calls);
}

static enum result check_files(struct guest *guest)
{
	char byte = 0;

	CHECK(read(guest->kvm, &byte, 1) == -1 && errno == EINVAL, "read of /dev/kvm: errno %d",
	      errno);
	CHECK(write(guest->vm, &byte, 1) == -1 && errno == EINVAL, "write to a VM: errno %d",
	      errno);
	CHECK(mmap(NULL, 4096, PROT_READ, MAP_SHARED, guest->vm, 0) == MAP_FAILED &&
	      errno == ENODEV, "mmap of a VM: errno %d", errno);
	return PASSED;
}

/* A vCPU holds its VM: it works on after the VM's handle is closed. */
static enum result vcpu_without_vm(struct guest *guest)
{
	struct kvm_regs regs;

	close(guest->vm);
	guest->vm = -1;
	TRY(guest_get_regs(guest, 0, &regs));
	CHECK(regs.rip == 0xfff0 && regs.rflags == 2, "rip 0x%llx", regs.rip);
	return PASSED;
}

static const struct test rows[] = {
	{ "errno: dispatch by handle", 1, 0, check_dispatch },
	{ "errno: /dev/kvm", 1, 0, check_system },
	{ "errno: read, write, mmap of handles", 1, 0, check_files },
	{ "vCPU outlives the handle of its VM", 1, 0, vcpu_without_vm },
};

TEST_TABLE(system_error_tests, rows);
