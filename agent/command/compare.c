/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>

#include "agent/command/commands.h"
#include "agent/output.h"
#include "console/page_verdict.h"
#include "core/verdict/judge.h"
#include "link/evidence_file.h"

int command_judge(const struct options *options, struct evidence **ret_baseline,
	struct evidence **ret_evidence, struct verdict *ret_verdict, struct error *err)
{
	EVIDENCE_SCOPED *baseline = NULL, *evidence = NULL;
	struct checks checks;
	int rc = evidence_file_read(options->line.words[0], &baseline, err);

	if (rc)
		return error_wrap(err, "no baseline");
	if (*options->evidence)
		rc = evidence_file_read(options->evidence, &evidence, err);
	else
		rc = command_collect_to_compare(options, baseline, &evidence, &checks, err);
	if (rc)
		return rc;
	continuity_judge(baseline, evidence, options->event,
		options->has_nonce ? options->nonce : NULL, options->nonce_len, ret_verdict);
	*ret_baseline = baseline;
	*ret_evidence = evidence;
	baseline = evidence = NULL;
	return 0;
}

struct page *command_verdict_page(const struct options *options, const struct verdict *verdict,
	const struct evidence *baseline, const struct evidence *evidence)
{
	struct page *page = calloc(1, sizeof(*page));

	if (page)
		page_build_verdict(verdict, baseline, options->line.words[0], evidence,
			*options->evidence ? options->evidence : evidence->device.path, page);
	return page;
}

static void print(const struct options *options, const struct verdict *verdict,
	const struct evidence *baseline, const struct evidence *evidence, struct buf *to)
{
	struct page *page;

	if (options->format == FORMAT_JSON) {
		output_json(options, verdict_to_json(verdict), to);
		return;
	}
	page = command_verdict_page(options, verdict, baseline, evidence);
	output_page(options, page, to);
	free(page);
}

int command_compare(const struct options *options, enum exit_code *ret_code, struct error *err)
{
	EVIDENCE_SCOPED *baseline = NULL, *evidence = NULL;
	BUF_SCOPED out = {0};
	struct verdict verdict;
	int rc;

	if (options->line.word_count != 1)
		return error_set(
			err, ERROR_USAGE, "usage: vtpm-agent compare BASELINE [--event EVENT]");
	rc = command_judge(options, &baseline, &evidence, &verdict, err);
	if (rc)
		return rc;
	print(options, &verdict, baseline, evidence, &out);
	rc = output_write(options, &out, err);
	if (!rc)
		*ret_code = verdict_exit_code(verdict.status);
	return rc;
}
