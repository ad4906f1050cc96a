/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parts of the ELF format that the loader of the runtime reads. Names and values are the
 * specification's.
 */
#pragma once

#include "core/types.h"

#define ELF_MAGIC 0x464c457fu	/* 7f 'E' 'L' 'F' */
#define ELFCLASS64 2
#define ELFDATA2LSB 1
#define ET_EXEC 2
#define EM_X86_64 62
#define PT_LOAD 1
#define PF_X 1
#define PF_W 2
#define PF_R 4

struct elf64_ehdr {
	u32 magic;
	u8 class, data, version, pad[9];
	u16 e_type, e_machine;
	u32 e_version;
	u64 e_entry, e_phoff, e_shoff;
	u32 e_flags;
	u16 e_ehsize, e_phentsize, e_phnum, e_shentsize, e_shnum, e_shstrndx;
};
ASSERT_SIZE(struct elf64_ehdr, 64);

struct elf64_phdr {
	u32 p_type, p_flags;
	u64 p_offset, p_vaddr, p_paddr, p_filesz, p_memsz, p_align;
};
ASSERT_SIZE(struct elf64_phdr, 56);
