/* SPDX-License-Identifier: BSD-2-Clause */
/* What the whole domain has one of: read from the boot block once, then constant. */
#pragma once

#include "api/abi/corbel.h"
#include "control/runtime/regs.h"
#include "control/runtime/stack.h"
#include "control/runtime/types.h"

struct domain {
	const struct corbel_boot_block *boot;
	u32 pid;		/* id of the first thread */
	const char *exec_name;	/* path of the program, or argv[0] */
};

extern struct domain domain;

/*
 * main.c: loads the program behind the boot file handle, which is closed, and sets *r to its entry.
 * What cannot be ends the domain.
 */
void program_start(struct regs *r, int handle, const struct program_strings *strings);
