/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Switching off and resetting: ACPI's fixed registers first, then the ways that emulators and
 * old PCs know. The caller has turned virtualization off on this CPU, because INIT is blocked
 * while it is on and some machines reset by INIT.
 */
#include "drivers/power.h"

#include "arch/x86/acpi.h"
#include "arch/x86/asm/io.h"
#include "arch/x86/asm/irq.h"
#include "core/log.h"

#define PM1_SLP_EN 0x2000u
#define BOCHS_SHUTDOWN_PORT 0x8900

static void quiet_machine(void)
{
	irq_disable();
	arch_stop_others();
}

void power_off(void)
{
	const char *bochs = "Shutdown";

	quiet_machine();
	if (machine.s5_known && machine.pm1a_control) {
		outw(machine.pm1a_control, (u16)(machine.s5_type_a << 10 | PM1_SLP_EN));
		if (machine.pm1b_control) {
			outw(machine.pm1b_control, (u16)(machine.s5_type_b << 10 | PM1_SLP_EN));
		}
	}
	while (*bochs) {
		outb(BOCHS_SHUTDOWN_PORT, (u8)*bochs++);
	}
	log_console(true);
	log_info("corbel: halted (this machine does not switch itself off)");
	arch_halt_forever();
}

/* A triple fault: an exception without a descriptor table. The last way to reset. */
static __noreturn void triple_fault(void)
{
	struct __packed { u16 limit; u64 base; } none = { 0, 0 };

	__asm__ volatile("lidt %0; ud2" :: "m"(none));
	arch_halt_forever();
}

void power_reboot(void)
{
	quiet_machine();
	if (machine.reset_port) {
		outb(machine.reset_port, machine.reset_value);
	}
	outb(0xcf9, 6);			/* chipset reset control: full reset */
	outb(0x64, 0xfe);		/* keyboard controller: pulse the reset line */
	triple_fault();
}
