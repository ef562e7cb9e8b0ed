/* SPDX-License-Identifier: BSD-2-Clause */
/* The model's texts as a control shows them. */
#ifndef WINDOW_TEXT_H
#define WINDOW_TEXT_H

#include "win32/api.h"

#include "console/page.h"
#include "core/buf.h"

/* The UTF-8 in `text` as UTF-16, its lines ended as Windows does, NULL when memory is short. The
 * caller frees it. */
wchar_t *window_text(const struct buf *text);

/* The same for a text that somebody else may have chosen: escaped, and columns of blanks, which
 * belong to a console, drawn together. */
wchar_t *window_text_escaped(const char *text);

/* Sets a control's text, escaped. */
void window_text_set(HWND control, const char *text);

/* A name as "rolled-back", as words: "Rolled back". */
void window_text_set_name(HWND control, const char *name);

/* A sentence, its first letter large. */
void window_text_set_sentence(HWND control, const char *text);

/* "OK", "Warning", "Failed", "Unknown", or nothing. */
const wchar_t *window_text_mark(enum page_mark mark);

#endif
