/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loading the runtime into a new domain: its ELF segments, each copied into memory of the domain
 * and mapped with the segment's rights. The file came by the boot loader and may be damaged, so
 * everything in it is checked.
 */
#include "api/domain.h"

#include "api/bootfile.h"
#include "api/elf64.h"
#include "api/filled.h"
#include "core/string.h"

#define RUNTIME_NAME "runtime"

int domain_map_filled(struct domain *d, u64 addr, u64 size, u32 rights, const void *data, u64 len)
{
	struct backing *b = backing_anon(&d->as.quota, size);
	s64 mapped;
	int err;

	if (!b) {
		return -ENOMEM;
	}
	err = backing_fill(b, 0, data, len);
	if (!err) {
		mapped = aspace_map(&d->as, addr, size, rights, ASPACE_FIXED_NOREPLACE, b, 0);
		err = mapped < 0 ? (int)mapped : 0;
	}
	if (err) {
		backing_put(b);
	}
	return err;
}

static bool header_ok(const struct elf64_ehdr *e, u64 size)
{
	return e->magic == ELF_MAGIC && e->class == ELFCLASS64 && e->data == ELFDATA2LSB &&
	       e->e_type == ET_EXEC && e->e_machine == EM_X86_64 &&
	       e->e_phentsize == sizeof(struct elf64_phdr) && e->e_phoff <= size &&
	       e->e_phnum * sizeof(struct elf64_phdr) <= size - e->e_phoff &&
	       e->e_entry >= CORBEL_RUNTIME_BASE && e->e_entry < CORBEL_RUNTIME_TABLES;
}

static bool segment_ok(const struct elf64_phdr *p, u64 size)
{
	return p->p_filesz <= p->p_memsz && p->p_offset <= size &&
	       p->p_filesz <= size - p->p_offset && p->p_vaddr >= CORBEL_RUNTIME_BASE &&
	       p->p_vaddr < CORBEL_RUNTIME_TABLES &&
	       p->p_memsz <= CORBEL_RUNTIME_TABLES - p->p_vaddr &&
	       (p->p_vaddr & ~PAGE_MASK) == (p->p_offset & ~PAGE_MASK);
}

static int load_segment(struct domain *d, const char *file, const struct elf64_phdr *p)
{
	u64 start = ALIGN_DOWN(p->p_vaddr, PAGE_SIZE), in_page = p->p_vaddr - start;
	u64 size = ALIGN_UP(in_page + p->p_memsz, PAGE_SIZE);
	u32 rights = S2_R | (p->p_flags & PF_W ? S2_W : 0) | (p->p_flags & PF_X ? S2_X : 0);

	/*
	 * Offset and address agree within the page, so the page's first bytes come from the file
	 * too.
	 */
	return domain_map_filled(d, start, size, rights, file + p->p_offset - in_page,
				 in_page + p->p_filesz);
}

int domain_load_runtime(struct domain *d, u64 *entry)
{
	struct object *o = bootfile_open(RUNTIME_NAME);
	struct elf64_ehdr e;
	struct elf64_phdr p;
	const char *file;
	u64 size;
	int err = 0;

	if (!o) {
		return -ENOENT;
	}
	file = bootfile_data(o, &size);
	if (size < sizeof(e)) {
		err = -ENOEXEC;
	} else {
		memcpy(&e, file, sizeof(e));
		err = header_ok(&e, size) ? 0 : -ENOEXEC;
	}
	for (u32 i = 0; !err && i < e.e_phnum; i++) {
		memcpy(&p, file + e.e_phoff + i * sizeof(p), sizeof(p));
		if (p.p_type == PT_LOAD && p.p_memsz > 0) {
			err = segment_ok(&p, size) ? load_segment(d, file, &p) : -ENOEXEC;
		}
	}
	object_put(o);
	if (!err) {
		*entry = e.e_entry;
	}
	/* Segments that overlap: the file's fault as well. */
	return err == -EEXIST ? -ENOEXEC : err;
}
