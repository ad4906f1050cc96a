/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The boot domain: the one with every right, which runs the control program. Called by
 * core/main.c.
 */
#pragma once

#include "core/types.h"

struct domain_end;

/*
 * Makes the privileged boot domain, with the console as handles 0-2, running /boot/program. args
 * is the module's string: the words behind the first, which is its name, are the arguments. *end:
 * a reference to how it ends. 0, -ENOENT, -ENOEXEC, -ENOMEM. Thread context.
 */
__must_check int domain_boot_start(const char *program, const char *args, struct domain_end **end);
/*
 * Starts the control program and watches over it: after a crash all of it is freed and it starts
 * again (3 crashes in 10 s: halt); after an exit the machine is switched off.
 */
__noreturn void domain_supervise(const char *program, const char *args);
/* Says so, turns virtualization off on this CPU and the machine off. */
__noreturn void machine_off(void);
