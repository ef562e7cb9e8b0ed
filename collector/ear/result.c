/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/ear/result.h"

#include <jansson.h>
#include <stdio.h>

#include "collector/store/store_words.h"
#include "core/text.h"
#include "version.h"

/* More than clocks of instances differ. */
#define CLOCKS_DIFFER_MS 60000

/* Values of AR4SI (draft-ietf-rats-ar4si), section 2.3.1. */
enum identity { IDENTITY_NO_CLAIM = 0, RECOGNIZED = 2, COMPROMISED = 96, NOT_RECOGNIZED = 97 };

/* When the newest report that leads to what is shown was judged, kept or noted. */
static uint64_t judged_ms(const struct store_vm *vm)
{
	return vm->seen_ms > vm->received_ms ? vm->seen_ms : vm->received_ms;
}

/* Until when a report is what it said itself: the next one is late from then on, as for silence. */
static uint64_t good_until_s(const struct store_vm *vm)
{
	const uint64_t span_s = vm->interval_s ? 2 * (uint64_t)vm->interval_s : EAR_UNPROMISED_S;

	return judged_ms(vm) / 1000 + span_s;
}

static bool is_awaited(const struct ear_question *question)
{
	const struct store_vm *vm = question->vm;

	/* While what was announced may still come, a report says nothing of it. */
	const bool may_come =
		vm->announced != EVENT_NONE && question->now_ms < vm->announced_until_ms;

	return vm->awaited_s || vm->asked_ms || may_come;
}

/* The word for why what is shown of the VM may be no longer so; NULL: nothing speaks against it. */
static const char *find_doubt(const struct ear_question *question)
{
	const struct store_vm *vm = question->vm;

	if (vm->enrolment != STORE_ENROLMENT_ACCEPTED)
		return "waiting";
	if (question->lost && vm->head.id <= question->lost)
		return "lost-report";
	if (vm->silent_ms)
		return "silent";
	if (is_awaited(question))
		return "awaited";
	if (judged_ms(vm) > question->now_ms + CLOCKS_DIFFER_MS)
		return "clock";
	return question->now_ms / 1000 >= good_until_s(vm) ? "old" : NULL;
}

/* What is bad stays so until something shows that it is over. */
static enum verdict_status status_of(const struct ear_question *question)
{
	if (question->vm->status != VERDICT_CONTRAINDICATED && find_doubt(question))
		return VERDICT_NONE;
	return question->vm->status;
}

/* Of AR4SI's elements the one that keys prove. What was booted is compared with the boot before and
 * with no reference value: that is no claim about executables or configuration. */
static enum identity identity_of(const struct ear_question *question)
{
	const struct store_vm *vm = question->vm;

	switch (status_of(question)) {
	case VERDICT_AFFIRMING:
	case VERDICT_WARNING:
		return RECOGNIZED;
	case VERDICT_CONTRAINDICATED:
		if (vm->continuity == CONTINUITY_CLONED)
			return COMPROMISED;
		return vm->continuity == CONTINUITY_REPLACED ? NOT_RECOGNIZED : IDENTITY_NO_CLAIM;
	default:
		return IDENTITY_NO_CLAIM;
	}
}

static json_t *time_json(uint64_t ms)
{
	char text[TEXT_TIME_SIZE];

	return ms ? json_string(text_time_ms(ms, text)) : json_null();
}

static json_t *hash_json(const struct store_link *link)
{
	char hex[2 * STORE_HASH_SIZE + 1];

	if (!link->id)
		return json_null();
	text_hex(link->hash, sizeof(link->hash), hex, sizeof(hex));
	return json_string(hex);
}

/* What the operator's page shows, and from when. */
static json_t *shown_json(const struct ear_question *question)
{
	const struct store_vm *vm = question->vm;

	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s?, s:o, s:o, s:o, s:o, s:o}", "uuid",
		vm->uuid, "enrolment", store_enrolment_name(vm->enrolment), "enrolment_policy",
		question->policy, "status", verdict_status_name(vm->status), "continuity",
		continuity_name(vm->continuity), "reason", vm->reason, "doubt",
		find_doubt(question), "report",
		vm->head.id ? json_integer((json_int_t)vm->head.id) : json_null(), "hash",
		hash_json(&vm->head), "received", time_json(vm->received_ms), "seen",
		time_json(judged_ms(vm)), "claimed", time_json(vm->claimed_ms));
}

static json_t *appraisal_json(const struct ear_question *question)
{
	return json_pack("{s:s, s:{s:i}, s:o}", "ear.status",
		verdict_status_name(status_of(question)), "ear.trustworthiness-vector",
		"instance-identity", (int)identity_of(question), "vtpm-agent.verdict",
		shown_json(question));
}

static uint64_t expires_s(const struct ear_question *question)
{
	const uint64_t latest_s = question->now_ms / 1000 + EAR_VALID_S;
	const uint64_t good_s = good_until_s(question->vm);

	return !find_doubt(question) && good_s < latest_s ? good_s : latest_s;
}

/* NULL where `claims` is, or memory is short. */
static json_t *with_nonce(json_t *claims, const char *nonce)
{
	if (!json_object_set_new(claims, "eat_nonce", json_string(nonce)))
		return claims;
	json_decref(claims);
	return NULL;
}

json_t *ear_claims(const struct ear_question *question)
{
	char subject[sizeof("urn:uuid:") + TEXT_UUID_SIZE];
	json_t *claims;

	snprintf(subject, sizeof(subject), "urn:uuid:%s", question->vm->uuid);
	claims = json_pack("{s:s, s:I, s:I, s:s, s:{s:s, s:s}, s:{s:o}}", "eat_profile",
		EAR_PROFILE, "iat", (json_int_t)(question->now_ms / 1000), "exp",
		(json_int_t)expires_s(question), "sub", subject, "ear.verifier-id", "developer",
		"vtpm-agent", "build", "vtpm-collector " VTPM_VERSION, "submods", "vtpm",
		appraisal_json(question));
	return question->nonce ? with_nonce(claims, question->nonce) : claims;
}
