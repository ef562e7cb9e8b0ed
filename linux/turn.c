/* SPDX-License-Identifier: BSD-2-Clause */
#include "linux/turn.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "platform/system.h"

#define PAUSE_US 10000

/* A name in the abstract namespace (unix(7)) leaves nothing behind. */
int turn_take_tcti(const char *tcti, uint64_t until_us)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t len;

	snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1, "vtpm-agent %s", tcti);
	len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name.sun_path + 1));
	while (fd >= 0 && bind(fd, (struct sockaddr *)&name, len)) {
		if (errno != EADDRINUSE || platform_monotonic_us() >= until_us) {
			close(fd);
			return -1;
		}
		platform_sleep_us(PAUSE_US);
	}
	return fd;
}

void turn_take_node(int fd, uint64_t until_us)
{
	while (flock(fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK) {
		if (platform_monotonic_us() >= until_us)
			break;
		platform_sleep_us(PAUSE_US);
	}
}
