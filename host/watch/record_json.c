/* SPDX-License-Identifier: BSD-2-Clause */
/* The record as JSON: what its file holds, and what `status --json` shows. */
#include <string.h>

#include "core/evidence/record.h"
#include "core/evidence/record_rows.h"
#include "host/watch/record.h"

#define STATUS_WORD(id, name, exit_code)    name,
#define CONTINUITY_WORD(id, name, sentence) name,
#define EVENT_WORD(id, name)                name,
static const char *const statuses[] = {VERDICT_STATUSES(STATUS_WORD)};
static const char *const continuities[] = {CONTINUITIES(CONTINUITY_WORD)};
static const char *const events[] = {EVENTS(EVENT_WORD, EVENT_WORD)};
static const char *const states[] = {"off", "running", "away"};

/* Of a later version: what says least. */
static const struct record_words status_words = {statuses, RECORD_COUNT(statuses), VERDICT_NONE};
static const struct record_words continuity_words = {
	continuities, RECORD_COUNT(continuities), CONTINUITY_UNVERIFIED};
static const struct record_words event_words = {events, RECORD_COUNT(events), EVENT_NONE};
static const struct record_words state_words = {states, RECORD_COUNT(states), WATCH_OFF};

_Static_assert(sizeof(enum watch_state) == sizeof(uint32_t), "as FIELD_WORD has it");

static const struct field last_fields[] = {
	ROW_PLAIN("at", struct watch_last, at_s, FIELD_U64),
	ROW_WORD("event", struct watch_last, event, event_words),
	ROW_PLAIN("confirmed", struct watch_last, is_confirmed, FIELD_BOOL),
	ROW_WORD("status", struct watch_last, status, status_words),
	ROW_WORD("continuity", struct watch_last, continuity, continuity_words),
	ROW_PLAIN("first", struct watch_last, is_first, FIELD_BOOL),
	ROW_TEXT("reason", struct watch_last, reason),
	ROW_TEXT("sentence", struct watch_last, sentence),
};
RECORD_OF(last_record, struct watch_last, last_fields);

static const struct field fields[] = {
	ROW_TEXT_NEEDED("uuid", struct watch_record, uuid),
	ROW_TEXT_NEEDED("domain", struct watch_record, name),
	ROW_WORD("state", struct watch_record, state, state_words),
	ROW_TEXT("instance", struct watch_record, instance),
	ROW_PLAIN("owed", struct watch_record, is_owed, FIELD_BOOL),
	ROW_PLAIN("arrived", struct watch_record, has_arrived, FIELD_BOOL),
	ROW_PLAIN("unconfirmed", struct watch_record, has_event, FIELD_BOOL),
	ROW_WORD("event", struct watch_record, event, event_words),
	ROW_TEXT("cause", struct watch_record, what),
	ROW_PLAIN("since", struct watch_record, since_s, FIELD_U64),
	ROW_PLAIN("happened", struct watch_record, happened_s, FIELD_U64),
	ROW_PLAIN("gone", struct watch_record, gone_s, FIELD_U64),
	ROW_PLAIN("attempts", struct watch_record, attempts, FIELD_U32),
	ROW_NESTED("last", struct watch_record, last, FIELD_RECORD, last_record),
	ROW_NESTED("verdict", struct watch_record, verdict, FIELD_RECORD, last_record),
};
RECORD_OF(watch_record_table, struct watch_record, fields);

json_t *watch_record_to_json(const struct watch_record *record)
{
	return record_write(&watch_record_table, record);
}

int watch_record_read(
	const struct json_node *json, struct watch_record *ret_record, struct error *err)
{
	struct watch_record record = {0};
	char uuid[TEXT_UUID_SIZE];
	int rc = record_read(&watch_record_table, json, &record, err);

	if (rc)
		return rc;
	if (!text_uuid(record.uuid, uuid) || strcmp(uuid, record.uuid) != 0)
		return error_set(err, ERROR_MALFORMED, "uuid: not one");
	*ret_record = record;
	return 0;
}
