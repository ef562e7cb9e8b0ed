/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/verdict/json.h"

#include <jansson.h>
#include <string.h>

#include "core/evidence/record.h"
#include "core/evidence/record_rows.h"

#define STATUS_WORD(id, name, exit_code)    name,
#define CONTINUITY_WORD(id, name, sentence) name,
#define EVENT_WORD(id, name)                name,
#define REASON(id, name, remedy)            name,
static const char *const statuses[] = {VERDICT_STATUSES(STATUS_WORD)};
static const char *const continuities[] = {CONTINUITIES(CONTINUITY_WORD)};
static const char *const events[] = {EVENTS(EVENT_WORD, EVENT_WORD)};
static const char *const reasons[] = {
#include "core/verdict/reasons.inc"
};

/* A word of a later version is read as the closest one known here, since the rest is still worth
 * showing. Only an unknown continuity is refused: without it there is no verdict. */
static const struct record_words status_words = {statuses, RECORD_COUNT(statuses), VERDICT_NONE};
static const struct record_words continuity_words = {
	continuities, RECORD_COUNT(continuities), RECORD_REFUSED};
static const struct record_words event_words = {events, RECORD_COUNT(events), EVENT_NONE};
static const struct record_words reason_words = {reasons, RECORD_COUNT(reasons), REASON_COUNT};

_Static_assert(sizeof(enum verdict_status) == sizeof(uint32_t) &&
		       sizeof(enum continuity) == sizeof(uint32_t) &&
		       sizeof(enum event) == sizeof(uint32_t) &&
		       sizeof(enum reason_code) == sizeof(uint32_t),
	"as FIELD_WORD has them");

/* Members that follow from others are written for readers without our tables, not read back. */
static int read_nothing(const struct json_node *json, void *ret, struct error *err)
{
	(void)json;
	(void)ret;
	(void)err;
	return 0;
}

static bool is_never_empty(const void *from)
{
	(void)from;
	return false;
}

static json_t *write_format(const void *from)
{
	(void)from;
	return json_string("vtpm-verdict");
}

static json_t *write_exit_code(const void *from)
{
	return json_integer(verdict_exit_code(((const struct verdict *)from)->status));
}

static json_t *write_remedy(const void *from)
{
	return json_string(reason_remedy(((const struct reason *)from)->code));
}

static bool is_without_remedy(const void *from)
{
	return !*reason_remedy(((const struct reason *)from)->code);
}

/* What the quote signs; whatever else the evidence says is the guest's word. */
static json_t *write_proven(const void *from)
{
	const struct verdict *verdict = from;

	if (!verdict->is_quote_verified)
		return json_array();
	return verdict->is_obfuscated
		       ? json_pack("[s, s]", "clock", "pcrs")
		       : json_pack("[s, s, s, s]", "clock", "counters", "firmware_version", "pcrs");
}

static int read_proven(const struct json_node *json, void *ret, struct error *err)
{
	struct verdict *verdict = ret;

	if (json->kind != JSON_NODE_ARRAY)
		return error_set(err, ERROR_MALFORMED, "not an array");
	for (const struct json_node *item = json->first; item; item = item->next) {
		const char *word = json_node_text(item);

		if (word && strcmp(word, "counters") == 0)
			verdict->is_obfuscated = false;
	}
	return 0;
}

static const struct field_custom format_custom = {write_format, read_nothing, is_never_empty};
static const struct field_custom exit_code_custom = {write_exit_code, read_nothing, is_never_empty};
static const struct field_custom remedy_custom = {write_remedy, read_nothing, is_without_remedy};
static const struct field_custom proven_custom = {write_proven, read_proven, is_never_empty};

/* A member that is made of the whole structure. */
#define OF_ALL(title, of)                                                                          \
	{                                                                                          \
		.name = (title), .kind = FIELD_CUSTOM, .is_optional = true, .custom = &(of)        \
	}

static const struct field reason_fields[] = {
	ROW_WORD("code", struct reason, code, reason_words),
	{
		.name = "sentence",
		.kind = FIELD_TEXT,
		.is_lenient = true,
		.offset = offsetof(struct reason, sentence),
		.size = RECORD_SIZE_OF(struct reason, sentence),
	},
	OF_ALL("remedy", remedy_custom),
};
RECORD_OF(reason_record, struct reason, reason_fields);

#define WORD(id, word) word,
static const char *const what_list[] = {BOOT_WHAT_WORDS(WORD)};
static const char *const kind_list[] = {BOOT_CHANGE_WORDS(WORD)};
#undef WORD
static const struct record_words what_words = {what_list, RECORD_COUNT(what_list), BOOT_WHAT_OTHER};
static const struct record_words kind_words = {
	kind_list, RECORD_COUNT(kind_list), BOOT_CHANGE_ANOTHER};

static const struct field change_fields[] = {
	ROW_PLAIN("pcr", struct boot_change, pcr, FIELD_U16),
	ROW_WORD("what", struct boot_change, what, what_words),
	ROW_WORD("change", struct boot_change, kind, kind_words),
	ROW_TEXT("name", struct boot_change, name),
	ROW_TEXT_NEEDED("sentence", struct boot_change, sentence),
};
RECORD_OF(change_record, struct boot_change, change_fields);

_Static_assert(offsetof(struct verdict, reasons) ==
		       offsetof(struct verdict, reason_count) + sizeof(size_t),
	"reasons follow their count");
static const struct field verdict_fields[] = {
	OF_ALL("format", format_custom),
	ROW_WORD("ear.status", struct verdict, status, status_words),
	ROW_WORD("continuity", struct verdict, continuity, continuity_words),
	ROW_WORD("event", struct verdict, event, event_words),
	ROW_PLAIN("quote_verified", struct verdict, is_quote_verified, FIELD_BOOL),
	OF_ALL("proven", proven_custom),
	OF_ALL("exit_code", exit_code_custom),
	{
		.name = "reasons",
		.kind = FIELD_LIST,
		.is_lenient = true,
		.offset = offsetof(struct verdict, reason_count),
		.size = VERDICT_REASONS_MAX,
		.record = &reason_record,
	},
	ROW_OPTIONAL_LIST("boot_changes", struct verdict, boot.changes, change_record),
	ROW_OPTIONAL("boot_changes_left_out", struct verdict, boot.left_out, FIELD_U32),
};
RECORD_OF(verdict_record, struct verdict, verdict_fields);

json_t *verdict_to_json(const struct verdict *verdict)
{
	return record_write(&verdict_record, verdict);
}

json_t *verdict_changes_to_json(const struct boot_difference *difference)
{
	json_t *array = json_array();
	int failed = 0;

	for (size_t i = 0; i < difference->changes.count; i++)
		failed |= json_array_append_new(
			array, record_write(&change_record, &difference->changes.items[i]));
	if (!failed)
		return array;
	json_decref(array);
	return NULL;
}

int verdict_read(const struct json_node *json, struct verdict *ret_verdict, struct error *err)
{
	/* Nothing is proven but what is said to be. */
	struct verdict verdict = {.is_obfuscated = true};
	int rc = record_read(&verdict_record, json, &verdict, err);

	if (!rc && !verdict.reason_count)
		rc = error_set(err, ERROR_MALFORMED, "reasons: there is none");
	if (rc) {
		error_wrap(err, "verdict");
		return rc;
	}
	verdict.is_obfuscated = verdict.is_obfuscated && verdict.is_quote_verified;
	*ret_verdict = verdict;
	return 0;
}
