/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/data.h"

#include <stdio.h>

#include "core/buf.h"
#include "tests/unit/unit.h"

uint8_t *data_read(const char *name, size_t *ret_len)
{
	struct buf content = {0};
	uint8_t chunk[4096];
	char path[4096];
	size_t got;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", TEST_DATA_DIR, name);
	file = fopen(path, "rb");
	if (!file)
		fail_msg("cannot open %s", path);
	while ((got = fread(chunk, 1, sizeof(chunk), file)) > 0)
		buf_append(&content, chunk, got);
	assert_int_equal(ferror(file), 0);
	fclose(file);
	buf_append_u8(&content, 0);
	assert_false(content.failed);
	*ret_len = content.len - 1;
	return content.data;
}
