/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What Corbel adds to Linux's system calls: five calls and the block that a domain's runtime
 * finds at its start. Public: included by the hypervisor, the runtime and by programs.
 */
#ifndef CORBEL_ABI_H
#define CORBEL_ABI_H

#ifndef __ASSEMBLER__
#include <stdint.h>
#endif

#define CORBEL_ABI_VERSION 1

/* Call numbers; all other numbers are those of Linux x86-64. */
#define CORBEL_DOMAIN_CREATE 0x4000
#define CORBEL_DOMAIN_WAIT 0x4001
#define CORBEL_THREAD_CREATE 0x4002
#define CORBEL_HANDLE_RESERVE 0x4003
#define CORBEL_HANDLE_INFO 0x4004
/*
 * Set in the number by the runtime for calls it makes for itself: pointers may lie in the
 * runtime's range.
 */
#define CORBEL_CALL_RUNTIME 0x40000000

/*
 * The domain's address space, see mechanisms: program below RUNTIME_BASE, runtime in the last
 * GiB.
 */
#define CORBEL_USER_TOP 0x4000000000
#define CORBEL_RUNTIME_BASE 0x3fc0000000		/* image of the runtime, linked here */
#define CORBEL_RUNTIME_TABLES (CORBEL_RUNTIME_BASE + 0x1000000)	/* first page tables (CR3) */
#define CORBEL_RUNTIME_BOOT (CORBEL_RUNTIME_BASE + 0x1100000)	/* boot block, then strings */
/* boot stack, 64 KiB below */
#define CORBEL_RUNTIME_STACK_TOP (CORBEL_RUNTIME_BASE + 0x2000000)
#define CORBEL_RUNTIME_TIME (CORBEL_RUNTIME_BASE + 0x3000000)	/* time page, read-only */
/* free for the runtime up to USER_TOP */
#define CORBEL_RUNTIME_HEAP (CORBEL_RUNTIME_BASE + 0x4000000)
#define CORBEL_KICK_VECTOR 0x20			/* external interrupt = kick (tgkill) */
/* boot block flags. A test bench on another hypervisor: calls leave by a port write. The hypervisor never sets it. */
#define CORBEL_BOOT_PORT_CALLS 1u

/*
 * exit_group(CORBEL_EXIT_SIGNAL | signal), as a call of the runtime's own: that signal ended the
 * program; the runtime has printed the report.
 */
#define CORBEL_EXIT_SIGNAL 0x10000

#ifndef __ASSEMBLER__
struct corbel_boot_block {
	uint32_t abi, size;
	int32_t program_handle;		/* boot file of the program's ELF */
	uint32_t cpu_count;
	uint32_t argc, envc;
	uint64_t strings;		/* argc + envc strings, each with its NUL, in this order */
	uint64_t strings_len;
	uint64_t time_page;		/* struct corbel_time_page */
	uint64_t memory_bytes;		/* quota of the domain */
	/* inherited handles are numbers 0..handle_count-1 where given */
	uint32_t handle_count;
	uint32_t domain_id;
	uint32_t boot_tid;		/* thread id of the first thread */
	uint32_t flags;
	uint8_t random[32];
};

/*
 * now_ns = ((tsc - tsc_base) * mult >> shift); CLOCK_REALTIME = now + wall_base_ns. Valid while
 * seq is even and unchanged; mult 0: use the call.
 */
struct corbel_time_page {
	uint32_t seq;
	uint32_t mult, shift;
	uint32_t pad;
	uint64_t tsc_base;
	uint64_t wall_base_ns;
	uint64_t tsc_khz;
};

/*
 * CORBEL_DOMAIN_CREATE(const struct corbel_domain_create *) -> handle, or -errno. Needs the
 * boot domain's right.
 */
struct corbel_domain_create {
	uint32_t size;			/* sizeof */
	uint32_t flags;			/* 0 */
	uint64_t program;		/* "/boot/NAME" */
	uint64_t strings;		/* argv then environment strings */
	uint64_t strings_len;
	uint32_t argc, envc;
	uint64_t memory_bytes;		/* quota; 0: as the creator's; more than that is -EPERM */
	/* const int32_t[handle_count]: child number i is this handle of the caller, -1: none */
	uint64_t handles;
	uint32_t handle_count;		/* at most 1024 */
	uint32_t pad;
};

/*
 * ioctl(domain handle, CORBEL_DOMAIN_KILL, signal): ends that domain as if by that signal, 1..64.
 * 0, also if it has ended already; -EINVAL. It is gone when CORBEL_DOMAIN_WAIT says so.
 */
#define CORBEL_DOMAIN_KILL 0xc000

/*
 * CORBEL_DOMAIN_WAIT(handle, struct corbel_domain_status *): blocks until the domain has ended
 * and its memory is free. 0, -EINTR.
 */
struct corbel_domain_status {
	uint32_t size;
	/* 0: exited; 1: ended by a fault, code is the signal Linux would send */
	uint32_t crashed;
	int32_t code;			/* exit code 0..255 or signal */
	uint32_t pad;
};

/*
 * CORBEL_THREAD_CREATE(const struct corbel_thread_create *) -> thread id. Starts at CPL 0 in
 * the runtime, IF=0, RDI = arg.
 */
struct corbel_thread_create {
	uint32_t size;
	uint32_t flags;			/* 0 */
	uint64_t rip, rsp, arg, fs_base;
};

/*
 * CORBEL_HANDLE_RESERVE(number): number >= 0: that one (-EBUSY if taken), -1: the lowest free
 * one; the hypervisor will not give it out. close() frees it.
 */
/*
 * exit(code, clear, free): the 32-bit words at clear and free (each may be 0) are set to 0 and
 * their futexes woken after the thread has left for good.
 */
/* CORBEL_HANDLE_INFO(handle, struct corbel_handle_info *) */
enum corbel_handle_type {
	CORBEL_H_RESERVED = 1,
	CORBEL_H_CONSOLE,
	CORBEL_H_BOOTFILE,
	CORBEL_H_TEXT,
	CORBEL_H_EVENTFD,
	CORBEL_H_MEMFD,
	CORBEL_H_KVM,
	CORBEL_H_VM,
	CORBEL_H_VCPU,
	CORBEL_H_DOMAIN
};

struct corbel_handle_info {
	uint32_t size;
	uint32_t type;			/* enum corbel_handle_type */
	uint64_t length;		/* bytes, for boot files, text and memfd; domain: its id */
};
#endif
#endif
