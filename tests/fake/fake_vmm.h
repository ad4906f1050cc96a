/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A machine for tests of the VM and of its ioctls: one thread, real memory management, a
 * hardware contract whose guest is a C function of the test, a CPUID of the test's making.
 * Program pointers are host pointers below FAKE_BAD.
 */
#pragma once

#include "api/domain.h"
#include "api/kvm.h"
#include "core/errno.h"
#include "fake.h"
#include "fake_mm.h"
#include "unit.h"
#include "vmm/vcpu.h"

struct fake_hw {
	struct hv_sregs sregs;
	struct hv_intr_state intr;
	struct hv_debug debug;
	struct {
		u32 index;
		u64 value;
	} msr[16];
	u32 msrs;
	struct hv_event injected; /* for the coming run; type NONE: nothing */
	bool window, nmi_window;
	u32 intercepts, flushes;
	u64 tsc_offset, deadline;
	u8 tpr;
};

/* What the guest does until its next exit; interrupts are off. exit is zeroed, kind INTR. */
extern void (*fake_guest)(struct hv_vcpu *v, struct hv_exit *exit);
/* Hardware that tells no MSR, for the -ENOENT paths. */
extern bool fake_no_msrs;
extern u64 fake_xcr0;
extern u32 fake_vcpus, fake_fpus, fake_entries;
/* How many objects may still be allocated as FPU areas and control structures; -1: no limit. */
extern int fake_hw_left;

struct fake_hw *fake_hw(struct vcpu *v);

/* The domain of the calls, with memory and handles; and one VM with RAM at gpa 0. */
extern struct domain fake_dom;
#define FAKE_RAM_AT 0x10000000ULL /* domain address */
#define FAKE_RAM_PAGES 1024ULL

/* CPUs of the machine that fake_vmm_start makes. */
extern u32 fake_vmm_cpus;
void fake_vmm_start(void);
/* Asserts that everything came back. */
void fake_vmm_end(void);
/* A VM with FAKE_RAM_PAGES of RAM at gpa 0; chips: CREATE_IRQCHIP too. */
struct vm *fake_vm(bool chips);
/* The next vCPU of the VM, loaded. */
struct vcpu *fake_vcpu(struct vm *vm);
/* Ends the VM and all its vCPUs. */
void fake_vm_end(struct vm *vm);
/* Host address of a byte of the VM's RAM. */
u8 *fake_ram(struct vm *vm, u64 gpa);
void fake_ram_write(struct vm *vm, u64 gpa, const void *data, size_t len);

/* Objects behind the fake handle table: what the last handle_install got. */
extern struct object *fake_installed;
extern const struct handle_ops *fake_installed_ops;
extern s64 fake_install_error; /* 0: works */
#define FAKE_BAD 0x1000ULL     /* pointers below are not mapped */
