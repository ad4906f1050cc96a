/* SPDX-License-Identifier: BSD-2-Clause */
/* Shadows the real header in unit tests: the image's layout is what the test says. */
#pragma once

#include "core/types.h"

struct image_layout {
	u64 text_start, text_end;
	u64 rodata_start, rodata_end;
	u64 data_start, bss_end;
};

extern struct image_layout fake_image;

static inline struct image_layout image_layout(void)
{
	return fake_image;
}
