/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One address space for unit tests, with a check that everything came back. Link all of mm but
 * paging, and fake_mm.c.
 */
#pragma once

#include "fake_mm.h"
#include "mm/aspace.h"

#define GIB_PAGES (1ULL << 18)

extern struct aspace fake_aspace;

/* Fake machine of n CPUs, RAM, a stage-2 format, and fake_aspace with the quota. */
void fake_aspace_start(u32 cpus, u64 quota_frames);
/* Destroys fake_aspace. */
void fake_aspace_close(void);
/* Asserts that frames, small memory and quota are as before the start. */
void fake_aspace_check(void);
/* Both. */
void fake_aspace_end(void);

/* Maps fresh anonymous memory into fake_aspace; as aspace_map. */
s64 fake_map_anon(u64 addr, u64 pages, u32 rights, u32 flags);
/* The frame of the page that the tables have for addr; 0: none. */
u64 fake_frame_at(u64 addr);
