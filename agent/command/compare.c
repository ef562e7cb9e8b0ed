/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>

#include "agent/baseline.h"
#include "agent/command/commands.h"
#include "agent/options_look.h"
#include "agent/output.h"
#include "core/verdict/json.h"

int command_compare(const struct options *options, enum exit_code *ret_code, struct error *err)
{
	EVIDENCE_SCOPED *baseline = NULL, *evidence = NULL;
	const struct look_options how = options_look(options);
	char path[STATE_PATH_MAX];
	const struct look_comparison comparison = {.baseline = path,
		.evidence = options->evidence,
		.event = options->event,
		.state = options->state};
	BUF_SCOPED out = {0};
	struct verdict verdict;
	struct page *page;
	int rc;

	rc = baseline_path(options->line.word_count ? options->line.words[0] : NULL, options->state,
		path, err);
	if (!rc)
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
