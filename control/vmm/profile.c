/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What this machine needs of KVM is checked before anything is made. KVM_CAP_IRQCHIP alone does not
 * tell whether an IOAPIC is in the chip, but interrupt routing exists only beside one; and without
 * the PIT a kernel that uses the IOAPIC would look for its timer in vain. So it is both or none.
 */
#include "control/vmm/profile.h"

#include <linux/kvm.h>
#include <sys/ioctl.h>

#include "control/vmm/message.h"

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

int profile_choose(struct profile *profile, int kvm)
{
	for (unsigned int i = 0; i < sizeof(required) / sizeof(required[0]); i++) {
		if (ioctl(kvm, KVM_CHECK_EXTENSION, required[i].number) <= 0) {
			return fail("/dev/kvm: %s is missing; this guest needs it",
				    required[i].name);
		}
	}
	if (ioctl(kvm, KVM_CHECK_EXTENSION, KVM_CAP_IRQ_ROUTING) > 0 &&
	    ioctl(kvm, KVM_CHECK_EXTENSION, KVM_CAP_PIT2) > 0) {
		*profile = (struct profile){
			.has_ioapic = true, .has_pit = true, .command_line = "console=ttyS0",
			.max_cpus = ioctl(kvm, KVM_CHECK_EXTENSION, KVM_CAP_MAX_VCPUS),
		};
	} else {
		*profile = (struct profile){
			.x2apic_at_entry = true, .command_line = "console=ttyS0 noapic",
			.max_cpus = 1,
		};
	}
	return 0;
}
