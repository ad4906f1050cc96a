/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Address -> function name by binary search in the table that the build appends to the image; used
 * by the back-traces of panic and of unexpected traps. In the first of the two links the table is
 * empty.
 */
#include "core/symbols.h"

#define SYMBOL_BASE 0xffffffff80000000ULL
/* No function is longer: what lies farther behind the last one is data. */
#define FUNCTION_MAX 0x10000

extern const u32 symtab_count;
extern const u32 symtab_offsets[];
extern const u32 symtab_name_offsets[];
extern const char symtab_names[];

const char *symbol_lookup(u64 addr, u64 *offset)
{
	u64 rel = addr - SYMBOL_BASE;
	u32 low = 0, high = symtab_count;

	if (addr < SYMBOL_BASE) {
		return NULL;
	}
	while (low < high) {
		u32 mid = low + (high - low) / 2;

		if (symtab_offsets[mid] <= rel) {
			low = mid + 1;
		} else {
			high = mid;
		}
	}
	if (low == 0 || rel - symtab_offsets[low - 1] > FUNCTION_MAX) {
		return NULL;
	}
	*offset = rel - symtab_offsets[low - 1];
	return symtab_names + symtab_name_offsets[low - 1];
}
