/* SPDX-License-Identifier: BSD-2-Clause */
#include "console/explain.h"
#include "agent/command/commands.h"
#include "agent/output.h"

int command_explain(const struct options *options, enum exit_code *ret_code, struct error *err)
{
	BUF_SCOPED out = {0};
	int rc = explain_line(&options->line, &out, err);

	if (!rc)
		rc = output_write("", &out, err);
	if (!rc)
		*ret_code = EXIT_CODE_HEALTHY;
	return rc;
}
