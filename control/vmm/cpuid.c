/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CPUID of a one-CPU guest whose only clocks are the TSC-deadline timer and kvmclock: both and ARAT
 * must be visible, or Linux looks for a PIT. Virtualisation inside the guest is not offered.
 */
#include "control/vmm/cpuid.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "control/vmm/message.h"

#define MAX_ENTRIES 256

enum {
	LEAF1_ECX_VMX = 1 << 5, LEAF1_ECX_X2APIC = 1 << 21, LEAF1_ECX_TSC_DEADLINE = 1 << 24,
	LEAF1_EDX_HTT = 1 << 28, LEAF6_EAX_ARAT = 1 << 2, LEAF_EXT1_ECX_SVM = 1 << 2,
};
#define LEAF1_ECX_HYPERVISOR (1u << 31)

static struct kvm_cpuid_entry2 *find(struct kvm_cpuid2 *cpuid, uint32_t leaf, uint32_t subleaf)
{
	for (uint32_t i = 0; i < cpuid->nent; i++) {
		struct kvm_cpuid_entry2 *entry = &cpuid->entries[i];

		if (entry->function == leaf && (entry->index == subleaf ||
		    !(entry->flags & KVM_CPUID_FLAG_SIGNIFCANT_INDEX))) {
			return entry;
		}
	}
	return NULL;
}

/* The entry of a leaf, added if KVM did not name it. */
static struct kvm_cpuid_entry2 *need(struct kvm_cpuid2 *cpuid, uint32_t leaf, uint32_t subleaf,
				     uint32_t flags)
{
	struct kvm_cpuid_entry2 *entry = find(cpuid, leaf, subleaf);

	if (!entry && cpuid->nent < MAX_ENTRIES) {
		entry = &cpuid->entries[cpuid->nent++];
		*entry = (struct kvm_cpuid_entry2){
			.function = leaf, .index = subleaf, .flags = flags,
		};
	}
	return entry;
}

/* Every leaf that tells how many CPUs there are and which one this is: one, number 0. */
static void set_topology(struct kvm_cpuid2 *cpuid)
{
	for (uint32_t i = 0; i < cpuid->nent; i++) {
		struct kvm_cpuid_entry2 *entry = &cpuid->entries[i];

		switch (entry->function) {
		case 1:
			entry->ebx = (entry->ebx & 0x0000ff00) | 1 << 16;
			entry->edx &= ~LEAF1_EDX_HTT;
			break;
		case 4:
			entry->eax &= 0x3fff;
			break;
		case 0xb:
		case 0x1f:
			entry->eax = 0;
			entry->ebx = entry->index < 2;
			entry->ecx = entry->index;
			entry->ecx |= entry->index < 2 ? (entry->index + 1) << 8 : 0;
			entry->edx = 0;
			break;
		case 0x80000008:
			entry->ecx = 0;
			break;
		case 0x8000001e:
			entry->eax = entry->ebx = entry->ecx = 0;
			break;
		}
	}
}

static int add_timers(struct kvm_cpuid2 *cpuid)
{
	struct kvm_cpuid_entry2 *one = find(cpuid, 1, 0), *six;
	struct kvm_cpuid_entry2 *extended = find(cpuid, 0x80000001, 0);

	if (!one) {
		return fail("KVM_GET_SUPPORTED_CPUID: leaf 1 is missing");
	}
	one->ecx |= LEAF1_ECX_X2APIC | LEAF1_ECX_TSC_DEADLINE | LEAF1_ECX_HYPERVISOR;
	one->ecx &= ~LEAF1_ECX_VMX;
	if (extended) {
		extended->ecx &= ~LEAF_EXT1_ECX_SVM;
	}
	six = need(cpuid, 6, 0, 0);
	if (!six) {
		return fail("KVM_GET_SUPPORTED_CPUID: no room for leaf 6");
	}
	six->eax |= LEAF6_EAX_ARAT;
	return 0;
}

int cpuid_set(struct machine *machine)
{
	struct kvm_cpuid2 *cpuid;
	int result = -1;

	cpuid = calloc(1, sizeof(*cpuid) + MAX_ENTRIES * sizeof(cpuid->entries[0]));
	if (!cpuid) {
		return fail("out of memory for the CPUID table");
	}
	cpuid->nent = MAX_ENTRIES;
	if (ioctl(machine->kvm, KVM_GET_SUPPORTED_CPUID, cpuid)) {
		fail("KVM_GET_SUPPORTED_CPUID: %s", strerror(errno));
	} else if (!add_timers(cpuid)) {
		set_topology(cpuid);
		result = ioctl(machine->vcpu, KVM_SET_CPUID2, cpuid);
		if (result) {
			fail("KVM_SET_CPUID2: %s", strerror(errno));
		}
	}
	free(cpuid);
	return result ? -1 : 0;
}
