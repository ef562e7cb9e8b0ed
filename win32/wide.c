/* SPDX-License-Identifier: BSD-2-Clause */
#include "win32/wide.h"

#include "win32/api.h"
#include <stdlib.h>

static wchar_t *from_page(UINT page, const char *text)
{
	int len = MultiByteToWideChar(page, 0, text, -1, NULL, 0);
	wchar_t *wide = calloc((size_t)len + 1, sizeof(*wide));

	if (wide)
		MultiByteToWideChar(page, 0, text, -1, wide, len);
	return wide;
}

wchar_t *wide_from_text(const char *text)
{
	return from_page(CP_ACP, text);
}

wchar_t *wide_from_utf8(const char *text)
{
	return from_page(CP_UTF8, text);
}

static char *to_page(UINT page, const wchar_t *wide)
{
	int len = WideCharToMultiByte(page, 0, wide, -1, NULL, 0, NULL, NULL);
	char *text = calloc(1, (size_t)len + 1);

	if (text)
		WideCharToMultiByte(page, 0, wide, -1, text, len, NULL, NULL);
	return text;
}

char *wide_to_utf8(const wchar_t *wide)
{
	return to_page(CP_UTF8, wide);
}

char *wide_to_text(const wchar_t *wide)
{
	return to_page(CP_ACP, wide);
}
