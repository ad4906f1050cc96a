/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The emulator against the host's CPU (tests/fuzz). EMUL_FUZZ_CASES and EMUL_FUZZ_SEED choose a
 * longer or another run.
 * LINK: tests/fuzz/native.c tests/fuzz/generate.c tests/fuzz/compare.c vmm/emul/alu.c
 * LINK: vmm/emul/bit.c vmm/emul/decode.c vmm/emul/execute.c vmm/emul/move.c
 * LINK: vmm/emul/op_table.c vmm/emul/operand.c vmm/emul/string.c
 */
#include <stdlib.h>

#include "tests/fuzz/fuzz.h"
#include "unit.h"

static u64 number(const char *name, u64 otherwise)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 0) : otherwise;
}

static void as_the_cpu(void **state)
{
	u64 count = number("EMUL_FUZZ_CASES", 200000);

	(void)state;
	native_start();
	assert_int_equal(fuzz_run(number("EMUL_FUZZ_SEED", 1), count), 0);
}

UNIT_MAIN(T(as_the_cpu))
