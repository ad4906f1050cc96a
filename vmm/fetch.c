/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The instruction fetch with its caches of one page and one instruction. Called by
 * vmm/exit_insn.c and for reports.
 */
#include "vmm/fetch.h"

#include "arch/x86/asm/cr.h"
#include "arch/x86/asm/msr.h"
#include "core/string.h"
#include "vmm/guest_mem.h"
#include "vmm/vcpu.h"

#define TRIES 3

void fetch_where(struct vcpu *v, struct fetch_at *at)
{
	const struct hv_sregs *s = &at->s;
	u64 gva = v->hv.regs.rip;
	u32 attr;

	hv_get_sregs(&v->hv, &at->s, HV_SREG_CS | HV_SREG_CR);
	attr = s->seg[HV_CS].attr;
	at->user = HV_ATTR_DPL(s->seg[HV_SS].attr) == 3;
	if (likely(attr & HV_ATTR_L)) {
		at->code_size = 8;
	} else {
		at->code_size = attr & HV_ATTR_DB ? 4 : 2;
		gva = (u32)(gva + s->seg[HV_CS].base);
	}
	at->gva = gva;
	/*
	 * The registers that shape a translation, in one word: CR0.PG is bit 31, none of CR4's
	 * bits in use collides.
	 */
	at->mode = (s->cr0 & CR0_PG) | (s->cr4 & (CR4_PAE | CR4_PSE | CR4_LA57 | CR4_SMEP)) |
		   (s->efer & (EFER_LMA | EFER_NXE)) << 32 | at->user;
}

/* Whether the cached page is still what the guest's tables say. In a section. */
static inline bool holds(struct vcpu *v, const struct fetch_at *at, u64 page)
{
	const struct fetch_cache *c = &v->fetch;

	if (c->page != page || c->cr3 != at->s.cr3 || c->mode != at->mode ||
	    c->gen != smp_load_acquire(&v->vm->s2.gen)) {
		return false;
	}
	if (likely(c->wide)) {
		for (u32 i = 0; i < c->levels; i++) {
			if (READ_ONCE(*(const u64 *)c->entry[i]) != c->value[i]) {
				return false;
			}
		}
		return true;
	}
	for (u32 i = 0; i < c->levels; i++) {
		if (READ_ONCE(*(const u32 *)c->entry[i]) != c->value[i]) {
			return false;
		}
	}
	return true;
}

/* Two loads of 8 bytes; memory that the guest writes is read once. */
static inline void load16(union fetch_bytes *to, const u8 *from)
{
	__builtin_memcpy(to, from, sizeof(*to));
}

const struct insn *fetch_known(struct vcpu *v, const struct fetch_at *at)
{
	const struct fetch_cache *c = &v->fetch;
	u32 offset = at->gva & ~PAGE_MASK;
	union fetch_bytes now;
	bool irqs, same;

	if (c->insn.op == INSN_NONE || c->offset != offset || c->code_size != at->code_size) {
		return NULL;
	}
	irqs = section_enter();
	same = holds(v, at, at->gva & PAGE_MASK);
	if (likely(same)) {
		load16(&now, c->code + offset);
		same = now.word[0] == c->bytes.word[0] && now.word[1] == c->bytes.word[1];
	}
	section_leave(irqs);
	return same ? &c->insn : NULL;
}

void fetch_remember(struct vcpu *v, const struct fetch_at *at, const union fetch_bytes *bytes,
		    const struct insn *i)
{
	struct fetch_cache *c = &v->fetch;
	u32 offset = at->gva & ~PAGE_MASK;

	if (offset <= PAGE_SIZE - sizeof(*bytes) && c->page == (at->gva & PAGE_MASK)) {
		c->offset = offset;
		c->code_size = at->code_size;
		c->bytes = *bytes;
		c->insn = *i;
	}
}

/* Copies if the cache answers: the number of bytes or 0. A section of its own. */
static u32 fetch_cached(struct vcpu *v, const struct fetch_at *at, u64 gva,
			union fetch_bytes *bytes)
{
	u32 offset = gva & ~PAGE_MASK, count = MIN(FETCH_MAX, PAGE_SIZE - offset);
	bool irqs = section_enter();

	if (!holds(v, at, gva & PAGE_MASK)) {
		count = 0;
	} else if (offset <= PAGE_SIZE - sizeof(*bytes)) {
		load16(bytes, v->fetch.code + offset);
	} else {
		memcpy(bytes->b, v->fetch.code + offset, count);
	}
	section_leave(irqs);
	return count;
}

/*
 * Notes the places of the entries and of the code. In a section; false: something is not mapped
 * any more.
 */
static bool note_places(struct vcpu *v, const struct walk_trace *t, gpa_t code)
{
	struct fetch_cache *c = &v->fetch;

	for (u32 i = 0; i < t->count; i++) {
		c->entry[i] = vm_peek(v->vm, GPA(t->gpa[i]));
		c->value[i] = t->value[i];
		if (!c->entry[i]) {
			return false;
		}
	}
	c->code = vm_peek(v->vm, GPA(ALIGN_DOWN(code.v, PAGE_SIZE)));
	c->levels = t->count;
	c->wide = t->wide;
	return c->code;
}

static int fill(struct vcpu *v, const struct fetch_at *at, u64 page, u32 *error)
{
	struct walk_mode m = {at->s.cr0, at->s.cr3, at->s.cr4, at->s.efer, v->hv.regs.rflags};
	struct fetch_cache *c = &v->fetch;
	u64 gen = smp_load_acquire(&v->vm->s2.gen);
	struct walk_trace trace;
	gpa_t code;
	bool irqs;
	u8 touch;
	int err;

	c->page = FETCH_EMPTY;
	c->insn.op = INSN_NONE;
	err = walk_traced(v, &m, page, WALK_FETCH | (at->user ? WALK_USER : 0), &code, error,
			  &trace);
	if (err) {
		return err;
	}
	err = vm_read(v->vm, code, &touch, sizeof(touch));
	vcpu_load(v);
	if (err) {
		return -EIO;
	}
	irqs = section_enter();
	if (note_places(v, &trace, code)) {
		c->cr3 = at->s.cr3;
		c->gen = gen;
		c->mode = at->mode;
		c->page = page;
	}
	section_leave(irqs);
	return 0;
}

int fetch_bytes(struct vcpu *v, const struct fetch_at *at, u32 skip, union fetch_bytes *bytes,
		u32 *error)
{
	u64 gva = at->gva + skip;
	u32 count;
	int err;

	for (int i = 0; i < TRIES; i++) {
		count = fetch_cached(v, at, gva, bytes);
		if (likely(count)) {
			return count;
		}
		err = fill(v, at, gva & PAGE_MASK, error);
		if (err) {
			return err;
		}
	}
	return -EIO;
}
