/* SPDX-License-Identifier: BSD-2-Clause */
/* What the boot loader told us, copied out of its memory before anything else happens. */
#pragma once

#include "mm/memmap.h"

#define BOOT_MODULES_MAX 32
#define BOOT_CMDLINE_MAX 512

struct boot_module {
	u64 start, end;				/* host-physical bytes */
	char name[48];				/* first word of its string: NAME in /boot/NAME */
	/* the whole string: argv of the program, if it is one */
	char args[BOOT_CMDLINE_MAX];
};

struct boot_info {
	char cmdline[BOOT_CMDLINE_MAX];
	char loader[64];
	struct memmap ram;			/* usable RAM as reported, nothing reserved yet */
	u32 module_count;
	struct boot_module modules[BOOT_MODULES_MAX];
	/* 0: none; points at the copy below when the tag carried it */
	hpa_t rsdp;
	u8 rsdp_copy[36];
	bool efi;
};

extern struct boot_info boot_info;

/* The module called name, or NULL. */
const struct boot_module *boot_module_find(const char *name);
/* The value of option `key=` in the command line, copied to buf; false if it is not there. */
bool boot_option(const char *key, char *buf, size_t size);
/* Whether the bare word is in the command line. */
bool boot_flag(const char *word);
