/* SPDX-License-Identifier: BSD-2-Clause */
/* What an ELF file must look like to run in a domain; pure, tested on the host. */
#include "control/runtime/elf.h"

#define LOWEST 0x10000

const char *elf_refused(const struct elf64_hdr *h)
{
	if (memcmp(h->e_ident, ELFMAG, SELFMAG)) {
		return "no ELF file";
	}
	if (h->e_ident[EI_CLASS] != ELFCLASS64 || h->e_ident[EI_DATA] != ELFDATA2LSB ||
	    h->e_machine != EM_X86_64) {
		return "not for x86-64";
	}
	if (h->e_type != ET_EXEC && h->e_type != ET_DYN) {
		return "no program";
	}
	if (h->e_phentsize != sizeof(struct elf64_phdr) || !h->e_phnum ||
	    h->e_phnum > ELF_SEGMENTS_MAX) {
		return "bad program headers";
	}
	return NULL;
}

static bool segment_ok(const struct elf64_phdr *s, u64 base, u64 top)
{
	u64 start = base + s->p_vaddr, end = start + s->p_memsz;

	return s->p_filesz <= s->p_memsz && start >= base && end >= start && start >= LOWEST &&
	       end <= top && (s->p_vaddr - s->p_offset) % PAGE == 0;
}

const char *elf_examine(const struct elf64_hdr *h, const struct elf64_phdr *ph, u64 base, u64 top,
			struct elf_program *p)
{
	bool any = false;

	*p = (struct elf_program){
		.entry = base + h->e_entry, .header_count = h->e_phnum, .base = base};
	for (u32 i = 0; i < h->e_phnum; i++) {
		const struct elf64_phdr *s = &ph[i];

		if (s->p_type == PT_INTERP) {
			return "dynamically linked; link it with -static";
		}
		if (s->p_type == PT_GNU_STACK) {
			p->executable_stack = s->p_flags & PF_X;
		}
		if (s->p_type != PT_LOAD) {
			continue;
		}
		if (!segment_ok(s, base, top)) {
			return "a segment does not fit";
		}
		any = true;
		if (p->end < base + s->p_vaddr + s->p_memsz) {
			p->end = base + s->p_vaddr + s->p_memsz;
		}
		if (h->e_phoff >= s->p_offset && h->e_phoff < s->p_offset + s->p_filesz) {
			p->headers = base + s->p_vaddr + (h->e_phoff - s->p_offset);
		}
	}
	return any ? NULL : "nothing to load";
}
