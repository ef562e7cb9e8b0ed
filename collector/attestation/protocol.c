/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/attestation/protocol.h"

#include <stdlib.h>
#include <string.h>

#include "collector/json_simd.h"
#include "core/base64.h"
#include "core/evidence/record.h"

#define COUNT(table)            (sizeof(table) / sizeof((table)[0]))
#define SIZE_OF(type, member)   sizeof(((type *)0)->member)
#define LENGTH_OF(type, member) COUNT(((type *)0)->member)

static int read_chain(const struct json_node *json, void *ret, struct error *err)
{
	struct protocol_certificate *items = ret;
	size_t *count =
		(size_t *)((uint8_t *)ret - offsetof(struct protocol_challenge, chain.items) +
			   offsetof(struct protocol_challenge, chain.count));

	if (json->kind != JSON_NODE_ARRAY || json->len > PROTOCOL_CHAIN_MAX)
		return error_set(err, ERROR_MALFORMED, "not an array of at most %d certificates",
			PROTOCOL_CHAIN_MAX);
	*count = 0;
	for (const struct json_node *item = json->first; item; item = item->next) {
		const char *text = json_node_text(item);
		long len = text ? base64_decode(text, item->len, items[*count].data,
					  sizeof(items[*count].data))
				: -1;

		if (len < 0)
			return error_set(err, ERROR_MALFORMED,
				"item %zu: not base64 of at most %d bytes", *count,
				EVIDENCE_DER_MAX);
		items[(*count)++].len = (size_t)len;
	}
	return 0;
}

static const struct field_custom chain_custom = {.read = read_chain};

#define TEXT(title, type, member, optional)                                                        \
	{                                                                                          \
		.name = (title), .kind = FIELD_TEXT, .is_optional = (optional),                    \
		.offset = offsetof(type, member), .size = SIZE_OF(type, member)                    \
	}
#define BYTES(title, type, member, how, optional)                                                  \
	{                                                                                          \
		.name = (title), .kind = (how), .is_optional = (optional),                         \
		.offset = offsetof(type, member), .size = SIZE_OF(type, member.data)               \
	}
#define RECORD(title, type, table)                                                                 \
	static const struct record title = {                                                       \
		.struct_size = sizeof(type), .field_count = COUNT(table), .fields = (table)}

static const struct field ek_fields[] = {
	BYTES("public", struct protocol_ek, public_area, FIELD_BASE64, false),
	BYTES("certificate", struct protocol_ek, certificate, FIELD_BASE64, true),
};
RECORD(ek_record, struct protocol_ek, ek_fields);

static const struct field challenge_fields[] = {
	TEXT("uuid", struct protocol_challenge, uuid, false),
	TEXT("boot_id", struct protocol_challenge, boot_id, true),
	TEXT("event", struct protocol_challenge, event_name, true),
	BYTES("ak", struct protocol_challenge, ak, FIELD_BASE64, false),
	BYTES("receipt", struct protocol_challenge, receipt, FIELD_BASE64, true),
	{.name = "eks",
		.kind = FIELD_LIST,
		.offset = offsetof(struct protocol_challenge, eks),
		.size = LENGTH_OF(struct protocol_challenge, eks.items),
		.record = &ek_record},
	{.name = "chain",
		.kind = FIELD_CUSTOM,
		.is_optional = true,
		.offset = offsetof(struct protocol_challenge, chain.items),
		.custom = &chain_custom},
};
RECORD(challenge_record, struct protocol_challenge, challenge_fields);

#define QUOTE_OFFSET offsetof(struct protocol_report, quote)
static const struct field quote_fields[] = {
	{.name = "attest",
		.kind = FIELD_BASE64,
		.offset = offsetof(struct protocol_report, quote.attest) - QUOTE_OFFSET,
		.size = STORE_QUOTE_MAX},
	{.name = "signature",
		.kind = FIELD_BASE64,
		.offset = offsetof(struct protocol_report, quote.signature) - QUOTE_OFFSET,
		.size = STORE_QUOTE_MAX},
};
static const struct record quote_record = {.struct_size = SIZE_OF(struct protocol_report, quote),
	.field_count = COUNT(quote_fields),
	.fields = quote_fields};

static const struct field report_fields[] = {
	BYTES("challenge", struct protocol_report, challenge, FIELD_BASE64, true),
	TEXT("uuid", struct protocol_report, uuid, true),
	TEXT("event", struct protocol_report, event_name, true),
	{.name = "next_within",
		.kind = FIELD_U32,
		.is_optional = true,
		.offset = offsetof(struct protocol_report, next_s)},
	BYTES("evidence", struct protocol_report, evidence, FIELD_BASE64, false),
	{.name = "quote",
		.kind = FIELD_RECORD,
		.is_optional = true,
		.offset = QUOTE_OFFSET,
		.record = &quote_record},
};
RECORD(report_record, struct protocol_report, report_fields);

#define BLANKS_FREE 1024 /* bytes that a document may have in any case */

/* "1.0" and later minor versions. */
static int check_version(const struct json_node *json, struct error *err)
{
	const char *version = json_node_text(json_node_member(json, "version"));
	const char *at = version;
	uint32_t major = 0, minor = 0;

	if (!at || !text_decimal(&at, &major) || *at++ != '.' || !text_decimal(&at, &minor) || *at)
		return error_set(err, ERROR_MALFORMED, "version: not \"MAJOR.MINOR\"");
	if (major != 1)
		return error_set(err, ERROR_UNSUPPORTED,
			"version: %s; this collector speaks " PROTOCOL_VERSION, version);
	return 0;
}

static int check_uuid(char uuid[TEXT_UUID_SIZE], struct error *err)
{
	char canonical[TEXT_UUID_SIZE];

	if (!text_uuid(uuid, canonical))
		return error_set(err, ERROR_MALFORMED, "uuid: not a UUID");
	if (text_uuid_is_placeholder(canonical))
		return error_set(err, ERROR_MALFORMED,
			"uuid: %s is a placeholder, which many machines have", canonical);
	memcpy(uuid, canonical, sizeof(canonical));
	return 0;
}

static int check_event(const char *name, enum event *ret_event, struct error *err)
{
	enum event event = *name ? event_parse(name) : EVENT_NONE;

	if (event == EVENT_COUNT)
		return error_set(err, ERROR_MALFORMED, "event: no such event");
	*ret_event = event;
	return 0;
}

static int read_body(const struct crypto_bytes *body, size_t max, const struct record *record,
	void *ret, struct error *err)
{
	JSON_TREE_SCOPED tree = {0};
	int rc = json_simd_parse(body->bytes, body->len, max, &tree, err);

	if (!rc)
		rc = check_version(tree.root, err);
	if (!rc)
		rc = record_read(record, tree.root, ret, err);
	return rc;
}

int protocol_read_challenge(const struct crypto_bytes *body,
	struct protocol_challenge **ret_challenge, struct error *err)
{
	struct protocol_challenge *challenge = calloc(1, sizeof(*challenge));
	int rc;

	if (!challenge)
		return error_set(err, ERROR_NO_MEMORY, "no memory for a challenge");
	rc = read_body(body, PROTOCOL_CHALLENGE_BYTES_MAX, &challenge_record, challenge, err);
	if (!rc)
		rc = check_uuid(challenge->uuid, err);
	if (!rc)
		rc = check_event(challenge->event_name, &challenge->event, err);
	if (!rc && !challenge->eks.count)
		rc = error_set(err, ERROR_MALFORMED, "eks: none");
	if (rc) {
		free(challenge);
		return rc;
	}
	*ret_challenge = challenge;
	return 0;
}

/* Either a challenge and its quote, or a VM that cannot quote. */
static int check_report(struct protocol_report *report, struct error *err)
{
	if (report->challenge.len) {
		if (!report->quote.attest.len || !report->quote.signature.len)
			return error_set(err, ERROR_MALFORMED, "quote: missing");
		return *report->uuid ? error_set(err, ERROR_MALFORMED,
					       "uuid: not beside a challenge, which has it")
				     : 0;
	}
	if (!*report->uuid)
		return error_set(err, ERROR_MALFORMED, "challenge: missing");
	if (report->quote.attest.len)
		return error_set(err, ERROR_MALFORMED, "quote: without a challenge");
	return check_uuid(report->uuid, err);
}

int protocol_read_report(
	const struct crypto_bytes *body, struct protocol_report **ret_report, struct error *err)
{
	struct protocol_report *report = malloc(sizeof(*report));
	int rc;

	if (!report)
		return error_set(err, ERROR_NO_MEMORY, "no memory for a report");
	memset(report, 0, offsetof(struct protocol_report, evidence.data));
	rc = read_body(body, PROTOCOL_REPORT_BYTES_MAX, &report_record, report, err);
	if (!rc)
		rc = check_event(report->event_name, &report->event, err);
	if (!rc)
		rc = check_report(report, err);
	if (rc) {
		free(report);
		return rc;
	}
	*ret_report = report;
	return 0;
}

bool protocol_is_blank(const struct crypto_bytes *json)
{
	const uint8_t *bytes = json->bytes;
	bool is_text = false;
	size_t blanks = 0;

	for (size_t i = 0; i < json->len; i++) {
		if (is_text && bytes[i] == '\\')
			i++;
		else if (bytes[i] == '"')
			is_text = !is_text;
		else if (!is_text && bytes[i] <= ' ')
			blanks++;
	}
	return blanks > json->len / 2 + BLANKS_FREE;
}
