/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>

#include "agent/command/commands.h"
#include "agent/options_look.h"
#include "agent/output.h"
#include "agent/status/outcome.h"
#include "agent/status/status.h"

static void print(const struct options *options, const struct evidence *evidence,
	const struct checks *checks, const struct service_word *service, struct buf *out)
{
	struct page *page;

	switch (options->format) {
	case FORMAT_PAGE:
		page = status_page(options->state, evidence, checks, service);
		output_page(options->output, page, out);
		free(page);
		break;
	case FORMAT_JSON:
		output_json(options->output, status_json(evidence, checks, service), out);
		break;
	case FORMAT_NAGIOS:
		status_nagios(out, evidence, checks, service);
		break;
	case FORMAT_PROMETHEUS:
		status_prometheus(out, evidence, checks, service);
		break;
	}
}

int command_status(const struct options *options, enum exit_code *ret_code, struct error *err)
{
	const struct look_options how = options_look(options);
	EVIDENCE_SCOPED *evidence = NULL;
	const struct service_word *spoken;
	struct status_outcome outcome;
	struct service_word service;
	BUF_SCOPED out = {0};
	struct checks checks;
	int rc = look(&how, &evidence, &checks, err);

	if (rc)
		return rc;
	spoken = status_read_service(options->state, evidence, &service) ? &service : NULL;
	print(options, evidence, &checks, spoken, &out);
	rc = output_write(options->output, &out, err);
	status_decide(evidence, &checks, spoken, &outcome);
	if (!rc)
		*ret_code = verdict_exit_code(outcome.status);
	return rc;
}
