/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copies between the hypervisor and a domain, for every call with a pointer. Each page is looked
 * up in the domain's tables and copied in one section, so its frame cannot go away meanwhile;
 * missing pages are given outside of it.
 */
#include "core/string.h"
#include "mm/aspace.h"
#include "mm/layout.h"

#define TRIES 3

/* What is done with n bytes at p of the domain, inside the section. */
typedef void (*access_fn)(void *p, void *buf, size_t n);

static void read_bytes(void *p, void *buf, size_t n)
{
	memcpy(buf, p, n);
}

static void write_bytes(void *p, void *buf, size_t n)
{
	memcpy(p, buf, n);
}

static void read_u32(void *p, void *buf, size_t n __unused)
{
	*(u32 *)buf = READ_ONCE(*(u32 *)p);
}

static void write_u32(void *p, void *buf, size_t n __unused)
{
	WRITE_ONCE(*(u32 *)p, *(u32 *)buf);
}

/* The part of an access that lies in one page. */
static int access_page(struct aspace *as, u64 addr, void *buf, size_t n, u32 right, access_fn fn)
{
	for (u32 i = 0;; i++) {
		bool irqs = section_enter();
		u32 rights, order;
		hpa_t hpa;
		int r = s2_lookup(&as->s2, GPA(addr), &hpa, &rights, &order);

		if (r == 0 && (rights & right)) {
			fn((char *)hpa_to_ptr(hpa) + (addr & ~PAGE_MASK), buf, n);
			section_leave(irqs);
			return 0;
		}
		section_leave(irqs);
		if (i == TRIES) {
			return -EFAULT;
		}
		r = aspace_fault(as, addr, right);
		if (r < 0) {
			return r;
		}
	}
}

static int access_range(struct aspace *as, u64 addr, void *buf, size_t len, u32 right, access_fn fn)
{
	char *p = buf;

	if (addr > DOM_USER_TOP || len > DOM_USER_TOP - addr) {
		return -EFAULT;
	}
	while (len > 0) {
		size_t n = MIN(len, PAGE_SIZE - (addr & ~PAGE_MASK));
		int r = access_page(as, addr, p, n, right, fn);

		if (r < 0) {
			return r;
		}
		addr += n;
		p += n;
		len -= n;
		cond_resched();
	}
	return 0;
}

int copy_from_domain(struct aspace *as, void *dst, dva_t src, size_t len)
{
	return access_range(as, src.v, dst, len, S2_R, read_bytes);
}

int copy_to_domain(struct aspace *as, dva_t dst, const void *src, size_t len)
{
	return access_range(as, dst.v, (void *)(uintptr_t)src, len, S2_W, write_bytes);
}

int copy_string_from_domain(struct aspace *as, char *buf, size_t size, dva_t src)
{
	size_t have = 0;

	while (have < size) {
		u64 addr = src.v + have;
		size_t n = MIN(size - have, PAGE_SIZE - (addr & ~PAGE_MASK)), length;
		int r = copy_from_domain(as, buf + have, DVA(addr), n);

		if (r < 0) {
			return r;
		}
		length = strnlen(buf + have, n);
		have += length;
		if (length < n) {
			return (int)have;
		}
	}
	return -ENAMETOOLONG;
}

int domain_load_u32(struct aspace *as, dva_t addr, u32 *val)
{
	if (!IS_ALIGNED(addr.v, sizeof(u32))) {
		return -EFAULT;
	}
	return access_range(as, addr.v, val, sizeof(*val), S2_R, read_u32);
}

int domain_store_u32(struct aspace *as, dva_t addr, u32 val)
{
	if (!IS_ALIGNED(addr.v, sizeof(u32))) {
		return -EFAULT;
	}
	return access_range(as, addr.v, &val, sizeof(val), S2_W, write_u32);
}
