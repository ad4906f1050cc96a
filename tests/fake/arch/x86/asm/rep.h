/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Shadows the real leaf header, which core/string.c alone includes, as its last one: on the host
 * its functions get names of their own, or the whole test program would run on them, sanitizers
 * included.
 */
#pragma once

#include_next "arch/x86/asm/rep.h"

#define memcpy own_memcpy
#define memmove own_memmove
#define memset own_memset
#define memcmp own_memcmp
#define strlen own_strlen
#define strnlen own_strnlen
#define strcmp own_strcmp
#define strncmp own_strncmp
#define strchr own_strchr
#define strlcpy own_strlcpy
