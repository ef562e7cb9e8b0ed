/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/webhook/webhook_event.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "collector/sender_json.h"
#include "collector/store/store_silence.h"
#include "collector/store/store_snapshot.h"
#include "core/json/text.h"

#define TYPE_PREFIX "org.vtpm-agent."

struct reading {
	struct webhook_verdict *appraisals;
	size_t count;
};

/* The record behind a report; nothing of it where the report is of before there were disks. */
static struct store_vm record_of(const struct store_appraisal *appraisal)
{
	struct store_vm vm = {0};
	struct error ignored;

	store_snapshot_read(&appraisal->snapshot, appraisal->uuid, &appraisal->link, &vm, &ignored);
	return vm;
}

static bool take_appraisal(const struct store_appraisal *appraisal, void *context)
{
	struct reading *reading = context;
	struct webhook_verdict *to = &reading->appraisals[reading->count++];
	const struct store_vm vm = record_of(appraisal);

	*to = (struct webhook_verdict){.id = appraisal->link.id,
		.previous = appraisal->prev.id,
		.received_ms = appraisal->received_ms,
		.event = appraisal->event,
		.status = appraisal->status,
		.continuity = appraisal->continuity,
		.sender = appraisal->sender,
		.disks = vm.disks_failing,
		.sealed = vm.disks_sealed};
	memcpy(to->uuid, appraisal->uuid, sizeof(to->uuid));
	memcpy(to->reason, appraisal->reason, sizeof(to->reason));
	return true;
}

static bool take_before(const struct store_appraisal *appraisal, void *context)
{
	struct webhook_verdict *to = context;

	to->has_before = true;
	to->status_before = appraisal->status;
	to->continuity_before = appraisal->continuity;
	to->disks_before = record_of(appraisal).disks_failing;
	return false;
}

int webhook_read_verdicts(struct store *store, uint64_t after, struct webhook_verdict appraisals[],
	size_t max, size_t *ret_count, struct error *err)
{
	struct reading reading = {.appraisals = appraisals};
	int rc = store_list_appraisals(store, after, max, take_appraisal, &reading, err);

	for (size_t i = 0; !rc && i < reading.count; i++) {
		if (appraisals[i].previous)
			rc = store_read_appraisal(
				store, appraisals[i].previous, take_before, &appraisals[i], err);
		if (rc == -ERROR_NOT_FOUND)
			rc = 0;
	}
	if (!rc)
		*ret_count = reading.count;
	return rc;
}

static void print(struct buf *to, const char *kind, uint64_t number, const char *type,
	const char *uuid, uint64_t ms, json_t *data)
{
	char id[48], at[TEXT_TIME_SIZE];
	json_t *json;

	snprintf(id, sizeof(id), "%s-%" PRIu64, kind, number);
	json = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o}", "specversion", "1.0", "id", id,
		"source", "urn:vtpm-collector", "type", type, "subject", uuid, "time",
		text_time_ms(ms, at), "datacontenttype", "application/json", "data", data);
	if (json)
		json_text_print(to, json, false);
	else
		to->failed = true;
	json_decref(json);
}

/* A VM that is new and well is not worth an event. */
bool webhook_is_worth_telling(const struct webhook_verdict *appraisal)
{
	if (appraisal->kind == WEBHOOK_DISKS)
		return appraisal->disks != appraisal->disks_before;
	if (appraisal->previous)
		return !appraisal->has_before || appraisal->status != appraisal->status_before ||
		       appraisal->continuity != appraisal->continuity_before;
	return appraisal->status == VERDICT_WARNING || appraisal->status == VERDICT_CONTRAINDICATED;
}

static void disks_event(struct buf *to, const struct webhook_verdict *appraisal)
{
	print(to, "disks", appraisal->id,
		appraisal->disks ? TYPE_PREFIX "disks.will-not-open"
				 : TYPE_PREFIX "disks.will-open",
		appraisal->uuid, appraisal->received_ms,
		json_pack("{s:s, s:I, s:I, s:I, s:I, s:s, s:i}", "uuid", appraisal->uuid, "report",
			(json_int_t)appraisal->id, "will_not_open", (json_int_t)appraisal->disks,
			"sealed", (json_int_t)appraisal->sealed, "before",
			(json_int_t)appraisal->disks_before, "continuity",
			continuity_name(appraisal->continuity), "merged", (int)appraisal->merged));
}

static void verdict_event(struct buf *to, const struct webhook_verdict *appraisal)
{
	json_t *before = NULL, *worst = NULL;

	if (appraisal->has_before)
		before = json_pack("{s:s, s:s}", "status",
			verdict_status_name(appraisal->status_before), "continuity",
			continuity_name(appraisal->continuity_before));
	if (appraisal->merged)
		worst = json_string(verdict_status_name(appraisal->worst));
	print(to, "report", appraisal->id,
		appraisal->continuity == CONTINUITY_REPLACED ? TYPE_PREFIX "vtpm.replaced"
							     : TYPE_PREFIX "verdict.changed",
		appraisal->uuid, appraisal->received_ms,
		json_pack("{s:s, s:I, s:s, s:s, s:s, s:s, s:o, s:o, s:i, s:o}", "uuid",
			appraisal->uuid, "report", (json_int_t)appraisal->id, "event",
			event_name(appraisal->event), "status",
			verdict_status_name(appraisal->status), "continuity",
			continuity_name(appraisal->continuity), "reason", appraisal->reason,
			"before", before ? before : json_null(), "sender",
			sender_json(&appraisal->sender), "merged", (int)appraisal->merged, "worst",
			worst ? worst : json_null()));
}

void webhook_verdict_event(struct buf *to, const struct webhook_verdict *appraisal)
{
	if (appraisal->kind == WEBHOOK_DISKS)
		disks_event(to, appraisal);
	else
		verdict_event(to, appraisal);
}

/* NULL: it is told to nobody. */
static const char *type_of(const struct store_audit *audit)
{
	static const struct {
		const char *action, *type;
	} types[] = {
		{"accept", TYPE_PREFIX "baseline.accepted"},
		{STORE_SILENT_ACTION, TYPE_PREFIX "vm.silent"},
		{STORE_HEARD_ACTION, TYPE_PREFIX "vm.heard"},
		{STORE_FORGOTTEN_ACTION, TYPE_PREFIX "vm.forgotten"},
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (!strcmp(audit->action, types[i].action))
			return types[i].type;
	}
	return NULL;
}

void webhook_audit_event(struct buf *to, const struct store_audit *audit)
{
	const char *type = type_of(audit);

	if (!type)
		return;
	print(to, "audit", audit->link.id, type, audit->uuid, audit->at_ms,
		json_pack("{s:s, s:o, s:o}", "uuid", audit->uuid, "actor",
			json_text_string(audit->actor), "detail", json_text_string(audit->detail)));
}

static json_t *hex_json(const uint8_t *bytes, size_t len)
{
	char hex[2 * EVIDENCE_NAME_MAX + 1];

	text_hex(bytes, len, hex, sizeof(hex));
	return json_string(hex);
}

void webhook_claim_event(struct buf *to, const struct store_claim *claim)
{
	json_t *keys = json_null();

	if (claim->has_ek)
		keys = json_pack("{s:o, s:o}", "ek", hex_json(claim->ek, sizeof(claim->ek)),
			"ak_name", hex_json(claim->ak_name.data, claim->ak_name.len));
	print(to, "claim", claim->id, TYPE_PREFIX "vtpm.claimed", claim->uuid, claim->received_ms,
		json_pack("{s:s, s:I, s:s, s:s, s:o, s:o, s:o, s:s?}", "uuid", claim->uuid, "claim",
			(json_int_t)claim->id, "continuity", continuity_name(claim->continuity),
			"reason", claim->reason, "hostname", json_text_string(claim->hostname),
			"sender", sender_json(&claim->sender), "keys", keys, "known_as",
			*claim->owner ? claim->owner : NULL));
}
