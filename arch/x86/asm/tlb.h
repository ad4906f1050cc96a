/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The TLB of this CPU for the hypervisor's own address space. No global pages are in use. Faked in
 * unit tests.
 */
#pragma once

#include "core/types.h"

/* Drops the translation of the page that va lies in. */
static inline void tlb_flush_page(u64 va)
{
	__asm__ volatile("invlpg (%0)" : : "r"(va) : "memory");
}

/* Drops all translations (by writing CR3 back). */
static inline void tlb_flush_all(void)
{
	u64 cr3;

	__asm__ volatile("movq %%cr3, %0\n\tmovq %0, %%cr3" : "=r"(cr3) : : "memory");
}
