/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "agent/commands.h"
#include "agent/output.h"
#include "agent/page.h"
#include "agent/state.h"
#include "agent/status.h"

/* The machine's own service does not speak of a TPM that was reached through a TCTI. */
static bool is_of_the_service(const struct options *options, const struct evidence *evidence)
{
	return *options->state || strcmp(evidence->device.transport, "tcti") != 0;
}

/* The page, with the service's last verdict where there is one that may be read. */
static void show_page(const struct options *options, const struct evidence *evidence,
	const struct checks *checks, struct buf *out)
{
	struct page *page = calloc(1, sizeof(*page));
	struct page_last_verdict last = {0};
	json_t *verdict = NULL;
	struct error ignored;
	json_int_t iat = 0;
	bool has_last = is_of_the_service(options, evidence) &&
			!state_read_verdict(options, &verdict, &ignored) &&
			json_unpack(verdict, "{s:s, s:s, s:I, s:[{s:s}]}", "ear.status",
				&last.status, "continuity", &last.continuity, "iat", &iat,
				"reasons", "sentence", &last.sentence) == 0;

	last.iat = (uint64_t)iat;
	if (page)
		page_build_status(evidence, checks, has_last ? &last : NULL, page);
	output_page(options, page, out);
	json_decref(verdict);
	free(page);
}

enum verdict_status command_status(const struct options *options, struct error *err)
{
	EVIDENCE_SCOPED *evidence = NULL;
	BUF_SCOPED out = {0};
	struct checks checks;

	if (command_collect(options, &evidence, &checks, err))
		return VERDICT_NONE;
	switch (options->format) {
	case FORMAT_PAGE:
		show_page(options, evidence, &checks, &out);
		break;
	case FORMAT_JSON:
		output_json(options, status_json(evidence, &checks), &out);
		break;
	case FORMAT_NAGIOS:
		status_nagios(&out, evidence, &checks);
		break;
	case FORMAT_PROMETHEUS:
		status_prometheus(&out, evidence, &checks);
		break;
	}
	if (output_write(options, &out, err))
		return VERDICT_NONE;
	return checks_status(&checks);
}
