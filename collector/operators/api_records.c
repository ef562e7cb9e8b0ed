/* SPDX-License-Identifier: BSD-2-Clause */
/* The store's records as JSON. */
#include <jansson.h>
#include <string.h>

#include "collector/json_simd.h"
#include "collector/operators/api_private.h"
#include "collector/sender_json.h"
#include "collector/store/store_words.h"
#include "core/json/text.h"
#include "core/signed/attest.h"

static json_t *hex_json(const void *bytes, size_t len)
{
	char hex[2 * 128 + 1];

	text_hex(bytes, len, hex, sizeof(hex));
	return json_string(hex);
}

static json_t *link_json(const struct store_link *link)
{
	return link->id ? json_integer((json_int_t)link->id) : json_null();
}

static json_t *number_json(uint64_t value)
{
	return json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value);
}

static json_t *eks_json(const struct store_vm *vm)
{
	json_t *eks = json_array();

	for (size_t i = 0; i < vm->ek_count; i++)
		json_array_append_new(eks, hex_json(vm->eks[i], STORE_HASH_SIZE));
	return eks;
}

static json_t *announced_json(const struct store_vm *vm, uint64_t now_ms)
{
	char until[TEXT_TIME_SIZE];

	if (vm->announced == EVENT_NONE || vm->announced_until_ms <= now_ms)
		return json_null();
	return json_pack("{s:s, s:s}", "event", event_name(vm->announced), "until",
		text_time_ms(vm->announced_until_ms, until));
}

/* null: never, or before it was recorded. */
static json_t *time_json(uint64_t ms)
{
	return ms ? number_json(ms) : json_null();
}

/* null of a distress report. */
static json_t *claim_keys_json(const struct store_claim *claim)
{
	if (!claim->has_ek)
		return json_null();
	return json_pack("{s:o, s:o}", "ek", hex_json(claim->ek, STORE_HASH_SIZE), "ak_name",
		hex_json(claim->ak_name.data, claim->ak_name.len));
}

json_t *api_claim_json(const struct store_claim *claim)
{
	char received[TEXT_TIME_SIZE];

	return json_pack("{s:I, s:s, s:o, s:o, s:s, s:s, s:s, s:o, s:o, s:o, s:s?}", "id",
		(json_int_t)claim->id, "received", text_time_ms(claim->received_ms, received),
		"received_ms", number_json(claim->received_ms), "challenged_ms",
		time_json(claim->challenged_ms), "uuid", claim->uuid, "continuity",
		continuity_name(claim->continuity), "reason", claim->reason, "hostname",
		json_text_string(claim->hostname), "sender", sender_json(&claim->sender), "keys",
		claim_keys_json(claim), "known_as", *claim->owner ? claim->owner : NULL);
}

/* null: no report told of a disk that is sealed to a TPM. */
static json_t *disks_json(const struct store_vm *vm)
{
	if (!vm->disks_sealed)
		return json_null();
	return json_pack("{s:I, s:I}", "sealed", (json_int_t)vm->disks_sealed, "will_not_open",
		(json_int_t)vm->disks_failing);
}

static json_t *since_json(uint64_t ms)
{
	char since[TEXT_TIME_SIZE];

	return ms ? json_string(text_time_ms(ms, since)) : json_null();
}

json_t *api_vm_json(const struct store_vm *vm, uint64_t now_ms)
{
	char received[TEXT_TIME_SIZE], seen[TEXT_TIME_SIZE];

	return json_pack(
		"{s:s, s:o, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:o, s:b, s:o, s:o, s:o, "
		"s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
		"uuid", vm->uuid, "hostname", json_text_string(vm->hostname), "enrolment",
		store_enrolment_name(vm->enrolment), "status", verdict_status_name(vm->status),
		"continuity", continuity_name(vm->continuity), "reason", vm->reason, "received",
		text_time_ms(vm->received_ms, received), "seen",
		text_time_ms(vm->seen_ms > vm->received_ms ? vm->seen_ms : vm->received_ms, seen),
		"reset_count", (json_int_t)vm->reset_count, "restart_count",
		(json_int_t)vm->restart_count, "clock_ms", number_json(vm->clock_ms), "is_safe",
		vm->is_safe, "announced", announced_json(vm, now_ms), "baseline",
		link_json(&vm->baseline), "head", link_json(&vm->head), "eks", eks_json(vm),
		"ak_name", hex_json(vm->ak_name.data, vm->ak_name.len), "claimed_ms",
		time_json(vm->claimed_ms + STORE_CLAIM_KEPT_MS > now_ms ? vm->claimed_ms : 0),
		"sender", sender_json(&vm->sender), "disks", disks_json(vm), "silent_since",
		since_json(vm->silent_ms), "next_within",
		vm->interval_s ? json_integer(vm->interval_s) : json_null());
}

/* What the guest said of itself; NULL where the evidence does not have it. The text is the tree's.
 */
static const char *guest_text(const struct json_tree *evidence, const char *name)
{
	return json_node_text(json_node_member(json_node_member(evidence->root, "guest"), name));
}

/* What cannot be read is shown as if it were not there. */
static void parse(const struct crypto_bytes *bytes, struct json_tree *ret_tree)
{
	struct error ignored;

	json_simd_parse(bytes->bytes, bytes->len, EVIDENCE_MAX_BYTES, ret_tree, &ignored);
}

static json_t *text_or_null(const char *text)
{
	return text ? json_text_string(text) : json_null();
}

/* Counters and clock, from what was signed alone; null if nothing was. */
static void set_signed(json_t *to, const struct store_appraisal *appraisal)
{
	struct attest_quote quote = {0};
	struct error ignored;
	bool is_signed = appraisal->attest.len && !attest_read_quote(appraisal->attest.bytes,
							  appraisal->attest.len, &quote, &ignored);

	json_object_set_new(to, "reset_count",
		is_signed ? json_integer((json_int_t)quote.reset_count) : json_null());
	json_object_set_new(to, "restart_count",
		is_signed ? json_integer((json_int_t)quote.restart_count) : json_null());
	json_object_set_new(to, "clock_ms", is_signed ? number_json(quote.clock_ms) : json_null());
}

static void set_verdict(json_t *to, const struct store_appraisal *appraisal)
{
	JSON_TREE_SCOPED verdict = {0};

	parse(&appraisal->verdict, &verdict);
	json_object_set_new(
		to, "verdict", verdict.root ? json_node_to_jansson(verdict.root) : json_null());
}

json_t *api_appraisal_json(const struct store_appraisal *appraisal, bool has_verdict)
{
	char received[TEXT_TIME_SIZE];
	JSON_TREE_SCOPED evidence = {0};
	json_t *json;

	parse(&appraisal->evidence, &evidence);
	json = json_pack("{s:I, s:o, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:b, s:o, s:o, s:o, s:o}",
		"id", (json_int_t)appraisal->link.id, "previous", link_json(&appraisal->prev),
		"uuid", appraisal->uuid, "received", text_time_ms(appraisal->received_ms, received),
		"event", event_name(appraisal->event), "status",
		verdict_status_name(appraisal->status), "continuity",
		continuity_name(appraisal->continuity), "reason", appraisal->reason, "boot_id",
		text_or_null(guest_text(&evidence, "boot_id")), "is_signed",
		appraisal->attest.len > 0, "hash", hex_json(appraisal->link.hash, STORE_HASH_SIZE),
		"challenged_ms", time_json(appraisal->challenged_ms), "sender",
		sender_json(&appraisal->sender), "ek",
		appraisal->ek.len ? hex_json(appraisal->ek.bytes, appraisal->ek.len) : json_null());
	if (json) {
		set_signed(json, appraisal);
		if (has_verdict) {
			json_object_set_new(
				json, "hostname", text_or_null(guest_text(&evidence, "hostname")));
			set_verdict(json, appraisal);
		}
	}
	return json;
}

json_t *api_audit_json(const struct store_audit *audit)
{
	char at[TEXT_TIME_SIZE];

	return json_pack("{s:I, s:o, s:s, s:s?, s:s, s:o, s:o, s:o}", "id",
		(json_int_t)audit->link.id, "previous", link_json(&audit->prev), "at",
		text_time_ms(audit->at_ms, at), "uuid", *audit->uuid ? audit->uuid : NULL, "action",
		audit->action, "actor", json_text_string(audit->actor), "detail",
		json_text_string(audit->detail), "hash",
		hex_json(audit->link.hash, STORE_HASH_SIZE));
}

/* ECS wants "success" or "failure" only where that is known. */
static const char *outcome_of(enum verdict_status status)
{
	if (status == VERDICT_AFFIRMING)
		return "success";
	return status == VERDICT_CONTRAINDICATED ? "failure" : "unknown";
}

/* The decisive reason's sentence, or null. */
static json_t *ecs_reason(const struct store_appraisal *appraisal)
{
	JSON_TREE_SCOPED verdict = {0};
	const struct json_node *first;

	parse(&appraisal->verdict, &verdict);
	first = json_node_first(json_node_member(verdict.root, "reasons"));
	return text_or_null(json_node_text(json_node_member(first, "sentence")));
}

static json_t *ecs_event(const struct store_appraisal *appraisal)
{
	bool is_alert = appraisal->status == VERDICT_WARNING ||
			appraisal->status == VERDICT_CONTRAINDICATED;

	return json_pack("{s:s, s:[s], s:[s], s:s, s:s, s:s, s:s, s:o, s:I}", "kind",
		is_alert ? "alert" : "event", "category", "host", "type", "info", "action",
		"vtpm-report", "outcome", outcome_of(appraisal->status), "module", "vtpm",
		"dataset", "vtpm.report", "reason", ecs_reason(appraisal), "sequence",
		(json_int_t)appraisal->link.id);
}

/* Number and hashes of a line; whether what stands in the store has that hash. */
static json_t *ecs_chain(const char *kind, const struct store_link *link,
	const struct store_link *prev, const uint8_t *hash)
{
	return json_pack("{s:I, s:o, s:o, s:o, s:b}", kind, (json_int_t)link->id, "previous",
		link_json(prev), "hash", hex_json(link->hash, STORE_HASH_SIZE), "previous_hash",
		hex_json(prev->hash, STORE_HASH_SIZE), "is_intact",
		memcmp(hash, link->hash, STORE_HASH_SIZE) == 0);
}

static json_t *ecs_vtpm(const struct store_appraisal *appraisal, const struct json_tree *evidence)
{
	uint8_t hash[STORE_HASH_SIZE] = {0};
	struct error ignored;
	json_t *json = store_appraisal_hash(appraisal, hash, &ignored)
			       ? NULL
			       : ecs_chain("report", &appraisal->link, &appraisal->prev, hash);
	json_t *judged = json_pack("{s:s, s:s, s:s, s:s, s:b, s:o, s:o, s:o}", "announced",
		event_name(appraisal->event), "status", verdict_status_name(appraisal->status),
		"continuity", continuity_name(appraisal->continuity), "reason", appraisal->reason,
		"is_signed", appraisal->attest.len > 0, "boot_id",
		text_or_null(guest_text(evidence, "boot_id")), "challenged_ms",
		time_json(appraisal->challenged_ms), "sender", sender_json(&appraisal->sender));

	if (json_object_update_new(json, judged)) {
		json_decref(json);
		return NULL;
	}
	set_signed(json, appraisal);
	return json;
}

/* Takes over `line`; NULL: memory was short. */
static void append_line(struct buf *to, json_t *line)
{
	if (line)
		json_text_print(to, line, false);
	else
		to->failed = true;
	buf_append_text(to, "\n");
	json_decref(line);
}

void api_appraisal_ecs(struct buf *to, const struct store_appraisal *appraisal)
{
	json_t *host = json_pack("{s:s}", "id", appraisal->uuid), *line;
	JSON_TREE_SCOPED evidence = {0};
	char received[TEXT_TIME_SIZE];
	const char *hostname;

	parse(&appraisal->evidence, &evidence);
	hostname = guest_text(&evidence, "hostname");
	if (hostname && *hostname)
		json_object_set_new(host, "name", json_text_string(hostname));
	line = json_pack("{s:s, s:{s:s}, s:o, s:o, s:o}", "@timestamp",
		text_time_ms(appraisal->received_ms, received), "ecs", "version", "8.11.0", "event",
		ecs_event(appraisal), "host", host, "vtpm", ecs_vtpm(appraisal, &evidence));
	append_line(to, line);
}

/* Its bytes in hexadecimal, so that the hash can be made from the line. */
static json_t *snapshot_json(const struct store_snapshot *snapshot)
{
	char hex[2 * STORE_SNAPSHOT_MAX + 1];

	if (!snapshot->len)
		return json_null();
	text_hex(snapshot->bytes, snapshot->len, hex, sizeof(hex));
	return json_string(hex);
}

void api_audit_ecs(struct buf *to, const struct store_audit *audit)
{
	uint8_t hash[STORE_HASH_SIZE] = {0};
	char at[TEXT_TIME_SIZE];
	struct error ignored;
	json_t *chain = NULL;

	if (!store_audit_hash(audit, hash, &ignored))
		chain = ecs_chain("audit", &audit->link, &audit->prev, hash);
	if (chain) {
		json_object_set_new(chain, "at_ms", number_json(audit->at_ms));
		json_object_set_new(chain, "snapshot", snapshot_json(&audit->snapshot));
	}
	append_line(to,
		json_pack("{s:s, s:{s:s}, s:{s:s, s:[s], s:[s], s:s, s:s, s:s, s:o, s:I}, "
			  "s:{s:o}, s:{s:s}, s:o}",
			"@timestamp", text_time_ms(audit->at_ms, at), "ecs", "version", "8.11.0",
			"event", "kind", "event", "category", "configuration", "type", "change",
			"action", audit->action, "module", "vtpm", "dataset", "vtpm.audit",
			"reason", json_text_string(audit->detail), "sequence",
			(json_int_t)audit->link.id, "user", "name", json_text_string(audit->actor),
			"host", "id", audit->uuid, "vtpm", chain));
}

void api_claim_ecs(struct buf *to, const struct store_claim *claim)
{
	json_t *host = json_pack("{s:s}", "id", claim->uuid);
	char received[TEXT_TIME_SIZE];

	if (*claim->hostname)
		json_object_set_new(host, "name", json_text_string(claim->hostname));
	append_line(to,
		json_pack("{s:s, s:{s:s}, s:{s:s, s:[s], s:[s], s:s, s:s, s:s, s:I}, s:o, "
			  "s:{s:I, s:s, s:s, s:o, s:o, s:o, s:s?}}",
			"@timestamp", text_time_ms(claim->received_ms, received), "ecs", "version",
			"8.11.0", "event", "kind", "alert", "category", "host", "type", "info",
			"action", "vtpm-claim", "module", "vtpm", "dataset", "vtpm.claim",
			"sequence", (json_int_t)claim->id, "host", host, "vtpm", "claim",
			(json_int_t)claim->id, "continuity", continuity_name(claim->continuity),
			"reason", claim->reason, "challenged_ms", time_json(claim->challenged_ms),
			"sender", sender_json(&claim->sender), "keys", claim_keys_json(claim),
			"known_as", *claim->owner ? claim->owner : NULL));
}
