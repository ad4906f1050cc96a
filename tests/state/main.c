/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state test: machines are saved with something going on in every part, restored into fresh
 * ones and must go on as if nothing had been; then each piece of state is left out once, which the
 * guest must notice; then a load is moved many times. The output is the same on Linux KVM and on
 * Corbel.
 *
 *	state [-v] [NAME...]		those scenes and drops only; -v: says how a loss was noticed
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "tests/selftest/test.h"
#include "tests/state/scene.h"

GUEST_CODE_OF(state_load);

#define DROP_MS 2000	/* a guest that waits for what was lost is given up after this */
#define MOVES 20

static char reason[200];
static struct saved saved;
static int wrong;

enum result failed(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(reason, sizeof(reason), format, args);
	va_end(args);
	return FAILED;
}

static int check_log(struct guest *m, const char *wanted)
{
	uint64_t count = guest_word(m, STATE_LOG_COUNT);
	char log[3 * 32 + 1] = "";

	for (uint64_t i = 0; i < count && i < 32; i++) {
		sprintf(log + 3 * i, "%02x ", m->memory[STATE_LOG + i]);
	}
	log[count ? 3 * (count < 32 ? count : 32) - 1 : 0] = 0;
	if (strcmp(log, wanted)) {
		failed("the log is %s, not %s", log, wanted);
		return -1;
	}
	return 0;
}

/* Step by step to the end, moved at one of them. ms bounds each run behind the move. */
static int run_steps(struct guest *m, const struct scene *s, enum piece without, int ms)
{
	int steps = s->at[2] ? 3 : s->move_at;

	for (int step = 1; step <= steps; step++) {
		if (machine_run_to_step(m, step, step > s->move_at ? ms : WHOLE_MS) ||
		    (s->at[step - 1] && s->at[step - 1](m)) ||
		    (step == s->move_at && machine_move(m, &saved, without))) {
			return -1;
		}
	}
	return machine_run_to_done(m, ms);
}

static int play(const struct scene *s, enum piece without, int ms)
{
	struct guest m;
	int ret;

	if (machine_create(&m, s->vcpus)) {
		guest_destroy(&m);
		return -1;
	}
	guest_load(&m, s->begin, s->end);
	ret = s->start ? s->start(&m) : 0;
	if (!ret) {
		ret = s->run ? s->run(&m, &saved, without, ms) : run_steps(&m, s, without, ms);
	}
	if (!ret) {
		ret = check_log(&m, s->log) || (s->check && s->check(&m, &saved)) ? -1 : 0;
	}
	guest_destroy(&m);
	return ret;
}

static void say(const char *what, const char *name, bool good, const char *word)
{
	printf("state: %s%s %s\n", what, name, good ? word : "WRONG");
	if (!good) {
		printf("state: %s\n", reason);
		wrong = 1;
	}
	fflush(stdout);
}

static void play_drop(const struct drop *d, bool verbose)
{
	for (int i = 0; i < scene_count; i++) {
		if (!strcmp(scenes[i].name, d->scene)) {
			bool noticed = play(&scenes[i], d->piece, DROP_MS) != 0;

			if (!noticed) {
				failed("the guest %s did not notice", d->scene);
			} else if (verbose) {
				printf("without %s: %s\n", d->name, reason);
			}
			say("without ", d->name, noticed, "noticed");
		}
	}
}

/* What the load must have computed in so many chunks. */
static int check_load(struct guest *m, int moves)
{
	uint64_t rounds = guest_value(m, 0) * STATE_CHUNK, x = 0;

	for (uint64_t i = 0; i < rounds; i++) {
		x = x * LOAD_MULTIPLIER + LOAD_INCREMENT;
	}
	if (guest_word(m, STATE_ERROR)) {
		failed("time went back: %lu", guest_word(m, STATE_ERROR));
		return -1;
	}
	if (moves != MOVES || guest_value(m, 1) != x ||
	    guest_value(m, 2) != rounds * LOAD_INCREMENT || guest_value(m, 3) != rounds) {
		failed("%d moves, sums of %lu chunks: 0x%lx, 0x%lx, %lu", moves, guest_value(m, 0),
		       guest_value(m, 1), guest_value(m, 2), guest_value(m, 3));
		return -1;
	}
	return 0;
}

static int start_load(struct guest *m)
{
	uint64_t ticks = 3ull * ioctl(m->vcpu[0], KVM_GET_TSC_KHZ, 0);
	struct kvm_sregs sregs;
	struct kvm_regs regs;

	memcpy(m->memory + STATE_CPU1_TICKS, &ticks, sizeof(ticks));
	guest_load(m, guest_state_load, guest_state_load_end);
	for (int i = 0; i < 2; i++) {
		struct kvm_mp_state runnable = {KVM_MP_STATE_RUNNABLE};

		if (guest_get_sregs(m, i, &sregs) || guest_get_regs(m, i, &regs)) {
			return -1;
		}
		sregs.cr4 |= 0x600; /* OSFXSR, OSXMMEXCPT */
		regs.rdi = i;
		if (guest_set_sregs(m, i, &sregs) || guest_set_regs(m, i, &regs) ||
		    CALL(m->vcpu[i], KVM_SET_MP_STATE, &runnable)) {
			return -1;
		}
	}
	return 0;
}

static uint32_t ticks(struct guest *m, int vector)
{
	return guest_word(m, STATE_COUNTS + 4 * vector);
}

/* Runs for 5 to 40 ms, then on in a fresh machine; many times. */
static int play_load(struct guest *m)
{
	int moves = 0;

	if (start_load(m)) {
		return -1;
	}
	srand(1);
	for (; moves < MOVES; moves++) {
		if (machine_run(m, 5 + rand() % 36) >= 0) {
			failed("%s went back after %d moves",
			       guest_word(m, STATE_ERROR) == 1 ? "the TSC" : "kvmclock", moves);
			return -1;
		}
		if (machine_move(m, &saved, NOTHING)) {
			return -1;
		}
	}
	m->memory[STATE_STOP] = 1;
	if (machine_run_to_done(m, WHOLE_MS)) {
		failed("the load stands still: interrupts 0x71 to 0x75: %u %u %u %u %u",
		       ticks(m, 0x71), ticks(m, 0x72), ticks(m, 0x73), ticks(m, 0x74),
		       ticks(m, 0x75));
		return -1;
	}
	return check_load(m, moves);
}

static bool wanted(const char *name, int argc, char **argv)
{
	bool all = true;

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], name)) {
			return true;
		}
		all &= argv[i][0] == '-';
	}
	return all;
}

int main(int argc, char **argv)
{
	bool verbose = argc > 1 && !strcmp(argv[1], "-v");

	for (int i = 0; i < scene_count; i++) {
		if (wanted(scenes[i].name, argc, argv)) {
			say("", scenes[i].name, !play(&scenes[i], NOTHING, WHOLE_MS), "goes on");
		}
	}
	for (int i = 0; i < drop_count; i++) {
		if (wanted(drops[i].name, argc, argv)) {
			play_drop(&drops[i], verbose);
		}
	}
	if (wanted("load", argc, argv)) {
		struct guest m;
		bool good = !machine_create(&m, 2) && !play_load(&m);

		guest_destroy(&m);
		say("", "load, moved 20 times,", good, "goes on");
	}
	printf("state: end\n");
	return wrong;
}
