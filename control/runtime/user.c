/* SPDX-License-Identifier: BSD-2-Clause */
/* Strings from the program's memory; the rest of user.h is inline or in copy.S. */
#include "control/runtime/user.h"

long copy_in_string(char *dst, u64 src, u64 size)
{
	for (u64 i = 0; i < size; i++) {
		if (copy_in(dst + i, src + i, 1)) {
			return -EFAULT;
		}
		if (!dst[i]) {
			return (long)i;
		}
	}
	return -ENAMETOOLONG;
}
