/* SPDX-License-Identifier: BSD-2-Clause */
/* The SVM half of the contract, for hv.c and for the files of this folder. Twin: vmx/vmx.h. */
#pragma once

#include "arch/x86/hv/hv_half.h"

HV_HALF(svm)
