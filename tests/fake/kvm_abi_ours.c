/* SPDX-License-Identifier: BSD-2-Clause */
/* The list with Corbel's header: see kvm_abi_list.h. */
#include "api/abi/kvm.h"
#include "kvm_abi_list.h"
#include "kvm_abi_rows.h"

const struct abi_row abi_ours[] = {ABI_ROWS};
const unsigned int abi_ours_count = sizeof(abi_ours) / sizeof(abi_ours[0]);
