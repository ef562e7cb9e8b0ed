/* SPDX-License-Identifier: BSD-2-Clause */
#include "window/looks.h"

#include <string.h>

#define LIST_ICON 20

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
		window->icons[i] = load_icon(i, window_scale(window, LOOKS_ICON));
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
