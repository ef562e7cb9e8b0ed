/* SPDX-License-Identifier: BSD-2-Clause */
/* Where everything stands, and in which size. */
#include <string.h>

#include "window/window.h"

#define MARGIN        16
#define GAP           8
#define ICON          48
#define LIST_ICON     20
#define BUTTON_HEIGHT 30
#define DETAILS_LINES 4

int window_scale(const struct window *window, int pixels)
{
	return MulDiv(pixels, window->dpi, 96);
}

int window_dpi_of(HWND frame)
{
	FARPROC address = GetProcAddress(GetModuleHandleW(L"user32.dll"), "GetDpiForWindow");
	UINT(WINAPI * get)(HWND) = NULL;
	HDC screen = GetDC(NULL);
	int dpi = GetDeviceCaps(screen, LOGPIXELSY);

	ReleaseDC(NULL, screen);
	memcpy(&get, &address, sizeof(get));
	return frame && get ? (int)get(frame) : dpi;
}

/* The system's font for messages, its size in percent. */
static HFONT make_font(const struct window *window, int percent, LONG weight)
{
	NONCLIENTMETRICSW metrics = {.cbSize = sizeof(metrics)};

	SystemParametersInfoW(SPI_GETNONCLIENTMETRICS, sizeof(metrics), &metrics, 0);
	metrics.lfMessageFont.lfHeight = MulDiv(
		metrics.lfMessageFont.lfHeight, window->dpi * percent, window_dpi_of(NULL) * 100);
	metrics.lfMessageFont.lfWeight = weight;
	return CreateFontIndirectW(&metrics.lfMessageFont);
}

static void free_fonts(const struct window *window)
{
	const HFONT fonts[] = {
		window->font, window->heading_font, window->headline_font, window->verdict_font};

	for (size_t i = 0; i < sizeof(fonts) / sizeof(fonts[0]); i++)
		DeleteObject(fonts[i]);
	for (size_t i = 0; i < MARK_COUNT; i++) {
		if (window->icons[i])
			DestroyIcon(window->icons[i]);
	}
	if (window->list_icons)
		ImageList_Destroy(window->list_icons);
}

static HICON load_icon(size_t mark, int size)
{
	return LoadImageW(GetModuleHandleW(NULL), MAKEINTRESOURCEW(ICON_MARKS + PAGE_PASS + mark),
		IMAGE_ICON, size, size, 0);
}

static void load_icons(struct window *window)
{
	int size = window_scale(window, LIST_ICON);

	window->list_icons = ImageList_Create(size, size, ILC_COLOR32 | ILC_MASK, MARK_COUNT, 0);
	for (size_t i = 0; i < MARK_COUNT; i++) {
		HICON icon = load_icon(i, size);

		ImageList_AddIcon(window->list_icons, icon);
		DestroyIcon(icon);
		window->icons[i] = load_icon(i, window_scale(window, ICON));
	}
	SendMessageW(window->controls[CONTROL_LIST], LVM_SETIMAGELIST, LVSIL_SMALL,
		(LPARAM)window->list_icons);
}

void window_load_fonts(struct window *window)
{
	struct window old = *window;

	window->font = make_font(window, 100, FW_NORMAL);
	window->heading_font = make_font(window, 100, FW_BOLD);
	window->headline_font = make_font(window, 125, FW_NORMAL);
	window->verdict_font = make_font(window, 200, FW_SEMIBOLD);
	for (int i = 0; i < CONTROL_COUNT; i++) {
		HFONT font = i == CONTROL_VERDICT    ? window->verdict_font
			     : i == CONTROL_HEADLINE ? window->headline_font
						     : window->font;

		SendMessageW(window->controls[i], WM_SETFONT, (WPARAM)font, TRUE);
	}
	SendMessageW(window->controls[CONTROL_DETAILS], EM_SETMARGINS,
		EC_LEFTMARGIN | EC_RIGHTMARGIN,
		MAKELPARAM(window_scale(window, 6), window_scale(window, 6)));
	load_icons(window);
	free_fonts(&old);
}

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
	int x = 2 * margin + window_scale(window, ICON);
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
