/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/command/commands.h"
#include "agent/options_look.h"
#include "agent/output.h"

int command_evidence(const struct options *options, enum exit_code *ret_code, struct error *err)
{
	const struct look_options how = options_look(options);
	EVIDENCE_SCOPED *evidence = NULL;
	BUF_SCOPED out = {0};
	struct checks checks;
	int rc = look(&how, &evidence, &checks, err);

	if (rc)
		return rc;
	output_json(options->output, evidence_to_json(evidence), &out);
	rc = output_write(options->output, &out, err);
	if (!rc)
		*ret_code = verdict_exit_code(checks_status(&checks));
	return rc;
}
