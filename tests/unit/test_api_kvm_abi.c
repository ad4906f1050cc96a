/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The KVM header against Linux's own: every number, every size, every offset.
 * LINK: tests/fake/kvm_abi_ours.c tests/fake/kvm_abi_linux.c
 */
#include "kvm_abi_list.h"
#include "unit.h"

static void equal(void **state)
{
	(void)state;
	assert_true(abi_ours_count > 440);
	for (unsigned int i = 0; i < abi_ours_count; i++) {
		assert_string_equal(abi_ours[i].name, abi_linux[i].name);
		if (abi_ours[i].value != abi_linux[i].value) {
			fail_msg("%s: %#lx, Linux has %#lx", abi_ours[i].name, abi_ours[i].value,
				 abi_linux[i].value);
		}
	}
}

UNIT_MAIN(T(equal))
