/* SPDX-License-Identifier: BSD-2-Clause */
/* The program's ELF file: checked, then mapped. */
#pragma once

#include <linux/elf.h>

#include "control/runtime/types.h"

#define ELF_SEGMENTS_MAX 16
/* Position-independent programs go here; others say where. Below the top, all of them. */
#define ELF_PIE_BASE 0x100000000ull
#define ELF_TOP 0x3000000000ull

struct elf_program {
	u64 entry;
	u64 headers;		/* address of the program headers in memory, 0 if not mapped */
	u32 header_count;
	u64 base;		/* what was added to the file's addresses */
	u64 end;		/* first address behind the program */
	bool executable_stack;
};

/* Why an ELF header cannot be run here, as a word for the user, or NULL. */
const char *elf_refused(const struct elf64_hdr *h);
/* Fills *p from the headers; segments must lie in [base + 64 KiB, top). NULL or why not. */
const char *elf_examine(const struct elf64_hdr *h, const struct elf64_phdr *ph, u64 base, u64 top,
			struct elf_program *p);
/*
 * Maps the program behind the boot file handle; ends the domain with a message if that cannot be.
 */
void elf_load(int handle, struct elf_program *p);
