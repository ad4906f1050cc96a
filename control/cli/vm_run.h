/* SPDX-License-Identifier: BSD-2-Clause */
/* The command `corbel vm run`. */
#ifndef CONTROL_CLI_VM_RUN_H
#define CONTROL_CLI_VM_RUN_H

/* Runs a guest as the options say; returns the exit status: 0, 1 guest failed, 2 wrong options. */
int vm_run(int argc, char **argv);

/* The options of the command, a line each. */
extern const char vm_run_usage[];

#endif
