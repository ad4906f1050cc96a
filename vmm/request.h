/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests to a vCPU and its waiting: what the run loop does before it enters. */
#pragma once

#include "vmm/exit.h"

/*
 * Serves all pending requests, waits while halted. Interrupts on; may sleep; v is loaded again
 * on return.
 */
enum exit_next requests_handle(struct vcpu *v);
/* Only the INIT and SIPI that wait: the MP state is up to date then. v->lock held, loaded. */
void requests_take_init_sipi(struct vcpu *v);
