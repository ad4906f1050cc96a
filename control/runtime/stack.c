/* SPDX-License-Identifier: BSD-2-Clause */
/* The stack that a Linux program finds at its entry point; pure, tested on the host. */
#include "control/runtime/stack.h"

#include <linux/auxvec.h>

#define AUX_MAX 24
#define CLOCK_TICKS 100
#define MIN_SIGNAL_STACK 51 /* AT_MINSIGSTKSZ, not in every <linux/auxvec.h> */

struct writer {
	u8 *memory;
	u64 size, top, at; /* at: address; grows down in put_bytes, up in put_word */
	bool full;
};

static u8 *place(struct writer *w, u64 address, u64 len)
{
	if (address < w->top - w->size || address > w->top || len > w->top - address) {
		w->full = true;
		return NULL;
	}
	return w->memory + (address - (w->top - w->size));
}

static u64 put_bytes(struct writer *w, const void *bytes, u64 len)
{
	u8 *to;

	w->at -= len;
	to = place(w, w->at, len);
	if (to) {
		memcpy(to, bytes, len);
	}
	return w->at;
}

static void put_word(struct writer *w, u64 word)
{
	u8 *to = place(w, w->at, sizeof(word));

	if (to) {
		memcpy(to, &word, sizeof(word));
	}
	w->at += sizeof(word);
}

/* Puts `count` pointers to consecutive strings and the NULL; returns the offset behind them. */
static u64 put_pointers(struct writer *w, const struct stack_input *in, u64 offset, u32 count,
			u64 strings)
{
	for (u32 i = 0; i < count; i++) {
		put_word(w, strings + offset);
		offset += strlen(in->strings + offset) + 1;
	}
	put_word(w, 0);
	return offset;
}

static bool strings_complete(const struct stack_input *in)
{
	u32 found = 0;

	for (u64 i = 0; i < in->strings_len; i++) {
		found += !in->strings[i];
	}
	return found >= in->argc + in->envc;
}

static u32 fill_aux(const struct stack_input *in, u64 (*aux)[2], u64 random, u64 platform, u64 name)
{
	const struct elf_program *p = in->program;
	const u64 rows[][2] = {
		{AT_PHDR, p->headers},
		{AT_PHENT, sizeof(struct elf64_phdr)},
		{AT_PHNUM, p->header_count},
		{AT_PAGESZ, PAGE},
		{AT_BASE, 0},
		{AT_FLAGS, 0},
		{AT_ENTRY, p->entry},
		{AT_UID, 0},
		{AT_EUID, 0},
		{AT_GID, 0},
		{AT_EGID, 0},
		{AT_SECURE, 0},
		{AT_RANDOM, random},
		{AT_HWCAP, in->hwcap},
		{AT_HWCAP2, 0},
		{AT_CLKTCK, CLOCK_TICKS},
		{AT_PLATFORM, platform},
		{AT_EXECFN, name},
		{MIN_SIGNAL_STACK, in->signal_stack_min},
		{AT_NULL, 0},
	};

	_Static_assert(COUNT(rows) <= AUX_MAX, "aux vector");
	memcpy(aux, rows, sizeof(rows));
	return COUNT(rows);
}

u64 stack_build(const struct stack_input *in, u8 *memory, u64 size, u64 top)
{
	struct writer w = {.memory = memory, .size = size, .top = top, .at = top};
	u64 aux[AUX_MAX][2], strings, random, platform, words, sp;
	u32 rows;

	if (!strings_complete(in) || in->strings_len > size / 2) {
		return 0;
	}
	put_bytes(&w, &(u64){0}, 8);
	strings = put_bytes(&w, in->strings, in->strings_len);
	platform = put_bytes(&w, "x86_64", 7);
	random = put_bytes(&w, in->random, sizeof(in->random));
	rows = fill_aux(in, aux, random, platform, strings);
	words = 1 + in->argc + 1 + in->envc + 1 + 2ull * rows;
	if (words * 8 > size) {
		return 0;
	}
	sp = w.at = ROUND_DOWN(w.at - words * 8, 16);
	put_word(&w, in->argc);
	put_pointers(&w, in, put_pointers(&w, in, 0, in->argc, strings), in->envc, strings);
	for (u32 i = 0; i < rows; i++) {
		put_word(&w, aux[i][0]);
		put_word(&w, aux[i][1]);
	}
	return w.full ? 0 : sp;
}
