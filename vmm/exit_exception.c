/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exceptions of the guest that are intercepted only so that their delivery cannot loop for ever
 * inside the CPU: #DB and #AC go back to the guest, each delivery now being a run of its own.
 */
#include "vmm/exit.h"
#include "vmm/vcpu.h"

/* INT1 is a trap: its #DB returns behind it, and a shadow that it stood in is over. */
static void leave_int1(struct vcpu *v, u32 len)
{
	struct hv_intr_state intr;

	v->hv.regs.rip += len;
	hv_get_intr_state(&v->hv, &intr);
	intr.sti_shadow = intr.movss_shadow = false;
	hv_set_intr_state(&v->hv, &intr);
}

enum exit_next exit_exception(struct vcpu *v, struct hv_exit *exit)
{
	switch (exit->exception.vector) {
	case VEC_DB:
		if (exit->insn_len) {
			leave_int1(v, exit->insn_len);
		}
		event_debug(v, exit->exception.info);
		return EXIT_RESUME;
	case VEC_PF:
		event_page_fault(v, exit->exception.info, exit->exception.error);
		return EXIT_RESUME;
	case VEC_MC: vm_kill(v->vm, "machine check while a guest ran"); return EXIT_KILL;
	default:
		event_exception(v, exit->exception.vector, exit->exception.has_error,
				exit->exception.error);
		return EXIT_RESUME;
	}
}
