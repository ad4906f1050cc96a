/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names for addresses of the image, from the table that the build appends (scripts make it from
 * nm).
 */
#pragma once

#include "core/types.h"

/* The function that addr lies in and the offset into it; NULL outside the image's text. */
const char *symbol_lookup(u64 addr, u64 *offset);
