/* SPDX-License-Identifier: BSD-2-Clause */
/* What a verdict, a reason or a check means. */
#include "console/explain.h"
#include "host/command/commands.h"
#include "host/output.h"

int command_explain(const struct host_options *options, enum exit_code *ret_code, struct error *err)
{
	BUF_SCOPED out = {0};
	int rc = explain_line(&options->line, &out, err);

	if (!rc)
		rc = host_output_text(&out, err);
	if (!rc)
		*ret_code = EXIT_CODE_HEALTHY;
	return rc;
}
