/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * reboot: switching the machine off, halting and resetting it. Needs the boot domain's right
 * (policy of the table).
 */
#include "api/calls.h"
#include "api/domain.h"
#include "api/linux.h"
#include "core/log.h"
#include "drivers/power.h"

static bool magic_ok(u32 first, u32 second)
{
	return first == LINUX_REBOOT_MAGIC1 &&
	       (second == LINUX_REBOOT_MAGIC2 || second == LINUX_REBOOT_MAGIC2A ||
		second == LINUX_REBOOT_MAGIC2B || second == LINUX_REBOOT_MAGIC2C);
}

/* Virtualization off on this CPU: while it is on, an INIT that resets the machine is not taken. */
static void leave(const char *what)
{
	log_console(true);
	log_info("corbel: %s", what);
	hv_cpu_off();
}

void machine_off(void)
{
	leave("power off");
	power_off();
}

s64 call_reboot(struct domain_thread *t __unused, const struct call_args *args)
{
	if (!magic_ok((u32)args->rdi, (u32)args->rsi)) {
		return -EINVAL;
	}
	switch ((u32)args->rdx) {
	case LINUX_REBOOT_CMD_POWER_OFF:
		machine_off();
	case LINUX_REBOOT_CMD_RESTART:
		leave("reset");
		power_reboot();
	case LINUX_REBOOT_CMD_HALT:
		log_console(true);
		log_info("corbel: halted");
		arch_halt_forever();
	default: return -EINVAL;
	}
}
