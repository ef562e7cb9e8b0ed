/* SPDX-License-Identifier: BSD-2-Clause */
#include "window/layout.h"

#include "window/list.h"
#include "window/looks.h"

#define MARGIN        16
#define GAP           8
#define BUTTON_HEIGHT 30
#define DETAILS_LINES 4

/* What a control's text needs, in lines of at most `width`; 0: one line. */
static SIZE measure(const struct window *window, enum window_control control, int width)
{
	HWND handle = window->controls[control];
	HFONT font = (HFONT)SendMessageW(handle, WM_GETFONT, 0, 0);
	RECT box = {.right = width};
	wchar_t text[1024];
	HDC dc = GetDC(handle);
	HGDIOBJ before = SelectObject(dc, font);
	int len = GetWindowTextW(handle, text, 1024);

	DrawTextW(dc, len ? text : L" ", -1, &box,
		DT_CALCRECT | (width ? DT_WORDBREAK | DT_NOPREFIX : DT_SINGLELINE));
	SelectObject(dc, before);
	ReleaseDC(handle, dc);
	return (SIZE){box.right, box.bottom};
}

static void place(const struct window *window, enum window_control control, int x, int y, int width,
	int height)
{
	SetWindowPos(window->controls[control], NULL, x, y, width, height,
		SWP_NOZORDER | SWP_NOACTIVATE | SWP_NOCOPYBITS);
}

/* The verdict's block; returns where it ends. */
static int layout_headline(struct window *window, int width)
{
	static const enum window_control lines[] = {
		CONTROL_VERDICT, CONTROL_HEADLINE, CONTROL_SUMMARY};
	int margin = window_scale(window, MARGIN);
	int x = 2 * margin + window_scale(window, LOOKS_ICON);
	int y = margin;

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		int height = measure(window, lines[i], width - x - margin).cy;

		place(window, lines[i], x, y, width - x - margin, height);
		y += height + window_scale(window, 4);
	}
	window->headline = (RECT){0, 0, width, y + margin - window_scale(window, 4)};
	return window->headline.bottom;
}

/* What an administrator would see beside this, where that is something. */
static int layout_refused(const struct window *window, int width, int y)
{
	bool is_shown = GetWindowTextLengthW(window->controls[CONTROL_REFUSED]) > 0;
	int margin = window_scale(window, MARGIN), height = window_scale(window, BUTTON_HEIGHT);
	int button = measure(window, CONTROL_ELEVATE, 0).cx + window_scale(window, 52);
	int x = margin + button + window_scale(window, 12);
	int text = measure(window, CONTROL_REFUSED, width - x - margin).cy;
	int row = text > height ? text : height;

	ShowWindow(window->controls[CONTROL_ELEVATE], is_shown ? SW_SHOWNA : SW_HIDE);
	ShowWindow(window->controls[CONTROL_REFUSED], is_shown ? SW_SHOWNA : SW_HIDE);
	if (!is_shown)
		return y;
	y += window_scale(window, 12);
	place(window, CONTROL_ELEVATE, margin, y + (row - height) / 2, button, height);
	place(window, CONTROL_REFUSED, x, y + (row - text) / 2, width - x - margin, text);
	return y + row;
}

/* From the left, then from the right; above `y`. Returns where the row begins. */
static int layout_buttons(const struct window *window, int width, int y)
{
	static const enum window_control left[] = {CONTROL_REFRESH, CONTROL_COPY, CONTROL_SAVE};
	int margin = window_scale(window, MARGIN), gap = window_scale(window, GAP);
	int height = window_scale(window, BUTTON_HEIGHT), padding = window_scale(window, 28);
	int combo = window_scale(window, 130), x = margin;
	SIZE size;

	y -= height + window_scale(window, 12);
	for (size_t i = 0; i < sizeof(left) / sizeof(left[0]); i++) {
		size = measure(window, left[i], 0);
		place(window, left[i], x, y, size.cx + padding, height);
		x += size.cx + padding + gap;
	}
	size = measure(window, CONTROL_BACK, 0);
	place(window, CONTROL_BACK, x, y, size.cx + padding, height);
	size = measure(window, CONTROL_COMPARE, 0);
	x = width - margin - size.cx - padding;
	place(window, CONTROL_COMPARE, x, y, size.cx + padding, height);
	x -= combo + gap;
	/* A combo box' height is that of its list. */
	place(window, CONTROL_EVENT, x, y + window_scale(window, 3), combo,
		window_scale(window, 240));
	size = measure(window, CONTROL_EVENT_NAME, 0);
	place(window, CONTROL_EVENT_NAME, x - size.cx - gap, y, size.cx, height);
	return y;
}

static int layout_details(const struct window *window, int width, int y)
{
	int margin = window_scale(window, MARGIN);
	int line = measure(window, CONTROL_DETAILS_NAME, 0).cy;
	int height = DETAILS_LINES * line + window_scale(window, 8);

	y -= height + window_scale(window, 12);
	place(window, CONTROL_DETAILS, margin, y, width - 2 * margin, height);
	y -= line + window_scale(window, 4);
	place(window, CONTROL_DETAILS_NAME, margin, y, width - 2 * margin, line);
	return y;
}

/* The status bar places itself; the progress stands at its right end. */
static int layout_status(const struct window *window, int height)
{
	HWND status = window->controls[CONTROL_STATUS];
	int bar = window_scale(window, 160), margin = window_scale(window, 4);
	RECT place_of;

	SendMessageW(status, WM_SIZE, 0, 0);
	GetClientRect(status, &place_of);
	place(window, CONTROL_PROGRESS, place_of.right - bar - window_scale(window, 24), margin,
		bar, place_of.bottom - 2 * margin);
	return height - place_of.bottom;
}

void window_layout(struct window *window)
{
	int margin = window_scale(window, MARGIN), top, bottom;
	RECT client;

	GetClientRect(window->frame, &client);
	if (!client.bottom)
		return; /* an icon in the task bar */
	top = layout_headline(window, client.right);
	top = layout_refused(window, client.right, top) + window_scale(window, 12);
	bottom = layout_status(window, client.bottom);
	bottom = layout_buttons(window, client.right, bottom);
	bottom = layout_details(window, client.right, bottom) - window_scale(window, 8);
	place(window, CONTROL_LIST, margin, top, client.right - 2 * margin, bottom - top);
	window_list_layout(window);
	InvalidateRect(window->frame, NULL, TRUE);
}
