/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/logs/nova.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define SAID_MAX 180

/* "2026-11-29 20:52:02.123 7 ERROR nova.compute.manager […] [instance: UUID] what", in local time;
 * the lines of a traceback begin alike and say less. */
static const char *find_last(const char *text, const char *uuid)
{
	const char *last = NULL;
	char instance[64];

	snprintf(instance, sizeof(instance), "[instance: %s] ", uuid);
	for (const char *at = text; (at = strstr(at, instance)) != NULL; at++) {
		const char *line = at, *word, *said = at + strlen(instance);

		while (line > text && line[-1] != '\n')
			line--;
		word = strstr(line, " ERROR ");
		if (word && word < at && *said != ' ' && strncmp(said, "Traceback", 9) != 0)
			last = line;
	}
	return last;
}

void log_nova_judge(const char *text, const char *place, const struct facts_domain *domain,
	struct findings *findings)
{
	const char *line = find_last(text, domain->uuid), *said;
	size_t len;
	struct tm tm = {.tm_isdst = -1};
	int64_t when = line && strptime(line, "%Y-%m-%d %H:%M:%S", &tm) ? (int64_t)mktime(&tm) : 0;

	if (!line || (when && when < (int64_t)domain->swtpm_started))
		return;
	said = strstr(line, "[instance: ");
	said = strchr(said, ']') + 2;
	len = strcspn(said, "\r\n");
	finding_mend(findings_add(findings, "log", domain->name, VERDICT_WARNING,
			     "Nova failed at %.19s: %.*s (%s)", line,
			     (int)(len < SAID_MAX ? len : SAID_MAX), said, place),
		"see \"restart\" before anybody reboots it; grep %s %s", domain->uuid, place);
}
