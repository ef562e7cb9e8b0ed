/* SPDX-License-Identifier: BSD-2-Clause */
#include "window/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "win32/wide.h"

wchar_t *window_text(const struct buf *text)
{
	BUF_SCOPED lines = {0};

	for (size_t i = 0; i < text->len; i++) {
		if (text->data[i] == '\n')
			buf_append_u8(&lines, '\r');
		buf_append_u8(&lines, text->data[i]);
	}
	return text->failed || lines.failed ? NULL : wide_from_utf8((char *)lines.data);
}

wchar_t *window_text_escaped(const char *text)
{
	BUF_SCOPED escaped = {0};
	BUF_SCOPED drawn = {0};

	text_escape(&escaped, text, false);
	for (size_t i = 0; i < escaped.len; i++) {
		bool is_blank = escaped.data[i] == ' ';

		if (is_blank && (!drawn.len || drawn.data[drawn.len - 1] == ' '))
			continue;
		buf_append_u8(&drawn, escaped.data[i]);
	}
	return escaped.failed || drawn.failed
		       ? NULL
		       : wide_from_utf8(drawn.data ? (char *)drawn.data : "");
}

void window_text_set(HWND control, const char *text)
{
	wchar_t *wide = window_text_escaped(text);

	SetWindowTextW(control, wide ? wide : L"");
	free(wide);
}

static void set_with_capital(HWND control, const char *text)
{
	wchar_t *wide = window_text_escaped(text);

	if (wide && wide[0] >= L'a' && wide[0] <= L'z')
		wide[0] = (wchar_t)(wide[0] - L'a' + L'A');
	SetWindowTextW(control, wide ? wide : L"");
	free(wide);
}

void window_text_set_name(HWND control, const char *name)
{
	char words[64];

	snprintf(words, sizeof(words), "%s", name);
	for (char *at = words; *at; at++)
		*at = (char)(*at == '-' ? ' ' : *at);
	set_with_capital(control, words);
}

void window_text_set_sentence(HWND control, const char *text)
{
	size_t letters = strspn(text, "abcdefghijklmnopqrstuvwxyz");

	/* Not a name as "sha256" or "tpm-crb". */
	if (text[letters] && strchr(" ,:", text[letters]))
		set_with_capital(control, text);
	else
		window_text_set(control, text);
}

const wchar_t *window_text_mark(enum page_mark mark)
{
	static const wchar_t *const marks[] = {[PAGE_PLAIN] = L"",
		[PAGE_PASS] = L"OK",
		[PAGE_WARN] = L"Warning",
		[PAGE_FAIL] = L"Failed",
		[PAGE_UNKNOWN] = L"Unknown"};

	return marks[mark];
}
