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

	if (lstat(path, &old) == 0 && S_ISREG(old.st_mode))
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
	struct stat old, ours;
	bool is_there = copy && lstat(path, &old) == 0 && S_ISREG(old.st_mode);
	bool is_known = copy && (is_there || stat(dirname(copy), &old) == 0);
	int rc = is_known && fstat(fd, &ours) == 0 ? 0 : -1;

	free(copy);
	/* A sandbox may kill whoever so much as asks. */
	if (!rc && geteuid() == 0 && (ours.st_uid != old.st_uid || ours.st_gid != old.st_gid))
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
static bool complete(int fd, const char *path, mode_t mode, const void *bytes, size_t len)
{
	if (write_all(fd, bytes, len) || !give_to_owner(fd, path))
		return false;
	return !fchmod(fd, mode) && !fsync(fd);
}

/* By the name alone: what it names is never opened. */
static int replace(const char *path, mode_t mode, const void *bytes, size_t len, struct error *err)
{
	char temporary[4096];
	int fd, number;

	if (snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path) >= (int)sizeof(temporary))
		return error_set(err, ERROR_TOO_LARGE, "%.64s...: the path is too long", path);
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return os_error_file(err, errno, "create", path);
	if (!complete(fd, path, mode, bytes, len)) {
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

int platform_file_replace(const char *path, const void *bytes, size_t len, struct error *err)
{
	int rc;

	if (is_special(path))
		return write_special(path, bytes, len, err);
	rc = check_link(path, err);
	return rc ? rc : replace(path, mode_for(path), bytes, len, err);
}

static int check_regular(const char *path, struct error *err)
{
	struct stat old;

	if (lstat(path, &old) || S_ISREG(old.st_mode))
		return 0;
	return error_set(err, ERROR_UNSUPPORTED,
		"write %s: something else than a regular file is in its place", path);
}

int platform_file_keep(const char *path, const void *bytes, size_t len, struct error *err)
{
	int rc = check_regular(path, err);

	return rc ? rc : replace(path, mode_for(path), bytes, len, err);
}

int platform_file_publish(const char *path, const void *bytes, size_t len, struct error *err)
{
	char *copy = strdup(path);
	const char *directory = copy ? dirname(copy) : NULL;
	int rc;

	/* Whatever the umask is. */
	if (directory && !mkdir(directory, 0755))
		(void)!chmod(directory, 0755);
	free(copy);
	rc = check_regular(path, err);
	return rc ? rc : replace(path, 0644, bytes, len, err);
}

static void give(int fd, const struct stat *to)
{
	struct stat of;

	/* By a second name it may be any file of the system. */
	if (geteuid() != 0 || fstat(fd, &of) || !S_ISREG(of.st_mode) || of.st_nlink != 1)
		return;
	if (of.st_uid != to->st_uid || of.st_gid != to->st_gid)
		(void)!fchown(fd, to->st_uid, to->st_gid);
	(void)!fchmod(fd, (of.st_mode & 0777) | S_IRUSR | S_IWUSR);
}

void platform_file_give(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	char *copy = strdup(path);
	struct stat directory;

	if (fd >= 0 && copy && !stat(dirname(copy), &directory))
		give(fd, &directory);
	free(copy);
	if (fd >= 0)
		close(fd);
}

bool platform_file_is_there(const char *path)
{
	struct stat of;

	return !stat(path, &of) && S_ISREG(of.st_mode) && of.st_size;
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

const char *platform_public_path(bool is_usual)
{
	static char path[4096];
	/* systemd sets it for RuntimeDirectory=, and the other one with it. */
	const char *given = getenv("RUNTIME_DIRECTORY");
	int len;

	if (!given || given[0] != '/' || strchr(given, ':'))
		return is_usual && !getenv("STATE_DIRECTORY") ? "/run/vtpm-agent/verdict.json"
							      : NULL;
	len = snprintf(path, sizeof(path), "%s/verdict.json", given);
	return len > 0 && len < (int)sizeof(path) ? path : NULL;
}
