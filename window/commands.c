/* SPDX-License-Identifier: BSD-2-Clause */
/* What can be asked for. */
#include "window/commands.h"

#include <commdlg.h>
#include <shellapi.h>
#include <stdio.h>
#include <stdlib.h>

#include "agent/output.h"
#include "console/page_text.h"
#include "core/verdict/verdict.h"
#include "platform/system.h"
#include "win32/wide.h"
#include "window/text.h"

#define PATH_MAX_CHARS 32768

static const wchar_t filter[] = L"Evidence (*.json)\0*.json\0All files\0*.*\0";

/* In the status bar. */
static void say(const struct window *window, const wchar_t *text)
{
	SendMessageW(window->controls[CONTROL_STATUS], SB_SETTEXTW, 0, (LPARAM)text);
}

static void say_error(const struct window *window, const struct error *err)
{
	wchar_t *message = window_text_escaped(err->message);

	MessageBoxW(window->frame, message ? message : L"", L"vTPM status", MB_ICONERROR);
	free(message);
}

static void enable(const struct window *window, enum window_control control, bool is_enabled)
{
	HWND button = window->controls[control];

	if (!is_enabled && GetFocus() == button) /* the keyboard would be lost with it */
		SetFocus(window->controls[CONTROL_LIST]);
	EnableWindow(button, is_enabled);
}

static void show_state(const struct window *window)
{
	bool is_idle = !window->running, has_page = window_job_page(window->shown);
	HWND progress = window->controls[CONTROL_PROGRESS];

	enable(window, CONTROL_REFRESH, is_idle);
	enable(window, CONTROL_COMPARE, is_idle);
	enable(window, CONTROL_BACK, is_idle);
	enable(window, CONTROL_COPY, has_page);
	enable(window, CONTROL_SAVE, has_page);
	ShowWindow(window->controls[CONTROL_BACK],
		window->shown && window->shown->baseline ? SW_SHOWNA : SW_HIDE);
	ShowWindow(progress, is_idle ? SW_HIDE : SW_SHOWNA);
	SendMessageW(progress, PBM_SETMARQUEE, !is_idle, 30);
}

/* How long it may still take; or when the page was read. */
void window_tick(const struct window *window)
{
	const struct window_job *job = window->running;
	wchar_t text[160] = L"";
	char when[24];

	if (job)
		_snwprintf(text, 159, L"Asking the TPM: %u of at most %u s",
			(unsigned)((platform_monotonic_us() - job->begin_us) / 1000000),
			(unsigned)(job->look.collect.timeout_ms / 1000));
	else if (window->shown)
		_snwprintf(text, 159, L"Read %hs in %u ms%ls",
			page_when(window->shown->evidence->iat, when),
			(unsigned)((window->shown->end_us - window->shown->begin_us) / 1000),
			window->is_elevated ? L", as administrator" : L"");
	say(window, text);
	show_state(window);
}

static void ask(struct window *window, const char *baseline, enum event event)
{
	struct window_job *job;
	struct error err;
	int rc;

	if (window->running)
		return;
	job = window_job_new(window->frame, &window->look, window->state, baseline, event);
	rc = job ? window_job_start(job, &err)
		 : error_set(&err, ERROR_NO_MEMORY, "no memory for a question to the TPM");
	if (rc) {
		window_job_free(job);
		say_error(window, &err);
	} else {
		window->running = job;
	}
	SetTimer(window->frame, 1, 1000, NULL);
	window_tick(window);
}

void window_refresh(struct window *window)
{
	const struct window_job *shown = window->shown;

	ask(window, shown ? shown->baseline : NULL, shown ? shown->event : EVENT_NONE);
}

static bool put_on_clipboard(HWND owner, const wchar_t *text)
{
	size_t size = (wcslen(text) + 1) * sizeof(*text);
	HGLOBAL memory = GlobalAlloc(GMEM_MOVEABLE, size);
	void *at = memory ? GlobalLock(memory) : NULL;
	bool is_taken = false;

	if (at) {
		memcpy(at, text, size);
		GlobalUnlock(memory);
		if (OpenClipboard(owner)) {
			EmptyClipboard();
			is_taken = SetClipboardData(CF_UNICODETEXT, memory);
			CloseClipboard();
		}
	}
	if (!is_taken)
		GlobalFree(memory);
	return is_taken;
}

/* The selection, where there is one; else the page as vtpm-agent writes it into a file. */
static void copy(const struct window *window)
{
	HWND details = window->controls[CONTROL_DETAILS];
	const struct platform_terminal file = {.columns = 80};
	DWORD begin = 0, end = 0;
	BUF_SCOPED text = {0};
	wchar_t *wide;

	SendMessageW(details, EM_GETSEL, (WPARAM)&begin, (LPARAM)&end);
	if (GetFocus() == details && begin != end) {
		SendMessageW(details, WM_COPY, 0, 0);
		return;
	}
	if (!window_job_page(window->shown))
		return;
	page_text(&text, window_job_page(window->shown), &file);
	wide = window_text(&text);
	say(window, wide && put_on_clipboard(window->frame, wide)
			    ? L"Copied as text"
			    : L"Another program holds the clipboard: try again");
	free(wide);
}

/* The name of a file, in the process' code page as the command line's are; NULL: none chosen. */
static char *choose_file(const struct window *window, bool is_to_save)
{
	wchar_t *path = calloc(PATH_MAX_CHARS, sizeof(*path));
	OPENFILENAMEW dialog = {.lStructSize = sizeof(dialog),
		.hwndOwner = window->frame,
		.lpstrFilter = filter,
		.lpstrFile = path,
		.nMaxFile = PATH_MAX_CHARS,
		.lpstrDefExt = L"json",
		.lpstrTitle = is_to_save ? L"Save evidence" : L"Compare with baseline",
		.Flags = OFN_NOCHANGEDIR | OFN_HIDEREADONLY | OFN_PATHMUSTEXIST |
			 (is_to_save ? OFN_OVERWRITEPROMPT : OFN_FILEMUSTEXIST)};
	char *chosen = NULL;

	if (!path)
		return NULL;
	if (is_to_save)
		wcscpy_s(path, PATH_MAX_CHARS, L"vtpm-evidence.json");
	if (is_to_save ? GetSaveFileNameW(&dialog) : GetOpenFileNameW(&dialog))
		chosen = wide_to_text(path);
	free(path);
	return chosen;
}

/* What is shown is what is saved: the TPM is not asked again. */
static void save(const struct window *window)
{
	const struct window_job *shown = window->shown;
	char *path = shown ? choose_file(window, true) : NULL;
	struct error err;
	BUF_SCOPED document = {0};

	if (!path)
		return;
	output_json(path, evidence_to_json(shown->evidence), &document);
	if (output_write(path, &document, &err))
		say_error(window, &err);
	else
		say(window, shown->evidence->quote.part.state == PART_READ
				    ? L"Evidence saved"
				    : L"Evidence saved; without a quote it proves nothing "
				      L"as a baseline");
	free(path);
}

static void compare(struct window *window)
{
	LRESULT event = SendMessageW(window->controls[CONTROL_EVENT], CB_GETCURSEL, 0, 0);
	char *path = window->running ? NULL : choose_file(window, false);

	if (path)
		ask(window, path, event < 0 ? EVENT_NONE : (enum event)event);
	free(path);
}

/* The same program anew, with the same words. Windows asks first. */
static void elevate(const struct window *window)
{
	wchar_t *path = calloc(PATH_MAX_CHARS, sizeof(*path));
	SHELLEXECUTEINFOW start = {.cbSize = sizeof(start),
		.hwnd = window->frame,
		.lpVerb = L"runas",
		.lpFile = path,
		.lpParameters = window->arguments,
		.nShow = SW_SHOWNORMAL};

	if (path && GetModuleFileNameW(NULL, path, PATH_MAX_CHARS) && ShellExecuteExW(&start))
		DestroyWindow(window->frame);
	free(path);
}

/* One step back: from a comparison to the status, from there out. */
static void escape(struct window *window)
{
	if (window->shown && window->shown->baseline)
		ask(window, NULL, EVENT_NONE);
	else
		DestroyWindow(window->frame);
}

void window_command(struct window *window, int command)
{
	switch (command) {
	case ASK_REFRESH:
		window_refresh(window);
		break;
	case ASK_COPY:
		copy(window);
		break;
	case ASK_SAVE:
		save(window);
		break;
	case ASK_COMPARE:
		compare(window);
		break;
	case ASK_BACK:
		if (window->shown && window->shown->baseline)
			ask(window, NULL, EVENT_NONE);
		break;
	case ASK_ELEVATE:
		elevate(window);
		break;
	case IDCANCEL:
		escape(window);
		break;
	default:
		break;
	}
}
