/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/watch/own_baseline.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/log.h"
#include "host/watch/record_file.h"
#include "link/evidence_file.h"
#include "platform/system.h"

void own_baseline_directory(const char *state, char ret_path[BASELINE_PATH_SIZE])
{
	snprintf(ret_path, BASELINE_PATH_SIZE, "%s/" WATCH_BASELINES, state);
}

static int name_own(const char *state, const char *uuid, const char *kind,
	char ret_path[BASELINE_PATH_SIZE], struct error *err)
{
	char directory[BASELINE_PATH_SIZE];

	own_baseline_directory(state, directory);
	return baseline_file_name(directory, uuid, kind, ret_path, err);
}

bool own_baseline_exists(const char *state, const char *uuid)
{
	char path[BASELINE_PATH_SIZE];
	struct error err;

	return !name_own(state, uuid, "", path, &err) && !access(path, F_OK);
}

bool own_baseline_is_since(const char *state, const char *uuid, uint64_t then_s)
{
	EVIDENCE_SCOPED *evidence = NULL;
	char path[BASELINE_PATH_SIZE];
	struct stat file;
	struct error err;

	if (name_own(state, uuid, "", path, &err) || stat(path, &file))
		return false;
	if ((uint64_t)file.st_mtim.tv_sec <= then_s || evidence_file_read(path, &evidence, &err))
		return false;
	return evidence->iat > then_s;
}

int own_baseline_forget(const char *state, const char *uuid)
{
	char path[BASELINE_PATH_SIZE];
	struct error err;
	int rc = name_own(state, uuid, BASELINE_VERDICT, path, &err);

	if (!rc && !access(path, F_OK))
		return -1;
	if (!rc)
		rc = name_own(state, uuid, "", path, &err);
	if (!rc)
		rc = platform_file_remove(path, &err);
	if (rc && rc != -ERROR_NOT_FOUND)
		log_write(LOG_LEVEL_WARNING, "%s", err.message);
	return rc == -ERROR_NOT_FOUND ? 0 : rc;
}

static void name_notes(const char *state, char ret_path[BASELINE_PATH_SIZE])
{
	snprintf(ret_path, BASELINE_PATH_SIZE, "%s/imported", state);
}

int own_baseline_note(const char *state, const char *uuid, struct error *err)
{
	char directory[BASELINE_PATH_SIZE], path[BASELINE_PATH_SIZE];
	int rc;

	name_notes(state, directory);
	rc = platform_directory_make(directory, err);
	if (!rc)
		rc = baseline_file_name(directory, uuid, "", path, err);
	return rc ? rc : platform_file_replace(path, "\n", 1, err);
}

bool own_baseline_take_note(const char *state, char ret_uuid[TEXT_UUID_SIZE])
{
	char directory[BASELINE_PATH_SIZE], path[BASELINE_PATH_SIZE];
	bool is_taken = false;
	struct error err;
	DIR *notes;

	name_notes(state, directory);
	notes = opendir(directory);
	if (!notes)
		return false;
	for (struct dirent *entry = readdir(notes); !is_taken && entry; entry = readdir(notes)) {
		is_taken = baseline_file_is_of(entry->d_name, ret_uuid) &&
			   !baseline_file_name(directory, ret_uuid, "", path, &err) &&
			   !platform_file_remove(path, &err);
	}
	closedir(notes);
	return is_taken;
}
