/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For LD_PRELOAD: a guest whose /dev/tpm0 is the swtpm that listens on port $PLAYED_TPM of the
 * loopback. Without the variable there is no such node.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int is_tpm(const char *path)
{
	return strcmp(path, "/dev/tpm0") == 0;
}

static int open_tpm(void)
{
	const char *port = getenv("PLAYED_TPM");
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd;

	if (!port || !*port) {
		errno = ENOENT;
		return -1;
	}
	address.sin_port = htons((uint16_t)atoi(port));
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address))) {
		close(fd);
		errno = EIO;
		return -1;
	}
	return fd;
}

int open(const char *path, int flags, ...)
{
	va_list rest;
	mode_t mode;

	va_start(rest, flags);
	mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
	va_end(rest);
	return is_tpm(path) ? open_tpm() : (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int access(const char *path, int mode)
{
	if (!is_tpm(path))
		return (int)syscall(SYS_faccessat, AT_FDCWD, path, mode);
	if (getenv("PLAYED_TPM") && *getenv("PLAYED_TPM"))
		return 0;
	errno = ENOENT;
	return -1;
}

/* The agent writes to character devices only. */
int fstat(int fd, struct stat *ret_stat)
{
	int rc = (int)syscall(SYS_newfstatat, fd, "", ret_stat, AT_EMPTY_PATH);

	if (!rc && S_ISSOCK(ret_stat->st_mode))
		ret_stat->st_mode = S_IFCHR | 0600;
	return rc;
}
