/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The page from which every runtime reads the clock without a call: one frame, read-only, shared
 * by all domains.
 */
#pragma once

#include "core/types.h"

struct backing;

/*
 * A new reference to the page's backing, made and filled at the first call. NULL: no memory.
 * Thread context.
 */
__must_check struct backing *time_page_backing(void);
