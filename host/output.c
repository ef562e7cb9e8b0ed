/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/output.h"

#include <jansson.h>
#include <stdio.h>

#include "console/page_text.h"
#include "core/json/text.h"
#include "core/verdict/json.h"
#include "platform/system.h"

int host_output_text(const struct buf *text, struct error *err)
{
	if (text->failed)
		return error_set(err, ERROR_NO_MEMORY, "out of memory");
	if (fwrite(text->data, 1, text->len, stdout) != text->len || fflush(stdout))
		return error_set(err, ERROR_IO, "standard output cannot be written");
	return 0;
}

int host_output_json(json_t *json, struct error *err)
{
	BUF_SCOPED out = {0};

	if (!json)
		return error_set(err, ERROR_NO_MEMORY, "out of memory");
	json_text_print(&out, json, true);
	json_decref(json);
	buf_append_text(&out, "\n");
	return host_output_text(&out, err);
}

json_t *host_output_verdict(const struct verdict *verdict, enum verdict_status status)
{
	json_t *json = verdict_to_json(verdict);

	if (json)
		json_object_set_new(json, "exit_code", json_integer(verdict_exit_code(status)));
	return json;
}

int host_output_page(const struct page *page, struct error *err)
{
	struct platform_terminal terminal = platform_terminal_describe();
	BUF_SCOPED out = {0};

	page_text(&out, page, &terminal);
	return host_output_text(&out, err);
}

bool host_output_has_room(const struct page *page)
{
	return page->row_count < PAGE_ROWS_MAX - 1;
}

void host_output_more(struct page *page, size_t left_out)
{
	if (left_out)
		page_add_row(page, PAGE_PLAIN, "more",
			"%zu more, none worse than those above; --json has all", left_out);
}
