/* SPDX-License-Identifier: BSD-2-Clause */
/* The VMX half of the contract, for hv.c and for the files of this folder. Twin: svm/svm.h. */
#pragma once

#include "arch/x86/hv/hv_half.h"

HV_HALF(vmx)
