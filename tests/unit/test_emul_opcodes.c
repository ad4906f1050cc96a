/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The emulator's opcode table as a list: `make opcodes` prints every opcode with its status, as
 * argument `summary` the counts of docs/emulator.md, which the test compares. The decoder meets
 * random bytes, too.
 * LINK: vmm/emul/alu.c vmm/emul/bit.c vmm/emul/decode.c vmm/emul/execute.c vmm/emul/move.c
 * LINK: vmm/emul/mul.c vmm/emul/op_table.c vmm/emul/operand.c vmm/emul/stack.c
 * LINK: vmm/emul/string.c vmm/emul/vector.c tests/fake/fake_emul.c
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/errno.h"
#include "opcode_reasons.h"
#include "unit.h"
#include "vmm/emul/emul.h"

#define DOC "docs/emulator.md"
#define REASONS 16
#define TEXT_MAX 8192

static const struct {
	const char *name;
	const struct emul_row *rows;
} maps[] = {
	{"one byte", emul_one_byte},
	{"0F", emul_two_byte},
	{"0F 38", emul_0f38},
};

/* Calls f for every form: an opcode, or each of the eight of a group (reg; else -1). */
static void each(u32 map, void (*f)(u32 map, u32 opcode, int reg, const struct emul_row *row))
{
	for (u32 i = 0; i < 256; i++) {
		const struct emul_row *row = &maps[map].rows[i];

		for (int reg = row->group ? 0 : -1; reg < (row->group ? 8 : 0); reg++) {
			f(map, i, reg, row->group ? &row->group[reg] : row);
		}
	}
}

/* The name of what is emulated, or why it is not: there must be exactly one of both. */
static const char *status(u32 map, u32 opcode, int reg, const struct emul_row *row)
{
	const char *found = row->run ? row->name : NULL;

	for (u32 i = 0; i < ARRAY_SIZE(opcode_reasons); i++) {
		if (opcode_reasons[i].map != map || opcode < opcode_reasons[i].first ||
		    opcode > opcode_reasons[i].last || reg < opcode_reasons[i].reg_first ||
		    reg > opcode_reasons[i].reg_last) {
			continue;
		}
		if (found) {
			fail_msg("two statuses: map %s, %02x /%d: %s", maps[map].name, opcode, reg,
				 found);
		}
		found = opcode_reasons[i].why;
	}
	if (!found) {
		fail_msg("no status: map %s, %02x /%d", maps[map].name, opcode, reg);
	}
	return found;
}

static void print(u32 map, u32 opcode, int reg, const struct emul_row *row)
{
	char group[16] = "";

	if (reg >= 0) {
		snprintf(group, sizeof(group), "/%d", reg);
	}
	printf("%-8s %02x %-3s %s%s\n", maps[map].name, opcode, group,
	       row->run ? "emulated: " : "not emulated: ", status(map, opcode, reg, row));
}

static struct {
	const char *reason[REASONS];
	u32 reasons, count[ARRAY_SIZE(maps)][REASONS], emulated[ARRAY_SIZE(maps)];
} sum;

static void count(u32 map, u32 opcode, int reg, const struct emul_row *row)
{
	const char *name = status(map, opcode, reg, row);
	u32 i = 0;

	if (row->run) {
		sum.emulated[map]++;
		return;
	}
	while (i < sum.reasons && strcmp(sum.reason[i], name)) {
		i++;
	}
	assert_true(i < REASONS);
	sum.reasons += i == sum.reasons;
	sum.reason[i] = name;
	sum.count[map][i]++;
}

/* The counts as a table in Markdown. */
static void summary(char *text)
{
	char *to = text;

	memset(&sum, 0, sizeof(sum));
	to += sprintf(to, "| |");
	for (u32 m = 0; m < ARRAY_SIZE(maps); m++) {
		each(m, count);
		to += sprintf(to, " %s |", maps[m].name);
	}
	to += sprintf(to, "\n|---|---|---|---|\n| emulated |");
	for (u32 m = 0; m < ARRAY_SIZE(maps); m++) {
		to += sprintf(to, " %u |", sum.emulated[m]);
	}
	for (u32 i = 0; i < sum.reasons; i++) {
		to += sprintf(to, "\n| %s |", sum.reason[i]);
		for (u32 m = 0; m < ARRAY_SIZE(maps); m++) {
			to += sprintf(to, " %u |", sum.count[m][i]);
		}
	}
	sprintf(to, "\n");
}

static void has_status(u32 map, u32 opcode, int reg, const struct emul_row *row)
{
	(void)status(map, opcode, reg, row);
}

static void every_opcode_has_a_status(void **state)
{
	(void)state;
	for (u32 m = 0; m < ARRAY_SIZE(maps); m++) {
		each(m, has_status);
	}
}

static void documented(void **state)
{
	static char now[TEXT_MAX], doc[4 * TEXT_MAX];
	FILE *f = fopen(DOC, "r");

	(void)state;
	assert_non_null(f);
	doc[fread(doc, 1, sizeof(doc) - 1, f)] = 0;
	fclose(f);
	summary(now);
	if (!strstr(doc, now)) {
		fail_msg("%s has not these counts:\n%s", DOC, now);
	}
}

/* Any bytes: a length within them and within 15, and the same from a copy that ends there. */
static void random_bytes(void **state)
{
	u32 decoded = 0;

	(void)state;
	srandom(1);
	for (u32 n = 0; n < 300000; n++) {
		struct emul_insn i, again;
		u32 size = 1u << (1 + n % 3);
		u8 bytes[15], *cut;
		int err;

		for (u32 k = 0; k < sizeof(bytes); k++) {
			bytes[k] = (u8)(random() >> 8);
		}
		err = emul_decode(bytes, sizeof(bytes), size, &i);
		assert_true(!err || err == -EINVAL || err == -E2BIG);
		if (err) {
			continue;
		}
		decoded++;
		assert_in_range(i.len, 1, 15);
		cut = malloc(i.len);
		memcpy(cut, bytes, i.len);
		assert_int_equal(emul_decode(cut, i.len - 1u, size, &again), -EAGAIN);
		assert_int_equal(emul_decode(cut, i.len, size, &again), 0);
		assert_int_equal(again.len, i.len);
		free(cut);
	}
	assert_true(decoded > 100000);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {T(every_opcode_has_a_status), T(documented),
						  T(random_bytes)};
	static char text[TEXT_MAX];

	if (argc < 2) {
		return cmocka_run_group_tests(tests, NULL, NULL);
	}
	for (u32 m = 0; m < ARRAY_SIZE(maps) && strcmp(argv[1], "summary"); m++) {
		each(m, print);
	}
	summary(text);
	fputs(text, stdout);
	return 0;
}
