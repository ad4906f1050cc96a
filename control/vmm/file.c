/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading a whole file into memory, for the loader of the guest's kernel and initrd. */
#include "control/vmm/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control/vmm/message.h"

/* Large reads go in pieces, so that a signal or a stop is never far away. */
#define READ_STEP (1024 * 1024)

int file_open(struct file *file, const char *what, const char *path)
{
	struct stat status;

	*file = (struct file){ .what = what, .path = path };
	file->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (file->fd < 0) {
		return fail("%s %s: %s; give the path of a file, on Corbel /boot/NAME", what, path,
			    strerror(errno));
	}
	if (fstat(file->fd, &status)) {
		fail("%s %s: cannot read its size: %s", what, path, strerror(errno));
	} else if (!S_ISREG(status.st_mode)) {
		fail("%s %s: not a regular file", what, path);
	} else if (status.st_size == 0) {
		fail("%s %s: the file is empty", what, path);
	} else {
		file->size = status.st_size;
		return 0;
	}
	close(file->fd);
	return -1;
}

int file_read(const struct file *file, uint64_t offset, void *to, uint64_t size)
{
	uint8_t *at = to;

	while (size) {
		uint64_t step = size < READ_STEP ? size : READ_STEP;
		ssize_t got = pread(file->fd, at, step, offset);

		if (got < 0 && errno == EINTR) {
			continue;
		}
		if (got <= 0) {
			return fail("%s %s: %s at byte %llu of %llu", file->what, file->path,
				    got ? strerror(errno) : "ends early",
				    (unsigned long long)offset, (unsigned long long)file->size);
		}
		at += got;
		offset += got;
		size -= got;
	}
	return 0;
}

void file_close(struct file *file)
{
	close(file->fd);
}
