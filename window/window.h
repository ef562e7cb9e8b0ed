/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The window of vtpm-status.exe: the agent's pages for the person who would have opened tpm.msc. A
 * view of console/page.h, as the console page is; a thread of its own asks the TPM (job.h). Here is
 * what all files of it share; the frame is on top of them.
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
	const char *state;        /* the service's directory, as status_read_service() takes it */
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

#endif
