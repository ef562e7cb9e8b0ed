/* SPDX-License-Identifier: BSD-2-Clause */
/* The socket of installer/systemd/vtpm-agent-unlock.socket: who connects is answered by root's
 * `vtpm-agent unlock`, and says nothing. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "linux/os_error.h"
#include "linux/wait.h"
#include "platform/guest.h"

#define HELPER "/run/vtpm-agent-unlock"

static int join(int *ret_fd, struct error *err)
{
	const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = HELPER};
	/* Where too many wait for it already, nobody waits behind them. */
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int rc;

	if (fd < 0)
		return error_set(err, ERROR_IO, "socket: %s", strerror(errno));
	if (!connect(fd, (const struct sockaddr *)&address, sizeof(address))) {
		*ret_fd = fd;
		return 0;
	}
	rc = errno == ECONNREFUSED
		     ? error_set(err, ERROR_NOT_FOUND, HELPER ": nobody answers there")
		     : os_error_file(err, errno, "ask", HELPER);
	close(fd);
	return rc;
}

/* Until its end, which is the end of the answer. */
static int read_answer(int fd, uint64_t deadline_us, size_t max, struct buf *to, struct error *err)
{
	const size_t begin = to->len;
	uint8_t piece[4096];
	ssize_t got;

	do {
		if (!wait_readable(fd, deadline_us))
			return error_set(err, ERROR_TIMEOUT, HELPER ": no answer in time");
		got = recv(fd, piece, sizeof(piece), 0);
		if (got < 0 && errno != EAGAIN && errno != EINTR)
			return os_error_file(err, errno, "read", HELPER);
		if (got > 0 && (size_t)got > max - (to->len - begin))
			return error_set(err, ERROR_TOO_LARGE, HELPER ": more than %zu bytes", max);
		if (got > 0)
			buf_append(to, piece, (size_t)got);
	} while (got && !to->failed);
	return to->failed ? error_set(err, ERROR_NO_MEMORY, "no memory for an answer") : 0;
}

int platform_unlock_ask(uint64_t deadline_us, size_t max, struct buf *to, struct error *err)
{
	int fd = -1;
	int rc = join(&fd, err);

	if (rc)
		return rc;
	rc = read_answer(fd, deadline_us, max, to, err);
	close(fd);
	return rc;
}
