/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The program's part of the domain's page tables: an identity map, written once; rights are the
 * hypervisor's matter.
 */
#pragma once

/* Completes the page tables in CR3, which map the runtime only. Once; needs cpu_detect(). */
void paging_fill(void);
