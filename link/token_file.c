/* SPDX-License-Identifier: BSD-2-Clause */
#include "link/token_file.h"

#include <stdbool.h>

#include "core/text.h"
#include "platform/system.h"

#define TOKEN_FILE_MAX 1024

static bool is_token(const uint8_t *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] <= ' ' || text[i] > '~')
			return false;
	}
	return len > 0;
}

int token_file_read(const char *path, struct buf *to, struct error *err)
{
	BUF_SCOPED text = {0};
	int rc = platform_file_read(path, TOKEN_FILE_MAX, &text, err);

	if (rc)
		return rc;
	text.len = text_trim_line_end(text.data, text.len);
	if (!is_token(text.data, text.len))
		return error_set(
			err, ERROR_CONFIG, "%s: not a token, one line of printable ASCII", path);
	buf_append(to, text.data, text.len);
	return to->failed ? error_set(err, ERROR_NO_MEMORY, "no memory for a token") : 0;
}
