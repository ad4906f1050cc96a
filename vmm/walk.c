/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The walk of the guest's page tables, one function for every paging mode: the modes differ in
 * the number of levels, the bits per level and the width of an entry. Called for instruction
 * fetch, string port accesses and KVM_TRANSLATE.
 */
#include "vmm/walk.h"

#include "arch/x86/asm/cr.h"
#include "arch/x86/asm/msr.h"
#include "vmm/guest_mem.h"
#include "vmm/vcpu.h"

#define PTE_PRESENT BIT(0)
#define PTE_WRITE BIT(1)
#define PTE_USER BIT(2)
#define PTE_ACCESSED BIT(5)
#define PTE_DIRTY BIT(6)
#define PTE_LARGE BIT(7)
#define PTE_NX BIT(63)
#define PTE_ADDR 0x000ffffffffff000ULL
#define RFLAGS_AC BIT(18)

#define TRIES 16 /* of a walk, while another vCPU changes the entries */

struct walk {
	const struct walk_mode *m;
	u64 gva;
	u32 access, levels, bits;
	bool wide, pae; /* 8-byte entries; three-level PAE, whose top entries carry no rights */
	bool writable, user, no_exec; /* of all levels together */
	u8 phys_bits;
	struct walk_trace *trace; /* NULL: not wanted */
};

void walk_mode_of(struct vcpu *v, struct walk_mode *m)
{
	struct hv_sregs s;

	hv_get_sregs(&v->hv, &s, HV_SREG_CR);
	*m = (struct walk_mode){s.cr0, s.cr3, s.cr4, s.efer, v->hv.regs.rflags};
}

static void set_shape(struct walk *w)
{
	const struct walk_mode *m = w->m;

	w->wide = m->cr4 & CR4_PAE;
	w->bits = w->wide ? 9 : 10;
	if (m->efer & EFER_LMA) {
		w->levels = m->cr4 & CR4_LA57 ? 5 : 4;
	} else {
		w->pae = w->wide;
		w->levels = w->pae ? 3 : 2;
	}
}

static u32 fault_code(const struct walk *w, u32 why)
{
	bool tells_fetch = w->m->efer & EFER_NXE || w->m->cr4 & CR4_SMEP;

	return why | (w->access & (WALK_WRITE | WALK_USER)) |
	       (tells_fetch ? w->access & WALK_FETCH : 0);
}

static bool allowed(const struct walk *w)
{
	const struct walk_mode *m = w->m;

	if (w->access & WALK_FETCH) {
		if (w->no_exec || (w->user && !(w->access & WALK_USER) && m->cr4 & CR4_SMEP)) {
			return false;
		}
	} else if (w->user && !(w->access & WALK_USER) && m->cr4 & CR4_SMAP &&
		   !(m->rflags & RFLAGS_AC)) {
		return false;
	}
	if (w->access & WALK_USER && !w->user) {
		return false;
	}
	return !(w->access & WALK_WRITE) || w->writable ||
	       (!(w->access & WALK_USER) && !(m->cr0 & CR0_WP));
}

/* Whether the entry has bits that must be 0; large: it maps a page at this level. */
static bool reserved_bits(const struct walk *w, u64 entry, u32 level, bool large)
{
	u64 bad = 0;

	if (!w->wide) {
		return false;
	}
	bad |= PTE_ADDR & ~((1ULL << w->phys_bits) - 1);
	bad |= w->m->efer & EFER_NXE && !(w->pae && level == 3) ? 0 : PTE_NX;
	if (large) {
		bad |= (1ULL << (12 + 9 * (level - 1))) - (1ULL << 13);
	} else if (level >= 4) {
		bad |= PTE_LARGE;
	}
	return entry & bad;
}

/* The physical address that a leaf at this level gives for w->gva. */
static u64 leaf_address(const struct walk *w, u64 entry, u32 level)
{
	u64 offset = (1ULL << (12 + w->bits * (level - 1))) - 1;
	u64 frame = entry & PTE_ADDR;

	if (!w->wide && level == 2) { /* 4 MiB pages have address bits 39-32 in bits 20-13 */
		frame = (entry & 0xffc00000u) | (entry >> 13 & 0xff) << 32;
	}
	return (frame & ~offset) | (w->gva & offset);
}

static int read_entry(struct vcpu *v, struct walk *w, u64 gpa, u64 *entry)
{
	u32 narrow;
	int err;

	if (w->wide) {
		err = vm_read(v->vm, GPA(gpa), entry, sizeof(*entry));
	} else {
		err = vm_read(v->vm, GPA(gpa), &narrow, sizeof(narrow));
		*entry = narrow;
	}
	if (err) {
		return -EIO;
	}
	if (w->trace) {
		w->trace->gpa[w->trace->count] = gpa;
		w->trace->value[w->trace->count++] = *entry;
	}
	return 0;
}

static bool is_leaf(const struct walk *w, u64 entry, u32 level)
{
	if (level == 1) {
		return true;
	}
	if (!(entry & PTE_LARGE)) {
		return false;
	}
	return level == 2 ? w->wide || w->m->cr4 & CR4_PSE : level == 3 && !w->pae;
}

static int walk_levels(struct vcpu *v, struct walk *w, gpa_t *gpa, u32 *error)
{
	u64 table = w->m->cr3 & (w->pae ? 0xffffffe0u : PTE_ADDR), entry;
	int err;

	for (u32 level = w->levels; level; level--) {
		u64 index = w->gva >> (12 + w->bits * (level - 1)) & ((1u << w->bits) - 1);
		bool large, top = w->pae && level == 3;

		index &= top ? 3 : ~0ULL;
		err = read_entry(v, w, table + index * (w->wide ? 8 : 4), &entry);
		if (err) {
			return err;
		}
		large = level > 1 && is_leaf(w, entry, level);
		if (!(entry & PTE_PRESENT)) {
			*error = fault_code(w, 0);
			return -EFAULT;
		}
		if (reserved_bits(w, entry, level, large)) {
			*error = fault_code(w, WALK_PRESENT | WALK_RESERVED);
			return -EFAULT;
		}
		if (!top) {
			w->writable &= !!(entry & PTE_WRITE);
			w->user &= !!(entry & PTE_USER);
			w->no_exec |= entry >> 63;
		}
		if (is_leaf(w, entry, level)) {
			*gpa = GPA(leaf_address(w, entry, level));
			*error = fault_code(w, WALK_PRESENT);
			return allowed(w) ? 0 : -EFAULT;
		}
		table = entry & PTE_ADDR;
	}
	return -EIO;
}

/*
 * Accessed in every entry, dirty in the last one of a write, as the CPU does. 0; -EAGAIN: the
 * tables have changed; -EIO: they cannot be written.
 */
static int mark(struct vcpu *v, const struct walk *w)
{
	const struct walk_trace *t = w->trace;

	for (u32 i = w->pae; i < t->count; i++) {
		bool dirty = w->access & WALK_WRITE && i == t->count - 1;
		u64 want = t->value[i] | PTE_ACCESSED | (dirty ? PTE_DIRTY : 0);
		int err = want == t->value[i] ? 0
					      : vm_replace(v->vm, GPA(t->gpa[i]), t->value[i],
							   want, w->wide);

		if (err) {
			return err == -EAGAIN ? err : -EIO;
		}
	}
	return 0;
}

static int translate(struct vcpu *v, struct walk *w, gpa_t *gpa, u32 *error)
{
	struct walk_trace trace;
	int err = -EIO;

	*error = 0;
	if (!(w->m->cr0 & CR0_PG)) {
		*gpa = GPA(w->gva & UINT32_MAX);
		return 0;
	}
	set_shape(w);
	if (!(w->m->efer & EFER_LMA)) {
		w->gva &= UINT32_MAX;
	}
	w->phys_bits = v->phys_bits;
	if (w->access & WALK_MARK) {
		w->trace = &trace;
	}
	for (int i = 0; i < TRIES; i++) {
		w->writable = w->user = true;
		w->no_exec = false;
		trace.count = 0;
		err = walk_levels(v, w, gpa, error);
		if (!err && w->access & WALK_MARK) {
			err = mark(v, w);
		}
		if (err != -EAGAIN) {
			break;
		}
	}
	vcpu_load(v);
	return err == -EAGAIN ? -EIO : err;
}

int walk_translate(struct vcpu *v, const struct walk_mode *m, u64 gva, u32 access, gpa_t *gpa,
		   u32 *error)
{
	struct walk w = {.m = m, .gva = gva, .access = access};

	return translate(v, &w, gpa, error);
}

int walk_traced(struct vcpu *v, const struct walk_mode *m, u64 gva, u32 access, gpa_t *gpa,
		u32 *error, struct walk_trace *trace)
{
	struct walk w = {.m = m, .gva = gva, .access = access, .trace = trace};
	int err;

	trace->count = 0;
	err = translate(v, &w, gpa, error);
	trace->wide = w.wide;
	return err;
}
