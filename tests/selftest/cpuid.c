/* SPDX-License-Identifier: BSD-2-Clause */
/* CPUID of the micro-guests that need features: all that KVM supports. */
#include "tests/selftest/cpuid.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "tests/selftest/test.h"

enum { LEAF1_ECX_X2APIC = 1 << 21, LEAF1_ECX_TSC_DEADLINE = 1 << 24 };

int cpuid_get_supported(struct guest *guest, struct cpuid_table *table)
{
	memset(table, 0, sizeof(*table));
	table->head.nent = CPUID_MAX_ENTRIES;
	if (ioctl(guest->kvm, KVM_GET_SUPPORTED_CPUID, table)) {
		failed("KVM_GET_SUPPORTED_CPUID: %s", strerror(errno));
		return -1;
	}
	return 0;
}

int cpuid_set_supported(struct guest *guest, int vcpu)
{
	static struct cpuid_table table;

	if (cpuid_get_supported(guest, &table)) {
		return -1;
	}
	for (uint32_t i = 0; i < table.head.nent; i++) {
		struct kvm_cpuid_entry2 *entry = &table.entries[i];

		if (entry->function == 1) {
			entry->ecx |= LEAF1_ECX_X2APIC | LEAF1_ECX_TSC_DEADLINE;
			entry->ebx = (entry->ebx & 0xffffff) | (uint32_t)vcpu << 24;
		} else if (entry->function == 0xb || entry->function == 0x1f) {
			entry->edx = vcpu;
		}
	}
	if (ioctl(guest->vcpu[vcpu], KVM_SET_CPUID2, &table)) {
		failed("KVM_SET_CPUID2: %s", strerror(errno));
		return -1;
	}
	return 0;
}

bool cpuid_supports(struct guest *guest, uint32_t leaf, int reg, int bit)
{
	static struct cpuid_table table;

	if (cpuid_get_supported(guest, &table)) {
		return false;
	}
	for (uint32_t i = 0; i < table.head.nent; i++) {
		const struct kvm_cpuid_entry2 *entry = &table.entries[i];
		const uint32_t regs[] = { entry->eax, entry->ebx, entry->ecx, entry->edx };

		if (entry->function == leaf && entry->index == 0) {
			return regs[reg] >> bit & 1;
		}
	}
	return false;
}
