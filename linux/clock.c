/* SPDX-License-Identifier: BSD-2-Clause */
#include "platform/system.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

static uint64_t clock_us(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

uint64_t platform_monotonic_us(void)
{
	return clock_us(CLOCK_MONOTONIC);
}

uint64_t platform_monotonic_ms(void)
{
	return clock_us(CLOCK_MONOTONIC) / 1000;
}

uint64_t platform_uptime_ms(void)
{
	return clock_us(CLOCK_BOOTTIME) / 1000;
}

uint64_t platform_wall_clock_ms(void)
{
	return clock_us(CLOCK_REALTIME) / 1000;
}

int platform_random(void *ret_bytes, size_t len, struct error *err)
{
	/* Up to 256 bytes come whole or not at all: getrandom(2). */
	if (len > 256 || getrandom(ret_bytes, len, 0) != (ssize_t)len)
		return error_set(err, ERROR_IO, "getrandom: %s", strerror(errno));
	return 0;
}

void platform_sleep_us(uint64_t us)
{
	struct timespec left = {
		.tv_sec = (time_t)(us / 1000000), .tv_nsec = (long)(us % 1000000 * 1000)};

	while (nanosleep(&left, &left) && errno == EINTR)
		;
}
