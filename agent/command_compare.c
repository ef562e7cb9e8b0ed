/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>

#include "agent/commands.h"
#include "agent/output.h"
#include "agent/page.h"
#include "agent/state.h"
#include "core/continuity.h"

static void print(const struct options *options, const struct verdict *verdict,
	const struct evidence *baseline, const struct evidence *evidence, struct buf *to)
{
	struct page *page;

	if (options->format == FORMAT_JSON) {
		output_json(options, verdict_to_json(verdict), to);
		return;
	}
	page = calloc(1, sizeof(*page));
	if (page)
		page_build_verdict(verdict, baseline, options->line.words[0], evidence,
			*options->evidence ? options->evidence : evidence->device.path, page);
	output_page(options, page, to);
	free(page);
}

enum verdict_status command_compare(const struct options *options, struct error *err)
{
	EVIDENCE_SCOPED *baseline = NULL, *evidence = NULL;
	BUF_SCOPED out = {0};
	struct verdict verdict;
	struct checks checks;
	int rc;

	if (options->line.word_count != 1) {
		error_set(err, ERROR_USAGE, "usage: vtpm-agent compare BASELINE [--event EVENT]");
		return VERDICT_NONE;
	}
	rc = state_read_document(options->line.words[0], &baseline, err);
	if (rc)
		error_wrap(err, "no baseline");
	if (!rc && *options->evidence)
		rc = state_read_document(options->evidence, &evidence, err);
	else if (!rc)
		rc = command_collect_to_compare(options, baseline, &evidence, &checks, err);
	if (rc)
		return VERDICT_NONE;
	continuity_judge(baseline, evidence, options->event,
		options->has_nonce ? options->nonce : NULL, options->nonce_len, &verdict);
	print(options, &verdict, baseline, evidence, &out);
	if (output_write(options, &out, err))
		return VERDICT_NONE;
	return verdict.status;
}
