/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/output.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "console/page_text.h"
#include "core/json/text.h"
#include "platform/system.h"

void output_page(const char *path, const struct page *page, struct buf *to)
{
	struct platform_terminal terminal = {.columns = 80};

	if (!*path)
		terminal = platform_terminal_describe();
	if (page)
		page_text(to, page, &terminal);
	else
		to->failed = true;
}

void output_json(const char *path, json_t *json, struct buf *to)
{
	if (json)
		json_text_print(to, json, !*path && platform_terminal_describe().is_terminal);
	else
		to->failed = true;
	json_decref(json);
	buf_append_text(to, "\n");
}

int output_write(const char *path, const struct buf *result, struct error *err)
{
	if (result->failed)
		return error_set(err, ERROR_NO_MEMORY, "no memory for the output");
	if (*path)
		return platform_file_replace(path, result->data, result->len, err);
	if (fwrite(result->data, 1, result->len, stdout) != result->len || fflush(stdout))
		return error_set(err, ERROR_IO, "standard output: %s", strerror(errno));
	return 0;
}
