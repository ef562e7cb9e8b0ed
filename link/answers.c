/* SPDX-License-Identifier: BSD-2-Clause */
#include "link/messages.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/base64.h"
#include "core/json/text.h"
#include "core/text.h"
#include "core/verdict/json.h"

/* Parses an answer of this protocol's version. */
static int parse(const void *bytes, size_t len, json_t **ret_json, struct error *err)
{
	const char *version;
	json_t *json = NULL;
	int rc;

	if (json_text_parse(bytes, len, MESSAGE_ANSWER_MAX, &json, err))
		return error_wrap(err, "the collector's answer");
	version = json_string_value(json_object_get(json, "version"));
	if (version && strncmp(version, "1.", 2) == 0) {
		*ret_json = json;
		return 0;
	}
	rc = error_set(err, version ? ERROR_UNSUPPORTED : ERROR_MALFORMED,
		version ? "the collector speaks another version of the protocol; update the older "
			  "one"
			: "the collector's answer: version: missing; is this URL a "
			  "vtpm-collector's?");
	json_decref(json);
	return rc;
}

static int malformed(const char *member, struct error *err)
{
	return error_set(err, ERROR_MALFORMED,
		"the collector's answer: %s: missing or not what it must be", member);
}

static int read_text(
	const json_t *json, const char *member, char *ret, size_t size, struct error *err)
{
	const json_t *value = json_object_get(json, member);

	if (!json_is_string(value) || json_string_length(value) >= size)
		return malformed(member, err);
	snprintf(ret, size, "%s", json_string_value(value));
	return 0;
}

static int read_bytes(const json_t *json, const char *member, uint8_t *ret, size_t size,
	size_t *ret_len, struct error *err)
{
	const json_t *value = json_object_get(json, member);
	long len = -1;

	if (json_is_string(value))
		len = base64_decode(json_string_value(value), json_string_length(value), ret, size);
	if (len <= 0)
		return malformed(member, err);
	*ret_len = (size_t)len;
	return 0;
}

static int read_credential(const json_t *json, struct binding *ret, struct error *err)
{
	const json_t *name = json_object_get(json, "ek_name");
	long len = -1;
	int rc;

	if (!json || json_is_null(json))
		return 0;
	if (json_is_string(name))
		len = text_unhex(json_string_value(name), json_string_length(name),
			ret->ek_name.data, sizeof(ret->ek_name.data));
	if (len <= 2)
		return malformed("credential: ek_name", err);
	ret->ek_name.len = (size_t)len;
	rc = read_bytes(json, "id_object", ret->id_object.data, sizeof(ret->id_object.data),
		&ret->id_object.len, err);
	if (rc)
		return rc;
	return read_bytes(json, "encrypted_secret", ret->encrypted_secret.data,
		sizeof(ret->encrypted_secret.data), &ret->encrypted_secret.len, err);
}

int message_read_challenge(
	const void *bytes, size_t len, struct message_challenge *ret, struct error *err)
{
	struct message_challenge challenge = {0};
	const char *selection;
	size_t nonce_len = 0;
	json_t *json = NULL;
	int rc = parse(bytes, len, &json, err);

	if (rc)
		return rc;
	rc = read_text(json, "challenge", challenge.id, sizeof(challenge.id), err);
	if (!rc)
		rc = read_bytes(json, "nonce", challenge.binding.nonce,
			sizeof(challenge.binding.nonce), &nonce_len, err);
	if (!rc && nonce_len != BINDING_NONCE_SIZE)
		rc = malformed("nonce", err);
	if (!rc)
		rc = read_credential(json_object_get(json, "credential"), &challenge.binding, err);
	selection = json_string_value(json_object_get(json, "pcr_selection"));
	if (!rc && selection && strcmp(selection, "all") != 0)
		rc = error_set(err, ERROR_UNSUPPORTED,
			"the collector asks for other PCRs than all; update the agent");
	json_decref(json);
	if (!rc)
		*ret = challenge;
	return rc;
}

int message_read_result(
	const void *bytes, size_t len, struct message_result *ret, struct error *err)
{
	struct message_result answer = {0};
	const json_t *number;
	json_t *json = NULL;
	int rc = parse(bytes, len, &json, err);

	if (rc)
		return rc;
	number = json_object_get(json, "report");
	if (!json_is_integer(number) || json_integer_value(number) < 0)
		rc = malformed("report", err);
	else
		answer.number = (uint64_t)json_integer_value(number);
	if (!rc)
		rc = read_text(json, "enrolment", answer.enrolment, sizeof(answer.enrolment), err);
	if (!rc)
		rc = read_text(json, "received", answer.received, sizeof(answer.received), err);
	if (!rc && verdict_from_json(json_object_get(json, "verdict"), &answer.verdict, err))
		rc = error_wrap(err, "the collector's answer");
	json_decref(json);
	if (!rc)
		*ret = answer;
	return rc;
}

/* Remedies by status, where the collector's own words do not suffice. */
static const struct {
	unsigned status;
	enum error_code code;
	const char *what;
} refusals[] = {
	{400, ERROR_UNSUPPORTED, "the collector does not understand this agent: update the older"},
	{401, ERROR_PERMISSION, "the collector wants a credential: set --token-file or --cert"},
	{403, ERROR_PERMISSION, "this credential may not report: use one of the role agent"},
	{404, ERROR_UNSUPPORTED, "nothing there: does --url name a vtpm-collector?"},
	{407, ERROR_PERMISSION, "the proxy wants a credential"},
	{409, ERROR_TIMEOUT, "the challenge is no longer good: try again"},
	{413, ERROR_UNSUPPORTED, "the collector, or a proxy before it, takes no report so large"},
	{422, ERROR_UNSUPPORTED, "the collector cannot use this TPM's keys"},
	{429, ERROR_TIMEOUT, "too many enrolments at once: try again later"},
	{503, ERROR_TIMEOUT, "the collector is busy: try again later"},
};

int message_refuse(unsigned status, const void *bytes, size_t len, struct error *err)
{
	const char *what = "an answer that this protocol does not have", *detail;
	enum error_code code = status >= 500 ? ERROR_TIMEOUT : ERROR_UNSUPPORTED;
	json_t *json = NULL;

	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		if (refusals[i].status == status) {
			code = refusals[i].code;
			what = refusals[i].what;
		}
	}
	if (status >= 300 && status < 400)
		what = "the collector redirects elsewhere, which is not followed: correct --url";
	if (json_text_parse(bytes, len, MESSAGE_ANSWER_MAX, &json, err))
		json = NULL;
	detail = json_string_value(json_object_get(json, "detail"));
	error_set(err, code, detail ? "HTTP status %u: %s (%.160s)" : "HTTP status %u: %s", status,
		what, detail);
	json_decref(json);
	return -(int)code;
}
