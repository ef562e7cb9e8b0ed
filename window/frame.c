/* SPDX-License-Identifier: BSD-2-Clause */
#include "window/frame.h"

#include <stdlib.h>

#include "core/verdict/verdict.h"
#include "window/commands.h"
#include "window/headline.h"
#include "window/layout.h"
#include "window/list.h"
#include "window/looks.h"
#include "window/text.h"

#define TICK_MS 1000

static const struct {
	const wchar_t *class, *text;
	DWORD style, extended;
	int command; /* a button's */
} controls[] = {
	[CONTROL_VERDICT] = {WC_STATICW, L"", SS_NOPREFIX, 0, 0},
	[CONTROL_HEADLINE] = {WC_STATICW, L"", SS_NOPREFIX, 0, 0},
	[CONTROL_SUMMARY] = {WC_STATICW, L"", SS_NOPREFIX, 0, 0},
	[CONTROL_ELEVATE] = {WC_BUTTONW, L"Restart as &administrator", WS_TABSTOP, 0, ASK_ELEVATE},
	[CONTROL_REFUSED] = {WC_STATICW, L"", SS_NOPREFIX, 0, 0},
	/* Not to be seen: a screen reader takes it for the name of what comes next. */
	[CONTROL_LIST_NAME] = {WC_STATICW, L"Checks and properties", 0, 0, 0},
	[CONTROL_LIST] = {WC_LISTVIEWW, L"Checks and properties",
		WS_TABSTOP | WS_BORDER | LVS_REPORT | LVS_SINGLESEL | LVS_SHOWSELALWAYS |
			LVS_NOSORTHEADER | LVS_SHAREIMAGELISTS,
		0, 0},
	[CONTROL_DETAILS_NAME] = {WC_STATICW, L"&Details", 0, 0, 0},
	[CONTROL_DETAILS] = {WC_EDITW, L"",
		WS_TABSTOP | WS_BORDER | WS_VSCROLL | ES_MULTILINE | ES_READONLY, 0, 0},
	[CONTROL_REFRESH] = {WC_BUTTONW, L"&Refresh", WS_TABSTOP, 0, ASK_REFRESH},
	[CONTROL_COPY] = {WC_BUTTONW, L"&Copy as text", WS_TABSTOP, 0, ASK_COPY},
	[CONTROL_SAVE] = {WC_BUTTONW, L"&Save evidence\x2026", WS_TABSTOP, 0, ASK_SAVE},
	[CONTROL_BACK] = {WC_BUTTONW, L"&Back to status", WS_TABSTOP, 0, ASK_BACK},
	[CONTROL_EVENT_NAME] = {WC_STATICW, L"Announced &event:", SS_CENTERIMAGE, 0, 0},
	[CONTROL_EVENT] = {WC_COMBOBOXW, L"", WS_TABSTOP | CBS_DROPDOWNLIST, 0, 0},
	[CONTROL_COMPARE] = {WC_BUTTONW, L"Co&mpare with baseline\x2026", WS_TABSTOP, 0,
		ASK_COMPARE},
	[CONTROL_STATUS] = {STATUSCLASSNAMEW, L"", SBARS_SIZEGRIP, 0, 0},
	[CONTROL_PROGRESS] = {PROGRESS_CLASSW, L"", PBS_MARQUEE, 0, 0},
};

static bool is_hidden_at_first(enum window_control control)
{
	return control == CONTROL_LIST_NAME || control == CONTROL_ELEVATE ||
	       control == CONTROL_REFUSED || control == CONTROL_BACK || control == CONTROL_PROGRESS;
}

/* An edit control of several lines asks for every key; Tab and Escape are the window's. */
static LRESULT CALLBACK details_procedure(
	HWND control, UINT message, WPARAM w, LPARAM l, UINT_PTR id, DWORD_PTR data)
{
	LRESULT result = DefSubclassProc(control, message, w, l);

	(void)id;
	(void)data;
	return message == WM_GETDLGCODE ? result & ~(DLGC_WANTALLKEYS | DLGC_WANTTAB) : result;
}

static void fill_events(HWND combo)
{
	for (int i = 0; i < EVENT_COUNT; i++) {
		wchar_t *name = window_text_escaped(
			i == EVENT_NONE ? "nothing" : event_name((enum event)i));

		for (wchar_t *at = name; at && *at; at++)
			*at = *at == L'-' ? L' ' : *at;
		SendMessageW(combo, CB_ADDSTRING, 0, (LPARAM)(name ? name : L""));
		free(name);
	}
	SendMessageW(combo, CB_SETCURSEL, EVENT_NONE, 0);
}

static bool make_controls(struct window *window)
{
	HINSTANCE program = GetModuleHandleW(NULL);

	for (int i = 0; i < CONTROL_COUNT; i++) {
		HWND parent =
			i == CONTROL_PROGRESS ? window->controls[CONTROL_STATUS] : window->frame;
		DWORD visible = is_hidden_at_first((enum window_control)i) ? 0 : WS_VISIBLE;

		window->controls[i] = CreateWindowExW(controls[i].extended, controls[i].class,
			controls[i].text, WS_CHILD | visible | controls[i].style, 0, 0, 0, 0,
			parent, (HMENU)(INT_PTR)controls[i].command, program, NULL);
		if (!window->controls[i])
			return false;
	}
	SetWindowSubclass(window->controls[CONTROL_DETAILS], details_procedure, 0, 0);
	SendMessageW(window->controls[CONTROL_ELEVATE], BCM_SETSHIELD, 0, TRUE);
	fill_events(window->controls[CONTROL_EVENT]);
	window_list_begin(window);
	return true;
}

static LRESULT create(HWND frame, const CREATESTRUCTW *create)
{
	struct window *window = create->lpCreateParams;

	window->frame = frame;
	window->dpi = window_dpi_of(frame);
	SetWindowLongPtrW(frame, GWLP_USERDATA, (LONG_PTR)window);
	if (!make_controls(window))
		return -1;
	window_load_fonts(window);
	window_headline_show(window);
	return 0;
}

static void job_done(struct window *window, struct window_job *job)
{
	wchar_t *message;

	window->running = NULL;
	KillTimer(window->frame, 1);
	if (job->has_failed) {
		message = window_text_escaped(job->error.message);
		window_job_free(job);
		window_tick(window);
		MessageBoxW(window->frame, message ? message : L"", L"vTPM status", MB_ICONERROR);
		free(message);
		return;
	}
	window_job_free(window->shown);
	window->shown = job;
	window_headline_show(window);
	window_list_show(window);
	window_tick(window);
	window_layout(window);
}

static void paint(const struct window *window)
{
	PAINTSTRUCT at;
	HDC dc = BeginPaint(window->frame, &at);

	FillRect(dc, &at.rcPaint, GetSysColorBrush(COLOR_WINDOW));
	window_headline_paint(window, dc);
	EndPaint(window->frame, &at);
}

static HBRUSH colour_static(const struct window *window, HDC dc, HWND control)
{
	bool is_headline = control == window->controls[CONTROL_VERDICT] ||
			   control == window->controls[CONTROL_HEADLINE] ||
			   control == window->controls[CONTROL_SUMMARY];

	SetBkMode(dc, TRANSPARENT);
	SetTextColor(dc, window_headline_ink(window, control));
	return is_headline ? window->headline_brush : GetSysColorBrush(COLOR_WINDOW);
}

static void keep_size(const struct window *window, MINMAXINFO *limits)
{
	limits->ptMinTrackSize.x = window_scale(window, 780);
	limits->ptMinTrackSize.y = window_scale(window, 520);
}

/* Another monitor's resolution, or other settings: colours, fonts, contrast. */
static void change_looks(struct window *window)
{
	window_load_fonts(window);
	window_headline_show(window);
	window_list_show(window);
	window_layout(window);
	InvalidateRect(window->frame, NULL, TRUE);
}

static void change_dpi(struct window *window, int dpi, const RECT *place)
{
	window->dpi = dpi;
	SetWindowPos(window->frame, NULL, place->left, place->top, place->right - place->left,
		place->bottom - place->top, SWP_NOZORDER | SWP_NOACTIVATE);
	change_looks(window);
}

/* Where a label's key leads, as in a dialog: to the label, and from it to what it names. */
static void move_focus(const struct window *window, WPARAM w, LPARAM l)
{
	HWND to = LOWORD(l) ? (HWND)w : GetNextDlgTabItem(window->frame, GetFocus(), w != 0);

	if (to)
		SetFocus(to);
}

static LRESULT CALLBACK procedure(HWND frame, UINT message, WPARAM w, LPARAM l)
{
	struct window *window = (struct window *)GetWindowLongPtrW(frame, GWLP_USERDATA);

	if (message == WM_CREATE)
		return create(frame, (const CREATESTRUCTW *)l);
	if (!window)
		return DefWindowProcW(frame, message, w, l);
	switch (message) {
	case WINDOW_JOB_DONE:
		job_done(window, (struct window_job *)l);
		return 0;
	case WM_TIMER:
		window_tick(window);
		return 0;
	case WM_COMMAND:
		window_command(window, LOWORD(w));
		return 0;
	case WM_NOTIFY:
		return window_list_notify(window, (NMHDR *)l);
	case WM_SIZE:
		window_layout(window);
		return 0;
	case WM_GETMINMAXINFO:
		keep_size(window, (MINMAXINFO *)l);
		return 0;
	case WM_SETFOCUS:
		SetFocus(window->controls[CONTROL_LIST]);
		return 0;
	case WM_NEXTDLGCTL:
		move_focus(window, w, l);
		return 0;
	case WM_PAINT:
		paint(window);
		return 0;
	case WM_ERASEBKGND:
		return 1;
	case WM_CTLCOLORSTATIC:
		return (LRESULT)colour_static(window, (HDC)w, (HWND)l);
	case WM_DPICHANGED:
		change_dpi(window, HIWORD(w), (const RECT *)l);
		return 0;
	case WM_SETTINGCHANGE:
	case WM_SYSCOLORCHANGE:
	case WM_THEMECHANGED:
		change_looks(window);
		break;
	case WM_DESTROY:
		PostQuitMessage(0);
		return 0;
	}
	return DefWindowProcW(frame, message, w, l);
}

HWND window_open(struct window *window, int show)
{
	HINSTANCE program = GetModuleHandleW(NULL);
	const WNDCLASSEXW class = {.cbSize = sizeof(class),
		.lpfnWndProc = procedure,
		.hInstance = program,
		.hIcon = LoadIconW(program, MAKEINTRESOURCEW(ICON_PROGRAM)),
		.hCursor = LoadCursorW(NULL, (const wchar_t *)IDC_ARROW),
		.lpszClassName = L"vtpm-status"};
	HWND frame = NULL;

	window->dpi =
		window_dpi_of(NULL); /* that it is on another monitor shows when it is there */
	if (RegisterClassExW(&class))
		frame = CreateWindowExW(WS_EX_CONTROLPARENT, class.lpszClassName, L"vTPM status",
			WS_OVERLAPPEDWINDOW | WS_CLIPCHILDREN, CW_USEDEFAULT, CW_USEDEFAULT,
			window_scale(window, 980), window_scale(window, 720), NULL, NULL, program,
			window);
	if (!frame)
		return NULL;
	ShowWindow(frame, show);
	SetTimer(frame, 1, TICK_MS, NULL);
	return frame;
}
