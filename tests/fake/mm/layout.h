/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Shadows the real header in unit tests: RAM is an arena of the test program
 * (tests/fake/fake_mm.c).
 */
#pragma once

#define hpa_to_ptr real_hpa_to_ptr
#define ptr_to_hpa real_ptr_to_hpa
#include "../../../mm/layout.h"
#undef hpa_to_ptr
#undef ptr_to_hpa

void *hpa_to_ptr(hpa_t hpa);
hpa_t ptr_to_hpa(const void *p);
