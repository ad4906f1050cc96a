/* SPDX-License-Identifier: BSD-2-Clause */
/* See fake_cpuid.h; the instruction itself is shadowed by tests/fake/arch/x86/asm/cpuid_insn.h. */
#include "fake_cpuid.h"

#include <stdlib.h>

#include "arch/x86/asm/cpuid.h"

static struct {
	u32 leaf, subleaf;
	struct cpuid_regs regs;
} leaves[64];
static u32 count;

void fake_cpuid_set(u32 leaf, u32 subleaf, u32 a, u32 b, u32 c, u32 d)
{
	u32 i = 0;

	while (i < count && (leaves[i].leaf != leaf || leaves[i].subleaf != subleaf)) {
		i++;
	}
	if (i == ARRAY_SIZE(leaves)) {
		abort();
	}
	count = MAX(count, i + 1);
	leaves[i].leaf = leaf;
	leaves[i].subleaf = subleaf;
	leaves[i].regs = (struct cpuid_regs){a, b, c, d};
}

void fake_cpuid_default(void)
{
	count = 0;
	fake_cpuid_set(0, 0, 0xd, 0x68747541, 0x444d4163, 0x69746e65);
	fake_cpuid_set(1, 0, 0x00a20f10, 0x00100800, 0xffffffff, 0xffffffff);
	fake_cpuid_set(2, 0, 1, 2, 3, 4);
	fake_cpuid_set(4, 0, 0x121, 0x1c0003f, 0x3f, 0);
	fake_cpuid_set(4, 1, 0, 0, 0, 0);
	fake_cpuid_set(6, 0, 0xff, 0xff, 0xff, 0);
	fake_cpuid_set(7, 0, 2, 0xffffffff, 0xffffffff, 0xffffffff);
	fake_cpuid_set(0xa, 0, 0xff, 0xff, 0, 0xff);
	fake_cpuid_set(0xd, 0, 7, 832, 832, 0);
	fake_cpuid_set(0xd, 1, 0xf, 832, 0, 0);
	fake_cpuid_set(0xd, 2, 256, 576, 0, 0);
	fake_cpuid_set(0x80000000, 0, 0x80000020, 0x68747541, 0x444d4163, 0x69746e65);
	fake_cpuid_set(0x80000001, 0, 0x00a20f10, 0xff, 0xffffffff, 0xffffffff);
	fake_cpuid_set(0x80000002, 0, 0x6b6166, 0, 0, 0);
	fake_cpuid_set(0x80000007, 0, 0xff, 0xff, 0xff, 0xffffffff);
	fake_cpuid_set(0x80000008, 0, 0x3028, 0xffffffff, 0xff, 0xff);
}

struct cpuid_regs fake_cpuid(u32 leaf, u32 subleaf)
{
	for (u32 i = 0; i < count; i++) {
		if (leaves[i].leaf == leaf && leaves[i].subleaf == subleaf) {
			return leaves[i].regs;
		}
	}
	return (struct cpuid_regs){0, 0, 0, 0};
}
