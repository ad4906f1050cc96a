/* SPDX-License-Identifier: BSD-2-Clause */
/* Registers of a vCPU: general, system, debug; TRANSLATE. */
#include <stddef.h>
#include <stdio.h>

#include "tests/abi/abi.h"

static void debugregs(int vcpu)
{
	struct kvm_debugregs debug;
	long result = ioctl(vcpu, KVM_GET_DEBUGREGS, &debug);

	row("KVM_GET_DEBUGREGS at reset", result, "dr6=%#llx dr7=%#llx flags=%llu", debug.dr6,
	    debug.dr7, debug.flags);
	debug.flags = 1;
	CALL("KVM_SET_DEBUGREGS, flags 1", vcpu, KVM_SET_DEBUGREGS, &debug);
	debug.flags = 0;
	debug.dr6 = 1ull << 32;
	CALL("KVM_SET_DEBUGREGS, DR6 bit 32", vcpu, KVM_SET_DEBUGREGS, &debug);
	debug.dr6 = 0;
	debug.dr7 = 1ull << 32;
	CALL("KVM_SET_DEBUGREGS, DR7 bit 32", vcpu, KVM_SET_DEBUGREGS, &debug);
	debug = (struct kvm_debugregs){ .db = { 1, 2, 3, 4 }, .dr6 = 0xffff0ff1, .dr7 = 0x401 };
	CALL("KVM_SET_DEBUGREGS", vcpu, KVM_SET_DEBUGREGS, &debug);
	result = ioctl(vcpu, KVM_GET_DEBUGREGS, &debug);
	row("KVM_GET_DEBUGREGS after", result, "%llu %llu %llu %llu dr6=%#llx dr7=%#llx",
	    debug.db[0], debug.db[1], debug.db[2], debug.db[3], debug.dr6, debug.dr7);
	call("KVM_GET_DEBUGREGS NULL", vcpu, KVM_GET_DEBUGREGS, 0);
	call("KVM_SET_DEBUGREGS NULL", vcpu, KVM_SET_DEBUGREGS, 0);
}

void rows_regs(void)
{
	struct kvm_translation where = { .linear_address = 0x1234 };
	struct kvm_regs regs;
	struct machine m;
	long result;

	machine_open(&m, WITH_VCPU | WITH_MEMORY);
	result = ioctl(m.vcpu, KVM_GET_REGS, &regs);
	row("KVM_GET_REGS at reset", result, "rip=%#llx rflags=%#llx rdx=%#llx", regs.rip,
	    regs.rflags, regs.rdx);
	call("KVM_GET_REGS NULL", m.vcpu, KVM_GET_REGS, 0);
	call("KVM_SET_REGS NULL", m.vcpu, KVM_SET_REGS, 0);
	regs.rip = 0x8000000000000000;
	CALL("KVM_SET_REGS, RIP not canonical", m.vcpu, KVM_SET_REGS, &regs);
	regs = (struct kvm_regs){ .rip = 0x1000 };
	CALL("KVM_SET_REGS, RFLAGS 0", m.vcpu, KVM_SET_REGS, &regs);
	result = ioctl(m.vcpu, KVM_GET_REGS, &regs);
	row("KVM_GET_REGS after", result, "rflags=%#llx", regs.rflags);
	regs.rflags = ~0ull;
	CALL("KVM_SET_REGS, RFLAGS ~0", m.vcpu, KVM_SET_REGS, &regs);
	regs.rflags = 2;
	CALL("KVM_SET_REGS", m.vcpu, KVM_SET_REGS, &regs);
	debugregs(m.vcpu);
	result = ioctl(m.vcpu, KVM_TRANSLATE, &where);
	row("KVM_TRANSLATE without paging", result, "pa=%#llx valid=%u writeable=%u usermode=%u",
	    where.physical_address, where.valid, where.writeable, where.usermode);
	call("KVM_TRANSLATE NULL", m.vcpu, KVM_TRANSLATE, 0);
	machine_close(&m);
}

static void reset_row(const char *what, int vcpu)
{
	struct kvm_sregs s;
	long result = ioctl(vcpu, KVM_GET_SREGS, &s);

	row(what, result, "cs=%#x base=%#llx limit=%#x type=%#x cr0=%#llx cr4=%#llx efer=%#llx "
	    "apic_base=%#llx tr=%#x ldt=%#x gdt=%#x cr8=%llu", s.cs.selector, s.cs.base, s.cs.limit,
	    s.cs.type, s.cr0, s.cr4, s.efer, s.apic_base, s.tr.type, s.ldt.type, s.gdt.limit,
	    s.cr8);
}

enum { PE = 1, NW = 1 << 29, CD = 1 << 30, PAE = 0x20, LME = 0x100, LMA = 0x400 };
#define PG 0x80000000u

struct change {
	const char *what;
	size_t field;
	uint64_t set;
	uint64_t cr0, cr4, efer;	/* set before, if not 0 */
};
#define FIELD(name) offsetof(struct kvm_sregs, name)

static const struct change changes[] = {
	{ "as it is", FIELD(cr2), 0, 0, 0, 0 },
	{ "LME and PG, no PAE, no LMA", FIELD(efer), LME, PE | PG, 0, 0 },
	{ "LME, PG and PAE, no LMA", FIELD(efer), LME, PE | PG, PAE, 0 },
	{ "LMA alone", FIELD(efer), LMA, 0, 0, 0 },
	{ "LMA and LME without PG", FIELD(efer), LMA | LME, 0, 0, 0 },
	{ "LMA and LME with PG, no PAE", FIELD(efer), LMA | LME, PE | PG, 0, 0 },
	{ "PG without PE", FIELD(cr0), PG, 0, 0, 0 },
	{ "NW without CD", FIELD(cr0), NW, NW, 0, 0 },
	{ "CR0 bit 32", FIELD(cr0), 1ull << 32, 0, 0, 0 },
	{ "CR0 bit 10", FIELD(cr0), 1 << 10, 0, 0, 0 },
	{ "CR4 bit 40", FIELD(cr4), 1ull << 40, 0, 0, 0 },
	{ "CR4 bit 31", FIELD(cr4), 1u << 31, 0, 0, 0 },
	{ "CR4.VMXE", FIELD(cr4), 1 << 13, 0, 0, 0 },
	{ "CR4.PAE", FIELD(cr4), PAE, 0, 0, 0 },
	{ "EFER.NX before CPUID", FIELD(efer), 0x800, 0, 0, 0 },
	{ "EFER.SCE", FIELD(efer), 1, 0, 0, 0 },
	{ "EFER bit 40", FIELD(efer), 1ull << 40, 0, 0, 0 },
	{ "APIC base, x2APIC without enable", FIELD(apic_base), 0x400, 0, 0, 0 },
	{ "APIC base, bit 0", FIELD(apic_base), 0xfee00901, 0, 0, 0 },
	{ "APIC base, bit 52", FIELD(apic_base), 1ull << 52 | 0xfee00900, 0, 0, 0 },
	{ "APIC base, disabled", FIELD(apic_base), 0xfee00100, 0, 0, 0 },
	{ "APIC base, as at reset", FIELD(apic_base), 0xfee00900, 0, 0, 0 },
	{ "CR8 = 15", FIELD(cr8), 15, 0, 0, 0 },
	{ "CR8 = 16", FIELD(cr8), 16, 0, 0, 0 },
	{ "CR3 bit 62 in long mode", FIELD(cr3), 1ull << 62, PE | PG, PAE, LMA | LME },
	{ "CR3 bit 51 in long mode", FIELD(cr3), 1ull << 51, PE | PG, PAE, LMA | LME },
	{ "CR3 in long mode", FIELD(cr3), 0x1000, PE | PG, PAE, LMA | LME },
};

static void sregs_changes(int vcpu, const struct kvm_sregs *reset)
{
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		const struct change *c = &changes[i];
		struct kvm_sregs s = *reset;
		char what[80];

		s.cr0 = c->cr0 ? c->cr0 | 0x10 : s.cr0;
		s.cr4 |= c->cr4;
		s.efer |= c->efer;
		memcpy((char *)&s + c->field, &c->set, sizeof(c->set));
		if (c->field == FIELD(cr0)) {
			s.cr0 = c->set | 0x10;
		}
		snprintf(what, sizeof(what), "KVM_SET_SREGS, %s", c->what);
		CALL(what, vcpu, KVM_SET_SREGS, &s);
	}
}

static void sregs2(int vcpu)
{
	struct kvm_sregs2 s;

	CALL("KVM_GET_SREGS2", vcpu, KVM_GET_SREGS2, &s);
	CALL("KVM_SET_SREGS2", vcpu, KVM_SET_SREGS2, &s);
	s.flags = 2;
	CALL("KVM_SET_SREGS2, flag 2", vcpu, KVM_SET_SREGS2, &s);
	s.flags = 1;
	CALL("KVM_SET_SREGS2, PDPTRS_VALID without PAE", vcpu, KVM_SET_SREGS2, &s);
	call("KVM_GET_SREGS2 NULL", vcpu, KVM_GET_SREGS2, 0);
	call("KVM_SET_SREGS2 NULL", vcpu, KVM_SET_SREGS2, 0);
}

void rows_sregs(void)
{
	struct kvm_sregs reset, s;
	struct machine m;

	machine_open(&m, WITH_SECOND | WITH_IRQCHIP | WITH_MEMORY);
	reset_row("KVM_GET_SREGS at reset", m.vcpu);
	reset_row("KVM_GET_SREGS of the second vcpu", m.second);
	if (ioctl(m.vcpu, KVM_GET_SREGS, &reset)) {
		return;
	}
	sregs_changes(m.vcpu, &reset);
	s = reset;
	s.cs.l = 1;
	CALL("KVM_SET_SREGS, CS.L outside long mode", m.vcpu, KVM_SET_SREGS, &s);
	s = reset;
	s.cs.type = 0;
	CALL("KVM_SET_SREGS, CS type 0", m.vcpu, KVM_SET_SREGS, &s);
	CALL("KVM_SET_SREGS, back", m.vcpu, KVM_SET_SREGS, &reset);
	call("KVM_GET_SREGS NULL", m.vcpu, KVM_GET_SREGS, 0);
	call("KVM_SET_SREGS NULL", m.vcpu, KVM_SET_SREGS, 0);
	sregs2(m.vcpu);
	machine_close(&m);
}
