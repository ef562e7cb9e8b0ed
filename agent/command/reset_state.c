/* SPDX-License-Identifier: BSD-2-Clause */
/* For an image that is to be cloned: nothing of this machine's vTPM stays in it. */
#include "agent/command/commands.h"
#include "agent/state/service.h"
#include "agent/state/state.h"
#include "core/log.h"
#include "platform/system.h"

int command_reset_state(const struct options *options, enum exit_code *ret_code, struct error *err)
{
	const char *directory = state_directory(options->state);
	const char *public = state_public_path(options->state);
	struct error ignored;
	unsigned count;
	intptr_t lock;
	uint64_t until_us = platform_monotonic_us() + (uint64_t)options->timeout_s * 1000000;
	int locked = platform_lock_take(directory, until_us, &lock, err), rc;

	/* A comparison under way would keep its outcome afterwards. */
	if (locked == -ERROR_TIMEOUT)
		return locked;
	rc = state_reset(directory, &count, err);
	if (!rc && public)
		platform_file_remove(public, &ignored);
	if (!locked)
		platform_lock_end(lock);
	if (rc)
		return rc;
	log_write(LOG_LEVEL_INFO, "state reset: %u files removed in %s", count, directory);
	*ret_code = EXIT_CODE_HEALTHY;
	return 0;
}
