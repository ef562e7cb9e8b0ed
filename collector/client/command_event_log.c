/* SPDX-License-Identifier: BSD-2-Clause */
/* vtpm-collector event-log: the raw event log of a report, for tools that read such. */
#include <inttypes.h>
#include <stdio.h>

#include "collector/client/client.h"
#include "collector/client/client_page.h"
#include "collector/commands.h"
#include "collector/config_file.h"
#include "core/text.h"
#include "platform/system.h"

static int read_report(const struct command_line *line, uint64_t *ret_report, struct error *err)
{
	if (line->word_count == 1 && text_number(line->words[0], 1, INT64_MAX, ret_report))
		return 0;
	return error_set(err, ERROR_USAGE, "event-log needs a report's number");
}

int command_event_log(const struct options *options, enum exit_code *ret_code, struct error *err)
{
	struct options_client whom;
	struct client *client = NULL;
	BUF_SCOPED log = {0};
	uint64_t report = 0;
	char path[64];
	int rc = read_report(&options->line, &report, err);

	if (!rc && platform_terminal_describe().is_terminal)
		rc = error_set(err, ERROR_USAGE,
			"an event log is no text: write it to a file, with > FILE");
	if (!rc)
		rc = config_read_client(options, &whom, err);
	if (!rc)
		rc = client_open(&whom, options->state, &client, err);
	if (!rc) {
		snprintf(path, sizeof(path), "/v1/reports/%" PRIu64 "/event-log", report);
		rc = client_get_bytes(client, path, &log, err);
	}
	if (!rc)
		rc = client_put(&log, err);
	client_close(client);
	if (!rc)
		*ret_code = EXIT_CODE_HEALTHY;
	return rc;
}
