/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/confirm/relay_check.h"

#include <string.h>

#include "core/base64.h"
#include "core/json/tree.h"
#include "core/signed/binding.h"
#include "core/text.h"

static bool is_same_vm(const char *named, const char *uuid)
{
	char left[TEXT_UUID_SIZE], right[TEXT_UUID_SIZE];

	return named && text_uuid(named, left) && text_uuid(uuid, right) && !strcmp(left, right);
}

static int refuse(const char *what, const char *named, const char *uuid, struct error *err)
{
	return error_set(err, ERROR_MALFORMED,
		"%s is of VM %.64s, and the domain is %s: not believed", what,
		named && *named ? named : "(none)", uuid);
}

static int parse(const struct buf *message, struct json_tree *ret_tree, struct error *err)
{
	if (json_tree_parse(message->data, message->len, PROTOCOL_REPORT_BYTES_MAX, ret_tree, err))
		return error_wrap(err, "what the guest gave to carry");
	return 0;
}

static int read_carried(const struct json_node *message, struct buf *to, struct error *err)
{
	const struct json_node *member = json_node_member(message, "evidence");
	const char *text = json_node_text(member);
	uint8_t *room = text ? buf_reserve(to, member->len) : NULL;
	long len = room ? base64_decode(text, member->len, room, member->len) : -1;

	if (to->failed)
		return error_set(err, ERROR_NO_MEMORY, "no memory for the guest's evidence");
	if (len < 0)
		return error_set(err, ERROR_MALFORMED, "the guest's report has no evidence");
	to->len += (size_t)len;
	return 0;
}

/* The evidence inside a message says whose it is, too. */
static int check_carried(const struct json_node *message, const char *uuid, struct error *err)
{
	JSON_TREE_SCOPED tree = {0};
	BUF_SCOPED bytes = {0};
	const char *named;
	int rc = read_carried(message, &bytes, err);

	if (rc)
		return rc;
	if (json_tree_parse(bytes.data, bytes.len, EVIDENCE_MAX_BYTES, &tree, err))
		return error_wrap(err, "the guest's evidence");
	named = json_node_text(json_node_member(json_node_member(tree.root, "smbios"), "uuid"));
	return is_same_vm(named, uuid) ? 0 : refuse("the guest's evidence", named, uuid, err);
}

int relay_check_question(
	const struct buf *question, const char *uuid, bool *ret_is_distress, struct error *err)
{
	JSON_TREE_SCOPED tree = {0};
	const char *named;
	bool is_distress;
	int rc = parse(question, &tree, err);

	if (rc)
		return rc;
	named = json_node_text(json_node_member(tree.root, "uuid"));
	if (!is_same_vm(named, uuid))
		return refuse("the guest's question", named, uuid, err);
	is_distress = json_node_member(tree.root, "evidence") != NULL;
	rc = is_distress ? check_carried(tree.root, uuid, err) : 0;
	if (!rc)
		*ret_is_distress = is_distress;
	return rc;
}

int relay_check_report(
	const struct buf *report, const char *uuid, const char *challenge, struct error *err)
{
	JSON_TREE_SCOPED tree = {0};
	const char *answered;
	int rc = parse(report, &tree, err);

	if (rc)
		return rc;
	answered = json_node_text(json_node_member(tree.root, "challenge"));
	if (!answered || strcmp(answered, challenge) != 0)
		return error_set(err, ERROR_MALFORMED,
			"the guest's report answers another challenge than the one that was "
			"carried to it: not believed");
	return check_carried(tree.root, uuid, err);
}

int relay_judge_report(const struct buf *report, struct checks *ret_checks, struct error *err)
{
	EVIDENCE_SCOPED *evidence = NULL;
	JSON_TREE_SCOPED tree = {0};
	BUF_SCOPED bytes = {0};
	int rc = parse(report, &tree, err);

	if (!rc)
		rc = read_carried(tree.root, &bytes, err);
	if (rc)
		return rc;
	if (evidence_parse(bytes.data, bytes.len, &evidence, err))
		return error_wrap(err, "the guest's evidence");
	checks_run(evidence, &(struct checks_options){0}, ret_checks);
	return 0;
}

int relay_check_answer(const char *named, const char *uuid, struct error *err)
{
	return is_same_vm(named, uuid) ? 0 : refuse("the collector's answer", named, uuid, err);
}

int relay_check_evidence(const char *named, const char *uuid, struct error *err)
{
	return !*named || is_same_vm(named, uuid)
		       ? 0
		       : refuse("the guest's evidence", named, uuid, err);
}
