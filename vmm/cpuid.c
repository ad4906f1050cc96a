/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guest's CPUID as the VMM set it, and the answer to the instruction. Called by exits and
 * api/kvm_vcpu_cpuid.c.
 */
#include "vmm/cpuid.h"

#include "arch/x86/asm/cr.h"
#include "arch/x86/asm/msr.h"
#include "core/string.h"
#include "mm/slab.h"
#include "vmm/vcpu.h"

#define LEAF1_EDX_APIC BIT(9)
#define LEAF7_ECX_OSPKE BIT(4)
#define XSTATE_LEAF 0xd
#define XSTATE1_XSAVEC BIT(1)
#define XSTATE_LEGACY 576 /* FXSAVE area and header */

/* The note for a leaf's first entry, or NULL for a leaf without one. */
static u16 *note_of(struct cpuid_table *t, u32 leaf)
{
	if (leaf < ARRAY_SIZE(t->basic)) {
		return &t->basic[leaf];
	}
	if (leaf - 0x80000000u < ARRAY_SIZE(t->extended)) {
		return &t->extended[leaf - 0x80000000u];
	}
	return leaf - KVM_CPUID_SIGNATURE < ARRAY_SIZE(t->hypervisor)
		       ? &t->hypervisor[leaf - KVM_CPUID_SIGNATURE]
		       : NULL;
}

/* The first entry that answers leaf and subleaf, or NULL. */
static const struct kvm_cpuid_entry2 *find(struct cpuid_table *t, u32 leaf, u32 subleaf)
{
	const u16 *note;
	u32 i = 0;

	if (!t) {
		return NULL;
	}
	note = note_of(t, leaf);
	if (note) {
		if (!*note) {
			return NULL;
		}
		i = *note - 1;
	}
	for (; i < t->count; i++) {
		const struct kvm_cpuid_entry2 *e = &t->entry[i];

		if (e->function == leaf &&
		    (!(e->flags & KVM_CPUID_FLAG_SIGNIFCANT_INDEX) || e->index == subleaf)) {
			return e;
		}
	}
	return NULL;
}

/*
 * Bytes of an XSAVE image with these components; compacted (XSAVEC): areas one behind the other,
 * some of them 64-byte aligned.
 */
static u32 xstate_size(u64 xcr0, bool compacted)
{
	u32 size = XSTATE_LEGACY;

	for (u32 i = 2; i < 63; i++) {
		if (xcr0 >> i & 1) {
			struct cpuid_regs r = cpuid_or_zero(XSTATE_LEAF, i);

			size = compacted ? (r.ecx & 2 ? ALIGN_UP(size, 64) : size) + r.eax
					 : MAX(size, r.ebx + r.eax);
		}
	}
	return size;
}

u32 cpuid_xstate_size(u64 xcr0)
{
	return xstate_size(xcr0, false);
}

/* The bits that follow the guest's control registers and the APIC. */
static void add_dynamic(struct vcpu *v, u32 leaf, u32 subleaf, struct cpuid_regs *r)
{
	struct hv_sregs s;

	if (leaf == 1) {
		hv_get_sregs(&v->hv, &s, HV_SREG_CR);
		r->ecx = (r->ecx & ~CPUID_1_ECX_OSXSAVE) |
			 (s.cr4 & CR4_OSXSAVE ? CPUID_1_ECX_OSXSAVE : 0);
		r->edx = (r->edx & ~LEAF1_EDX_APIC) |
			 (v->apic_base & APIC_BASE_ENABLE ? LEAF1_EDX_APIC : 0);
	} else if (leaf == 7 && !subleaf) {
		r->ecx &= ~LEAF7_ECX_OSPKE;
	} else if (leaf == XSTATE_LEAF && !subleaf) {
		r->ebx = cpuid_xstate_size(v->xcr0);
	} else if (leaf == XSTATE_LEAF && subleaf == 1 && (r->eax & XSTATE1_XSAVEC)) {
		r->ebx = xstate_size(v->xcr0, true);
	}
}

static struct cpuid_regs regs_of(const struct kvm_cpuid_entry2 *e)
{
	return (struct cpuid_regs){e->eax, e->ebx, e->ecx, e->edx};
}

/*
 * Vendors differ: one repeats the highest basic leaf for a leaf out of range, the other answers
 * zeros.
 */
static bool repeats_highest(const struct kvm_cpuid_entry2 *zero)
{
	return zero->ebx == 0x756e6547; /* "Genu" */
}

void cpuid_query(struct vcpu *v, u32 leaf, u32 subleaf, struct cpuid_regs *r)
{
	const struct kvm_cpuid_entry2 *e = find(v->cpuid, leaf, subleaf), *base;

	if (unlikely(!e)) {
		*r = (struct cpuid_regs){0, 0, 0, 0};
		base = find(v->cpuid, 0, 0);
		if (!base || !repeats_highest(base) || (leaf <= base->eax && leaf < 0x40000000u)) {
			return;
		}
		if (leaf >= 0x40000000u) {
			const struct kvm_cpuid_entry2 *top = find(v->cpuid, leaf & 0xf0000000u, 0);

			if (top && leaf <= top->eax) {
				return;
			}
		}
		leaf = base->eax;
		e = find(v->cpuid, leaf, subleaf);
		if (!e) {
			return;
		}
	}
	*r = regs_of(e);
	add_dynamic(v, leaf, subleaf, r);
}

bool cpuid_guest_has(struct vcpu *v, u32 leaf, u32 reg, u32 bit)
{
	const struct kvm_cpuid_entry2 *e = find(v->cpuid, leaf, 0);

	return e && (const u32[]){e->eax, e->ebx, e->ecx, e->edx}[reg & 3] >> bit & 1;
}

void cpuid_get(struct vcpu *v, u32 i, struct kvm_cpuid_entry2 *e)
{
	struct cpuid_regs r;

	*e = v->cpuid->entry[i];
	r = regs_of(e);
	add_dynamic(v, e->function, e->index, &r);
	e->eax = r.eax;
	e->ebx = r.ebx;
	e->ecx = r.ecx;
	e->edx = r.edx;
}

/* Equal to the present table, but for the bits that follow the state. */
static bool same(struct vcpu *v, const struct kvm_cpuid_entry2 *entries, u32 count)
{
	if (count != (v->cpuid ? v->cpuid->count : 0)) {
		return false;
	}
	for (u32 i = 0; i < count; i++) {
		const struct kvm_cpuid_entry2 *old = &v->cpuid->entry[i], *new = &entries[i];
		struct cpuid_regs a = regs_of(old), b = regs_of(new);

		add_dynamic(v, old->function, old->index, &a);
		add_dynamic(v, old->function, old->index, &b);
		if (old->function != new->function || old->index != new->index ||
		    old->flags != new->flags || memcmp(&a, &b, sizeof(a))) {
			return false;
		}
	}
	return true;
}

/* The width of linear addresses must be one that exists. */
static bool widths_possible(const struct kvm_cpuid_entry2 *entries, u32 count)
{
	for (u32 i = 0; i < count; i++) {
		u32 bits = entries[i].eax >> 8 & 0xff;

		if (entries[i].function == 0x80000008u && bits != 48 && bits != 57 && bits) {
			return false;
		}
	}
	return true;
}

static void note_leaves(struct cpuid_table *t)
{
	for (u32 i = t->count; i; i--) {
		u16 *note = note_of(t, t->entry[i - 1].function);

		if (note) {
			*note = i;
		}
	}
}

int cpuid_set(struct vcpu *v, const struct kvm_cpuid_entry2 *entries, u32 count)
{
	const struct kvm_cpuid_entry2 *widths;
	struct cpuid_table *t;

	if (v->has_run) {
		return same(v, entries, count) ? 0 : -EINVAL;
	}
	if (!widths_possible(entries, count)) {
		return -EINVAL;
	}
	t = kzalloc(sizeof(*t) + count * sizeof(t->entry[0]));
	if (!t) {
		return -ENOMEM;
	}
	t->count = count;
	memcpy(t->entry, entries, count * sizeof(t->entry[0]));
	note_leaves(t);
	kfree(v->cpuid);
	v->cpuid = t;
	widths = find(t, 0x80000008u, 0);
	v->phys_bits = widths && (widths->eax & 0xff) ? MIN(widths->eax & 0xff, cpuid_phys_bits())
						      : cpuid_phys_bits();
	return 0;
}
