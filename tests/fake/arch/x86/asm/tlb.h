/* SPDX-License-Identifier: BSD-2-Clause */
/* Shadows the real leaf header in unit tests: flushes are counted per CPU. */
#pragma once

#include "core/types.h"

void fake_tlb_flush(u64 va, bool all);

static inline void tlb_flush_page(u64 va)
{
	fake_tlb_flush(va, false);
}

static inline void tlb_flush_all(void)
{
	fake_tlb_flush(0, true);
}
