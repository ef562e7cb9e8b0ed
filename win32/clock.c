/* SPDX-License-Identifier: BSD-2-Clause */
#include "win32/api.h"

#include "platform/system.h"

#include <bcrypt.h>

#include "win32/file_time.h"

uint64_t platform_monotonic_us(void)
{
	static LARGE_INTEGER frequency;
	LARGE_INTEGER now;

	if (!frequency.QuadPart)
		QueryPerformanceFrequency(&frequency);
	QueryPerformanceCounter(&now);
	/* In two steps: the product of a month's ticks and a million does not fit. */
	return (uint64_t)(now.QuadPart / frequency.QuadPart) * 1000000 +
	       (uint64_t)(now.QuadPart % frequency.QuadPart) * 1000000 /
		       (uint64_t)frequency.QuadPart;
}

uint64_t platform_monotonic_ms(void)
{
	return platform_monotonic_us() / 1000;
}

uint64_t platform_uptime_ms(void)
{
	return GetTickCount64();
}

uint64_t platform_wall_clock_ms(void)
{
	FILETIME now;

	GetSystemTimeAsFileTime(&now);
	return (uint64_t)file_time_to_unix_ms(&now);
}

void platform_sleep_us(uint64_t us)
{
	Sleep((DWORD)(us / 1000 < INT32_MAX ? (us + 999) / 1000 : INT32_MAX));
}

int platform_random(void *ret_bytes, size_t len, struct error *err)
{
	NTSTATUS status =
		BCryptGenRandom(NULL, ret_bytes, (ULONG)len, BCRYPT_USE_SYSTEM_PREFERRED_RNG);

	if (status)
		return error_set(err, ERROR_IO, "BCryptGenRandom: 0x%08lx", status);
	return 0;
}
