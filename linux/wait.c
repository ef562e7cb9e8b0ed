/* SPDX-License-Identifier: BSD-2-Clause */
#include "linux/wait.h"

#include <errno.h>
#include <poll.h>

#include "platform/system.h"

bool wait_readable(int fd, uint64_t deadline_us)
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	int ready;

	do {
		uint64_t now = platform_monotonic_us();
		uint64_t left_ms = deadline_us > now ? (deadline_us - now + 999) / 1000 : 0;

		ready = poll(&wait, 1, left_ms > INT32_MAX ? INT32_MAX : (int)left_ms);
	} while (ready < 0 && errno == EINTR);
	return ready > 0;
}
