/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/state/file.h"

#include <stdio.h>

#include "core/buf.h"
#include "core/json/text.h"
#include "platform/system.h"

int state_path(
	const char *directory, const char *name, char ret_path[STATE_PATH_MAX], struct error *err)
{
	int len = snprintf(ret_path, STATE_PATH_MAX, "%s/%s", directory, name);

	if (len < 0 || len >= STATE_PATH_MAX)
		return error_set(err, ERROR_TOO_LARGE, "the state directory's name is too long");
	return 0;
}

int state_file_read(const char *directory, const char *name, size_t max, struct json_tree *ret_tree,
	struct error *err)
{
	BUF_SCOPED text = {0};
	char path[STATE_PATH_MAX];
	int rc = state_path(directory, name, path, err);

	if (!rc)
		rc = platform_file_read(path, max, &text, err);
	return rc ? rc : json_tree_parse(text.data, text.len, max, ret_tree, err);
}

uint64_t state_file_number(const struct json_node *root, const char *name)
{
	const struct json_node *number = json_node_member(root, name);

	return number && json_node_integer(number) > 0 ? (uint64_t)json_node_integer(number) : 0;
}

int state_file_write(const char *directory, const char *name, json_t *json, struct error *err)
{
	BUF_SCOPED text = {0};
	char path[STATE_PATH_MAX];
	int rc = state_path(directory, name, path, err);

	if (json)
		json_text_print(&text, json, false);
	buf_append_text(&text, "\n");
	if (!rc && (!json || text.failed))
		rc = error_set(err, ERROR_NO_MEMORY, "no memory for %s", path);
	json_decref(json);
	return rc ? rc : platform_file_keep(path, text.data, text.len, err);
}

int state_file_remove(const char *directory, const char *const *names, size_t count,
	unsigned *ret_count, struct error *err)
{
	*ret_count = 0;
	for (size_t i = 0; i < count; i++) {
		char path[STATE_PATH_MAX];
		int rc = state_path(directory, names[i], path, err);

		if (!rc)
			rc = platform_file_remove(path, err);
		if (rc && rc != -ERROR_NOT_FOUND)
			return rc;
		*ret_count += !rc;
	}
	return 0;
}
