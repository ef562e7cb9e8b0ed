/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/confirm/baseline_file.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/evidence/evidence.h"
#include "platform/system.h"

bool baseline_file_is_directory(const char *place)
{
	struct stat status;

	return place && !stat(place, &status) && S_ISDIR(status.st_mode);
}

static int check_length(int len, const char *place, struct error *err)
{
	if (len < 0 || len >= BASELINE_PATH_SIZE)
		return error_set(err, ERROR_TOO_LARGE, "%s: the name is too long", place);
	return 0;
}

int baseline_file_name(const char *directory, const char *uuid, const char *kind,
	char ret_path[BASELINE_PATH_SIZE], struct error *err)
{
	return check_length(
		snprintf(ret_path, BASELINE_PATH_SIZE, "%s/%s%s.json", directory, uuid, kind),
		directory, err);
}

/* What is written in one step has another name until it is whole. */
bool baseline_file_is_of(const char *name, char ret_uuid[TEXT_UUID_SIZE])
{
	char uuid[TEXT_UUID_SIZE] = "";

	snprintf(uuid, sizeof(uuid), "%.36s", name);
	return text_uuid(uuid, ret_uuid) && strcmp(name + strlen(uuid), ".json") == 0;
}

int baseline_file_read(const char *place, const char *uuid, struct buf *to,
	char ret_path[BASELINE_PATH_SIZE], struct error *err)
{
	int rc = baseline_file_is_directory(place)
			 ? baseline_file_name(place, uuid, "", ret_path, err)
			 : check_length(
				   snprintf(ret_path, BASELINE_PATH_SIZE, "%s", place), place, err);

	return rc ? rc : platform_file_read(ret_path, EVIDENCE_MAX_BYTES, to, err);
}
