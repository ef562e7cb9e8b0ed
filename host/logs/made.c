/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/logs/made.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* Whether `word` stands between two places of a text. */
static bool stands_between(const char *from, const char *end, const char *word)
{
	const char *found = strstr(from, word);

	return found && found < end;
}

/* As swtpm_setup writes it, in local time: "Mon 30 Nov 2026 01:52:40 AM UTC". */
static int64_t read_local_time(const char *text)
{
	struct tm tm = {.tm_isdst = -1};

	return strptime(text, "%a %d %b %Y %I:%M:%S %p", &tm) ? (int64_t)mktime(&tm) : 0;
}

void log_made_read(const char *text, const char *uuid, struct log_made *ret_made)
{
	static const char begin[] = "Starting vTPM manufacturing as ";
	const char *at = strstr(text, begin), *next;
	char vmid[64];

	*ret_made = (struct log_made){0};
	/* "--vmid NAME:UUID " of its call of the certificate authority; names come again. */
	snprintf(vmid, sizeof(vmid), ":%s ", uuid);
	for (; at; at = next) {
		const char *end, *when = strstr(at, " @ ");

		next = strstr(at + 1, begin);
		end = next ? next : at + strlen(at);
		if (!when || when > end || !stands_between(at, end, vmid))
			continue;
		if (!stands_between(at, end, "Successfully authored TPM state"))
			continue;
		when += strlen(" @ ");
		ret_made->count++;
		ret_made->last = read_local_time(when);
		snprintf(ret_made->when, sizeof(ret_made->when), "%.*s", (int)strcspn(when, "\n"),
			when);
	}
}

int64_t log_made_first_start(const char *text, const char *uuid)
{
	static const char begin[] = ": starting up libvirt";
	const char *at = strstr(text, begin), *next;
	char option[64];

	snprintf(option, sizeof(option), "-uuid %s ", uuid);
	for (; at; at = next) {
		const char *line = at, *end;
		struct tm tm = {0};

		next = strstr(at + 1, begin);
		end = next ? next : at + strlen(at);
		while (line > text && line[-1] != '\n')
			line--;
		/* "2026-11-30 01:52:40.123+0000", always UTC. */
		if (stands_between(at, end, option) && strptime(line, "%Y-%m-%d %H:%M:%S", &tm))
			return (int64_t)timegm(&tm);
	}
	return 0;
}

/* libvirt starts a domain's swtpm, and before it swtpm_setup, within moments of that line. */
#define SAME_START_S 120

void log_made_judge(const struct log_made *made, int64_t first_start, const char *domain,
	struct findings *findings)
{
	bool has_run = first_start && made->last && first_start + SAME_START_S < made->last;

	if (!made->count || (made->count == 1 && !has_run))
		return;
	finding_mend(findings_add(findings, "state", domain, VERDICT_WARNING,
			     "libvirt made a new vTPM on %s, though the VM had run with another: "
			     "what was "
			     "sealed to that one is lost",
			     made->when),
		"find why its state was not there then (mount, undefine); an older copy of the "
		"state directory may still be under a mount or in a backup; vtpm-host confirm %s "
		"tells what the guest sees",
		domain);
}
