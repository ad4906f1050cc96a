/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rows of the list ABI_ROWS, which make-abi-list makes of everything that api/abi/kvm.h defines:
 * compiled once with that header and once with the system's <linux/kvm.h>, it gives two tables
 * that must be equal.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct abi_row {
	const char *name;
	uint64_t value;
};

#define NUM(name) {#name, (uint64_t)(name)},
#define SIZE(type) {"sizeof " #type, sizeof(struct type)},
#define AT(type, member)                                                                           \
	{#type "." #member,                                                                        \
	 offsetof(struct type, member) << 32 | sizeof(((struct type *)0)->member)},

extern const struct abi_row abi_ours[], abi_linux[];
extern const unsigned int abi_ours_count;
