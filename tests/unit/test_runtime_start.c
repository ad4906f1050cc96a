/* SPDX-License-Identifier: BSD-2-Clause */
/* LINK: control/runtime/elf.c control/runtime/stack.c */
/* What a program's file must look like, and the stack it finds. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <linux/auxvec.h>

#include "control/runtime/stack.h"

#define TOP 0x3fc0000000ull
#define SIZE 65536

static u8 memory[SIZE];

static struct elf64_hdr header(void)
{
	struct elf64_hdr h = {.e_type = ET_EXEC,
			      .e_machine = EM_X86_64,
			      .e_entry = 0x401000,
			      .e_phoff = 64,
			      .e_phentsize = sizeof(struct elf64_phdr),
			      .e_phnum = 2};

	memcpy(h.e_ident, ELFMAG, SELFMAG);
	h.e_ident[EI_CLASS] = ELFCLASS64;
	h.e_ident[EI_DATA] = ELFDATA2LSB;
	return h;
}

static struct elf64_phdr segment(u64 vaddr, u64 offset, u64 filesz, u64 memsz)
{
	return (struct elf64_phdr){.p_type = PT_LOAD,
				   .p_flags = PF_R,
				   .p_vaddr = vaddr,
				   .p_offset = offset,
				   .p_filesz = filesz,
				   .p_memsz = memsz};
}

static void headers(void **state)
{
	struct elf64_hdr h = header();

	(void)state;
	assert_null(elf_refused(&h));
	h.e_machine = EM_386;
	assert_non_null(elf_refused(&h));
	h = header();
	h.e_ident[0] = 0;
	assert_non_null(elf_refused(&h));
	h = header();
	h.e_type = ET_REL;
	assert_non_null(elf_refused(&h));
	h = header();
	h.e_phnum = ELF_SEGMENTS_MAX + 1;
	assert_non_null(elf_refused(&h));
	h = header();
	h.e_phentsize = 8;
	assert_non_null(elf_refused(&h));
}

static void segments(void **state)
{
	struct elf64_hdr h = header();
	struct elf64_phdr ph[2] = {segment(0x400000, 0, 0x1000, 0x1000),
				   segment(0x402e00, 0x1e00, 0x100, 0x9000)};
	struct elf_program p;

	(void)state;
	assert_null(elf_examine(&h, ph, 0, TOP, &p));
	assert_int_equal(p.entry, 0x401000);
	assert_int_equal(p.headers, 0x400040);
	assert_int_equal(p.end, 0x40be00);
	assert_null(elf_examine(&h, ph, 0x100000000, TOP, &p));
	assert_int_equal(p.headers, 0x100400040);
	ph[1].p_filesz = 0x9001;
	assert_non_null(elf_examine(&h, ph, 0, TOP, &p));
	ph[1] = segment(0x402e01, 0x1e00, 0x100, 0x9000);
	assert_non_null(elf_examine(&h, ph, 0, TOP, &p));
	ph[1] = segment(0x1000, 0, 0x100, 0x100);
	assert_non_null(elf_examine(&h, ph, 0, TOP, &p));
	ph[1] = segment(~0xfffull, 0, 0x100, 0x2000);
	assert_non_null(elf_examine(&h, ph, 0, TOP, &p));
	ph[1] = segment(TOP - 0x1000, 0, 0x100, 0x2000);
	assert_non_null(elf_examine(&h, ph, 0, TOP, &p));
	ph[1].p_type = PT_INTERP;
	assert_non_null(elf_examine(&h, ph, 0, TOP, &p));
	ph[0].p_type = ph[1].p_type = PT_NOTE;
	assert_non_null(elf_examine(&h, ph, 0, TOP, &p));
}

static u64 word(u64 address)
{
	u64 value;

	assert_in_range(address, TOP - SIZE, TOP - 8);
	memcpy(&value, memory + (address - (TOP - SIZE)), 8);
	return value;
}

static const char *string(u64 address)
{
	assert_in_range(address, TOP - SIZE, TOP - 1);
	return (const char *)memory + (address - (TOP - SIZE));
}

static u64 aux(u64 at, u64 type)
{
	for (; word(at) != AT_NULL; at += 16) {
		if (word(at) == type) {
			return word(at + 8);
		}
	}
	fail_msg("no %lu in the auxiliary vector", type);
	return 0;
}

static void stack(void **state)
{
	struct elf_program p = {.entry = 0x401000, .headers = 0x400040, .header_count = 5};
	struct stack_input in = {.program = &p,
				 .strings = "prog\0arg\0A=1",
				 .strings_len = 13,
				 .argc = 2,
				 .envc = 1,
				 .hwcap = 0x123,
				 .random = "0123456789abcde"};
	u64 sp = stack_build(&in, memory, SIZE, TOP), vector;

	(void)state;
	assert_int_equal(sp % 16, 0);
	assert_int_equal(word(sp), 2);
	assert_string_equal(string(word(sp + 8)), "prog");
	assert_string_equal(string(word(sp + 16)), "arg");
	assert_int_equal(word(sp + 24), 0);
	assert_string_equal(string(word(sp + 32)), "A=1");
	assert_int_equal(word(sp + 40), 0);
	vector = sp + 48;
	assert_int_equal(aux(vector, AT_PHDR), 0x400040);
	assert_int_equal(aux(vector, AT_PHNUM), 5);
	assert_int_equal(aux(vector, AT_ENTRY), 0x401000);
	assert_int_equal(aux(vector, AT_PAGESZ), 4096);
	assert_int_equal(aux(vector, AT_HWCAP), 0x123);
	assert_string_equal(string(aux(vector, AT_EXECFN)), "prog");
	assert_string_equal(string(aux(vector, AT_PLATFORM)), "x86_64");
	assert_memory_equal(string(aux(vector, AT_RANDOM)), "0123456789abcde", 16);
}

static void bad_strings(void **state)
{
	struct elf_program p = {0};
	struct stack_input in = {.program = &p, .strings = "prog", .strings_len = 4, .argc = 1};
	static char many[SIZE];

	(void)state;
	assert_int_equal(stack_build(&in, memory, SIZE, TOP), 0);
	in.strings_len = 5;
	in.argc = 2;
	assert_int_equal(stack_build(&in, memory, SIZE, TOP), 0);
	in.argc = 1;
	assert_int_not_equal(stack_build(&in, memory, SIZE, TOP), 0);
	/* Empty strings: the pointers alone are too much. */
	in.strings = many;
	in.strings_len = in.argc = SIZE / 4;
	assert_int_equal(stack_build(&in, memory, SIZE, TOP), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers),
		cmocka_unit_test(segments),
		cmocka_unit_test(stack),
		cmocka_unit_test(bad_strings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
