/* SPDX-License-Identifier: BSD-2-Clause */
/* The verdict at the top: a sign, one word, a sentence, and what was counted; what elevation would
 * add to it. Told by shape, text and colour. */
#include "window/headline.h"

#include <stdio.h>
#include <stdlib.h>

#include "window/looks.h"
#include "window/text.h"

static const struct {
	enum page_mark mark;
	COLORREF ground, ink;
} looks[] = {
	[VERDICT_NONE] = {PAGE_UNKNOWN, RGB(0xec, 0xf1, 0xf6), RGB(0x3a, 0x4a, 0x5a)},
	[VERDICT_AFFIRMING] = {PAGE_PASS, RGB(0xe6, 0xf4, 0xea), RGB(0x0e, 0x5c, 0x2f)},
	[VERDICT_WARNING] = {PAGE_WARN, RGB(0xff, 0xf4, 0xd6), RGB(0x6b, 0x47, 0x00)},
	[VERDICT_CONTRAINDICATED] = {PAGE_FAIL, RGB(0xfd, 0xe7, 0xe9), RGB(0x9f, 0x1d, 0x14)},
};

static enum verdict_status status_of(const struct window *window)
{
	const struct page *page = window_job_page(window->shown);

	return page ? page->status : VERDICT_NONE;
}

/* Then the colours are the user's own. */
static bool is_high_contrast(void)
{
	HIGHCONTRASTW contrast = {.cbSize = sizeof(contrast)};

	return SystemParametersInfoW(SPI_GETHIGHCONTRAST, sizeof(contrast), &contrast, 0) &&
	       contrast.dwFlags & HCF_HIGHCONTRASTON;
}

static void show_refused(const struct window *window, const struct page *page)
{
	HWND control = window->controls[CONTROL_REFUSED];
	char text[320];

	SetWindowTextW(control, L"");
	if (!page || window->is_elevated || !*page->refused)
		return;
	snprintf(text, sizeof(text), "An administrator also sees %s.", page->refused);
	window_text_set(control, text);
}

static void show_title(const struct window *window, const struct page *page)
{
	wchar_t *badge = page ? window_text_escaped(page->badge) : NULL;
	wchar_t title[64];

	_snwprintf(title, 64, L"vTPM status \x2013 %ls", badge ? badge : L"asking");
	SetWindowTextW(window->frame, title);
	free(badge);
}

void window_headline_show(struct window *window)
{
	const struct page *page = window_job_page(window->shown);
	HBRUSH old = window->headline_brush;

	window->headline_brush = CreateSolidBrush(
		is_high_contrast() ? GetSysColor(COLOR_WINDOW) : looks[status_of(window)].ground);
	DeleteObject(old);
	show_title(window, page);
	show_refused(window, page);
	if (!page) {
		SetWindowTextW(window->controls[CONTROL_VERDICT], L"Asking the TPM\x2026");
		return;
	}
	window_text_set_sentence(window->controls[CONTROL_HEADLINE], page->headline);
	window_text_set_sentence(window->controls[CONTROL_SUMMARY], page->summary);
	window_text_set_name(window->controls[CONTROL_VERDICT], page->badge);
}

COLORREF window_headline_ink(const struct window *window, HWND control)
{
	return control == window->controls[CONTROL_VERDICT] && !is_high_contrast()
		       ? looks[status_of(window)].ink
		       : GetSysColor(COLOR_WINDOWTEXT);
}

void window_headline_paint(const struct window *window, HDC dc)
{
	size_t mark = looks[status_of(window)].mark - PAGE_PASS;
	int margin = window_scale(window, 16), size = window_scale(window, LOOKS_ICON);
	RECT edge = window->headline;

	FillRect(dc, &window->headline, window->headline_brush);
	edge.top = edge.bottom - 1;
	FillRect(dc, &edge, GetSysColorBrush(COLOR_3DSHADOW));
	DrawIconEx(dc, margin, margin, window->icons[mark], size, size, 0, NULL, DI_NORMAL);
}
