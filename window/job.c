/* SPDX-License-Identifier: BSD-2-Clause */
#include "window/job.h"

#include <stdlib.h>
#include <string.h>

#include "agent/status/boot.h"
#include "agent/status/status.h"
#include "agent/status/unlock.h"
#include "agent/unlock_since.h"
#include "platform/system.h"
#include "win32/os_error.h"

struct window_job *window_job_new(HWND window, const struct look_options *look, const char *state,
	const char *baseline, enum event event)
{
	struct window_job *job = calloc(1, sizeof(*job));

	if (!job)
		return NULL;
	job->window = window;
	job->look = *look;
	job->state = state;
	job->event = event;
	job->begin_us = platform_monotonic_us();
	if (!baseline)
		return job;
	job->baseline = strdup(baseline);
	if (!job->baseline) {
		window_job_free(job);
		return NULL;
	}
	return job;
}

const struct page *window_job_page(const struct window_job *job)
{
	return job ? job->page : NULL;
}

void window_job_free(struct window_job *job)
{
	if (!job)
		return;
	evidence_free(job->evidence);
	free(job->page);
	free(job->baseline);
	free(job);
}

/* With what the service's baseline adds, if there is one. The document stays without it. */
static void add_disks(const struct window_job *job)
{
	struct unlock_since *since = calloc(1, sizeof(*since));
	struct error ignored;

	if (since && !unlock_since_baseline("", job->state, job->evidence, since, &ignored))
		status_unlock_sections(&since->facts, since->has_changes ? &since->changes : NULL,
			false, job->page);
	free(since);
}

static int ask_status(struct window_job *job, struct error *err)
{
	struct service_word service;
	struct checks checks;
	int rc = look(&job->look, &job->evidence, &checks, err);
	bool has_spoken;

	if (rc)
		return rc;
	has_spoken = status_read_service(job->state, job->evidence, &service);
	job->page = status_page(job->state, job->evidence, &checks, has_spoken ? &service : NULL);
	if (!job->page)
		return 0;
	status_boot_sections(job->evidence, job->page);
	if (job->evidence->unlock.facts.volumes.count)
		add_disks(job);
	return 0;
}

static int ask_comparison(struct window_job *job, struct error *err)
{
	EVIDENCE_SCOPED *baseline = NULL;
	const struct look_comparison comparison = {.baseline = job->baseline,
		.evidence = "",
		.event = job->event,
		.state = job->state};
	struct verdict verdict;
	int rc = look_and_judge(&job->look, &comparison, &baseline, &job->evidence, &verdict, err);

	if (!rc)
		job->page = look_page(&comparison, &verdict, baseline, job->evidence);
	return rc;
}

static DWORD WINAPI work(void *argument)
{
	struct window_job *job = argument;
	int rc = job->baseline ? ask_comparison(job, &job->error) : ask_status(job, &job->error);

	if (!rc && !job->page)
		rc = error_set(&job->error, ERROR_NO_MEMORY, "no memory for the page");
	job->has_failed = rc != 0;
	job->end_us = platform_monotonic_us();
	if (!PostMessageW(job->window, WINDOW_JOB_DONE, 0, (LPARAM)job))
		window_job_free(job); /* the window is gone */
	return 0;
}

int window_job_start(struct window_job *job, struct error *err)
{
	HANDLE thread = CreateThread(NULL, 0, work, job, 0, NULL);

	if (!thread)
		return os_error(err, GetLastError(), "start a thread", "");
	CloseHandle(thread);
	return 0;
}
