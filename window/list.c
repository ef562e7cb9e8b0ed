/* SPDX-License-Identifier: BSD-2-Clause */
/* The page's sections as groups of a list, and the selected row in full. */
#include "window/list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "window/looks.h"
#include "window/text.h"

#define HEADING (-1) /* the LPARAM of a row that is none of the page's */

enum column { COLUMN_LABEL, COLUMN_MARK, COLUMN_VALUE, COLUMN_REMEDY, COLUMN_COUNT };

static HWND list_of(const struct window *window)
{
	return window->controls[CONTROL_LIST];
}

/* Explorer's look, where there is one. */
static void set_theme(HWND list)
{
	HMODULE dll = LoadLibraryExW(L"uxtheme.dll", NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
	FARPROC address = dll ? GetProcAddress(dll, "SetWindowTheme") : NULL;
	HRESULT(WINAPI * set)(HWND, const wchar_t *, const wchar_t *) = NULL;

	memcpy(&set, &address, sizeof(set));
	if (set)
		set(list, L"Explorer", NULL);
}

void window_list_begin(struct window *window)
{
	static const wchar_t *const titles[] = {
		L"Item", L"State", L"What was found", L"What to do"};
	HWND list = list_of(window);

	set_theme(list);
	SendMessageW(list, LVM_SETEXTENDEDLISTVIEWSTYLE, 0,
		LVS_EX_FULLROWSELECT | LVS_EX_DOUBLEBUFFER | LVS_EX_LABELTIP | LVS_EX_INFOTIP);
	for (int i = 0; i < COLUMN_COUNT; i++) {
		const LVCOLUMNW column = {.mask = LVCF_TEXT | LVCF_SUBITEM,
			.pszText = (wchar_t *)titles[i],
			.iSubItem = i};

		SendMessageW(list, LVM_INSERTCOLUMNW, (WPARAM)i, (LPARAM)&column);
	}
	SendMessageW(list, LVM_ENABLEGROUPVIEW, TRUE, 0);
}

void window_list_layout(struct window *window)
{
	int label = window_scale(window, 150), mark = window_scale(window, 76);
	int scroll = GetSystemMetrics(SM_CXVSCROLL) + window_scale(window, 4);
	HWND list = list_of(window);
	RECT place;
	int rest, widths[COLUMN_COUNT];

	GetWindowRect(list, &place);
	rest = place.right - place.left - label - mark - scroll;
	widths[COLUMN_LABEL] = label;
	widths[COLUMN_MARK] = mark;
	widths[COLUMN_VALUE] = rest * 3 / 5;
	widths[COLUMN_REMEDY] = rest - widths[COLUMN_VALUE];
	for (int i = 0; i < COLUMN_COUNT; i++)
		SendMessageW(list, LVM_SETCOLUMNWIDTH, (WPARAM)i, widths[i]);
}

static void set_text(HWND list, int item, enum column column, const wchar_t *text)
{
	const LVITEMW at = {.iSubItem = (int)column, .pszText = (wchar_t *)text};

	SendMessageW(list, LVM_SETITEMTEXTW, (WPARAM)item, (LPARAM)&at);
}

static void set_foreign_text(HWND list, int item, enum column column, const char *text)
{
	wchar_t *wide = window_text_escaped(text);

	set_text(list, item, column, wide ? wide : L"");
	free(wide);
}

static int add_item(HWND list, int group, enum page_mark mark, LPARAM row)
{
	const LVITEMW item = {.mask = LVIF_TEXT | LVIF_PARAM | LVIF_IMAGE | LVIF_GROUPID,
		.iItem = INT_MAX,
		.pszText = (wchar_t *)L"",
		.iImage = mark == PAGE_PLAIN ? I_IMAGENONE : (int)mark - PAGE_PASS,
		.iGroupId = group,
		.lParam = row};

	return (int)SendMessageW(list, LVM_INSERTITEMW, 0, (LPARAM)&item);
}

/* A list without groups (Wine's) gets a row for the title. */
static void add_section(HWND list, int group, const char *title)
{
	wchar_t *wide = window_text_escaped(title);
	LVGROUP header = {.cbSize = sizeof(header),
		.mask = LVGF_HEADER | LVGF_GROUPID | LVGF_STATE,
		.pszHeader = wide,
		.iGroupId = group,
		.stateMask = LVGS_COLLAPSIBLE,
		.state = LVGS_COLLAPSIBLE};

	SendMessageW(list, LVM_INSERTGROUP, (WPARAM)-1, (LPARAM)&header);
	if (SendMessageW(list, LVM_GETGROUPCOUNT, 0, 0) != group + 1)
		set_text(list, add_item(list, group, PAGE_PLAIN, HEADING), COLUMN_LABEL,
			wide ? wide : L"");
	free(wide);
}

static void fill(HWND list, const struct page *page)
{
	for (size_t i = 0; i < page->section_count; i++) {
		const struct page_section *section = &page->sections[i];

		if (!section->row_count)
			continue;
		add_section(list, (int)i, section->title);
		for (size_t j = 0; j < section->row_count; j++) {
			const struct page_row *row = &page->rows[section->first_row + j];
			int item =
				add_item(list, (int)i, row->mark, (LPARAM)(section->first_row + j));

			set_foreign_text(list, item, COLUMN_LABEL, row->label);
			set_text(list, item, COLUMN_MARK, window_text_mark(row->mark));
			set_foreign_text(list, item, COLUMN_VALUE, row->value);
			set_foreign_text(list, item, COLUMN_REMEDY, row->remedy);
		}
	}
}

static LPARAM row_of(HWND list, int item)
{
	LVITEMW at = {.mask = LVIF_PARAM, .iItem = item};

	return SendMessageW(list, LVM_GETITEMW, 0, (LPARAM)&at) ? at.lParam : HEADING;
}

/* The first of the worst: what whoever opens the window should read first. */
static size_t find_decisive(const struct page *page)
{
	static const enum page_mark worst[] = {PAGE_FAIL, PAGE_WARN, PAGE_UNKNOWN};

	for (size_t i = 0; i < sizeof(worst) / sizeof(worst[0]); i++) {
		for (size_t row = 0; row < page->row_count; row++) {
			if (page->rows[row].mark == worst[i])
				return row;
		}
	}
	return 0;
}

static void select_row(HWND list, size_t row)
{
	const LVITEMW selected = {
		.stateMask = LVIS_SELECTED | LVIS_FOCUSED, .state = LVIS_SELECTED | LVIS_FOCUSED};
	int count = (int)SendMessageW(list, LVM_GETITEMCOUNT, 0, 0), item = 0;

	while (item < count && row_of(list, item) != (LPARAM)row)
		item++;
	SendMessageW(list, LVM_SETITEMSTATE, (WPARAM)item, (LPARAM)&selected);
	SendMessageW(list, LVM_ENSUREVISIBLE, 0, FALSE);
	SendMessageW(list, LVM_ENSUREVISIBLE, (WPARAM)item, FALSE);
}

void window_list_show(struct window *window)
{
	const struct page *page = window_job_page(window->shown);
	HWND list = list_of(window);
	int selected = (int)SendMessageW(list, LVM_GETNEXTITEM, (WPARAM)-1, LVNI_SELECTED);
	LPARAM row = selected < 0 ? HEADING : row_of(list, selected);
	wchar_t before[64] = L"", after[64] = L"";
	LVITEMW text = {.cchTextMax = 64, .pszText = before};

	if (!page)
		return;
	SendMessageW(list, LVM_GETITEMTEXTW, (WPARAM)selected, (LPARAM)&text);
	SendMessageW(list, WM_SETREDRAW, FALSE, 0);
	SendMessageW(list, LVM_DELETEALLITEMS, 0, 0);
	SendMessageW(list, LVM_REMOVEALLGROUPS, 0, 0);
	fill(list, page);
	/* After a refresh the reader is where they were. */
	text.pszText = after;
	SendMessageW(list, LVM_GETITEMTEXTW, (WPARAM)selected, (LPARAM)&text);
	select_row(list,
		row != HEADING && wcscmp(before, after) == 0 ? (size_t)row : find_decisive(page));
	SendMessageW(list, WM_SETREDRAW, TRUE, 0);
	InvalidateRect(list, NULL, TRUE);
}

static void show_details(const struct window *window, int item)
{
	const struct page *page = window_job_page(window->shown);
	LPARAM row = row_of(list_of(window), item);
	BUF_SCOPED text = {0};
	wchar_t *wide;

	if (page && row != HEADING && (size_t)row < page->row_count) {
		const struct page_row *at = &page->rows[row];

		buf_printf(&text, "%s: ", at->label);
		text_escape(&text, at->value, false);
		if (*at->remedy) {
			buf_append_text(&text, "\n\nWhat to do: ");
			text_escape(&text, at->remedy, false);
		}
	}
	wide = text.data ? window_text(&text) : NULL;
	SetWindowTextW(window->controls[CONTROL_DETAILS], wide ? wide : L"");
	free(wide);
}

/* Of the list without groups alone. */
static LRESULT draw(const struct window *window, NMLVCUSTOMDRAW *at)
{
	if (at->nmcd.dwDrawStage == CDDS_PREPAINT)
		return CDRF_NOTIFYITEMDRAW;
	if (at->nmcd.dwDrawStage != CDDS_ITEMPREPAINT || at->nmcd.lItemlParam != HEADING)
		return CDRF_DODEFAULT;
	SelectObject(at->nmcd.hdc, window->heading_font);
	at->clrText = GetSysColor(COLOR_WINDOWTEXT);
	return CDRF_NEWFONT;
}

LRESULT window_list_notify(struct window *window, NMHDR *header)
{
	const NMLISTVIEW *change = (const NMLISTVIEW *)header;

	if (header->hwndFrom != list_of(window))
		return 0;
	if (header->code == NM_CUSTOMDRAW)
		return draw(window, (NMLVCUSTOMDRAW *)header);
	if (header->code != LVN_ITEMCHANGED)
		return 0;
	if (change->uNewState & ~change->uOldState & LVIS_SELECTED)
		show_details(window, change->iItem);
	return 0;
}
