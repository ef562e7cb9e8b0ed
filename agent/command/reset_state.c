/* SPDX-License-Identifier: BSD-2-Clause */
/* For an image that is to be cloned: nothing of this machine's vTPM stays in it. */
#include "agent/command/commands.h"
#include "agent/state.h"
#include "core/log.h"

enum verdict_status command_reset_state(const struct options *options, struct error *err)
{
	unsigned count;

	if (state_reset(options, &count, err))
		return VERDICT_NONE;
	log_write(LOG_LEVEL_INFO, "state reset: %u files removed in %s", count,
		state_directory(options));
	return VERDICT_AFFIRMING;
}
