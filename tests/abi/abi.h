/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The row runner: calls of the KVM interface, one line of output per call and case. Each group is a
 * function in rows_NAME.c; main.c has the list.
 */
#ifndef TESTS_ABI_ABI_H
#define TESTS_ABI_ABI_H

#include <errno.h>
#include <linux/kvm.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>

#define MEMORY_SIZE 0x400000u	/* of each VM: one slot, number 0, at 0 */
#define CODE 0x1000		/* where the small guests run */

/* A VM for rows: memory, two vCPUs (ids 0 and 1) and their run pages, as the flags say. */
struct machine {
	int vm, vcpu, second;
	struct kvm_run *run, *run_second;
	uint8_t *memory;
};

enum { WITH_IRQCHIP = 1, WITH_MEMORY = 2, WITH_VCPU = 4, WITH_SECOND = 8, WITH_CPUID = 16 };

extern int kvm;				/* /dev/kvm */
extern const char *group;		/* of the rows that follow */

/* Ends the program with a message if something fails that no row is about. */
void machine_open(struct machine *m, unsigned int flags);
void machine_close(struct machine *m);
uint8_t *anonymous(size_t size);

/* Prints a row: result and errno (if the result is -1) and a note, which may be empty. */
void row(const char *what, long result, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* ioctl with its row. A new descriptor prints as 0. */
long call(const char *what, int fd, unsigned long number, uintptr_t argument);
int call_fd(const char *what, int fd, unsigned long number, uintptr_t argument);
#define CALL(what, fd, number, thing) call(what, fd, number, (uintptr_t)(thing))

/* KVM_RUN on the VM's first vCPU; the row tells the exit. */
void run_row(struct machine *m, const char *what);
/* Puts code at CODE, and the first vCPU there in real mode with RFLAGS. */
void load(struct machine *m, const char *code, size_t size, uint64_t rflags);
#define LOAD(m, code) load(m, code, sizeof(code) - 1, 2)

void rows_fd(void);
void rows_system(void);
void rows_caps(void);
void rows_memslot(void);
void rows_dirty(void);
void rows_vm(void);
void rows_irqchip(void);
void rows_routing(void);
void rows_msi(void);
void rows_pit(void);
void rows_clock(void);
void rows_enable_cap(void);
void rows_regs(void);
void rows_sregs(void);
void rows_events(void);
void rows_mp_state(void);
void rows_fpu(void);
void rows_msrs(void);
void rows_cpuid(void);
void rows_mce(void);
void rows_run(void);
void rows_exits(void);
void rows_signals(void);

#endif
