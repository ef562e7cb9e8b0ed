/* SPDX-License-Identifier: BSD-2-Clause */
#include "link/evidence_file.h"

#include <jansson.h>

#include "core/json/text.h"
#include "platform/system.h"

int evidence_file_read(const char *path, struct evidence **ret_evidence, struct error *err)
{
	BUF_SCOPED text = {0};
	int rc = platform_file_read(path, EVIDENCE_MAX_BYTES, &text, err);

	if (rc)
		return rc;
	rc = evidence_parse(text.data, text.len, ret_evidence, err);
	return rc ? error_wrap(err, "%s", path) : 0;
}

int evidence_file_write(const char *path, const struct evidence *evidence, struct error *err)
{
	BUF_SCOPED text = {0};
	json_t *json = evidence_to_json(evidence);

	if (json)
		json_text_print(&text, json, false);
	buf_append_text(&text, "\n");
	if (!json || text.failed) {
		json_decref(json);
		return error_set(err, ERROR_NO_MEMORY, "no memory for %s", path);
	}
	json_decref(json);
	return platform_file_keep(path, text.data, text.len, err);
}
