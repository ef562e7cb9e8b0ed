/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/verdict/json.h"

#include <stdio.h>
#include <string.h>

#include "core/json/text.h"

/* What the quote signs; whatever else the evidence says is the guest's word. */
static json_t *proven_facts(const struct verdict *verdict)
{
	if (!verdict->is_quote_verified)
		return json_array();
	return verdict->is_obfuscated
		       ? json_pack("[s, s]", "clock", "pcrs")
		       : json_pack("[s, s, s, s]", "clock", "counters", "firmware_version", "pcrs");
}

json_t *verdict_to_json(const struct verdict *verdict)
{
	json_t *reasons = json_array();
	json_t *json;

	for (size_t i = 0; reasons && i < verdict->reason_count; i++) {
		const struct reason *reason = &verdict->reasons[i];
		const char *remedy = reason_remedy(reason->code);
		json_t *object = json_pack("{s:s, s:o}", "code", reason_name(reason->code),
			"sentence", json_text_string(reason->sentence));

		if (object && *remedy &&
			json_object_set_new(object, "remedy", json_string(remedy))) {
			json_decref(object);
			object = NULL;
		}
		if (json_array_append_new(reasons, object)) {
			json_decref(reasons);
			reasons = NULL;
		}
	}
	json = json_pack("{s:s, s:s, s:s, s:s, s:b, s:o, s:i, s:o}", "format", "vtpm-verdict",
		"ear.status", verdict_status_name(verdict->status), "continuity",
		continuity_name(verdict->continuity), "event", event_name(verdict->event),
		"quote_verified", verdict->is_quote_verified, "proven", proven_facts(verdict),
		"exit_code", (int)verdict_exit_code(verdict->status), "reasons", reasons);
	return json;
}

static enum verdict_status parse_status(const char *name)
{
	unsigned status = VERDICT_AFFIRMING;

	while (status <= VERDICT_CONTRAINDICATED &&
		strcmp(verdict_status_name((enum verdict_status)status), name) != 0)
		status++;
	return status <= VERDICT_CONTRAINDICATED ? (enum verdict_status)status : VERDICT_NONE;
}

static enum continuity parse_continuity(const char *name)
{
	unsigned continuity = 0;

	while (continuity < CONTINUITY_COUNT &&
		strcmp(continuity_name((enum continuity)continuity), name) != 0)
		continuity++;
	return (enum continuity)continuity;
}

static enum reason_code parse_reason(const char *name)
{
	unsigned code = 0;

	while (code < REASON_COUNT && strcmp(reason_name((enum reason_code)code), name) != 0)
		code++;
	return (enum reason_code)code;
}

static bool has_word(const json_t *list, const char *wanted)
{
	const json_t *word;
	size_t i;

	json_array_foreach(list, i, word)
	{
		if (json_is_string(word) && strcmp(json_string_value(word), wanted) == 0)
			return true;
	}
	return false;
}

int verdict_from_json(const json_t *json, struct verdict *ret_verdict, struct error *err)
{
	struct verdict verdict = {0};
	const char *status, *continuity, *event, *code, *sentence;
	const json_t *reasons, *reason;
	int is_verified;
	size_t i;

	if (json_unpack((json_t *)json, "{s:s, s:s, s:s, s:b, s:o}", "ear.status", &status,
		    "continuity", &continuity, "event", &event, "quote_verified", &is_verified,
		    "reasons", &reasons) ||
		!json_array_size(reasons))
		return error_set(err, ERROR_MALFORMED, "verdict: a member is missing");
	verdict.status = parse_status(status);
	verdict.continuity = parse_continuity(continuity);
	verdict.event = event_parse(event);
	verdict.is_quote_verified = is_verified;
	verdict.is_obfuscated =
		is_verified && !has_word(json_object_get(json, "proven"), "counters");
	if (verdict.continuity == CONTINUITY_COUNT)
		return error_set(
			err, ERROR_UNSUPPORTED, "verdict: continuity: a word not known here");
	if (verdict.event == EVENT_COUNT)
		verdict.event = EVENT_NONE;
	json_array_foreach(reasons, i, reason)
	{
		struct reason *next = &verdict.reasons[verdict.reason_count];

		if (json_unpack(
			    (json_t *)reason, "{s:s, s:s}", "code", &code, "sentence", &sentence))
			return error_set(
				err, ERROR_MALFORMED, "verdict: reasons: a member is missing");
		next->code = parse_reason(code);
		snprintf(next->sentence, sizeof(next->sentence), "%s", sentence);
		if (++verdict.reason_count == VERDICT_REASONS_MAX)
			break;
	}
	*ret_verdict = verdict;
	return 0;
}
