/* SPDX-License-Identifier: BSD-2-Clause */
#include "link/verdict_file.h"

#include <jansson.h>

#include "core/json/text.h"
#include "core/json/tree.h"
#include "core/verdict/json.h"
#include "platform/system.h"

#define VERDICT_BYTES_MAX 65536

static int read_document(const struct json_node *root, struct verdict *ret_verdict,
	uint64_t *ret_iat, struct error *err)
{
	const struct json_node *iat = json_node_member(root, "iat");

	if (!iat || iat->kind != JSON_NODE_INTEGER || iat->integer < 0)
		return error_set(err, ERROR_MALFORMED, "iat: not a time");
	*ret_iat = (uint64_t)iat->integer;
	return verdict_read(root, ret_verdict, err);
}

int verdict_file_read(
	const char *path, struct verdict *ret_verdict, uint64_t *ret_iat, struct error *err)
{
	BUF_SCOPED text = {0};
	JSON_TREE_SCOPED tree = {0};
	int rc = platform_file_read(path, VERDICT_BYTES_MAX, &text, err);

	if (rc)
		return rc;
	rc = json_tree_parse(text.data, text.len, VERDICT_BYTES_MAX, &tree, err);
	if (!rc)
		rc = read_document(tree.root, ret_verdict, ret_iat, err);
	return rc ? error_wrap(err, "%s", path) : 0;
}

int verdict_file_write(
	const char *path, const struct verdict *verdict, uint64_t iat, struct error *err)
{
	BUF_SCOPED text = {0};
	json_t *json = verdict_to_json(verdict);

	if (json && !json_object_set_new(json, "iat", json_integer((json_int_t)iat)))
		json_text_print(&text, json, false);
	json_decref(json);
	buf_append_text(&text, "\n");
	if (text.len == 1 || text.failed)
		return error_set(err, ERROR_NO_MEMORY, "no memory for %s", path);
	return platform_file_keep(path, text.data, text.len, err);
}
