/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prints what /dev/kvm answers, a line per call: `group|case|return|errno|note`. Linux's output is
 * what Corbel's is compared with; tests/abi/differences lists where the two differ and why.
 * Arguments name the groups to run. A call that hangs ends the program.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "tests/abi/abi.h"

#define TIME_LIMIT 300		/* seconds for all rows */

/* clang-format off */
static const struct {
	const char *name;
	void (*rows)(void);
} groups[] = {
	{ "fd", rows_fd },
	{ "sys", rows_system },
	{ "caps", rows_caps },
	{ "memslot", rows_memslot },
	{ "dirty", rows_dirty },
	{ "vm", rows_vm },
	{ "irqchip", rows_irqchip },
	{ "routing", rows_routing },
	{ "msi", rows_msi },
	{ "pit", rows_pit },
	{ "clock", rows_clock },
	{ "enable_cap", rows_enable_cap },
	{ "regs", rows_regs },
	{ "sregs", rows_sregs },
	{ "events", rows_events },
	{ "mp_state", rows_mp_state },
	{ "fpu", rows_fpu },
	{ "msrs", rows_msrs },
	{ "cpuid", rows_cpuid },
	{ "mce", rows_mce },
	{ "run", rows_run },
	{ "exits", rows_exits },
	{ "signals", rows_signals },
};
/* clang-format on */

static int is_wanted(const char *name, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], name)) {
			return 1;
		}
	}
	return argc == 1;
}

static void *watch(void *unused)
{
	struct timespec limit = { .tv_sec = TIME_LIMIT };

	nanosleep(&limit, NULL);
	printf("abi: hangs\n");
	fflush(stdout);
	_exit(2);
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t watcher;

	setvbuf(stdout, NULL, _IOLBF, 0);
	pthread_create(&watcher, NULL, watch, NULL);
	kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (kvm < 0) {
		printf("abi: /dev/kvm: %s\n", strerror(errno));
		return 1;
	}
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		if (is_wanted(groups[i].name, argc, argv)) {
			group = groups[i].name;
			groups[i].rows();
		}
	}
	printf("abi: end\n");
	return 0;
}
