/* SPDX-License-Identifier: BSD-2-Clause */
#include "platform/system.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "linux/os_error.h"

#define PAUSE_US 10000

/* On the directory itself: no file is left in it. */
int platform_lock_take(
	const char *directory, uint64_t until_us, intptr_t *ret_lock, struct error *err)
{
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int number = 0;

	if (fd < 0)
		return os_error_file(err, errno, "open", directory);
	while (flock(fd, LOCK_EX | LOCK_NB) && (number = errno) == EWOULDBLOCK) {
		if (platform_monotonic_us() >= until_us)
			break;
		platform_sleep_us(PAUSE_US);
		number = 0;
	}
	if (!number) {
		*ret_lock = fd;
		return 0;
	}
	close(fd);
	return number == EWOULDBLOCK
		       ? error_set(err, ERROR_TIMEOUT, "%s: another run has it, and does not end",
				 directory)
		       : os_error_file(err, number, "lock", directory);
}

void platform_lock_end(intptr_t lock)
{
	close((int)lock);
}
