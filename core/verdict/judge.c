/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/verdict/judge.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/json/text.h"
#include "core/signed/beacon.h"
#include "core/signed/quote.h"
#include "core/verdict/judging.h"

static const char *const continuity_names[CONTINUITY_COUNT] = {
	[CONTINUITY_UNVERIFIED] = "unverified",
	[CONTINUITY_FIRST_SEEN] = "first-seen",
	[CONTINUITY_CONTINUOUS] = "continuous",
	[CONTINUITY_RESTARTED] = "restarted",
	[CONTINUITY_CRASHED] = "crashed",
	[CONTINUITY_CLEARED] = "cleared",
	[CONTINUITY_REPLACED] = "replaced",
	[CONTINUITY_CLONED] = "cloned",
	[CONTINUITY_ROLLED_BACK] = "rolled-back",
	[CONTINUITY_RESET_UNDER_GUEST] = "reset-under-guest",
	[CONTINUITY_MISSING] = "missing",
	[CONTINUITY_UNRESPONSIVE] = "unresponsive",
	[CONTINUITY_FAILED] = "failed",
};

static const char *const sentences[CONTINUITY_COUNT] = {
	[CONTINUITY_UNVERIFIED] = "nothing can be said about this vTPM",
	[CONTINUITY_FIRST_SEEN] = "no baseline yet to compare with",
	[CONTINUITY_CONTINUOUS] = "the same vTPM, not reset since the baseline",
	[CONTINUITY_RESTARTED] = "the same vTPM, restarted since the baseline",
	[CONTINUITY_CRASHED] = "the same vTPM, switched off without a shutdown",
	[CONTINUITY_CLEARED] = "the vTPM was cleared",
	[CONTINUITY_REPLACED] = "this is another vTPM",
	[CONTINUITY_CLONED] = "this vTPM belongs to another VM",
	[CONTINUITY_ROLLED_BACK] = "the vTPM runs on an older state",
	[CONTINUITY_RESET_UNDER_GUEST] = "the vTPM was reset under the running guest",
	[CONTINUITY_MISSING] = "there is no vTPM",
	[CONTINUITY_UNRESPONSIVE] = "the vTPM does not answer",
	[CONTINUITY_FAILED] = "the vTPM failed",
};

static const char *const event_names[EVENT_COUNT] = {
	[EVENT_NONE] = "none",
	[EVENT_LIVE_MIGRATION] = "live-migration",
	[EVENT_SOFT_REBOOT] = "soft-reboot",
	[EVENT_HARD_REBOOT] = "hard-reboot",
	[EVENT_COLD_MIGRATION] = "cold-migration",
	[EVENT_RESUME] = "resume",
	[EVENT_CLEAR] = "clear",
};

const char *continuity_name(enum continuity continuity)
{
	return (unsigned)continuity < CONTINUITY_COUNT ? continuity_names[continuity]
						       : "unverified";
}

const char *continuity_sentence(enum continuity continuity)
{
	return (unsigned)continuity < CONTINUITY_COUNT ? sentences[continuity]
						       : sentences[CONTINUITY_UNVERIFIED];
}

const char *event_name(enum event event)
{
	return (unsigned)event < EVENT_COUNT ? event_names[event] : "none";
}

enum event event_parse(const char *name)
{
	unsigned event = 0;

	while (event < EVENT_COUNT && strcmp(event_names[event], name) != 0)
		event++;
	return (enum event)event;
}

/* The status a continuity has at an event. */
static enum verdict_status status_of(enum continuity continuity, enum event event)
{
	switch (continuity) {
	case CONTINUITY_CONTINUOUS:
		return VERDICT_AFFIRMING;
	case CONTINUITY_RESTARTED:
		return event == EVENT_LIVE_MIGRATION ? VERDICT_CONTRAINDICATED : VERDICT_AFFIRMING;
	case CONTINUITY_CRASHED:
		if (event == EVENT_LIVE_MIGRATION)
			return VERDICT_CONTRAINDICATED;
		return event == EVENT_HARD_REBOOT ? VERDICT_AFFIRMING : VERDICT_WARNING;
	case CONTINUITY_CLEARED:
		return event == EVENT_CLEAR ? VERDICT_AFFIRMING : VERDICT_CONTRAINDICATED;
	case CONTINUITY_UNVERIFIED:
	case CONTINUITY_FIRST_SEEN:
	case CONTINUITY_COUNT:
		return VERDICT_NONE;
	default:
		return VERDICT_CONTRAINDICATED;
	}
}

__attribute__((format(printf, 3, 0))) static void add(
	struct verdict *verdict, enum reason_code code, const char *fmt, va_list args)
{
	struct reason *reason = &verdict->reasons[verdict->reason_count];

	if (verdict->reason_count == VERDICT_REASONS_MAX)
		return;
	verdict->reason_count++;
	reason->code = code;
	vsnprintf(reason->sentence, sizeof(reason->sentence), fmt, args);
}

bool continuity_decide(struct judging *judging, enum continuity continuity, enum reason_code code,
	const char *fmt, ...)
{
	va_list args;

	judging->verdict->continuity = continuity;
	judging->verdict->status = status_of(continuity, judging->verdict->event);
	va_start(args, fmt);
	add(judging->verdict, code, fmt, args);
	va_end(args);
	return true;
}

void continuity_add(
	struct judging *judging, bool lowers, enum reason_code code, const char *fmt, ...)
{
	va_list args;

	if (lowers && judging->verdict->status == VERDICT_AFFIRMING)
		judging->verdict->status = VERDICT_WARNING;
	va_start(args, fmt);
	add(judging->verdict, code, fmt, args);
	va_end(args);
}

const struct check *continuity_check(const struct judging *judging, const char *id)
{
	for (size_t i = 0; i < judging->checks.count; i++) {
		if (strcmp(judging->checks.items[i].id, id) == 0)
			return &judging->checks.items[i];
	}
	return NULL;
}

/* A TPM never makes the same quote twice: the clock in it runs. */
static bool is_same_quote(const struct evidence_quote *a, const struct evidence_quote *b)
{
	return a->attest.len == b->attest.len &&
	       memcmp(a->attest.data, b->attest.data, a->attest.len) == 0;
}

void continuity_verify(const struct evidence *evidence, const struct continuity_nonces *nonces,
	struct continuity_side *ret_side)
{
	const struct crypto_bytes *quote = nonces && nonces->quote.len ? &nonces->quote : NULL;
	const struct crypto_bytes *beacon = nonces && nonces->beacon.len ? &nonces->beacon : NULL;

	*ret_side = (struct continuity_side){.evidence = evidence};
	if (quote_verify(evidence, quote ? quote->bytes : NULL, quote ? quote->len : 0,
		    &ret_side->quote, &ret_side->error)) {
		ret_side->fault = ret_side->error.code == ERROR_NOT_FOUND ? REASON_NO_QUOTE
									  : REASON_BAD_QUOTE;
		return;
	}
	if (evidence->beacon.part.state == PART_READ &&
		beacon_verify(evidence, &ret_side->quote, beacon, &ret_side->error)) {
		ret_side->fault = REASON_BAD_QUOTE;
		error_wrap(&ret_side->error, "the beacon");
		return;
	}
	ret_side->is_verified = true;
}

void continuity_recall(const struct evidence *evidence, struct continuity_side *ret_side)
{
	const struct evidence_quote *quote = &evidence->quote;

	*ret_side = (struct continuity_side){.evidence = evidence, .fault = REASON_BAD_QUOTE};
	ret_side->is_verified = attest_read_quote(quote->attest.data, quote->attest.len,
					&ret_side->quote, &ret_side->error) == 0;
}

/* Nothing in a document is believed that is not verified. Returns true when that ends the matter.
 */
static bool is_unproven(struct judging *judging, const struct continuity_side *baseline,
	const struct continuity_side *side)
{
	if (!side->is_verified)
		return side->fault == REASON_NO_QUOTE
			       ? continuity_judge_unquoted(judging, &side->error)
			       : continuity_decide(judging, CONTINUITY_UNVERIFIED, side->fault,
					 "%s", side->error.message);
	judging->verdict->is_quote_verified = true;
	judging->verdict->is_obfuscated = side->quote.is_obfuscated;
	judging->now = side->quote;
	if (!baseline)
		return false;
	if (!baseline->is_verified)
		return continuity_decide(judging, CONTINUITY_UNVERIFIED, REASON_BAD_BASELINE,
			"the baseline: %s", baseline->error.message);
	judging->then = baseline->quote;
	if (is_same_quote(&baseline->evidence->quote, &side->evidence->quote))
		return continuity_decide(judging, CONTINUITY_UNVERIFIED, REASON_NOT_FRESH,
			"this is the baseline's own quote: it says nothing about what came after");
	return false;
}

void continuity_compare(const struct continuity_side *baseline, const struct continuity_side *side,
	enum event event, struct verdict *ret_verdict)
{
	struct judging judging = {.baseline = baseline ? baseline->evidence : NULL,
		.evidence = side->evidence,
		.verdict = ret_verdict};

	*ret_verdict = (struct verdict){.event = event};
	checks_run(side->evidence, &(struct checks_options){0}, &judging.checks);
	if (continuity_judge_access(&judging) || is_unproven(&judging, baseline, side))
		return;
	if (!continuity_judge_identity(&judging) && !continuity_judge_counters(&judging))
		continuity_judge_history(&judging);
	continuity_note(&judging);
}

void continuity_judge(const struct evidence *baseline, const struct evidence *evidence,
	enum event event, const uint8_t *nonce, size_t nonce_len, struct verdict *ret_verdict)
{
	const struct continuity_nonces nonces = {.quote = {nonce, nonce ? nonce_len : 0}};
	struct continuity_side then, now;

	continuity_verify(evidence, &nonces, &now);
	if (baseline)
		continuity_verify(baseline, NULL, &then);
	continuity_compare(baseline ? &then : NULL, &now, event, ret_verdict);
}

void continuity_conclude(struct verdict *ret_verdict, enum continuity continuity, enum event event,
	enum reason_code code, const char *fmt, ...)
{
	va_list args;

	*ret_verdict = (struct verdict){
		.status = status_of(continuity, event), .continuity = continuity, .event = event};
	va_start(args, fmt);
	add(ret_verdict, code, fmt, args);
	va_end(args);
}

bool continuity_moves_baseline(const struct verdict *verdict)
{
	switch (verdict->continuity) {
	case CONTINUITY_FIRST_SEEN:
	case CONTINUITY_CONTINUOUS:
	case CONTINUITY_RESTARTED:
	case CONTINUITY_CRASHED:
		return verdict->status != VERDICT_CONTRAINDICATED;
	default:
		return false;
	}
}

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
