/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "agent/command/commands.h"
#include "agent/options_look.h"
#include "agent/output.h"
#include "core/log.h"
#include "core/signed/quote.h"

/* A baseline that proves nothing, or shows a broken TPM, would only mislead later. */
static int check_worth(
	const struct evidence *evidence, const struct checks *checks, struct error *err)
{
	const struct check *decisive = checks_decisive(checks);
	enum verdict_status status = checks_status(checks);
	struct attest_quote quote;

	if (status == VERDICT_CONTRAINDICATED || status == VERDICT_NONE)
		return error_set(err, ERROR_UNSUPPORTED, "no baseline saved: %s",
			decisive ? decisive->sentence : "the TPM could not be asked");
	if (quote_verify(evidence, NULL, 0, &quote, err))
		return error_wrap(err, "no baseline saved");
	return 0;
}

int command_baseline(const struct options *options, enum exit_code *ret_code, struct error *err)
{
	const struct look_options how = options_look(options);
	EVIDENCE_SCOPED *evidence = NULL;
	BUF_SCOPED document = {0};
	struct checks checks;
	const char *path;
	int rc;

	if (options->line.word_count != 2 || strcmp(options->line.words[0], "save") != 0)
		return error_set(err, ERROR_USAGE, "usage: vtpm-agent baseline save FILE");
	rc = look(&how, &evidence, &checks, err);
	if (!rc)
		rc = check_worth(evidence, &checks, err);
	if (rc)
		return rc;
	path = options->line.words[1];
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
