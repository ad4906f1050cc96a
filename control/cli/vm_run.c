/* SPDX-License-Identifier: BSD-2-Clause */
/* `corbel vm run`: checks the options and hands them to the machine. */
#include "control/cli/vm_run.h"

#include "control/cli/options.h"
#include "control/vmm/machine.h"
#include "control/vmm/message.h"

#define DEFAULT_MEMORY "256M"

enum { STATUS_GUEST_FAILED = 1, STATUS_WRONG_OPTIONS = 2 };

const char vm_run_usage[] =
	"  corbel vm run --kernel FILE [--initrd FILE] [--mem SIZE] [--append TEXT] [--cpus N]\n"
	"      boots a Linux bzImage; its serial console is this terminal, Ctrl-] ends it,\n"
	"      Ctrl-^ presses its power button\n";

static int check_memory(const char *text, uint64_t *size)
{
	if (options_size("--mem", text, size)) {
		return -1;
	}
	if (*size < MACHINE_MIN_MEMORY) {
		return fail("--mem %s: too small; a Linux guest needs %lluM or more, 256M is usual",
			    text, MACHINE_MIN_MEMORY / MIB);
	}
	if (*size > MACHINE_MAX_MEMORY) {
		return fail("--mem %s: too big; this machine has %lluM at most",
			    text, MACHINE_MAX_MEMORY / MIB);
	}
	if (*size % (2 * MIB)) {
		return fail("--mem %s: not a multiple of 2M", text);
	}
	return 0;
}

int vm_run(int argc, char **argv)
{
	const char *memory = NULL, *cpus = NULL;
	struct machine_config config = { .cpus = 1 };
	const struct option_slot slots[] = {
		{ "--kernel", &config.kernel },
		{ "--initrd", &config.initrd },
		{ "--append", &config.append },
		{ "--mem", &memory },
		{ "--cpus", &cpus },
	};

	if (options_read(argc, argv, slots, sizeof(slots) / sizeof(slots[0]))) {
		return STATUS_WRONG_OPTIONS;
	}
	if (!config.kernel) {
		fail("vm run: --kernel is missing; give a Linux bzImage, on Corbel /boot/vmlinuz");
		return STATUS_WRONG_OPTIONS;
	}
	if (cpus && options_count("--cpus", cpus, MACHINE_MAX_CPUS, &config.cpus)) {
		return STATUS_WRONG_OPTIONS;
	}
	if (check_memory(memory ? memory : DEFAULT_MEMORY, &config.memory_size)) {
		return STATUS_WRONG_OPTIONS;
	}
	return machine_run(&config) ? STATUS_GUEST_FAILED : 0;
}
