/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/watch/watch.h"
#include "console/program.h"
#include "host/command/commands.h"
#include "host/config.h"

int command_watch(const struct host_options *options, enum exit_code *ret_code, struct error *err)
{
	struct host_options all;
	const struct watch_how how = {.uri = all.uri, .confirm = &all.confirm, .watch = &all.watch};
	enum verdict_status worst;
	int rc = config_read(options, &all, err);

	if (rc)
		return rc;
	/* What happens is the service's work, and belongs into its log. */
	if (!all.watch.is_once && !all.line.is_verbose)
		program_log(LOG_LEVEL_INFO);
	rc = watch_run(&how, &worst, err);
	if (!rc)
		*ret_code = all.watch.is_once ? verdict_exit_code(worst) : EXIT_CODE_HEALTHY;
	return rc;
}
