/* SPDX-License-Identifier: BSD-2-Clause */
/* The first stack of a program. */
#pragma once

#include "control/runtime/elf.h"
#include "control/runtime/types.h"

#define PROGRAM_STACK (8ull << 20)	/* bytes, below the runtime */

/* Arguments, then environment, as strings. */
struct program_strings {
	const char *text;
	u64 len; /* bytes */
	u32 argc, envc;
};

struct stack_input {
	const struct elf_program *program;
	const char *strings;	/* argc arguments, then envc variables, each with its NUL */
	u64 strings_len;
	u32 argc, envc;
	u32 hwcap;
	u64 signal_stack_min;	/* AT_MINSIGSTKSZ */
	u8 random[16];
};

/*
 * Lays argc, argv, environment and auxiliary vector below top, which is the address of the byte
 * behind `memory` of size bytes. Returns the stack pointer, or 0 if it does not fit or the strings
 * are short of a NUL.
 */
u64 stack_build(const struct stack_input *in, u8 *memory, u64 size, u64 top);
