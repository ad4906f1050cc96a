/* SPDX-License-Identifier: BSD-2-Clause */
/* A small random generator for unit tests: every run draws the same numbers. */
#pragma once

#include "core/types.h"

extern u64 fake_seed;
/* 0 .. limit - 1 */
u32 fake_random(u32 limit);
