/* SPDX-License-Identifier: BSD-2-Clause */
/* The countdown behind fault injection; allocators ask it, tests and the boot option arm it. */
#include "core/fault.h"

#include "core/log.h"

static u64 countdown; /* atomic; 0: off */

void fault_arm(u64 n)
{
	__atomic_store_n(&countdown, n, __ATOMIC_RELAXED);
}

bool fault_should_fail(void)
{
	u64 left = __atomic_load_n(&countdown, __ATOMIC_RELAXED);

	while (left != 0) {
		if (__atomic_compare_exchange_n(&countdown, &left, left - 1, false,
						__ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
			if (left != 1) {
				return false;
			}
			log_console(true);
			log_warn("corbel: fault injected");
			return true;
		}
	}
	return false;
}
