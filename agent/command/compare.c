/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>

#include "agent/command/commands.h"
#include "agent/options_look.h"
#include "agent/output.h"
#include "core/verdict/json.h"

int command_compare(const struct options *options, enum exit_code *ret_code, struct error *err)
{
	EVIDENCE_SCOPED *baseline = NULL, *evidence = NULL;
	const struct look_options how = options_look(options);
	const struct look_comparison comparison = {.baseline = options->line.words[0],
		.evidence = options->evidence,
		.event = options->event,
		.state = options->state};
	BUF_SCOPED out = {0};
	struct verdict verdict;
	struct page *page;
	int rc;

	if (options->line.word_count != 1)
		return error_set(
			err, ERROR_USAGE, "usage: vtpm-agent compare FILE [--event EVENT]");
	rc = look_and_judge(&how, &comparison, &baseline, &evidence, &verdict, err);
	if (rc)
		return rc;
	if (options->format == FORMAT_JSON) {
		output_json(options->output, verdict_to_json(&verdict), &out);
	} else {
		page = look_page(&comparison, &verdict, baseline, evidence);
		output_page(options->output, page, &out);
		free(page);
	}
	rc = output_write(options->output, &out, err);
	if (!rc)
		*ret_code = verdict_exit_code(verdict.status);
	return rc;
}
