/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The window of vtpm-status.exe: the agent's pages for the person who would have opened tpm.msc. A
 * view of console/page.h, as the console page is; a thread of its own asks the TPM (job.c).
 */
#ifndef WINDOW_WINDOW_H
#define WINDOW_WINDOW_H

#include "win32/api.h"

#include <commctrl.h>

#include "agent/look.h"
#include "console/page.h"
#include "window/job.h"
#include "window/resources/window.h"

enum window_control {
	CONTROL_VERDICT, /* one word, then the sentence, then what was counted */
	CONTROL_HEADLINE,
	CONTROL_SUMMARY,
	CONTROL_ELEVATE,
	CONTROL_REFUSED, /* what an administrator would see */
	CONTROL_LIST_NAME,
	CONTROL_LIST,
	CONTROL_DETAILS_NAME,
	CONTROL_DETAILS, /* of the selected row, in full */
	CONTROL_REFRESH,
	CONTROL_COPY,
	CONTROL_SAVE,
	CONTROL_BACK,
	CONTROL_EVENT_NAME,
	CONTROL_EVENT,
	CONTROL_COMPARE,
	CONTROL_STATUS, /* the status bar */
	CONTROL_PROGRESS,
	CONTROL_COUNT,
};

#define MARK_COUNT 4 /* those of enum page_mark that have an icon */

struct window {
	HWND frame, controls[CONTROL_COUNT];
	struct look_options look;
	const char *state;        /* the service's directory, as status_page() takes it */
	const wchar_t *arguments; /* of the command line, for the program's next start */
	bool is_elevated;
	struct window_job *shown;   /* what the window shows; NULL at first */
	struct window_job *running; /* what it waits for, or NULL */

	int dpi, wheel;
	HFONT font, heading_font, headline_font, verdict_font;
	HICON icons[MARK_COUNT];
	HIMAGELIST list_icons;
	HBRUSH headline_brush; /* behind the verdict */
	RECT headline;         /* where it stands */
};

/* window.c: makes the window and shows it. NULL, and a message, where Windows has none left. */
HWND window_open(struct window *window, int show);

/* The page that is shown, or NULL. */
const struct page *window_page(const struct window *window);

/* layout.c: the resolution of the monitor that the window is on; from Windows 10 1607 on.
 * Else, and for NULL: the system's. */
int window_dpi_of(HWND frame);

/* Pixels for so many at 96 dpi. */
int window_scale(const struct window *window, int pixels);
void window_load_fonts(struct window *window); /* and icons; again where dpi or settings changed */
void window_layout(struct window *window);     /* all controls, by size and texts */

/* headline.c */
void window_headline_show(struct window *window); /* texts and colours of what is shown */
void window_headline_paint(const struct window *window, HDC dc);
COLORREF window_headline_ink(const struct window *window, HWND control);

/* list.c */
void window_list_begin(struct window *window);
void window_list_show(struct window *window);
void window_list_layout(struct window *window);
LRESULT window_list_notify(struct window *window, NMHDR *header);

/* commands.c */
void window_refresh(struct window *window);
void window_command(struct window *window, int command);
void window_say(const struct window *window, const wchar_t *text); /* in the status bar */
void window_tick(const struct window *window);                     /* while it waits */

#endif
