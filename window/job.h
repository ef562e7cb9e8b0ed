/* SPDX-License-Identifier: BSD-2-Clause */
/* One question to the TPM, asked by a thread of its own: a TPM that hangs does not hold the window
 * up. The agent's own deadline (--timeout) ends it. */
#ifndef WINDOW_JOB_H
#define WINDOW_JOB_H

#include "win32/api.h"

#include "agent/look.h"
#include "console/page.h"
#include "core/error.h"
#include "core/evidence/evidence.h"

/* The window is told by this message; its LPARAM is the job, which is the window's again. */
#define WINDOW_JOB_DONE (WM_APP + 1)

struct window_job {
	HWND window;
	struct look_options look; /* and what it points to */
	const char *state;        /* the service's directory, as status_read_service() takes it */
	char *baseline;           /* the file to compare with; NULL: status */
	enum event event;
	uint64_t begin_us, end_us;

	/* What came of it. */
	struct evidence *evidence;
	struct page *page;
	bool has_failed; /* there is no page; `error` says why */
	struct error error;
};

/* A job that looks so; `state` is borrowed too, `baseline` is copied, and NULL for the status. NULL
 * when memory is short. */
struct window_job *window_job_new(HWND window, const struct look_options *look, const char *state,
	const char *baseline, enum event event);

/* Starts the thread; from here on the job is its own. Errors: NO_MEMORY. */
int window_job_start(struct window_job *job, struct error *err);

/* What came of it, or NULL; of no job at all, too. */
const struct page *window_job_page(const struct window_job *job);

void window_job_free(struct window_job *job);

#endif
