/* SPDX-License-Identifier: BSD-2-Clause */
#include "link/messages.h"

#include <stdio.h>
#include <string.h>

#include "core/evidence/record.h"
#include "core/evidence/record_rows.h"
#include "core/json/tree.h"
#include "core/verdict/json.h"

#define ANSWER "the collector's answer"

/* Parses an answer of this protocol's version. */
static int parse(const void *bytes, size_t len, struct json_tree *ret_tree, struct error *err)
{
	const char *version;
	int rc = json_tree_parse(bytes, len, MESSAGE_ANSWER_MAX, ret_tree, err);

	if (rc)
		return error_wrap(err, ANSWER);
	version = json_node_text(json_node_member(ret_tree->root, "version"));
	if (!version)
		return error_set(err, ERROR_MALFORMED,
			ANSWER ": version: missing; is this URL a vtpm-collector's?");
	if (strncmp(version, "1.", 2) == 0)
		return 0;
	return error_set(err, ERROR_UNSUPPORTED,
		"the collector speaks another version of the protocol; update the older one");
}

/* Of `json`, what the record's table says. */
static int read_members(
	const struct record *record, const struct json_node *json, void *ret, struct error *err)
{
	return record_read(record, json, ret, err) ? error_wrap(err, ANSWER) : 0;
}

static int missing(const char *member, struct error *err)
{
	return error_set(
		err, ERROR_MALFORMED, ANSWER ": %s: missing or not what it must be", member);
}

static const struct field credential_fields[] = {
	ROW_BYTES("ek_name", struct binding, ek_name, FIELD_HEX),
	ROW_BYTES("id_object", struct binding, id_object, FIELD_BASE64),
	ROW_BYTES("encrypted_secret", struct binding, encrypted_secret, FIELD_BASE64),
};
RECORD_OF(credential_record, struct binding, credential_fields);

static int read_credential(const struct json_node *json, struct binding *ret, struct error *err)
{
	if (!json || json->kind == JSON_NODE_NULL)
		return 0;
	if (record_read(&credential_record, json, ret, err))
		return error_wrap(err, ANSWER ": credential");
	if (ret->ek_name.len <= 2)
		return missing("credential: ek_name", err);
	if (!ret->id_object.len)
		return missing("credential: id_object", err);
	return ret->encrypted_secret.len ? 0 : missing("credential: encrypted_secret", err);
}

struct challenge_members {
	char challenge[PROTOCOL_CHALLENGE_MAX];
	struct {
		size_t len;
		uint8_t data[BINDING_NONCE_SIZE];
	} nonce;
};

static const struct field challenge_fields[] = {
	ROW_TEXT_NEEDED("challenge", struct challenge_members, challenge),
	ROW_BYTES("nonce", struct challenge_members, nonce, FIELD_BASE64),
};
RECORD_OF(challenge_record, struct challenge_members, challenge_fields);

int message_read_challenge(
	const void *bytes, size_t len, struct message_challenge *ret, struct error *err)
{
	struct challenge_members members = {0};
	struct message_challenge challenge = {0};
	JSON_TREE_SCOPED tree = {0};
	const char *selection;
	int rc = parse(bytes, len, &tree, err);

	if (!rc)
		rc = read_members(&challenge_record, tree.root, &members, err);
	if (!rc && members.nonce.len != BINDING_NONCE_SIZE)
		rc = missing("nonce", err);
	if (!rc)
		rc = read_credential(
			json_node_member(tree.root, "credential"), &challenge.binding, err);
	if (rc)
		return rc;
	selection = json_node_text(json_node_member(tree.root, "pcr_selection"));
	if (selection && strcmp(selection, "all") != 0)
		return error_set(err, ERROR_UNSUPPORTED,
			"the collector asks for other PCRs than all; update the agent");
	memcpy(challenge.id, members.challenge, sizeof(challenge.id));
	memcpy(challenge.binding.nonce, members.nonce.data, BINDING_NONCE_SIZE);
	*ret = challenge;
	return 0;
}

static const struct field answer_fields[] = {
	ROW_TEXT("uuid", struct message_result, uuid),
	ROW_TEXT("receipt", struct message_result, receipt),
	ROW_TEXT("event_log_ticket", struct message_result, event_log_ticket),
	ROW_TEXT_NEEDED("enrolment", struct message_result, enrolment),
	ROW_TEXT_NEEDED("received", struct message_result, received),
};
RECORD_OF(answer_record, struct message_result, answer_fields);

/* Null where the report was not kept. */
static int read_number(const struct json_node *json, uint64_t *ret_number, struct error *err)
{
	bool is_number = json && json->kind == JSON_NODE_INTEGER && json->integer > 0;

	if (!is_number && (!json || json->kind != JSON_NODE_NULL))
		return missing("report", err);
	*ret_number = is_number ? (uint64_t)json->integer : 0;
	return 0;
}

static uint64_t read_accepted(const struct json_node *accepted, const char *what)
{
	int64_t number = json_node_integer(json_node_member(accepted, what));

	return number > 0 ? (uint64_t)number : 0;
}

/* A word that this agent does not know is no reason that it could have. */
static enum reason_code read_accepted_reason(const struct json_node *accepted)
{
	const char *word = json_node_text(json_node_member(accepted, "reason"));

	return word ? reason_parse(word) : REASON_NONE;
}

int message_read_result(
	const void *bytes, size_t len, struct message_result *ret, struct error *err)
{
	struct message_result answer = {0};
	JSON_TREE_SCOPED tree = {0};
	const struct json_node *verdict, *accepted;
	int rc = parse(bytes, len, &tree, err);

	if (!rc)
		rc = read_members(&answer_record, tree.root, &answer, err);
	if (!rc)
		rc = read_number(json_node_member(tree.root, "report"), &answer.number, err);
	if (rc)
		return rc;
	answer.claim = (uint64_t)json_node_integer(json_node_member(tree.root, "claim"));
	accepted = json_node_member(tree.root, "accepted");
	answer.accepted_report = read_accepted(accepted, "report");
	answer.accepted_claim = read_accepted(accepted, "claim");
	answer.accepted_reason = read_accepted_reason(accepted);
	verdict = json_node_member(tree.root, "verdict");
	if (!verdict)
		return missing("verdict", err);
	if (verdict_read(verdict, &answer.verdict, err))
		return error_wrap(err, ANSWER);
	*ret = answer;
	return 0;
}

bool message_is_enrolled(const struct message_result *result)
{
	const struct verdict *verdict = &result->verdict;

	return result->number && verdict->continuity == CONTINUITY_FIRST_SEEN &&
	       verdict->status == VERDICT_NONE && verdict->event == EVENT_NONE &&
	       strcmp(result->enrolment, "accepted") == 0;
}

/* Remedies by status, where the collector's own words do not suffice. */
static const struct {
	unsigned status;
	enum error_code code;
	const char *what;
} refusals[] = {
	{400, ERROR_UNSUPPORTED, "the collector does not understand this agent: update the older"},
	{401, ERROR_PERMISSION,
		"the collector wants a credential that it knows: check --token-file or --cert"},
	{403, ERROR_PERMISSION,
		"this credential may not report for this VM: check --token-file or --cert"},
	{404, ERROR_UNSUPPORTED, "nothing there: does --url name a vtpm-collector?"},
	{407, ERROR_PERMISSION, "the proxy wants a credential"},
	{409, ERROR_TIMEOUT, "the challenge is no longer good: try again"},
	{413, ERROR_UNSUPPORTED, "the collector, or a proxy before it, takes no report so large"},
	{422, ERROR_UNSUPPORTED, "the collector cannot use this TPM's keys, or its event log"},
	{429, ERROR_TIMEOUT, "too many enrolments at once: try again later"},
	{503, ERROR_TIMEOUT, "the collector is busy: try again later"},
};

int message_refuse(unsigned status, const void *bytes, size_t len, struct error *err)
{
	const char *what = "an answer that this protocol does not have", *detail;
	enum error_code code = status >= 500 ? ERROR_TIMEOUT : ERROR_UNSUPPORTED;
	JSON_TREE_SCOPED tree = {0};

	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		if (refusals[i].status == status) {
			code = refusals[i].code;
			what = refusals[i].what;
		}
	}
	if (status >= 300 && status < 400)
		what = "the collector redirects elsewhere, which is not followed: correct --url";
	json_tree_parse(bytes, len, MESSAGE_ANSWER_MAX, &tree, err);
	detail = json_node_text(json_node_member(tree.root, "detail"));
	return error_set(err, code, detail ? "HTTP status %u: %s (%.160s)" : "HTTP status %u: %s",
		status, what, detail);
}
