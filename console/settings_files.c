/* SPDX-License-Identifier: BSD-2-Clause */
#include "console/settings_files.h"

#include <stdio.h>
#include <string.h>

#include "core/buf.h"
#include "platform/system.h"

#define FILE_BYTES_MAX 65536
#define PATH_BYTES     1200

struct places {
	const struct command_line_program *program;
	void *options;
	uint64_t set;
	bool is_found;
};

static int read_one(struct places *places, const char *path, struct error *err)
{
	BUF_SCOPED text = {0};
	uint64_t set = 0;
	int rc = platform_file_read(path, FILE_BYTES_MAX, &text, err);

	if (rc)
		return rc;
	places->is_found = true;
	rc = settings_read(places->program, text.data ? (char *)text.data : "", text.len,
		places->options, &set, err);
	places->set |= set;
	return rc ? error_wrap(err, "%s", path) : 0;
}

static int read_drop_ins(struct places *places, const char *of, struct error *err)
{
	BUF_SCOPED names = {0};
	char directory[PATH_BYTES];
	int rc;

	snprintf(directory, sizeof(directory), "%s.d", of);
	rc = platform_directory_list(directory, ".conf", &names, err);
	if (rc == -ERROR_NOT_FOUND)
		return 0;
	for (size_t at = 0; !rc && at < names.len;) {
		const char *name = (const char *)names.data + at;
		char path[PATH_BYTES + 256];

		snprintf(path, sizeof(path), "%s/%s", directory, name);
		rc = read_one(places, path, err);
		at += strlen(name) + 1;
	}
	return rc;
}

int settings_read_files(const struct command_line_program *program, const char *path, bool must_be,
	void *options, uint64_t *ret_set, bool *ret_found, struct error *err)
{
	struct places places = {.program = program, .options = options};
	int rc = read_one(&places, path, err);

	if (rc == -ERROR_NOT_FOUND && !must_be)
		rc = 0;
	if (!rc && !must_be)
		rc = read_drop_ins(&places, path, err);
	*ret_set = places.set;
	*ret_found = places.is_found;
	return rc;
}
