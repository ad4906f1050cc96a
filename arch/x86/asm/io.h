/* SPDX-License-Identifier: BSD-2-Clause */
/* Port I/O and memory-mapped registers. */
#pragma once

#include "core/types.h"

/* outb(port, value) and inb(port); the same for words and double words. */
#define PORT_ACCESSORS(suffix, type)                                                               \
	static inline void out##suffix(u16 port, type v)                                           \
	{                                                                                          \
		__asm__ volatile("out" #suffix " %0, %1" ::"a"(v), "Nd"(port));                    \
	}                                                                                          \
	static inline type in##suffix(u16 port)                                                    \
	{                                                                                          \
		type v;                                                                            \
		__asm__ volatile("in" #suffix " %1, %0" : "=a"(v) : "Nd"(port));                   \
		return v;                                                                          \
	}
PORT_ACCESSORS(b, u8)
PORT_ACCESSORS(w, u16)
PORT_ACCESSORS(l, u32)
#undef PORT_ACCESSORS

static inline u32 mmio_read32(const volatile void *p)
{
	u32 v;

	__asm__ volatile("movl %1, %0" : "=r"(v) : "m"(*(const volatile u32 *)p) : "memory");
	return v;
}

static inline void mmio_write32(volatile void *p, u32 v)
{
	__asm__ volatile("movl %0, %1" :: "r"(v), "m"(*(volatile u32 *)p) : "memory");
}
