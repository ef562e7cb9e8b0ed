/* SPDX-License-Identifier: BSD-2-Clause */
#include "platform/system.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "linux/os_error.h"

int platform_file_read(const char *path, size_t max, struct buf *to, struct error *err)
{
	/* O_NONBLOCK: a FIFO in the file's place must not hold us up. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	size_t begin = to->len;
	ssize_t got = 1;
	int number;

	if (fd < 0)
		return os_error_file(err, errno, "open", path);
	while (got > 0 && to->len - begin <= max) {
		uint8_t *at = buf_reserve(to, 4096);

		got = at ? read(fd, at, 4096) : -1;
		number = at ? errno : ENOMEM;
		if (got > 0)
			to->len += (size_t)got;
	}
	close(fd);
	if (got < 0)
		return os_error_file(err, number, "read", path);
	if (to->len - begin > max)
		return error_set(err, ERROR_TOO_LARGE, "%s: more than %zu bytes", path, max);
	return 0;
}

static int write_all(int fd, const uint8_t *bytes, size_t len)
{
	while (len) {
		ssize_t put = write(fd, bytes, len);

		if (put < 0 && errno != EINTR)
			return -1;
		if (put > 0) {
			bytes += put;
			len -= (size_t)put;
		}
	}
	return 0;
}

/* The rename itself is on the disk only when the directory is. */
static int sync_directory_of(const char *path)
{
	char *copy = strdup(path);
	int fd = copy ? open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	int rc = fd < 0 ? -1 : fsync(fd);

	if (fd >= 0)
		close(fd);
	free(copy);
	return rc;
}

/* The permissions the finished file shall have: those of the file it replaces, else the usual ones.
 */
static mode_t mode_for(const char *path)
{
	struct stat old;
	mode_t mask;

	if (stat(path, &old) == 0)
		return old.st_mode & 0777;
	mask = umask(0);
	umask(mask);
	return 0666 & ~mask;
}

/* What root writes stays whose it was, and a new file is whose its directory is: a service that has
 * an account of its own must be able to read what was written by hand. False: see errno. */
static bool give_to_owner(int fd, const char *path)
{
	char *copy = strdup(path);
	struct stat old;
	int rc = !copy || (stat(path, &old) && stat(dirname(copy), &old)) ? -1 : 0;

	free(copy);
	if (!rc && geteuid() == 0)
		rc = fchown(fd, old.st_uid, old.st_gid);
	/* Root without that capability, or on another machine's file system, is as anybody else. */
	return rc == 0 || errno == EPERM;
}

/* A device cannot be replaced, only written to. Neither may be the file that is our own standard
 * output: by the name of /dev/stdout it would be the name that is replaced. */
static bool is_special(const char *path)
{
	struct stat old, output;

	if (stat(path, &old))
		return false;
	return !S_ISREG(old.st_mode) ||
	       (fstat(STDOUT_FILENO, &output) == 0 && old.st_dev == output.st_dev &&
		       old.st_ino == output.st_ino);
}

static int write_special(const char *path, const uint8_t *bytes, size_t len, struct error *err)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	int rc = 0;

	if (fd < 0 || write_all(fd, bytes, len))
		rc = os_error_file(err, errno, "write", path);
	if (fd >= 0)
		close(fd);
	return rc;
}

/* Whoever may make a link in the directory must not choose what a privileged program writes to; and
 * to replace the link is not what its maker meant. */
static int check_link(const char *path, struct error *err)
{
	struct stat old;

	if (lstat(path, &old) || !S_ISLNK(old.st_mode))
		return 0;
	return error_set(err, ERROR_UNSUPPORTED,
		"write %s: it is a symbolic link; name the file itself", path);
}

/* On the disk, with the owner and the permissions that it shall have. False: see errno. */
static bool complete(int fd, const char *path, const void *bytes, size_t len)
{
	if (write_all(fd, bytes, len) || !give_to_owner(fd, path))
		return false;
	return !fchmod(fd, mode_for(path)) && !fsync(fd);
}

int platform_file_replace(const char *path, const void *bytes, size_t len, struct error *err)
{
	char temporary[4096];
	int fd, number, rc;

	if (is_special(path))
		return write_special(path, bytes, len, err);
	rc = check_link(path, err);
	if (rc)
		return rc;
	if (snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path) >= (int)sizeof(temporary))
		return error_set(err, ERROR_TOO_LARGE, "%.64s...: the path is too long", path);
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return os_error_file(err, errno, "create", path);
	if (!complete(fd, path, bytes, len)) {
		number = errno;
		close(fd);
		goto fail;
	}
	close(fd);
	if (rename(temporary, path)) {
		number = errno;
		goto fail;
	}
	sync_directory_of(path);
	return 0;
fail:
	unlink(temporary);
	return os_error_file(err, number, "write", path);
}

int platform_file_remove(const char *path, struct error *err)
{
	if (unlink(path))
		return os_error_file(err, errno, "remove", path);
	sync_directory_of(path);
	return 0;
}

const char *platform_state_path(void)
{
	/* systemd sets it for StateDirectory=; of several, the first is ours. */
	const char *given = getenv("STATE_DIRECTORY");

	return given && given[0] == '/' && !strchr(given, ':') ? given : "/var/lib/vtpm-agent";
}

int platform_directory_make(const char *path, struct error *err)
{
	char *copy = strdup(path);
	int rc = 0;

	if (!copy)
		return error_set(err, ERROR_NO_MEMORY, "no memory for a path");
	for (char *at = copy + 1; !rc && *at; at++) {
		if (*at != '/')
			continue;
		*at = 0;
		if (mkdir(copy, 0755) && errno != EEXIST)
			rc = os_error_file(err, errno, "make directory", copy);
		*at = '/';
	}
	if (!rc && mkdir(copy, 0700) && errno != EEXIST)
		rc = os_error_file(err, errno, "make directory", copy);
	free(copy);
	return rc;
}
