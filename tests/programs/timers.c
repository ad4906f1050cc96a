/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Timers that send signals, and signals with values: real-time signals queue in order, timer_create
 * with all kinds of notification, overrun, setitimer, alarm, bad arguments. The output is compared
 * with Linux's.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "tests/programs/show.h"

#define BAD ((void *)0x1000)

static int got[16], values[16], codes[16];
static atomic_int count;

static void note(int sig, siginfo_t *info, void *context)
{
	(void)context;
	if (count < 16) {
		got[count] = sig - SIGRTMIN;
		values[count] = info->si_value.sival_int;
		codes[count] = info->si_code;
	}
	count++;
}

static void handle(int sig)
{
	struct sigaction a = {.sa_sigaction = note, .sa_flags = SA_SIGINFO};

	/* One handler at a time, so that they run in the order in which they are taken. */
	sigfillset(&a.sa_mask);
	sigaction(sig, &a, NULL);
}

static void show_seen(const char *what)
{
	printf("%s: %d", what, (int)count);
	for (int i = 0; i < count && i < 16; i++) {
		printf(" [%+d value %d code %d]", got[i], values[i], codes[i]);
	}
	printf("\n");
	count = 0;
}

static void queues(void)
{
	sigset_t set, old;
	siginfo_t info;
	struct timespec zero = {0};

	handle(SIGRTMIN);
	handle(SIGRTMIN + 1);
	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	sigaddset(&set, SIGRTMIN + 1);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, &old);
	for (int i = 0; i < 3; i++) {
		SHOW(sigqueue(getpid(), SIGRTMIN + 1, (union sigval){.sival_int = i}));
		SHOW(sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = 10 + i}));
		SHOW(sigqueue(getpid(), SIGUSR1, (union sigval){.sival_int = 20 + i}));
	}
	SHOW_VALUE(sigwaitinfo(&set, &info) - SIGUSR1);
	printf("value %d code %d from itself %d\n", info.si_value.sival_int, info.si_code,
	       info.si_pid == getpid());
	SHOW_VALUE(sigtimedwait(&set, &info, &zero) - SIGRTMIN);
	printf("value %d\n", info.si_value.sival_int);
	sigprocmask(SIG_SETMASK, &old, NULL);
	show_seen("queued");
	pthread_sigqueue(pthread_self(), SIGRTMIN, (union sigval){.sival_int = 5});
	show_seen("to a thread");
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGRTMIN);
	raise(SIGRTMIN);
	signal(SIGRTMIN, SIG_IGN);
	sigprocmask(SIG_SETMASK, &old, NULL);
	show_seen("ignored after all");
	SHOW(sigqueue(getpid(), 65, (union sigval){0}));
	SHOW(sigqueue(getpid(), 0, (union sigval){0}));
	SHOW(sigqueue(99999, 0, (union sigval){0}));
	SHOW(syscall(SYS_rt_sigqueueinfo, getpid(), SIGUSR1, BAD));
	SHOW(syscall(SYS_rt_sigtimedwait, &set, NULL, NULL, 4));
	SHOW(syscall(SYS_rt_sigtimedwait, BAD, NULL, NULL, 8));
}

static void wait_count(int n)
{
	long long limit = now_ms() + 20000;

	while (count < n && now_ms() < limit) {
		sleep_ms(1);
	}
}

static struct itimerspec after(long ms, long interval_ms)
{
	return (struct itimerspec){{interval_ms / 1000, interval_ms % 1000 * 1000000},
				   {ms / 1000, ms % 1000 * 1000000}};
}

static void one_shot(void)
{
	struct sigevent e = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 1,
			     .sigev_value.sival_int = 42};
	struct itimerspec t = after(20, 0), left;
	long long start = now_ms();
	struct timespec now;
	timer_t timer;

	SHOW(timer_create(CLOCK_MONOTONIC, &e, &timer));
	SHOW(timer_settime(timer, 0, &t, NULL));
	timer_gettime(timer, &left);
	printf("running %d\n", left.it_value.tv_nsec > 0 && left.it_value.tv_nsec <= 20000000);
	wait_count(1);
	printf("not early %d\n", now_ms() - start >= 19);
	show_seen("one shot");
	timer_gettime(timer, &left);
	printf("done %d\n", !left.it_value.tv_nsec && !left.it_value.tv_sec);
	t = after(100000, 0);
	timer_settime(timer, 0, &t, NULL);
	t = after(0, 0);
	timer_settime(timer, 0, &t, &left);
	printf("old value %d\n", left.it_value.tv_sec == 99);
	SHOW(timer_delete(timer));
	SHOW(timer_delete(timer));
	SHOW(timer_create(CLOCK_REALTIME, &e, &timer));
	clock_gettime(CLOCK_REALTIME, &now);
	t = (struct itimerspec){.it_value = {now.tv_sec, now.tv_nsec}};
	timer_settime(timer, TIMER_ABSTIME, &t, NULL);
	wait_count(1);
	show_seen("absolute");
	timer_delete(timer);
}

/* While its signal is blocked a timer counts what it has missed. */
static void overrun(void)
{
	struct sigevent e = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 1};
	struct itimerspec t = after(5, 5), never = after(0, 0);
	sigset_t set;
	siginfo_t info;
	timer_t timer;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN + 1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	timer_create(CLOCK_MONOTONIC, &e, &timer);
	timer_settime(timer, 0, &t, NULL);
	sleep_ms(60);
	printf("taken %d, ", sigwaitinfo(&set, &info) == SIGRTMIN + 1);
	timer_settime(timer, 0, &never, NULL);
	printf("code %d, overrun in the signal %d\n", info.si_code, info.si_overrun >= 8);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	count = 0;
	timer_settime(timer, 0, &t, NULL);
	wait_count(5);
	timer_settime(timer, 0, &never, NULL);
	printf("interval goes on %d\n", count >= 5);
	timer_delete(timer);
	count = 0;
}

static atomic_int thread_ran;

static void in_thread(union sigval value)
{
	thread_ran += value.sival_int;
}

static void notifications(void)
{
	struct sigevent e = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = in_thread,
			     .sigev_value.sival_int = 3};
	struct itimerspec t = after(10, 0), left;
	long long limit = now_ms() + 20000;
	timer_t timer;

	SHOW(timer_create(CLOCK_MONOTONIC, &e, &timer));
	timer_settime(timer, 0, &t, NULL);
	while (!thread_ran && now_ms() < limit) {
		sleep_ms(1);
	}
	printf("thread ran %d\n", (int)thread_ran);
	timer_delete(timer);
	memset(&e, 0, sizeof(e));
	e.sigev_notify = SIGEV_THREAD_ID;
	e.sigev_signo = SIGRTMIN + 1;
	e.sigev_notify_thread_id = (int)syscall(SYS_gettid);
	SHOW(timer_create(CLOCK_MONOTONIC, &e, &timer));
	timer_settime(timer, 0, &t, NULL);
	wait_count(1);
	show_seen("to this thread");
	timer_delete(timer);
	e.sigev_notify = SIGEV_NONE;
	SHOW(timer_create(CLOCK_MONOTONIC, &e, &timer));
	timer_settime(timer, 0, &t, NULL);
	sleep_ms(20);
	timer_gettime(timer, &left);
	printf("no signal %d, expired %d\n", (int)count, !left.it_value.tv_nsec);
	timer_delete(timer);
	e.sigev_notify = SIGEV_THREAD_ID;
	e.sigev_notify_thread_id = 99999;
	SHOW(timer_create(CLOCK_MONOTONIC, &e, &timer));
	e.sigev_notify = SIGEV_SIGNAL;
	e.sigev_signo = 65;
	SHOW(timer_create(CLOCK_MONOTONIC, &e, &timer));
	e.sigev_notify = 77;
	SHOW(timer_create(CLOCK_MONOTONIC, &e, &timer));
}

static void errors(void)
{
	struct itimerspec bad = {.it_value = {.tv_nsec = -1}}, t = after(0, 0);
	timer_t timer;
	int id;

	SHOW(timer_create(99, NULL, &timer));
	SHOW(syscall(SYS_timer_create, CLOCK_MONOTONIC, BAD, &id));
	SHOW(syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, BAD));
	SHOW(timer_create(CLOCK_MONOTONIC, NULL, &timer));
	SHOW(timer_settime(timer, 0, &bad, NULL));
	SHOW(timer_settime(timer, 0, NULL, NULL));
	SHOW(timer_settime(timer, 0, BAD, NULL));
	SHOW(timer_gettime(timer, BAD));
	timer_delete(timer);
	SHOW(syscall(SYS_timer_settime, 9999, 0, &t, NULL));
	SHOW(syscall(SYS_timer_gettime, 9999, &t));
	SHOW(syscall(SYS_timer_getoverrun, 9999));
	SHOW(syscall(SYS_setitimer, 9, &t, NULL));
	SHOW(syscall(SYS_setitimer, ITIMER_REAL, BAD, NULL));
	SHOW(syscall(SYS_getitimer, ITIMER_REAL, BAD));
}

static void alarms(void)
{
	struct itimerval t = {{0, 5000}, {0, 20000}}, old, none = {0};

	handle(SIGALRM);
	printf("alarm %u", alarm(100));
	printf(" %u\n", alarm(0));
	SHOW(setitimer(ITIMER_REAL, &t, NULL));
	wait_count(3);
	getitimer(ITIMER_REAL, &old);
	printf("interval %ld\n", (long)old.it_interval.tv_usec);
	SHOW(setitimer(ITIMER_REAL, &none, NULL));
	printf("alarms %d, code %d\n", count >= 3, codes[0]);
	count = 0;
	t = (struct itimerval){{0, 0}, {0, 10000}};
	setitimer(ITIMER_REAL, &t, NULL);
	SHOW(pause());
	t.it_value.tv_usec = -1;
	SHOW(setitimer(ITIMER_REAL, &t, NULL));
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	queues();
	one_shot();
	overrun();
	notifications();
	errors();
	alarms();
	printf("timers done\n");
	return 0;
}
