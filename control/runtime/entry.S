/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every way into ring 0 of the domain and back: start, new threads, system calls, exceptions and
 * the kick. The fast path of a system call uses no stack and calls no C: a bit says "forward", the
 * call goes out with its registers untouched (the hypercall changes RAX only, so RCX and R11
 * survive it), one flag is tested, and it returns.
 */
#include <asm/unistd.h>

#include "control/runtime/regs.h"
#include "control/runtime/syscall.h"
#include "control/runtime/thread.h"

/* Exceptions for which the CPU pushes an error code: 8 10-14 17 21 29 30. */
#define ERROR_VECTORS 0x60227d00

	.macro PUSH_GENERAL
	push	%rdi
	push	%rsi
	push	%rdx
	push	%rcx
	push	%rax
	push	%r8
	push	%r9
	push	%r10
	push	%r11
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	.endm

	/* All but RSP, RIP and flags, and forget vector and nr_error. */
	.macro POP_GENERAL
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	pop	%r11
	pop	%r10
	pop	%r9
	pop	%r8
	pop	%rax
	pop	%rcx
	pop	%rdx
	pop	%rsi
	pop	%rdi
	add	$16, %rsp
	.endm

	/* struct regs of the program at a system call; nr: where its number is. */
	.macro PUSH_SYSCALL_REGS nr
	mov	%gs:T_KERNEL_TOP, %rsp
	push	$USER_DS
	push	%gs:T_USER_RSP
	push	%r11
	push	$USER_CS
	push	%rcx
	push	\nr
	push	$REGS_SYSCALL
	PUSH_GENERAL
	cld
	mov	%rsp, %rdi
	xor	%ebp, %ebp
	.endm

	/*
	 * One entry per hypercall instruction: the runtime's text is read-only, so nothing is
	 * patched.
	 */
	.macro SYSCALL_ENTRY name, insn:vararg
	.global \name, \name\()_stub
	.balign 64
\name:
	swapgs
	mov	%rsp, %gs:T_USER_RSP
	mov	%rax, %gs:T_NR
	cmp	$SYSCALL_FAST_MAX, %rax
	jae	syscall_slow
	bt	%rax, syscall_forward(%rip)
	jnc	2f
1:	\insn
	cmpl	$0, %gs:T_WORK
	jne	forwarded_with_work
	swapgs
	sysretq

	/* ioctl of KVM goes out unless it has to do with signal masks. */
2:	cmp	$__NR_ioctl, %eax
	jne	3f
	mov	%esi, %esp
	shr	$8, %esp
	cmp	$KVM_IOCTL_TYPE, %spl
	mov	%gs:T_USER_RSP, %rsp
	jne	syscall_slow
	cmp	$KVM_SET_SIGNAL_MASK_NR, %esi
	je	syscall_slow
	cmpb	$0, kvm_masks_used(%rip)
	je	1b
	jmp	syscall_slow

	/* read and write of a handle that needs neither offset nor line discipline. */
3:	cmp	$__NR_write, %eax
	ja	syscall_slow
	cmp	$SYSCALL_HANDLES, %rdi
	jae	syscall_slow
	test	%eax, %eax
	jnz	4f
	bt	%rdi, direct_read(%rip)
	jc	1b
	jmp	syscall_slow
4:	bt	%rdi, direct_write(%rip)
	jc	1b
	jmp	syscall_slow

\name\()_stub:
	\insn
	ret
	.endm

	.text
	.global runtime_entry
runtime_entry:
	xor	%ebp, %ebp
	call	runtime_main
	ud2

	SYSCALL_ENTRY syscall_vmcall, vmcall
	SYSCALL_ENTRY syscall_vmmcall, vmmcall
	/* For a test bench on another hypervisor, which sees port writes only. */
	SYSCALL_ENTRY syscall_port, outb %al, $SYSCALL_PORT

forwarded_with_work:
	PUSH_SYSCALL_REGS %gs:T_NR
	call	syscall_forwarded
	jmp	syscall_return

syscall_slow:
	PUSH_SYSCALL_REGS %rax
	call	syscall_dispatch

	jmp	syscall_return

	.global syscall_child
	.balign 64
syscall_child:
	swapgs
	mov	%rsp, %gs:T_USER_RSP
	mov	%rax, %gs:T_NR
	PUSH_SYSCALL_REGS %rax
	call	child_syscall

	/* sysret if nobody has changed what it takes from RCX and R11, else iret. */
syscall_return:
	mov	REGS_RIP(%rsp), %rcx
	cmp	%rcx, REGS_RCX(%rsp)
	jne	return_to_user
	mov	REGS_RFLAGS(%rsp), %rcx
	cmp	%rcx, REGS_R11(%rsp)
	jne	return_to_user
	POP_GENERAL
	mov	24(%rsp), %rsp
	swapgs
	sysretq

	.global enter_user, thread_entry
thread_entry:
	mov	%rdi, %rbx
	call	thread_main
	mov	T_KERNEL_TOP(%rbx), %rdi
	sub	$REGS_SIZE, %rdi
enter_user:
	mov	%rdi, %rsp
return_to_user:
	POP_GENERAL
	swapgs
	iretq

	/*
	 * Exceptions, the kick, and vectors nobody sends; 16 bytes each, so that the IDT needs no
	 * table.
	 */
	.global trap_stubs
	.balign 16
trap_stubs:
	.set	vector, 0
	.rept	TRAP_VECTORS
	.balign 16
	.if	!(ERROR_VECTORS >> vector & 1)
	push	$0
	.endif
	push	$vector
	jmp	trap_common
	.set	vector, vector + 1
	.endr

trap_common:
	testb	$3, 24(%rsp)
	jz	1f
	swapgs
1:	PUSH_GENERAL
	cld
	mov	%rsp, %rdi
	xor	%ebp, %ebp
	call	trap_dispatch
	testb	$3, REGS_CS(%rsp)
	jnz	return_to_user
	POP_GENERAL
	iretq
