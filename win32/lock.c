/* SPDX-License-Identifier: BSD-2-Clause */
#include "win32/api.h"

#include "platform/system.h"

#include <stdio.h>
#include <stdlib.h>

#include "win32/os_error.h"
#include "win32/wide.h"

#define PAUSE_US 10000

/* A directory cannot be locked here: a file in it that nobody else may open, and that goes with its
 * handle. */
static HANDLE make_file(const wchar_t *path, uint64_t until_us)
{
	const DWORD flags = FILE_ATTRIBUTE_NORMAL | FILE_FLAG_DELETE_ON_CLOSE;

	for (;;) {
		HANDLE file = CreateFileW(path, GENERIC_WRITE, 0, NULL, OPEN_ALWAYS, flags, NULL);

		if (file != INVALID_HANDLE_VALUE || GetLastError() != ERROR_SHARING_VIOLATION)
			return file;
		if (platform_monotonic_us() >= until_us)
			return file;
		platform_sleep_us(PAUSE_US);
	}
}

int platform_lock_take(
	const char *directory, uint64_t until_us, intptr_t *ret_lock, struct error *err)
{
	char name[1200];
	int len = snprintf(name, sizeof(name), "%s\\lock", directory);
	wchar_t *path;
	HANDLE file;
	DWORD number;

	if (len < 0 || (size_t)len >= sizeof(name))
		return error_set(err, ERROR_TOO_LARGE, "the directory's name is too long");
	path = wide_from_text(name);
	if (!path)
		return error_set(err, ERROR_NO_MEMORY, "no memory for a path");
	file = make_file(path, until_us);
	number = GetLastError();
	free(path);
	if (file != INVALID_HANDLE_VALUE) {
		*ret_lock = (intptr_t)file;
		return 0;
	}
	return number == ERROR_SHARING_VIOLATION
		       ? error_set(err, ERROR_TIMEOUT, "%s: another run has it, and does not end",
				 directory)
		       : os_error(err, number, "lock", directory);
}

void platform_lock_end(intptr_t lock)
{
	CloseHandle((HANDLE)lock);
}
