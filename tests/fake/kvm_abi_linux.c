/* SPDX-License-Identifier: BSD-2-Clause */
/* The list with the system's headers: see kvm_abi_list.h. */
#include <linux/kvm.h>
#include <linux/kvm_para.h>

#include "kvm_abi_list.h"
#include "kvm_abi_rows.h"

const struct abi_row abi_linux[] = {ABI_ROWS};
