/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/shared_file.h"

#include <stdio.h>

#include "platform/system.h"

static bool is_shared(const struct shared_file *file)
{
	return file->store && store_is_shared(file->store);
}

void shared_file_show(const struct shared_file *file, char ret_text[SHARED_FILE_TEXT_SIZE])
{
	if (is_shared(file))
		snprintf(ret_text, SHARED_FILE_TEXT_SIZE, "%s of the store", file->name);
	else
		snprintf(ret_text, SHARED_FILE_TEXT_SIZE, "%s/%s", file->state, file->name);
}

int shared_file_read(const struct shared_file *file, size_t max, struct buf *to, struct error *err)
{
	char path[SHARED_FILE_TEXT_SIZE];
	int rc;

	if (is_shared(file)) {
		rc = store_read_document(file->store, file->name, to, err);
		if (!rc && to->len > max)
			rc = error_set(
				err, ERROR_TOO_LARGE, "%s: larger than %zu bytes", file->name, max);
		return rc;
	}
	shared_file_show(file, path);
	return platform_file_read(path, max, to, err);
}

int shared_file_replace(
	const struct shared_file *file, const void *bytes, size_t len, struct error *err)
{
	const struct crypto_bytes value = {bytes, len};
	char path[SHARED_FILE_TEXT_SIZE];
	int rc;

	if (is_shared(file))
		return store_keep_document(file->store, file->name, &value, err);
	shared_file_show(file, path);
	rc = platform_file_replace(path, bytes, len, err);
	if (!rc)
		platform_file_give(path);
	return rc;
}
