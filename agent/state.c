/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/state.h"

#include <jansson.h>
#include <stdio.h>

#include "core/json/text.h"
#include "core/json/tree.h"
#include "core/verdict/json.h"
#include "link/evidence_file.h"
#include "platform/system.h"

#define VERDICT_BYTES_MAX 65536

static const char baseline_file[] = "baseline.json";
static const char verdict_file[] = "verdict.json";

const char *state_directory(const char *given)
{
	return *given ? given : platform_state_path();
}

static int make_path(
	const char *directory, const char *name, char *ret_path, size_t size, struct error *err)
{
	int len = snprintf(ret_path, size, "%s/%s", directory, name);

	if (len < 0 || (size_t)len >= size)
		return error_set(err, ERROR_TOO_LARGE, "the state directory's name is too long");
	return 0;
}

static int write_document(const char *directory, const char *name, json_t *json, struct error *err)
{
	BUF_SCOPED text = {0};
	char path[1200];
	int rc = make_path(directory, name, path, sizeof(path), err);

	if (!rc && json)
		json_text_print(&text, json, false);
	buf_append_text(&text, "\n");
	if (!rc && (!json || text.failed))
		rc = error_set(err, ERROR_NO_MEMORY, "no memory for %s", name);
	if (!rc)
		rc = platform_directory_make(directory, err);
	return rc ? rc : platform_file_replace(path, text.data, text.len, err);
}

int state_read_baseline(const char *directory, struct evidence **ret_evidence, struct error *err)
{
	char path[1200];
	int rc = make_path(directory, baseline_file, path, sizeof(path), err);

	return rc ? rc : evidence_file_read(path, ret_evidence, err);
}

int state_write_baseline(const char *directory, const struct evidence *evidence, struct error *err)
{
	json_t *json = evidence_to_json(evidence);
	int rc = write_document(directory, baseline_file, json, err);

	json_decref(json);
	return rc;
}

int state_read_verdict(
	const char *directory, struct verdict *ret_verdict, uint64_t *ret_iat, struct error *err)
{
	BUF_SCOPED text = {0};
	JSON_TREE_SCOPED tree = {0};
	const struct json_node *iat;
	char path[1200];
	int rc = make_path(directory, verdict_file, path, sizeof(path), err);

	if (!rc)
		rc = platform_file_read(path, VERDICT_BYTES_MAX, &text, err);
	if (!rc)
		rc = json_tree_parse(text.data, text.len, VERDICT_BYTES_MAX, &tree, err);
	if (rc)
		return rc;
	iat = json_node_member(tree.root, "iat");
	if (!iat || iat->kind != JSON_NODE_INTEGER || iat->integer < 0)
		return error_set(err, ERROR_MALFORMED, "%s: iat: not a time", path);
	rc = verdict_read(tree.root, ret_verdict, err);
	if (!rc)
		*ret_iat = (uint64_t)iat->integer;
	return rc;
}

int state_write_verdict(
	const char *directory, const struct verdict *verdict, uint64_t iat, struct error *err)
{
	json_t *json = verdict_to_json(verdict);
	int rc;

	if (json && json_object_set_new(json, "iat", json_integer((json_int_t)iat))) {
		json_decref(json);
		json = NULL;
	}
	rc = write_document(directory, verdict_file, json, err);
	json_decref(json);
	return rc;
}

int state_reset(const char *directory, unsigned *ret_count, struct error *err)
{
	/* The verdict first: it must not tell of a baseline that is gone. */
	static const char *const names[] = {verdict_file, baseline_file};
	unsigned count = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[1200];
		int rc = make_path(directory, names[i], path, sizeof(path), err);

		if (!rc)
			rc = platform_file_remove(path, err);
		if (rc && rc != -ERROR_NOT_FOUND)
			return rc;
		count += !rc;
	}
	*ret_count = count;
	return 0;
}
