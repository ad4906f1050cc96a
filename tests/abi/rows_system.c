/* SPDX-License-Identifier: BSD-2-Clause */
/* /dev/kvm: lists of MSRs and CPUID leaves, feature MSRs; capabilities. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/abi/abi.h"

static struct {
	struct kvm_msrs head;
	struct kvm_msr_entry entries[2];
} none, too_many = { .head.nmsrs = 256 },
  unknown = { .head.nmsrs = 1, .entries = { { .index = 0xdeadbeef } } },
  not_a_feature = { .head.nmsrs = 1, .entries = { { .index = 0xc0000081 } } };

static void msr_lists(void)
{
	struct kvm_msr_list *list = calloc(1, 8192);
	long result;

	call("KVM_GET_MSR_INDEX_LIST NULL", kvm, KVM_GET_MSR_INDEX_LIST, 0);
	result = ioctl(kvm, KVM_GET_MSR_INDEX_LIST, list);
	row("KVM_GET_MSR_INDEX_LIST, room for none", result, "count %s",
	    list->nmsrs ? "told" : "not told");
	list->nmsrs = 1;
	CALL("KVM_GET_MSR_INDEX_LIST, room for one", kvm, KVM_GET_MSR_INDEX_LIST, list);
	list->nmsrs = 1000;
	CALL("KVM_GET_MSR_INDEX_LIST, room for 1000", kvm, KVM_GET_MSR_INDEX_LIST, list);
	call("KVM_GET_MSR_FEATURE_INDEX_LIST NULL", kvm, KVM_GET_MSR_FEATURE_INDEX_LIST, 0);
	list->nmsrs = 0;
	result = ioctl(kvm, KVM_GET_MSR_FEATURE_INDEX_LIST, list);
	row("KVM_GET_MSR_FEATURE_INDEX_LIST, room for none", result, "count %s",
	    list->nmsrs ? "told" : "not told");
	list->nmsrs = 1000;
	CALL("KVM_GET_MSR_FEATURE_INDEX_LIST, room for 1000", kvm, KVM_GET_MSR_FEATURE_INDEX_LIST,
	     list);
	free(list);
}

static void feature_msrs(void)
{
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry entries[2];
	} one = { .head.nmsrs = 2, .entries = { { .index = 0x8b }, { .index = 0xdeadbeef } } };

	CALL("KVM_GET_MSRS, no entry", kvm, KVM_GET_MSRS, &none);
	CALL("KVM_GET_MSRS, 256 entries", kvm, KVM_GET_MSRS, &too_many);
	CALL("KVM_GET_MSRS, unknown", kvm, KVM_GET_MSRS, &unknown);
	CALL("KVM_GET_MSRS, a guest's", kvm, KVM_GET_MSRS, &not_a_feature);
	CALL("KVM_GET_MSRS, microcode revision, then unknown", kvm, KVM_GET_MSRS, &one);
	call("KVM_GET_MSRS NULL", kvm, KVM_GET_MSRS, 0);
	CALL("KVM_SET_MSRS on /dev/kvm", kvm, KVM_SET_MSRS, &none);
}

static void supported(void)
{
	struct kvm_cpuid2 *all = calloc(1, sizeof(*all) + 300 * sizeof(all->entries[0]));
	static const uint32_t rooms[] = { 0, 1, 256, 300 };
	char what[64];

	for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
		long result;

		all->nent = rooms[i];
		result = ioctl(kvm, KVM_GET_SUPPORTED_CPUID, all);
		snprintf(what, sizeof(what), "KVM_GET_SUPPORTED_CPUID, room for %u", rooms[i]);
		row(what, result, "nent %s", all->nent == rooms[i] ? "untouched" : "told");
	}
	call("KVM_GET_SUPPORTED_CPUID NULL", kvm, KVM_GET_SUPPORTED_CPUID, 0);
	free(all);
}

void rows_system(void)
{
	uint64_t cap;

	msr_lists();
	feature_msrs();
	supported();
	CALL("KVM_X86_GET_MCE_CAP_SUPPORTED", kvm, KVM_X86_GET_MCE_CAP_SUPPORTED, &cap);
	call("KVM_X86_GET_MCE_CAP_SUPPORTED NULL", kvm, KVM_X86_GET_MCE_CAP_SUPPORTED, 0);
}

void rows_caps(void)
{
	/* Capabilities of what these rows call, and some that do not exist. */
	static const struct {
		const char *name;
		unsigned long number;
	} caps[] = {
#define CAP(name) { #name, KVM_CAP_##name }
		CAP(IRQCHIP),
		CAP(HLT),
		CAP(MMU_SHADOW_CACHE_CONTROL),
		CAP(USER_MEMORY),
		CAP(SET_TSS_ADDR),
		CAP(EXT_CPUID),
		CAP(CLOCKSOURCE),
		CAP(NR_MEMSLOTS),
		CAP(NOP_IO_DELAY),
		CAP(MP_STATE),
		CAP(SYNC_MMU),
		CAP(DESTROY_MEMORY_REGION_WORKS),
		CAP(USER_NMI),
		CAP(IRQ_INJECT_STATUS),
		CAP(JOIN_MEMORY_REGIONS_WORKS),
		CAP(MCE),
		CAP(SET_BOOT_CPU_ID),
		CAP(SET_IDENTITY_MAP_ADDR),
		CAP(ADJUST_CLOCK),
		CAP(INTERNAL_ERROR_DATA),
		CAP(VCPU_EVENTS),
		CAP(DEBUGREGS),
		CAP(ENABLE_CAP),
		CAP(XSAVE),
		CAP(XCRS),
		CAP(TSC_CONTROL),
		CAP(GET_TSC_KHZ),
		CAP(MAX_VCPU_ID),
		CAP(TSC_DEADLINE_TIMER),
		CAP(KVMCLOCK_CTRL),
		CAP(READONLY_MEM),
		CAP(CHECK_EXTENSION_VM),
		CAP(ENABLE_CAP_VM),
		CAP(DISABLE_QUIRKS),
		CAP(IMMEDIATE_EXIT),
		CAP(GET_MSR_FEATURES),
		CAP(EXCEPTION_PAYLOAD),
		CAP(MANUAL_DIRTY_LOG_PROTECT2),
		CAP(SREGS2),
		CAP(DISABLE_QUIRKS2),
		CAP(VM_TSC_CONTROL),
		CAP(MSR_PLATFORM_INFO),
		CAP(X86_TRIPLE_FAULT_EVENT),
		CAP(MULTI_ADDRESS_SPACE),
		CAP(S390_PSW),
		CAP(ARM_PSCI),
		CAP(PPC_SMT),
	};

	for (size_t i = 0; i < sizeof(caps) / sizeof(caps[0]); i++) {
		call(caps[i].name, kvm, KVM_CHECK_EXTENSION, caps[i].number);
	}
	call("9999", kvm, KVM_CHECK_EXTENSION, 9999);
	call("-1", kvm, KVM_CHECK_EXTENSION, -1);
	call("1 << 32", kvm, KVM_CHECK_EXTENSION, 1ul << 32);
}
