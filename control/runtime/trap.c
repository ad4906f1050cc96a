/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the CPU reports: a fault of the program becomes the signal that Linux would send, a fault of
 * the runtime in a routine of copy.S continues at its fix-up, any other fault of the runtime ends
 * the domain with a report.
 */
#include "control/runtime/trap.h"

#include <asm/siginfo.h>
#include <asm/signal.h>

#include "api/abi/corbel.h"
#include "control/runtime/report.h"
#include "control/runtime/signal.h"
#include "control/runtime/thread.h"

#define PAGE_FAULT 14
#define ERROR_PRESENT 1
#define SI_KERNEL_CODE 0x80

struct fixup {
	u64 at, go;
};

extern const struct fixup fixups_start[], fixups_end[];

/* Signal and code per exception vector; address: si_addr is RIP (1) or CR2 (2). */
static const struct {
	u8 sig, code, address;
} exceptions[32] = {
	[0] = { SIGFPE, FPE_INTDIV, 1 },	[1] = { SIGTRAP, TRAP_TRACE, 1 },
	[3] = { SIGTRAP, SI_KERNEL_CODE, 0 },	[4] = { SIGSEGV, SI_KERNEL_CODE, 0 },
	[5] = { SIGSEGV, SI_KERNEL_CODE, 0 },	[6] = { SIGILL, ILL_ILLOPN, 1 },
	[10] = { SIGSEGV, SI_KERNEL_CODE, 0 },	[11] = { SIGBUS, SI_KERNEL_CODE, 0 },
	[12] = { SIGBUS, SI_KERNEL_CODE, 0 },	[13] = { SIGSEGV, SI_KERNEL_CODE, 0 },
	[14] = { SIGSEGV, SEGV_MAPERR, 2 },	[16] = { SIGFPE, FPE_FLTINV, 1 },
	[17] = { SIGBUS, BUS_ADRALN, 0 },	[19] = { SIGFPE, FPE_FLTINV, 1 },
};

static u64 read_cr2(void)
{
	u64 cr2;

	asm volatile("mov %%cr2, %0" : "=r"(cr2));
	return cr2;
}

static bool fix_up(struct regs *r)
{
	for (const struct fixup *f = fixups_start; f < fixups_end; f++) {
		if (f->at == r->rip) {
			r->rip = f->go;
			return true;
		}
	}
	return false;
}

static void program_fault(struct regs *r, u64 cr2)
{
	u32 sig = exceptions[r->vector].sig;
	struct signal_info info = { .code = exceptions[r->vector].code };
	u64 address = 0;

	if (!sig) {
		sig = SIGSEGV;
		info.code = SI_KERNEL_CODE;
	}
	if (exceptions[r->vector].address) {
		address = exceptions[r->vector].address == 2 ? cr2 : r->rip;
	}
	if (r->vector == PAGE_FAULT && (r->nr_error & ERROR_PRESENT)) {
		info.code = SEGV_ACCERR;
	}
	info.pid = (u32)address;
	info.uid = (u32)(address >> 32);
	signal_force(sig, &info, r, cr2);
}

void trap_dispatch(struct regs *r)
{
	u64 cr2 = r->vector == PAGE_FAULT ? read_cr2() : 0;
	bool from_program = r->cs & 3;

	if (from_program) {
		if (r->vector < 32) {
			program_fault(r, cr2);
		}
		signals_deliver(r);
		return;
	}
	if (r->vector < 32 && !fix_up(r)) {
		report_runtime_fault(r, cr2);
	}
}
