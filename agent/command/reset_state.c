/* SPDX-License-Identifier: BSD-2-Clause */
/* For an image that is to be cloned: nothing of this machine's vTPM stays in it. */
#include "agent/command/commands.h"
#include "agent/state.h"
#include "core/log.h"

int command_reset_state(const struct options *options, enum exit_code *ret_code, struct error *err)
{
	const char *directory = state_directory(options->state);
	unsigned count;
	int rc = state_reset(directory, &count, err);

	if (rc)
		return rc;
	log_write(LOG_LEVEL_INFO, "state reset: %u files removed in %s", count, directory);
	*ret_code = EXIT_CODE_HEALTHY;
	return 0;
}
