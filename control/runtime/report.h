/* SPDX-License-Identifier: BSD-2-Clause */
/* The last words of a domain: why it ends, its registers, and the return addresses on its stack. */
#pragma once

#include "control/runtime/regs.h"

/* Where the program's code lies; addresses outside are no return addresses. Set by elf.c. */
extern u64 program_text_start, program_text_end;

/*
 * Ends the domain as killed by sig, with a report if the signal is one of those that dump core on
 * Linux.
 */
void report_and_end(u32 sig, const struct regs *r, u64 address) __attribute__((noreturn));
/* A fault of the runtime itself: report and end as SIGSEGV. */
void report_runtime_fault(const struct regs *r, u64 cr2) __attribute__((noreturn));
