/* SPDX-License-Identifier: BSD-2-Clause */
/* Ends as its argument says: what a domain's end looks like to the one that waits for it. */
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "";
	volatile int *volatile nowhere = NULL;

	printf("ending: %s\n", how);
	fflush(stdout);
	if (!strcmp(how, "exit")) {
		return 7;
	}
	if (!strcmp(how, "fault")) {
		*nowhere = 1;
	}
	if (!strcmp(how, "undefined")) {
		__builtin_trap();
	}
	return 0;
}
