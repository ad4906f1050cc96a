/* SPDX-License-Identifier: BSD-2-Clause */
/* Page walk of all x86 paging modes without access rights: where the code that failed lies. */
#include "control/vmm/guest_walk.h"

#include <stdbool.h>
#include <string.h>

enum { PTE_PRESENT = 1, PTE_LARGE = 0x80 };
enum { CR4_PAE = 0x20, CR4_LA57 = 0x1000, EFER_LMA = 0x400 };
#define CR0_PG 0x80000000u
#define ADDRESS_MASK 0x000ffffffffff000ull

struct mode {
	int levels;
	int index_bits;		/* of one table */
	int entry_size;		/* bytes */
};

static struct mode mode_of(const struct kvm_sregs *sregs)
{
	if (sregs->efer & EFER_LMA) {
		return (struct mode){ sregs->cr4 & CR4_LA57 ? 5 : 4, 9, 8 };
	}
	if (sregs->cr4 & CR4_PAE) {
		return (struct mode){ 3, 9, 8 };
	}
	return (struct mode){ 2, 10, 4 };
}

int guest_walk(struct machine *machine, const struct kvm_sregs *sregs, uint64_t linear,
	       uint64_t *address)
{
	struct mode mode = mode_of(sregs);
	uint64_t table = sregs->cr3 & (mode.levels == 3 ? 0xffffffe0 : ADDRESS_MASK);

	if (!(sregs->cr0 & CR0_PG)) {
		*address = linear;
		return 0;
	}
	for (int level = mode.levels; level > 0; level--) {
		int shift = 12 + (level - 1) * mode.index_bits;
		uint64_t index = linear >> shift & ((1u << mode.index_bits) - 1);
		uint64_t entry = 0, page = 1ull << shift;
		bool is_leaf, may_be_large;
		void *at;

		index &= mode.levels == 3 && level == 3 ? 3 : ~0ull;
		at = machine_memory(machine, table + index * mode.entry_size, mode.entry_size);
		if (!at) {
			return -1;
		}
		memcpy(&entry, at, mode.entry_size);
		if (!(entry & PTE_PRESENT)) {
			return -1;
		}
		may_be_large = mode.levels == 2 ? level == 2 : level <= 3 && level < mode.levels;
		is_leaf = level == 1 || (may_be_large && (entry & PTE_LARGE));
		if (is_leaf) {
			*address = (entry & ADDRESS_MASK & ~(page - 1)) | (linear & (page - 1));
			return 0;
		}
		table = entry & ADDRESS_MASK;
	}
	return -1;
}
