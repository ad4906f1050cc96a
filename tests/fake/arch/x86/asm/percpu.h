/* SPDX-License-Identifier: BSD-2-Clause */
/* Shadows the real leaf header in unit tests. */
#pragma once

struct cpu;

struct cpu *fake_this_cpu(void);

static inline struct cpu *this_cpu(void)
{
	return fake_this_cpu();
}
