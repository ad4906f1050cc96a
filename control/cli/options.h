/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading `--name value` options and sizes. */
#ifndef CONTROL_CLI_OPTIONS_H
#define CONTROL_CLI_OPTIONS_H

#include <stdint.h>

struct option_slot {
	const char *name;	/* with its dashes */
	const char **value;
};

/*
 * Stores the values of all arguments, given as `--name value` or `--name=value`; 0, or -1 after a
 * message that names the argument.
 */
int options_read(int argc, char **argv, const struct option_slot *slots, int count);

/* A number between 1 and `most`; 0, or -1 after a message. */
int options_count(const char *name, const char *text, int most, int *number);

/* A size with K, M or G behind it (M without one) in bytes; 0, or -1 after a message. */
int options_size(const char *name, const char *text, uint64_t *bytes);

#endif
