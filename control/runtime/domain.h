/* SPDX-License-Identifier: BSD-2-Clause */
/* What the whole domain has one of: read from the boot block once, then constant. */
#pragma once

#include "api/abi/corbel.h"
#include "control/runtime/types.h"

struct domain {
	const struct corbel_boot_block *boot;
	u32 pid;		/* id of the first thread */
	const char *exec_name;	/* path of the program, or argv[0] */
	u32 envc;		/* of the program's environment, see process_adopt */
	u64 strings_len;	/* bytes of arguments and environment */
};

extern struct domain domain;
