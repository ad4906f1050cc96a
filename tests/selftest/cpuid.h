/* SPDX-License-Identifier: BSD-2-Clause */
/* CPUID tables for micro-guests. */
#ifndef TESTS_SELFTEST_CPUID_H
#define TESTS_SELFTEST_CPUID_H

#include "tests/selftest/guest.h"

#define CPUID_MAX_ENTRIES 256

struct cpuid_table {
	struct kvm_cpuid2 head;
	struct kvm_cpuid_entry2 entries[CPUID_MAX_ENTRIES];
};

/* What KVM supports; 0, or -1 with the reason stored. */
int cpuid_get_supported(struct guest *guest, struct cpuid_table *table);

/* Gives the vCPU that, with x2APIC, TSC deadline and its own APIC id. */
int cpuid_set_supported(struct guest *guest, int vcpu);

/* A bit of a register (0..3 for EAX..EDX) in what KVM supports. */
bool cpuid_supports(struct guest *guest, uint32_t leaf, int reg, int bit);

#endif
