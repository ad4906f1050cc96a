/* SPDX-License-Identifier: BSD-2-Clause */
/* LINK: core/symbols.c */
/* Address to name over a table as scripts/make-symtab writes it. */
#include "core/symbols.h"
#include "core/types.h"
#include "unit.h"

extern const u32 symtab_count;
extern const u32 symtab_offsets[];
extern const u32 symtab_name_offsets[];
extern const char symtab_names[];
const u32 symtab_count = 3;
const u32 symtab_offsets[] = {0x200000, 0x200010, 0x201000};
const u32 symtab_name_offsets[] = {0, 6, 12};
const char symtab_names[] = "first\0panic\0last\0";

#define IMAGE 0xffffffff80000000ULL

static void names(void **state)
{
	u64 off = 0;

	(void)state;
	assert_string_equal(symbol_lookup(IMAGE + 0x200000, &off), "first");
	assert_int_equal(off, 0);
	assert_string_equal(symbol_lookup(IMAGE + 0x20000f, &off), "first");
	assert_int_equal(off, 15);
	assert_string_equal(symbol_lookup(IMAGE + 0x200010, &off), "panic");
	assert_string_equal(symbol_lookup(IMAGE + 0x200fff, &off), "panic");
	assert_int_equal(off, 0xfef);
	assert_string_equal(symbol_lookup(IMAGE + 0x201234, &off), "last");
}

static void outside(void **state)
{
	u64 off;

	(void)state;
	assert_null(symbol_lookup(0, &off));
	assert_null(symbol_lookup(0x200000, &off));
	assert_null(symbol_lookup(IMAGE + 0x1fffff, &off));
	assert_null(symbol_lookup(IMAGE + 0x300000, &off));
	assert_null(symbol_lookup(UINT64_MAX, &off));
}

UNIT_MAIN(T(names), T(outside))
