/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * malloc under 8 threads: blocks of all sizes that are checked, resized, handed to other
 * threads and freed there. The output does not depend on the schedule and is compared with
 * Linux's.
 */
#include <pthread.h>
#include <stdint.h>
#include <unistd.h>

#include "tests/programs/show.h"

#define THREADS 8
#define ROUNDS 1500
#define HELD 48
#define LARGE 300000

static void *handed[THREADS]; /* a block for the next thread, under lock */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

struct block {
	uint32_t size, seed;
	unsigned char bytes[];
};

static uint32_t next(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

static void fill(struct block *b, uint32_t size, uint32_t seed)
{
	b->size = size;
	b->seed = seed;
	memset(b->bytes, (int)(seed & 0xff), size);
}

/* First, middle and last byte; all of small blocks. */
static int damaged(const struct block *b, uint32_t size)
{
	unsigned char byte = (unsigned char)b->seed;
	int wrong = 0;

	for (uint32_t i = 0; i < size; i += size > 4096 ? 509 : 1) {
		wrong += b->bytes[i] != byte;
	}
	return wrong != 0;
}

static int turn(struct block **slot, int me, uint32_t *state)
{
	uint32_t size = next(state) % 16 ? next(state) % 2000 + 1 : next(state) % LARGE + 1;
	uint32_t old;
	int wrong = 0;

	if (!*slot) {
		*slot = malloc(sizeof(struct block) + size);
		fill(*slot, size, next(state));
		return 0;
	}
	old = (*slot)->size;
	wrong = damaged(*slot, old);
	switch (next(state) % 3) {
	case 0:
		free(*slot);
		*slot = NULL;
		break;
	case 1:
		*slot = realloc(*slot, sizeof(struct block) + size);
		wrong += damaged(*slot, old < size ? old : size);
		fill(*slot, size, next(state));
		break;
	default:
		pthread_mutex_lock(&lock);
		if (handed[me]) {
			wrong += damaged(handed[me], ((struct block *)handed[me])->size);
			free(handed[me]);
			handed[me] = NULL;
		}
		if (!handed[(me + 1) % THREADS]) {
			handed[(me + 1) % THREADS] = *slot;
			*slot = NULL;
		}
		pthread_mutex_unlock(&lock);
	}
	return wrong;
}

static void *work(void *arg)
{
	struct block *blocks[HELD] = {NULL};
	int me = (int)(intptr_t)arg;
	uint32_t state = (uint32_t)me * 77777 + 1;
	intptr_t wrong = 0;

	for (int i = 0; i < ROUNDS; i++) {
		wrong += turn(&blocks[next(&state) % HELD], me, &state);
	}
	for (int i = 0; i < HELD; i++) {
		wrong += blocks[i] && damaged(blocks[i], blocks[i]->size);
		free(blocks[i]);
	}
	return (void *)wrong;
}

/* Threads that end give their heaps back: a second and third crew works as the first. */
static void crew(int number)
{
	pthread_t threads[THREADS];
	long wrong = 0;
	void *result;

	for (intptr_t i = 0; i < THREADS; i++) {
		pthread_create(&threads[i], NULL, work, (void *)i);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], &result);
		wrong += (intptr_t)result;
	}
	for (int i = 0; i < THREADS; i++) {
		wrong += handed[i] && damaged(handed[i], ((struct block *)handed[i])->size);
		free(handed[i]);
		handed[i] = NULL;
	}
	printf("crew %d: damaged %ld\n", number, wrong);
}

static void alone(void)
{
	unsigned char *zero = calloc(100, 1000), *p;
	int wrong = 0, error;
	void *aligned = NULL;

	for (int i = 0; i < 100000; i++) {
		wrong += zero[i] != 0;
	}
	free(zero);
	printf("calloc gives zeros %d\n", !wrong);
	error = posix_memalign(&aligned, 65536, 100);
	printf("aligned %d %d\n", error, (uintptr_t)aligned % 65536 == 0);
	free(aligned);
	p = malloc(10);
	memcpy(p, "0123456789", 10);
	for (size_t size = 20; size < 20000000; size *= 3) {
		p = realloc(p, size);
		p[size - 1] = 1;
	}
	printf("realloc keeps %.10s\n", (char *)p);
	free(p);
	p = malloc((size_t)1 << 45);
	printf("too much %s\n", p ? "given" : errno_name(errno));
	free(p);
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	alone();
	for (int i = 1; i <= 3; i++) {
		crew(i);
	}
	printf("heap done\n");
	return 0;
}
