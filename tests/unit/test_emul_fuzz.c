/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The emulator against the host's CPU (tests/fuzz), half of the cases in 64-bit code, the others
 * in 32-bit and 16-bit code. EMUL_FUZZ_CASES and EMUL_FUZZ_SEED choose a longer or another run.
 * LINK: tests/fuzz/native.c tests/fuzz/generate.c tests/fuzz/compare.c tests/fuzz/segments.c
 * LINK: vmm/emul/alu.c vmm/emul/bit.c vmm/emul/decode.c vmm/emul/execute.c vmm/emul/move.c
 * LINK: vmm/emul/mul.c vmm/emul/op_table.c vmm/emul/operand.c vmm/emul/stack.c
 * LINK: vmm/emul/string.c vmm/emul/vector.c
 */
#include <stdlib.h>

#include "tests/fuzz/fuzz.h"
#include "unit.h"

#define CASES 200000

static u64 number(const char *name, u64 otherwise)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 0) : otherwise;
}

static void run(u32 code_size, u32 share)
{
	u64 count = number("EMUL_FUZZ_CASES", CASES) * share / 100;

	native_start();
	assert_int_equal(fuzz_run(number("EMUL_FUZZ_SEED", 1), count, code_size), 0);
}

static void in_64_bit_code(void **state)
{
	(void)state;
	run(8, 50);
}

static void in_32_bit_code(void **state)
{
	(void)state;
	run(4, 30);
}

static void in_16_bit_code(void **state)
{
	(void)state;
	run(2, 20);
}

/* No form of the table was forgotten. */
static void every_form_ran(void **state)
{
	static const struct emul_row *const maps[] = {emul_one_byte, emul_two_byte, emul_0f38};

	(void)state;
	if (number("EMUL_FUZZ_CASES", CASES) < CASES) {
		skip();
	}
	for (u32 i = 0; i < 3 * 256 * 8; i++) {
		u32 map = i / 2048, opcode = i / 8 % 256, reg = i % 8;
		const struct emul_row *row = &maps[map][opcode];

		if (!row->group && reg) {
			continue;
		}
		row = row->group ? &row->group[reg] : row;
		if (fuzz_can_run(map, row) && !fuzz_ran[map][opcode][reg]) {
			fail_msg("never ran: %s, map %u, %02x /%u", row->name, map, opcode, reg);
		}
	}
}

UNIT_MAIN(T(in_64_bit_code), T(in_32_bit_code), T(in_16_bit_code), T(every_form_ran))
