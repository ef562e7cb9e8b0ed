/* SPDX-License-Identifier: BSD-2-Clause */
/* The verdict, on top of the page. */
#ifndef WINDOW_HEADLINE_H
#define WINDOW_HEADLINE_H

#include "window/window.h"

/* Texts and colours of what is shown. */
void window_headline_show(struct window *window);

void window_headline_paint(const struct window *window, HDC dc);

/* The colour of a control's text. */
COLORREF window_headline_ink(const struct window *window, HWND control);

#endif
