/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "agent/baseline.h"
#include "agent/command/commands.h"
#include "agent/options_look.h"
#include "agent/output.h"
#include "agent/status/baseline_page.h"
#include "core/log.h"
#include "core/signed/quote.h"
#include "link/evidence_file.h"
#include "platform/system.h"

/* What was known of another vTPM is not to be had again. */
static int check_place(const char *path, bool is_forced, struct error *err)
{
	EVIDENCE_SCOPED *old = NULL;
	char when[24];

	if (is_forced || !platform_file_is_there(path))
		return 0;
	if (evidence_file_read(path, &old, err))
		return error_set(err, ERROR_UNSUPPORTED,
			"%s: there already, and no baseline; --force replaces it", path);
	return error_set(err, ERROR_UNSUPPORTED,
		"%s: there already, the baseline of %s; --force replaces it", path,
		page_when(old->iat, when));
}

static int save(const struct options *options, enum exit_code *ret_code, struct error *err)
{
	const struct look_options how = options_look(options);
	const char *path = options->line.words[1];
	EVIDENCE_SCOPED *evidence = NULL;
	BUF_SCOPED document = {0};
	struct checks checks;
	int rc = check_place(path, options->is_forced, err);

	if (!rc)
		rc = look(&how, &evidence, &checks, err);
	if (!rc)
		rc = baseline_check_worth(evidence, &checks, err);
	if (rc)
		return rc;
	output_json(path, evidence_to_json(evidence), &document);
	rc = output_write(path, &document, err);
	if (rc)
		return rc;
	if (checks_status(&checks) == VERDICT_WARNING)
		log_write(LOG_LEVEL_WARNING, "baseline saved, with a warning: %s",
			checks_decisive(&checks)->sentence);
	else
		log_write(LOG_LEVEL_INFO, "baseline saved in %s", path);
	*ret_code = verdict_exit_code(checks_status(&checks));
	return 0;
}

static int show(const struct options *options, enum exit_code *ret_code, struct error *err)
{
	const char *given = options->line.word_count > 1 ? options->line.words[1] : NULL;
	EVIDENCE_SCOPED *evidence = NULL;
	char path[STATE_PATH_MAX];
	struct attest_quote quote;
	BUF_SCOPED out = {0};
	struct page *page;
	struct error fault;
	int proof, rc = baseline_path(given, options->state, path, err);

	if (!rc)
		rc = evidence_file_read(path, &evidence, err);
	if (rc)
		return rc;
	proof = quote_verify(evidence, NULL, 0, &quote, &fault);
	page = calloc(1, sizeof(*page));
	if (page)
		status_baseline_page(path, evidence, proof ? &fault : NULL, page);
	output_page("", page, &out);
	free(page);
	rc = output_write("", &out, err);
	if (!rc)
		*ret_code = proof ? EXIT_CODE_UNKNOWN : EXIT_CODE_HEALTHY;
	return rc;
}

int command_baseline(const struct options *options, enum exit_code *ret_code, struct error *err)
{
	const char *word = options->line.word_count ? options->line.words[0] : "";
	const bool is_save = strcmp(word, "save") == 0, is_show = strcmp(word, "show") == 0;
	const bool has_state = command_line_names(&options_program, &options->line, "state");

	if ((is_save && has_state) || (is_show && options->is_forced))
		return error_set(err, ERROR_USAGE, "baseline %s does not take --%s", word,
			is_save ? "state" : "force");
	if (is_save && options->line.word_count == 2)
		return save(options, ret_code, err);
	if (is_show)
		return show(options, ret_code, err);
	return error_set(err, ERROR_USAGE, "usage: vtpm-agent baseline save FILE, or show [FILE]");
}
