/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mmap, munmap, mprotect, mremap, madvise: Linux's rules for arguments and errors; the work is
 * mm/aspace. A program's ranges end at the runtime's GiB, the runtime's own calls may name that
 * as well.
 */
#include "api/calls.h"
#include "api/domain.h"
#include "api/linux.h"

struct mapping {
	u64 addr, len, offset;
	u32 rights, flags;	/* S2_*, ASPACE_* */
};

static u32 rights_of_prot(u64 prot)
{
	/* What the CPU's page tables would give: no write or execute without read. */
	return (prot & (PROT_READ | PROT_WRITE | PROT_EXEC) ? S2_R : 0) |
	       (prot & PROT_WRITE ? S2_W : 0) | (prot & PROT_EXEC ? S2_X : 0);
}

/* Whether [addr, addr + len) of whole pages ends below what the caller may name. */
static bool in_limit(const struct domain_thread *t, u64 addr, u64 len)
{
	return len <= t->pointer_limit && addr <= t->pointer_limit - len;
}

/* Checks address and length, and rounds them. */
static int check_place(const struct domain_thread *t, struct mapping *m, u64 flags)
{
	if (m->len == 0) {
		return -EINVAL;
	}
	if (m->len > t->pointer_limit) {
		return -ENOMEM;
	}
	m->len = ALIGN_UP(m->len, PAGE_SIZE);
	if (m->offset + m->len < m->offset) {
		return -EOVERFLOW;
	}
	if (flags & (MAP_32BIT | MAP_HUGETLB)) {
		return -ENOMEM; /* the pools that these ask for are empty */
	}
	if (!(flags & (MAP_FIXED | MAP_FIXED_NOREPLACE))) {
		m->addr = in_limit(t, ALIGN_DOWN(m->addr, PAGE_SIZE), m->len) ?
				  ALIGN_DOWN(m->addr, PAGE_SIZE) : 0;
		return 0;
	}
	m->flags |= flags & MAP_FIXED_NOREPLACE ? ASPACE_FIXED_NOREPLACE : ASPACE_FIXED;
	if (!in_limit(t, m->addr, m->len)) {
		return -ENOMEM;
	}
	if (!IS_ALIGNED(m->addr, PAGE_SIZE)) {
		return -EINVAL;
	}
	return m->addr < DOM_MIN_ADDR ? -EPERM : 0;
}

static struct backing *anonymous(struct domain_thread *t, const struct mapping *m, int *err)
{
	struct backing *b = backing_anon(&t->domain->as.quota, m->len);

	*err = b ? 0 : -ENOMEM;
	return b;
}

static struct backing *of_handle(const struct handle *h, const struct mapping *m, int *err)
{
	bool shared = m->flags & ASPACE_SHARED;

	if (!(h->rights & RIGHT_READ) ||
	    (shared && (m->rights & S2_W) && !(h->rights & RIGHT_WRITE))) {
		*err = -EACCES;
		return NULL;
	}
	return handle_mmap(h, m->offset, m->len, m->rights, shared, err);
}

static s64 map(struct domain_thread *t, struct mapping *m, u64 flags, const struct handle *h)
{
	u64 type = flags & MAP_TYPE;
	struct backing *b;
	int err = check_place(t, m, flags);
	s64 ret;

	if (err) {
		return err;
	}
	if (type == MAP_SHARED || (type == MAP_SHARED_VALIDATE && h)) {
		m->flags |= ASPACE_SHARED;
	} else if (type != MAP_PRIVATE) {
		return -EINVAL;
	}
	if (type == MAP_SHARED_VALIDATE && (flags & MAP_SYNC)) {
		return -EOPNOTSUPP;
	}
	b = h ? of_handle(h, m, &err) : anonymous(t, m, &err);
	if (!b) {
		return err;
	}
	ret = aspace_map(&t->domain->as, m->addr, m->len, m->rights, m->flags, b,
			 h ? m->offset : 0);
	if (ret < 0) {
		backing_put(b);
	}
	return ret;
}

s64 call_mmap(struct domain_thread *t, const struct call_args *args)
{
	struct mapping m = {
		.addr = args->rdi, .len = args->rsi, .offset = args->r9,
		.rights = rights_of_prot(args->rdx),
	};
	u64 flags = args->r10;
	struct handle h;
	s64 ret;

	if (!IS_ALIGNED(m.offset, PAGE_SIZE)) {
		return -EINVAL;
	}
	if (flags & MAP_ANONYMOUS) {
		return map(t, &m, flags, NULL);
	}
	ret = handle_get(&t->domain->handles, (u32)args->r8, &h);
	if (ret < 0) {
		return ret;
	}
	ret = map(t, &m, flags, &h);
	object_put(h.obj);
	return ret;
}

s64 call_munmap(struct domain_thread *t, const struct call_args *args)
{
	u64 addr = args->rdi, len = args->rsi;

	if (!IS_ALIGNED(addr, PAGE_SIZE) || len == 0 || !in_limit(t, addr, len)) {
		return -EINVAL;
	}
	return aspace_unmap(&t->domain->as, addr, ALIGN_UP(len, PAGE_SIZE));
}

s64 call_mprotect(struct domain_thread *t, const struct call_args *args)
{
	u64 addr = args->rdi, len = args->rsi, prot = args->rdx;

	/* GROWSDOWN and GROWSUP are valid bits for mappings that grow; here none does. */
	if ((prot & ~(u64)(PROT_READ | PROT_WRITE | PROT_EXEC | PROT_SEM)) ||
	    !IS_ALIGNED(addr, PAGE_SIZE)) {
		return -EINVAL;
	}
	if (len == 0) {
		return 0;
	}
	if (!in_limit(t, addr, len)) {
		return -ENOMEM;
	}
	return aspace_protect(&t->domain->as, addr, ALIGN_UP(len, PAGE_SIZE), rights_of_prot(prot));
}

s64 call_mremap(struct domain_thread *t, const struct call_args *args)
{
	u64 old = args->rdi, old_len = args->rsi, new_len = args->rdx, flags = args->r10;
	u64 to = args->r8;
	bool fixed = flags & MREMAP_FIXED, may_move = flags & MREMAP_MAYMOVE;

	/* DONTUNMAP and the doubling of a shared mapping (old_len 0) are not offered. */
	if ((flags & ~(u64)(MREMAP_FIXED | MREMAP_MAYMOVE)) || (fixed && !may_move) ||
	    !IS_ALIGNED(old, PAGE_SIZE) || old_len == 0 || new_len == 0) {
		return -EINVAL;
	}
	if (new_len > t->pointer_limit) {
		return fixed ? -EINVAL : -ENOMEM;
	}
	new_len = ALIGN_UP(new_len, PAGE_SIZE);
	if (fixed && (!IS_ALIGNED(to, PAGE_SIZE) || !in_limit(t, to, new_len))) {
		return -EINVAL;
	}
	if (!in_limit(t, old, old_len)) {
		return -EFAULT;
	}
	/* Growing in place must not run into the runtime's range either. */
	if (!fixed && !may_move && !in_limit(t, old, new_len)) {
		return -ENOMEM;
	}
	return aspace_remap(&t->domain->as, old, ALIGN_UP(old_len, PAGE_SIZE), new_len, may_move,
			    fixed, to);
}

/* Hints are the runtime's matter; here only the advice that takes pages away. */
s64 call_madvise(struct domain_thread *t, const struct call_args *args)
{
	u64 addr = args->rdi, len = args->rsi;
	u32 advice = (u32)args->rdx;

	if ((advice != MADV_DONTNEED && advice != MADV_FREE) || !IS_ALIGNED(addr, PAGE_SIZE)) {
		return -EINVAL;
	}
	if (len == 0) {
		return 0;
	}
	if (!in_limit(t, addr, len)) {
		return addr + len < addr ? -EINVAL : -ENOMEM;
	}
	return aspace_discard(&t->domain->as, addr, ALIGN_UP(len, PAGE_SIZE));
}
