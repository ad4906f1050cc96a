/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The program `corbel`, first program of the control domain and an ordinary Linux program at the
 * same time: finds the command and runs it.
 */
#include <stdio.h>
#include <string.h>

#include "control/cli/vm_run.h"
#include "control/vmm/message.h"

static int help(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	printf("Commands:\n%s  corbel help\n      prints this\n", vm_run_usage);
	return 0;
}

static const struct {
	const char *words[2];
	int (*run)(int argc, char **argv);
} commands[] = {
	{ { "vm", "run" }, vm_run },
	{ { "help", NULL }, help },
	{ { "--help", NULL }, help },
};

int main(int argc, char **argv)
{
	for (unsigned int i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		int words = 0;

		while (words < 2 && commands[i].words[words] && words + 1 < argc &&
		       !strcmp(argv[words + 1], commands[i].words[words])) {
			words++;
		}
		if (words == 2 || (words && !commands[i].words[words])) {
			return commands[i].run(argc - 1 - words, argv + 1 + words);
		}
	}
	if (argc < 2) {
		fail("a command is missing; `corbel help` lists them");
	} else if (argc > 2 && !strcmp(argv[1], "vm")) {
		fail("vm %s: unknown command; `corbel help` lists them", argv[2]);
	} else {
		fail("%s: unknown or incomplete command; `corbel help` lists them", argv[1]);
	}
	return 2;
}
