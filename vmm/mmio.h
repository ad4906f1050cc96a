/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Accesses of the guest to addresses without memory: emulated, served by a device in the
 * hypervisor or by the VMM. A read that the VMM must answer ends the execution; when the answer is
 * there the instruction starts over and finds it in the list of answers. Writes are noted and done
 * when the instruction is complete.
 */
#pragma once

#include "vmm/emul/emul.h"
#include "vmm/fetch.h"

struct hv_exit;

#define MMIO_MAX 8    /* bytes of one exit */
#define MMIO_READS 4  /* two operands of up to 8 bytes over two pages each, or one of 16 */
#define MMIO_WRITES 3 /* one operand over two pages, of 16 bytes */

#define MMIO_KNOWN 4

struct mmio_part {
	u64 gpa;
	u8 data[MMIO_MAX];
	u8 len;
};

/* Of one vCPU, [v]. */
struct mmio {
	struct emul e;
	struct hv_regs old;	  /* before the instruction that waits for the VMM */
	struct {
		union fetch_bytes bytes;
		struct emul_insn i; /* code size 0: nothing */
	} known[MMIO_KNOWN];	/* decoded lately, by RIP */
	u64 page;		  /* known to be no memory for these accesses, by the exit */
	bool page_valid, page_write, page_rom; /* rom: reads find memory */
	struct mmio_part read[MMIO_READS], write[MMIO_WRITES];
	u8 reads, at;	    /* answers known; next one of this execution */
	u8 writes, written; /* noted; done */
};

/*
 * Offers the access to every device of the hypervisor. data: len bytes (1-8, within a page) to
 * write or, zeroed, to read into. true: one has served it. vCPU's thread; may sleep.
 */
bool mmio_bus(struct vcpu *v, u64 gpa, void *data, u32 len, bool write);

/*
 * Finishes the part that the VMM has answered and goes on with the instruction, before anything
 * else of a KVM_RUN. true: the run page holds another exit. Loaded.
 */
bool mmio_complete(struct vcpu *v);
