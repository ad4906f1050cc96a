/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading a whole file by open, fstat and pread: what both Linux and Corbel's /boot offer. */
#ifndef CONTROL_VMM_FILE_H
#define CONTROL_VMM_FILE_H

#include <stdint.h>

struct file {
	const char *what;	/* for messages: "kernel", "initrd" */
	const char *path;
	uint64_t size;		/* bytes */
	int fd;
};

/* Opens a file and reads its size; 0, or -1 after a message. */
int file_open(struct file *file, const char *what, const char *path);

/* Reads exactly `size` bytes from `offset`; 0, or -1 after a message. */
int file_read(const struct file *file, uint64_t offset, void *to, uint64_t size);

/* Closes the file. */
void file_close(struct file *file);

#endif
