/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>

#include "agent/command/commands.h"
#include "agent/options_look.h"
#include "agent/output.h"
#include "agent/status/status.h"

int command_status(const struct options *options, enum exit_code *ret_code, struct error *err)
{
	const struct look_options how = options_look(options);
	EVIDENCE_SCOPED *evidence = NULL;
	BUF_SCOPED out = {0};
	struct checks checks;
	struct page *page;
	int rc = look(&how, &evidence, &checks, err);

	if (rc)
		return rc;
	switch (options->format) {
	case FORMAT_PAGE:
		page = status_page(options->state, evidence, &checks);
		output_page(options->output, page, &out);
		free(page);
		break;
	case FORMAT_JSON:
		output_json(options->output, status_json(evidence, &checks), &out);
		break;
	case FORMAT_NAGIOS:
		status_nagios(&out, evidence, &checks);
		break;
	case FORMAT_PROMETHEUS:
		status_prometheus(&out, evidence, &checks);
		break;
	}
	rc = output_write(options->output, &out, err);
	if (!rc)
		*ret_code = verdict_exit_code(checks_status(&checks));
	return rc;
}
