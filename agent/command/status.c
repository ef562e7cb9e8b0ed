/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>

#include "agent/command/commands.h"
#include "agent/output.h"
#include "agent/status/status.h"

enum verdict_status command_status(const struct options *options, struct error *err)
{
	EVIDENCE_SCOPED *evidence = NULL;
	BUF_SCOPED out = {0};
	struct checks checks;
	struct page *page;

	if (command_collect(options, &evidence, &checks, err))
		return VERDICT_NONE;
	switch (options->format) {
	case FORMAT_PAGE:
		page = status_page(options, evidence, &checks);
		output_page(options, page, &out);
		free(page);
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
