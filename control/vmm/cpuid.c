/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CPUID of a guest: what KVM supports, with one package of single-threaded cores that share the
 * last-level cache. TSC deadline and ARAT are always visible, as there may be no PIT; the guest
 * may switch its APICs to x2APIC. Virtualisation inside the guest is not offered.
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
	LEAF_EXT1_ECX_CMP_LEGACY = 1 << 1,
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

/* Bits of the APIC id that number the CPUs. */
static int id_bits(int cpus)
{
	int bits = 0;

	while (1 << bits < cpus) {
		bits++;
	}
	return bits;
}

/* Leaves 4 and 0x8000001d, a subleaf for a cache: bits 25:14 tell how many CPUs share it. */
static void set_cache(struct kvm_cpuid_entry2 *entry, int cpus)
{
	uint32_t level = entry->eax >> 5 & 7;
	uint32_t shared = level >= 3 ? (1u << id_bits(cpus)) - 1 : 0;

	entry->eax = (entry->eax & 0x3fff) | shared << 14;
	if (entry->function == 4 && level) {
		entry->eax |= ((1u << id_bits(cpus)) - 1) << 26;
	}
}

/* The leaves that tell how many CPUs there are and which one this is. */
static void set_topology(struct kvm_cpuid_entry2 *entry, int id, int cpus)
{
	switch (entry->function) {
	case 1:
		entry->ebx = (entry->ebx & 0xff00) | 1u << (16 + id_bits(cpus)) |
			     (uint32_t)id << 24;
		entry->edx &= ~LEAF1_EDX_HTT;
		entry->edx |= cpus > 1 ? LEAF1_EDX_HTT : 0;
		break;
	case 4:
	case 0x8000001d:
		set_cache(entry, cpus);
		break;
	case 0x80000001:
		entry->ecx &= ~LEAF_EXT1_ECX_CMP_LEGACY;
		entry->ecx |= cpus > 1 ? LEAF_EXT1_ECX_CMP_LEGACY : 0;
		break;
	case 0x80000008:
		entry->ecx = (uint32_t)id_bits(cpus) << 12 | (uint32_t)(cpus - 1);
		break;
	case 0x8000001e:
		entry->eax = entry->ebx = (uint32_t)id;
		entry->ecx = 0;
		break;
	}
}

/* Leaf 0xb anew, as KVM gives it incompletely: a level of threads and one of cores. */
static int add_levels(struct kvm_cpuid2 *cpuid, int id, int cpus)
{
	const struct {
		uint32_t shift, count, ecx;
	} levels[] = { { 0, 1, 0x100 }, { (uint32_t)id_bits(cpus), (uint32_t)cpus, 0x201 },
		       { 0, 0, 2 } };
	struct kvm_cpuid_entry2 *zero = find(cpuid, 0, 0);
	uint32_t kept = 0;

	for (uint32_t i = 0; i < cpuid->nent; i++) {
		if (cpuid->entries[i].function != 0xb && cpuid->entries[i].function != 0x1f) {
			cpuid->entries[kept++] = cpuid->entries[i];
		}
	}
	cpuid->nent = kept;
	for (uint32_t i = 0; zero && zero->eax >= 0xb && i < 3; i++) {
		struct kvm_cpuid_entry2 *entry = need(cpuid, 0xb, i,
						      KVM_CPUID_FLAG_SIGNIFCANT_INDEX);

		if (!entry) {
			return fail("KVM_GET_SUPPORTED_CPUID: no room for leaf 0xb");
		}
		entry->eax = levels[i].shift;
		entry->ebx = levels[i].count;
		entry->ecx = levels[i].ecx;
		entry->edx = (uint32_t)id;
	}
	return 0;
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

int cpuid_set(struct vcpu *vcpu)
{
	int cpus = vcpu->machine->config->cpus;
	struct kvm_cpuid2 *cpuid;
	int result = -1;

	cpuid = calloc(1, sizeof(*cpuid) + MAX_ENTRIES * sizeof(cpuid->entries[0]));
	if (!cpuid) {
		return fail("out of memory for the CPUID table");
	}
	cpuid->nent = MAX_ENTRIES;
	if (ioctl(vcpu->machine->kvm, KVM_GET_SUPPORTED_CPUID, cpuid)) {
		fail("KVM_GET_SUPPORTED_CPUID: %s", strerror(errno));
	} else if (!add_timers(cpuid) && !add_levels(cpuid, vcpu->id, cpus)) {
		for (uint32_t i = 0; i < cpuid->nent; i++) {
			set_topology(&cpuid->entries[i], vcpu->id, cpus);
		}
		result = ioctl(vcpu->fd, KVM_SET_CPUID2, cpuid);
		if (result) {
			fail("KVM_SET_CPUID2 of vCPU %d: %s", vcpu->id, strerror(errno));
		}
	}
	free(cpuid);
	return result ? -1 : 0;
}
