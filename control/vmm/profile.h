/* SPDX-License-Identifier: BSD-2-Clause */
/* Which PC this KVM can give a guest. The one place where the machine depends on capabilities. */
#ifndef CONTROL_VMM_PROFILE_H
#define CONTROL_VMM_PROFILE_H

#include <stdbool.h>

/* A full PC, or without IOAPIC and PIT a machine of one CPU that lives on PIC and x2APIC. */
struct profile {
	bool has_ioapic;
	bool has_pit;
	bool x2apic_at_entry;		/* the firmware has switched the local APIC's MMIO off */
	const char *command_line;	/* what the kernel must be told, before the user's words */
	int max_cpus;
};

/* Asks an open /dev/kvm; 0, or -1 after a message that names the capability that is missing. */
int profile_choose(struct profile *profile, int kvm);

#endif
