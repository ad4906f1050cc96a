/* SPDX-License-Identifier: BSD-2-Clause */
/* The string instructions in 8-byte units: for the bulk of core/string.c, a page in one go. */
#pragma once

#include "core/types.h"

static inline void rep_movsq(void *dst, const void *src, u64 count)
{
	__asm__ volatile("rep movsq" : "+D"(dst), "+S"(src), "+c"(count) : : "memory");
}

static inline void rep_stosq(void *dst, u64 value, u64 count)
{
	__asm__ volatile("rep stosq" : "+D"(dst), "+c"(count) : "a"(value) : "memory");
}
