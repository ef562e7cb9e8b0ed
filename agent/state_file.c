/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/state_file.h"

#include <stdio.h>

int state_path(
	const char *directory, const char *name, char ret_path[STATE_PATH_MAX], struct error *err)
{
	int len = snprintf(ret_path, STATE_PATH_MAX, "%s/%s", directory, name);

	if (len < 0 || len >= STATE_PATH_MAX)
		return error_set(err, ERROR_TOO_LARGE, "the state directory's name is too long");
	return 0;
}
