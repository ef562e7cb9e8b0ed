/* SPDX-License-Identifier: BSD-2-Clause */
#include "linux/header_child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/disk/luks2.h"
#include "linux/os_error.h"
#include "linux/wait.h"

/* In memory that both see. */
struct found {
	bool is_done, is_open, is_luks1;
	int error; /* an errno, or 0 */
	size_t len;
	uint8_t bytes[LUKS2_HEADER_MAX];
};

/* Up to `max` bytes from the beginning. */
static bool read_beginning(int fd, size_t max, struct found *found)
{
	ssize_t got = 1;

	found->len = 0;
	while (got && found->len < max) {
		got = pread(fd, found->bytes + found->len, max - found->len, (off_t)found->len);
		if (got < 0 && errno != EINTR) {
			found->error = errno;
			return false;
		}
		found->len += got > 0 ? (size_t)got : 0;
	}
	return true;
}

/* After fork() only system calls: another thread may have held any lock. It keeps `alive` alone, so
 * that nobody who waits for the end of the agent, or of its output, waits for a disk. */
static _Noreturn void look(const char *path, int alive, struct found *found)
{
	size_t size;
	int fd;

	for (int standard = 0; standard <= 2; standard++)
		close(standard);
	dup2(alive, 3);
	closefrom(4);
	/* O_NONBLOCK: a drive without a disk must not hold us up. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	found->is_open = fd >= 0;
	if (fd < 0) {
		found->error = errno;
	} else if (read_beginning(fd, LUKS2_BINARY_SIZE, found)) {
		size = luks2_size(found->bytes, found->len);
		found->is_luks1 = luks2_is_luks1(found->bytes, found->len);
		found->len = 0;
		if (size)
			read_beginning(fd, size, found);
	}
	found->is_done = true;
	_exit(0);
}

static int take(
	const char *path, const struct found *found, struct buf *ret_header, struct error *err)
{
	if (!found->is_done)
		return error_set(err, ERROR_IO, "%s: who read it ended too early", path);
	if (found->error)
		return os_error_file(err, found->error, found->is_open ? "read" : "open", path);
	buf_append(ret_header, found->bytes, found->len);
	return ret_header->failed
		       ? error_set(err, ERROR_NO_MEMORY, "no memory for the header of %s", path)
		       : 0;
}

static int ask(const char *path, uint64_t deadline_us, struct found *found, struct buf *ret_header,
	struct error *err)
{
	int ends[2];
	pid_t child;
	bool has_ended;

	if (pipe2(ends, O_CLOEXEC))
		return error_set(err, ERROR_IO, "pipe: %s", strerror(errno));
	child = fork();
	if (child == 0)
		look(path, ends[1], found);
	close(ends[1]);
	if (child < 0) {
		close(ends[0]);
		return error_set(err, ERROR_IO, "fork: %s", strerror(errno));
	}
	has_ended = wait_readable(ends[0], deadline_us); /* its end closes the pipe */
	close(ends[0]);
	if (!has_ended)
		kill(child, SIGKILL);
	waitpid(child, NULL, has_ended ? 0 : WNOHANG);
	if (!has_ended)
		return error_set(err, ERROR_TIMEOUT, "%s does not answer", path);
	return take(path, found, ret_header, err);
}

int header_child_read(const char *path, uint64_t deadline_us, struct buf *ret_header,
	bool *ret_is_luks1, struct error *err)
{
	struct found *found = mmap(NULL, sizeof(*found), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	int rc;

	if (found == MAP_FAILED)
		return error_set(err, ERROR_NO_MEMORY, "no memory for the header of %s", path);
	rc = ask(path, deadline_us, found, ret_header, err);
	if (!rc)
		*ret_is_luks1 = found->is_luks1;
	munmap(found, sizeof(*found));
	return rc;
}
