/* SPDX-License-Identifier: BSD-2-Clause */
/* The instruction fetch with its one-page cache. Called by vmm/exit_insn.c and for the bytes of a report. */
#include "vmm/fetch.h"

#include "arch/x86/asm/cr.h"
#include "arch/x86/asm/msr.h"
#include "core/errno.h"
#include "core/lock.h"
#include "core/string.h"
#include "vmm/guest_mem.h"
#include "vmm/vcpu.h"

#define TRIES 3

/* The registers that shape a translation, in one word: CR0.PG is bit 31, none of CR4's bits in use collides. */
static u64 mode_word(const struct walk_mode *m, bool user)
{
	u64 paging = m->cr4 & (CR4_PAE | CR4_PSE | CR4_LA57 | CR4_SMEP);

	return (m->cr0 & CR0_PG) | paging | (m->efer & (EFER_LMA | EFER_NXE)) << 32 | user;
}

static bool holds(struct vcpu *v, u64 page, u64 cr3, u64 mode)
{
	const struct fetch_cache *c = &v->fetch;

	if (c->page != page || c->cr3 != cr3 || c->mode != mode ||
	    c->gen != smp_load_acquire(&v->vm->s2.gen)) {
		return false;
	}
	for (u32 i = 0; i < c->levels; i++) {
		const void *at = c->entry[i];
		u64 now = c->wide ? READ_ONCE(*(const u64 *)at) : READ_ONCE(*(const u32 *)at);

		if (now != c->value[i]) {
			return false;
		}
	}
	return true;
}

/* Copies if the cache answers: the number of bytes or 0. A section of its own. */
static u32 fetch_cached(struct vcpu *v, u64 gva, u64 cr3, u64 mode, u8 buf[16])
{
	u32 offset = gva & ~PAGE_MASK, count = MIN(FETCH_MAX, PAGE_SIZE - offset);
	bool irqs = section_enter();

	if (!holds(v, gva & PAGE_MASK, cr3, mode)) {
		count = 0;
	} else if (offset <= PAGE_SIZE - 16) {
		memcpy(buf, v->fetch.code + offset, 16);
	} else {
		memcpy(buf, v->fetch.code + offset, count);
	}
	section_leave(irqs);
	return count;
}

/* Notes the places of the entries and of the code. In a section; false: something is not mapped any more. */
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

static int fill(struct vcpu *v, const struct walk_mode *m, u64 page, bool user, u32 *error)
{
	struct fetch_cache *c = &v->fetch;
	u64 gen = smp_load_acquire(&v->vm->s2.gen);
	struct walk_trace trace;
	gpa_t code;
	bool irqs;
	u8 touch;
	int err;

	c->page = FETCH_EMPTY;
	err = walk_traced(v, m, page, WALK_FETCH | (user ? WALK_USER : 0), &code, error, &trace);
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
		c->cr3 = m->cr3;
		c->gen = gen;
		c->mode = mode_word(m, user);
		c->page = page;
	}
	section_leave(irqs);
	return 0;
}

int vcpu_fetch(struct vcpu *v, u64 gva, bool user, u8 buf[16], u32 *error)
{
	struct walk_mode m;
	u32 count;
	u64 mode;
	int err;

	walk_mode_of(v, &m);
	mode = mode_word(&m, user);
	for (int i = 0; i < TRIES; i++) {
		count = fetch_cached(v, gva, m.cr3, mode, buf);
		if (likely(count)) {
			return count;
		}
		err = fill(v, &m, gva & PAGE_MASK, user, error);
		if (err) {
			return err;
		}
	}
	return -EIO;
}
