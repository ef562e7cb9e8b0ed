/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/confirm/baseline_transfer.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "core/json/text.h"
#include "core/json/tree.h"
#include "core/signed/quote.h"
#include "core/verdict/json.h"
#include "core/verdict/judge.h"
#include "host/confirm/baseline_file.h"
#include "host/confirm/relay_check.h"
#include "link/evidence_file.h"
#include "link/verdict_file.h"
#include "platform/system.h"

#define FORMAT "vtpm-host-baseline/1"

/* --- out --- */

/* What has not ended, or null. */
static int read_kept(const char *directory, const char *uuid, json_t **ret_kept, struct error *err)
{
	struct verdict kept;
	char path[BASELINE_PATH_SIZE];
	uint64_t iat;
	int rc = baseline_file_name(directory, uuid, BASELINE_VERDICT, path, err);

	if (!rc)
		rc = verdict_file_read(path, &kept, &iat, err);
	if (rc && rc != -ERROR_NOT_FOUND)
		return rc;
	*ret_kept = rc ? json_null() : verdict_to_json(&kept);
	return *ret_kept ? 0 : error_set(err, ERROR_NO_MEMORY, "out of memory");
}

int baseline_export(const char *directory, const char *uuid, struct buf *to, struct error *err)
{
	EVIDENCE_SCOPED *evidence = NULL;
	BUF_SCOPED document = {0};
	char path[BASELINE_PATH_SIZE];
	json_t *kept = NULL, *json;
	int rc = baseline_file_name(directory, uuid, "", path, err);

	if (!rc)
		rc = platform_file_read(path, EVIDENCE_MAX_BYTES, &document, err);
	if (rc)
		return rc;
	rc = evidence_parse(document.data, document.len, &evidence, err);
	if (rc)
		return error_wrap(err, "%s", path);
	rc = read_kept(directory, uuid, &kept, err);
	if (rc)
		return rc;
	json = json_pack("{s:s, s:s, s:s%, s:o}", "format", FORMAT, "uuid", uuid, "evidence",
		(const char *)document.data, document.len, "verdict", kept);
	if (json)
		json_text_print(to, json, false);
	buf_append_text(to, "\n");
	if (!json || to->failed)
		rc = error_set(err, ERROR_NO_MEMORY, "out of memory");
	json_decref(json);
	return rc;
}

/* --- in --- */

struct line {
	struct json_tree tree;
	const char *text; /* of the document, in the tree */
	struct evidence *evidence;
	bool has_verdict;
	struct verdict verdict; /* what had not ended where it comes from */
};

static void free_line(struct line *line)
{
	evidence_free(line->evidence);
	json_tree_free(&line->tree);
}

static int read_evidence(struct line *line, const char *uuid, struct error *err)
{
	struct attest_quote quote;
	int rc = evidence_parse(line->text, strlen(line->text), &line->evidence, err);

	if (rc)
		return error_wrap(err, "evidence");
	if (relay_check_evidence(line->evidence->smbios.uuid, uuid, err))
		return error_set(err, ERROR_UNSUPPORTED, "its evidence is of another VM");
	rc = quote_verify(line->evidence, NULL, 0, &quote, err);
	return rc ? error_wrap(err, "its quote is not to be verified") : 0;
}

static int read_line(const void *bytes, size_t len, struct line *line,
	char ret_uuid[TEXT_UUID_SIZE], struct error *err)
{
	const struct json_node *root, *verdict;
	const char *format, *uuid;
	int rc = json_tree_parse(bytes, len, BASELINE_LINE_MAX, &line->tree, err);

	if (rc)
		return rc;
	root = line->tree.root;
	format = json_node_text(json_node_member(root, "format"));
	uuid = json_node_text(json_node_member(root, "uuid"));
	verdict = json_node_member(root, "verdict");
	line->text = json_node_text(json_node_member(root, "evidence"));
	if (!format || strcmp(format, FORMAT) != 0)
		return error_set(err, ERROR_UNSUPPORTED, "format: not \"" FORMAT "\"");
	if (!uuid || !text_uuid(uuid, ret_uuid))
		return error_set(err, ERROR_MALFORMED, "uuid: not one");
	if (!line->text)
		return error_set(err, ERROR_MALFORMED, "evidence: not a text");
	line->has_verdict = verdict && verdict->kind == JSON_NODE_OBJECT;
	if (line->has_verdict)
		rc = verdict_read(verdict, &line->verdict, err);
	return rc ? error_wrap(err, "verdict") : read_evidence(line, ret_uuid, err);
}

/* What is here already; none is no error. */
static int read_own(const char *path, struct evidence **ret_own, struct error *err)
{
	int rc = evidence_file_read(path, ret_own, err);

	return rc == -ERROR_NOT_FOUND ? 0 : rc;
}

/* By the guest's own clock: both are of one guest. */
static const struct evidence *judge(const struct evidence *own, const struct evidence *other,
	enum event event, struct baseline_import *import)
{
	bool is_own_newer = own->iat >= other->iat;
	const struct evidence *older = is_own_newer ? other : own;
	const struct evidence *newer = is_own_newer ? own : other;

	continuity_judge(older, newer, event, NULL, 0, &import->verdict);
	import->is_compared = true;
	import->status = import->verdict.status;
	return continuity_moves_baseline(&import->verdict) ? newer : older;
}

/* What was not over there is not over here; what is found here comes first. */
static int remember(const char *directory, const struct line *line,
	const struct baseline_import *import, struct error *err)
{
	bool is_broken = import->status == VERDICT_CONTRAINDICATED;
	char path[BASELINE_PATH_SIZE];
	int rc = baseline_file_name(directory, import->uuid, BASELINE_VERDICT, path, err);

	if (rc || !(is_broken || line->has_verdict) || platform_file_is_there(path))
		return rc;
	return verdict_file_write(
		path, is_broken ? &import->verdict : &line->verdict, line->evidence->iat, err);
}

static int take(const char *directory, const struct line *line, enum event event,
	struct baseline_import *import, struct error *err)
{
	EVIDENCE_SCOPED *own = NULL;
	char path[BASELINE_PATH_SIZE];
	const struct evidence *kept = line->evidence;
	int rc = baseline_file_name(directory, import->uuid, "", path, err);

	if (!rc)
		rc = platform_directory_make(directory, err);
	if (!rc)
		rc = read_own(path, &own, err);
	if (rc)
		return rc;
	import->status = VERDICT_AFFIRMING;
	if (own)
		kept = judge(own, line->evidence, event, import);
	/* The memory of what is wrong first: without a baseline beside it, it counts, too. */
	rc = remember(directory, line, import, err);
	if (!rc && line->has_verdict)
		import->status = VERDICT_CONTRAINDICATED;
	if (!rc && kept == line->evidence)
		rc = platform_file_keep(path, line->text, strlen(line->text), err);
	return rc;
}

int baseline_import(const char *directory, const void *bytes, size_t len, enum event event,
	struct baseline_import *ret_import, struct error *err)
{
	struct line line = {0};
	int rc;

	*ret_import = (struct baseline_import){.status = VERDICT_NONE};
	rc = read_line(bytes, len, &line, ret_import->uuid, err);
	if (!rc)
		rc = take(directory, &line, event, ret_import, err);
	free_line(&line);
	return rc;
}
