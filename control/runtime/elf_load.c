/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Maps the program. Read-only segments are the file's own frames, shared by all domains that run
 * it; writable ones are copied. Called once by main.c.
 */
#include "control/runtime/elf.h"

#include <linux/mman.h>
#include <asm/unistd.h>

#include "control/runtime/hypercall.h"
#include "control/runtime/memory.h"
#include "control/runtime/print.h"
#include "control/runtime/report.h"

static void read_file(int handle, void *to, u64 len, u64 offset)
{
	u64 done = 0;

	while (done < len) {
		long n = call_own(__NR_pread64, handle, (u8 *)to + done, len - done, offset + done);

		if (n <= 0) {
			die("program file: %s", n ? "cannot be read" : "truncated");
		}
		done += (u64)n;
	}
}

static u32 protection(const struct elf64_phdr *s)
{
	return (s->p_flags & PF_R ? PROT_READ : 0) | (s->p_flags & PF_W ? PROT_WRITE : 0) |
	       (s->p_flags & PF_X ? PROT_EXEC : 0);
}

static bool map_shared(int handle, const struct elf64_phdr *s, u64 start, u64 len)
{
	u64 offset = ROUND_DOWN(s->p_offset, PAGE);

	return !(s->p_flags & PF_W) && s->p_filesz == s->p_memsz &&
	       call_own(__NR_mmap, start, len, protection(s), MAP_PRIVATE | MAP_FIXED, handle,
			offset) == (long)start;
}

static void map_segment(int handle, const struct elf64_phdr *s, u64 base)
{
	u64 start = ROUND_DOWN(base + s->p_vaddr, PAGE);
	u64 len = ROUND_UP(base + s->p_vaddr + s->p_memsz, PAGE) - start;

	if (!len || map_shared(handle, s, start, len)) {
		return;
	}
	if (memory_map_at(start, len, PROT_READ | PROT_WRITE)) {
		die("program: no memory for a segment of %lu bytes", (u64)s->p_memsz);
	}
	read_file(handle, (void *)(base + s->p_vaddr), s->p_filesz, s->p_offset);
	if (!(s->p_flags & PF_W) || (s->p_flags & PF_X)) {
		call_own(__NR_mprotect, start, len, protection(s));
	}
}

void elf_load(int handle, struct elf_program *p)
{
	struct elf64_phdr ph[ELF_SEGMENTS_MAX];
	struct elf64_hdr h;
	const char *why;

	read_file(handle, &h, sizeof(h), 0);
	why = elf_refused(&h);
	if (why) {
		die("program: %s", why);
	}
	read_file(handle, ph, h.e_phnum * sizeof(ph[0]), h.e_phoff);
	why = elf_examine(&h, ph, h.e_type == ET_DYN ? ELF_PIE_BASE : 0, ELF_TOP, p);
	if (why) {
		die("program: %s", why);
	}
	for (u32 i = 0; i < h.e_phnum; i++) {
		if (ph[i].p_type == PT_LOAD) {
			map_segment(handle, &ph[i], p->base);
			if (ph[i].p_flags & PF_X) {
				program_text_start = p->base + ph[i].p_vaddr;
				program_text_end = program_text_start + ph[i].p_memsz;
			}
		}
	}
	memory_set_break(p->end);
}
