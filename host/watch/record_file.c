/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/watch/record_file.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "core/json/text.h"
#include "core/log.h"
#include "host/confirm/baseline_file.h"
#include "platform/system.h"

#define BYTES_MAX 65536
#define FORMAT    "vtpm-host-watched/1"
#define PATH_SIZE 1024

static int name_file(const char *state, const struct watch_record *record, char ret_path[PATH_SIZE],
	struct error *err)
{
	int len =
		snprintf(ret_path, PATH_SIZE, "%s/" WATCH_RECORDS "/%s.json", state, record->uuid);

	return len < PATH_SIZE ? 0
			       : error_set(err, ERROR_TOO_LARGE, "%s: the name is too long", state);
}

int record_file_remove(const char *state, const struct watch_record *record, struct error *err)
{
	char path[PATH_SIZE];
	int rc = name_file(state, record, path, err);

	return rc ? rc : platform_file_remove(path, err);
}

int record_file_write(const char *state, const struct watch_record *record, struct error *err)
{
	char path[PATH_SIZE];
	int rc = name_file(state, record, path, err);
	json_t *json = watch_record_to_json(record);
	BUF_SCOPED text = {0};

	if (json && !json_object_set_new(json, "format", json_string(FORMAT)))
		json_text_print(&text, json, false);
	json_decref(json);
	buf_append_text(&text, "\n");
	if (rc)
		return rc;
	if (text.len == 1 || text.failed)
		return error_set(err, ERROR_NO_MEMORY, "no memory for %s", path);
	return platform_file_replace(path, text.data, text.len, err);
}

static int read_one(const char *path, struct watch_record *ret_record, struct error *err)
{
	BUF_SCOPED text = {0};
	JSON_TREE_SCOPED tree = {0};
	const char *format;
	int rc = platform_file_read(path, BYTES_MAX, &text, err);

	if (rc)
		return rc;
	rc = json_tree_parse(text.data, text.len, BYTES_MAX, &tree, err);
	if (rc)
		return error_wrap(err, "%s", path);
	format = json_node_text(json_node_member(tree.root, "format"));
	rc = format && strcmp(format, FORMAT) == 0
		     ? watch_record_read(tree.root, ret_record, err)
		     : error_set(err, ERROR_UNSUPPORTED, "not of this version");
	return rc ? error_wrap(err, "%s", path) : 0;
}

int record_file_read_all(const char *state,
	int (*each)(const struct watch_record *record, void *context, struct error *err),
	void *context, struct error *err)
{
	char directory[PATH_SIZE / 2], path[PATH_SIZE];
	DIR *records;
	int rc = 0;

	snprintf(directory, sizeof(directory), "%s/" WATCH_RECORDS, state);
	records = opendir(directory);
	if (!records && errno == ENOENT)
		return 0;
	if (!records)
		return error_set(err, errno == EACCES ? ERROR_PERMISSION : ERROR_IO, "open %s: %s",
			directory, strerror(errno));
	for (struct dirent *entry = readdir(records); !rc && entry; entry = readdir(records)) {
		struct watch_record record;
		char ignored[TEXT_UUID_SIZE];

		if (!baseline_file_is_of(entry->d_name, ignored))
			continue;
		snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
		if (read_one(path, &record, err))
			log_write(LOG_LEVEL_WARNING, "%s", err->message);
		else
			rc = each(&record, context, err);
	}
	closedir(records);
	return rc;
}
