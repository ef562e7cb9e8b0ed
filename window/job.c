/* SPDX-License-Identifier: BSD-2-Clause */
#include "window/job.h"

#include <stdlib.h>
#include <string.h>

#include "agent/command/commands.h"
#include "agent/status/status.h"
#include "platform/system.h"
#include "win32/os_error.h"

struct window_job *window_job_new(
	HWND window, const struct options *options, const char *baseline, enum event event)
{
	struct window_job *job = calloc(1, sizeof(*job));

	if (!job)
		return NULL;
	job->window = window;
	job->options = *options;
	job->options.event = event;
	job->begin_us = platform_monotonic_us();
	if (!baseline)
		return job;
	job->baseline = strdup(baseline);
	job->options.line.words[0] = job->baseline;
	job->options.line.word_count = 1;
	if (!job->baseline) {
		window_job_free(job);
		return NULL;
	}
	return job;
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

static void ask_status(struct window_job *job)
{
	struct checks checks;

	if (command_collect(&job->options, &job->evidence, &checks, &job->error))
		return;
	job->page = status_page(&job->options, job->evidence, &checks);
}

static void ask_comparison(struct window_job *job)
{
	EVIDENCE_SCOPED *baseline = NULL;
	struct verdict verdict;

	if (command_judge(&job->options, &baseline, &job->evidence, &verdict, &job->error))
		return;
	job->page = command_verdict_page(&job->options, &verdict, baseline, job->evidence);
}

static DWORD WINAPI work(void *argument)
{
	struct window_job *job = argument;

	if (job->baseline)
		ask_comparison(job);
	else
		ask_status(job);
	if (!job->page && !job->error.code)
		error_set(&job->error, ERROR_NO_MEMORY, "no memory for the page");
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
