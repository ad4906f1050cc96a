/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first program of a domain: prints fixed lines and its arguments. The same file runs on Linux
 * and on Corbel, and the two outputs are compared byte by byte.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int sum_on_heap(int count)
{
	int *numbers = malloc(count * sizeof(*numbers));
	int sum = 0;

	if (!numbers) {
		return -1;
	}
	for (int i = 0; i < count; i++) {
		numbers[i] = i;
	}
	for (int i = 0; i < count; i++) {
		sum += numbers[i];
	}
	free(numbers);
	return sum;
}

int main(int argc, char **argv)
{
	printf("hello from a static program\n");
	printf("argc %d\n", argc);
	for (int i = 1; i < argc; i++) {
		printf("argv[%d] %s (%zu bytes)\n", i, argv[i], strlen(argv[i]));
	}
	printf("heap sum %d\n", sum_on_heap(1000));
	printf("large heap sum %d\n", sum_on_heap(60000));
	printf("pi %.6f\n", 355.0 / 113.0);
	return 0;
}
