/* SPDX-License-Identifier: BSD-2-Clause */
#include "win32/os_error.h"

#include <stdlib.h>
#include <string.h>

#include "win32/wide.h"

static enum error_code code_of(DWORD number)
{
	switch (number) {
	case ERROR_FILE_NOT_FOUND:
	case ERROR_PATH_NOT_FOUND:
	case ERROR_INVALID_NAME:
	case ERROR_BAD_PATHNAME:
	case ERROR_SERVICE_DOES_NOT_EXIST:
		return ERROR_NOT_FOUND;
	case ERROR_ACCESS_DENIED:
	case ERROR_SHARING_VIOLATION:
	case ERROR_WRITE_PROTECT:
	case ERROR_PRIVILEGE_NOT_HELD:
		return ERROR_PERMISSION;
	case ERROR_NOT_ENOUGH_MEMORY:
	case ERROR_OUTOFMEMORY:
		return ERROR_NO_MEMORY;
	default:
		return ERROR_IO;
	}
}

int os_error(struct error *err, DWORD number, const char *what, const char *name)
{
	wchar_t wide[256] = L"";
	char *text;
	size_t len;
	int rc;

	FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL, number,
		MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US), wide, 256, NULL);
	if (!*wide) /* a Windows that has no English */
		FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL,
			number, 0, wide, 256, NULL);
	text = wide_to_utf8(wide);
	len = text ? strcspn(text, "\r\n") : 0;
	while (len && text[len - 1] == '.')
		len--;
	rc = error_set(err, code_of(number), "%s%s%s: %.*s (%lu)", what, *name ? " " : "", name,
		(int)len, text ? text : "", number);
	free(text);
	return rc;
}
