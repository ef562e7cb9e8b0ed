/* SPDX-License-Identifier: BSD-2-Clause */
/* vtpm-collector explain: what a verdict, a reason or a check means. It asks no collector. */
#include "collector/client/client_page.h"
#include "collector/commands.h"
#include "console/explain.h"

int command_explain(const struct options *options, enum exit_code *ret_code, struct error *err)
{
	BUF_SCOPED out = {0};
	int rc = explain_line(&options->line, &out, err);

	if (!rc)
		rc = client_put(&out, err);
	if (!rc)
		*ret_code = EXIT_CODE_HEALTHY;
	return rc;
}
