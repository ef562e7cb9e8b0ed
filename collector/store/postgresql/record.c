/* SPDX-License-Identifier: BSD-2-Clause */
/* Which column has which member of a structure: once for writing, reading and the statements. */
#include <stddef.h>
#include <string.h>

#include "collector/store/postgresql/private.h"
#include "core/buf.h"

enum kind {
	KIND_NUMBER,   /* uint64_t */
	KIND_COUNTER,  /* uint32_t */
	KIND_FLAG,     /* bool */
	KIND_TEXT,     /* char[size] */
	KIND_BYTES,    /* struct crypto_bytes, borrowed */
	KIND_HASH,     /* uint8_t[STORE_HASH_SIZE] */
	KIND_MAY_HASH, /* the same, empty where the bool `size` further on says so */
	KIND_NAME,     /* struct evidence_name */
	KIND_SNAPSHOT, /* struct store_snapshot */
	KIND_EKS,      /* of a VM */
	KIND_LINES,    /* of a VM */
	KIND_ENROLMENT,
	KIND_STATUS,
	KIND_CONTINUITY,
	KIND_EVENT,
};

struct column {
	const char *name;
	enum kind kind;
	size_t offset, size;
};

struct pg_record {
	size_t count;
	const struct column *fields;
};

#define AT(kind, type, column, member)                                                             \
	{                                                                                          \
		column, KIND_##kind, offsetof(struct type, member), 0                              \
	}
#define TEXT_AT(type, column, member)                                                              \
	{                                                                                          \
		column, KIND_TEXT, offsetof(struct type, member),                                  \
			sizeof(((struct type *)0)->member)                                         \
	}
#define MAY_HASH_AT(type, column, member, has)                                                     \
	{                                                                                          \
		column, KIND_MAY_HASH, offsetof(struct type, member), offsetof(struct type, has)   \
	}
#define LINK_AT(type, column, member)                                                              \
	AT(NUMBER, type, column, member.id), AT(HASH, type, column "_hash", member.hash)
#define SENDER_AT(type, member)                                                                    \
	TEXT_AT(type, "sender_role", member.role), TEXT_AT(type, "sender_name", member.name),      \
		TEXT_AT(type, "sender_address", member.address)

static const struct column vm_fields[] = {
	TEXT_AT(store_vm, "uuid", uuid),
	AT(NUMBER, store_vm, "revision", revision),
	AT(ENROLMENT, store_vm, "enrolment", enrolment),
	AT(EKS, store_vm, "eks", eks),
	AT(NAME, store_vm, "ak_name", ak_name),
	AT(STATUS, store_vm, "status", status),
	AT(CONTINUITY, store_vm, "continuity", continuity),
	TEXT_AT(store_vm, "reason", reason),
	TEXT_AT(store_vm, "hostname", hostname),
	AT(NUMBER, store_vm, "received_ms", received_ms),
	AT(COUNTER, store_vm, "reset_count", reset_count),
	AT(COUNTER, store_vm, "restart_count", restart_count),
	AT(NUMBER, store_vm, "clock_ms", clock_ms),
	AT(FLAG, store_vm, "is_safe", is_safe),
	AT(EVENT, store_vm, "announced", announced),
	AT(NUMBER, store_vm, "announced_until_ms", announced_until_ms),
	AT(NUMBER, store_vm, "asked_ms", asked_ms),
	AT(NUMBER, store_vm, "claimed_ms", claimed_ms),
	AT(NUMBER, store_vm, "seen_ms", seen_ms),
	AT(NUMBER, store_vm, "hour_ms", hour_ms),
	AT(NUMBER, store_vm, "hour_reports", hour_reports),
	AT(NUMBER, store_vm, "hour_bytes", hour_bytes),
	MAY_HASH_AT(store_vm, "pending_ek", pending_ek, has_pending_ek),
	AT(NUMBER, store_vm, "pending_bytes", pending_bytes),
	AT(COUNTER, store_vm, "disks_sealed", disks_sealed),
	AT(COUNTER, store_vm, "disks_failing", disks_failing),
	AT(COUNTER, store_vm, "interval_s", interval_s),
	AT(COUNTER, store_vm, "awaited_s", awaited_s),
	AT(NUMBER, store_vm, "silent_ms", silent_ms),
	AT(NUMBER, store_vm, "check_ms", check_ms),
	LINK_AT(store_vm, "baseline", baseline),
	LINK_AT(store_vm, "head", head),
	LINK_AT(store_vm, "tail", tail),
	AT(LINES, store_vm, "lines", lines),
	MAY_HASH_AT(store_vm, "event_log", log, has_log),
	AT(NUMBER, store_vm, "keyframe", keyframe),
	AT(NUMBER, store_vm, "keyframe_uses", keyframe_uses),
};

static const struct column appraisal_fields[] = {
	AT(HASH, pack_row, "hash", appraisal.link.hash),
	LINK_AT(pack_row, "prev", appraisal.prev),
	AT(NUMBER, pack_row, "received_ms", appraisal.received_ms),
	AT(EVENT, pack_row, "event", appraisal.event),
	AT(STATUS, pack_row, "status", appraisal.status),
	AT(CONTINUITY, pack_row, "continuity", appraisal.continuity),
	TEXT_AT(pack_row, "reason", appraisal.reason),
	AT(NUMBER, pack_row, "challenged_ms", appraisal.challenged_ms),
	SENDER_AT(pack_row, appraisal.sender),
	AT(BYTES, pack_row, "attest", appraisal.attest),
	AT(BYTES, pack_row, "signature", appraisal.signature),
	AT(BYTES, pack_row, "nonce", appraisal.nonce),
	AT(BYTES, pack_row, "secret", appraisal.secret),
	AT(BYTES, pack_row, "ek", appraisal.ek),
	AT(BYTES, pack_row, "basis", appraisal.basis),
	AT(BYTES, pack_row, "snapshot", appraisal.snapshot),
	AT(BYTES, pack_row, "verdict", appraisal.verdict),
	AT(BYTES, pack_row, "evidence", appraisal.evidence),
	AT(NUMBER, pack_row, "packed_len", packed_len),
	AT(NUMBER, pack_row, "keyframe", keyframe),
};

static const struct column claim_fields[] = {
	SENDER_AT(store_claim, sender),
	AT(NUMBER, store_claim, "received_ms", received_ms),
	AT(NUMBER, store_claim, "challenged_ms", challenged_ms),
	AT(CONTINUITY, store_claim, "continuity", continuity),
	TEXT_AT(store_claim, "reason", reason),
	TEXT_AT(store_claim, "hostname", hostname),
	MAY_HASH_AT(store_claim, "ek", ek, has_ek),
	AT(NAME, store_claim, "ak_name", ak_name),
};

static const struct column token_fields[] = {
	AT(HASH, store_token, "digest", digest),
	TEXT_AT(store_token, "uuid", uuid),
	AT(NUMBER, store_token, "made_ms", made_ms),
	TEXT_AT(store_token, "made_by", made_by),
};

static const struct column result_key_fields[] = {
	AT(HASH, store_result_key, "kid", kid),
	AT(NUMBER, store_result_key, "made_ms", made_ms),
	AT(NUMBER, store_result_key, "until_ms", until_ms),
	AT(HASH, store_result_key, "x", x),
	AT(HASH, store_result_key, "y", y),
	MAY_HASH_AT(store_result_key, "secret", secret, has_secret),
};

static const struct column audit_fields[] = {
	AT(NUMBER, store_audit, "id", link.id),
	AT(HASH, store_audit, "hash", link.hash),
	LINK_AT(store_audit, "prev", prev),
	AT(NUMBER, store_audit, "at_ms", at_ms),
	TEXT_AT(store_audit, "uuid", uuid),
	TEXT_AT(store_audit, "action", action),
	TEXT_AT(store_audit, "actor", actor),
	TEXT_AT(store_audit, "detail", detail),
	AT(NUMBER, store_audit, "revision", revision),
	AT(SNAPSHOT, store_audit, "snapshot", snapshot),
};

#define RECORD(fields)                                                                             \
	{                                                                                          \
		sizeof(fields) / sizeof((fields)[0]), fields                                       \
	}

const struct pg_record pg_record_vm = RECORD(vm_fields);
const struct pg_record pg_record_appraisal = RECORD(appraisal_fields);
const struct pg_record pg_record_claim = RECORD(claim_fields);
const struct pg_record pg_record_token = RECORD(token_fields);
const struct pg_record pg_record_result_key = RECORD(result_key_fields);
const struct pg_record pg_record_audit = RECORD(audit_fields);

void pg_record_list(
	const struct pg_record *record, enum pg_listing listing, int first, struct buf *to)
{
	for (size_t i = 0; i < record->count; i++) {
		const char *column = record->fields[i].name;
		int parameter = first + (int)i;

		buf_append_text(to, i ? ", " : "");
		if (listing == PG_COLUMNS)
			buf_append_text(to, column);
		else if (listing == PG_VALUES)
			buf_printf(to, "$%d", parameter);
		else
			buf_printf(to, "%s = $%d", column, parameter);
	}
}

/* --- writing --- */

static void bind_eks(struct pg_run *run, const void *from)
{
	const struct store_vm *vm = from;

	pg_bind_bytes(run, vm->eks, vm->ek_count * STORE_HASH_SIZE);
}

static void bind_lines(struct pg_run *run, const void *from)
{
	const struct store_vm *vm = from;

	pg_bind_bytes(run, run->lines, store_lines_write(&vm->lines, run->lines));
}

static const char *find_word(enum kind kind, const void *at)
{
	switch (kind) {
	case KIND_ENROLMENT:
		return store_enrolment_name(*(const enum store_enrolment *)at);
	case KIND_STATUS:
		return verdict_status_name(*(const enum verdict_status *)at);
	case KIND_CONTINUITY:
		return continuity_name(*(const enum continuity *)at);
	default:
		return event_name(*(const enum event *)at);
	}
}

static void bind_bytes(struct pg_run *run, const struct column *column, const void *from)
{
	const void *at = (const char *)from + column->offset;
	const struct crypto_bytes *bytes = at;
	const struct evidence_name *name = at;
	const struct store_snapshot *snapshot = at;

	switch (column->kind) {
	case KIND_BYTES:
		pg_bind_bytes(run, bytes->bytes, bytes->len);
		break;
	case KIND_NAME:
		pg_bind_bytes(run, name->data, name->len);
		break;
	case KIND_SNAPSHOT:
		pg_bind_bytes(run, snapshot->bytes, snapshot->len);
		break;
	case KIND_MAY_HASH:
		pg_bind_bytes(run, at,
			*(const bool *)((const char *)from + column->size) ? STORE_HASH_SIZE : 0);
		break;
	case KIND_EKS:
		bind_eks(run, from);
		break;
	case KIND_LINES:
		bind_lines(run, from);
		break;
	default:
		pg_bind_bytes(run, at, STORE_HASH_SIZE);
		break;
	}
}

static void bind_field(struct pg_run *run, const struct column *column, const void *from)
{
	const void *at = (const char *)from + column->offset;

	switch (column->kind) {
	case KIND_NUMBER:
		pg_bind_number(run, *(const uint64_t *)at);
		break;
	case KIND_COUNTER:
		pg_bind_number(run, *(const uint32_t *)at);
		break;
	case KIND_FLAG:
		pg_bind_number(run, *(const bool *)at);
		break;
	case KIND_TEXT:
		pg_bind_text(run, at);
		break;
	case KIND_ENROLMENT:
	case KIND_STATUS:
	case KIND_CONTINUITY:
	case KIND_EVENT:
		pg_bind_text(run, find_word(column->kind, at));
		break;
	default:
		bind_bytes(run, column, from);
		break;
	}
}

void pg_bind_record(struct pg_run *run, const struct pg_record *record, const void *from)
{
	for (size_t i = 0; i < record->count; i++)
		bind_field(run, &record->fields[i], from);
}

/* --- reading --- */

static int column_word(struct pg_run *run, enum kind kind, void *at, struct error *err)
{
	char word[STORE_REASON_SIZE];
	int rc = pg_column_text(run, word, sizeof(word), err);

	if (rc)
		return rc;
	switch (kind) {
	case KIND_ENROLMENT:
		return store_enrolment_parse(word, at, err);
	case KIND_STATUS:
		return store_status_parse(word, at, err);
	case KIND_CONTINUITY:
		return store_continuity_parse(word, at, err);
	default:
		return store_event_parse(word, at, err);
	}
}

/* At most `size` bytes, and as many as `step` goes into. */
static int take_bytes(const struct crypto_bytes *bytes, void *at, size_t size, size_t step,
	size_t *ret_len, struct error *err)
{
	if (bytes->len > size || bytes->len % step != 0)
		return error_set(err, ERROR_MALFORMED, "the database has bytes of a wrong size");
	memcpy(at, bytes->bytes, bytes->len);
	*ret_len = bytes->len;
	return 0;
}

static int column_bytes(
	struct pg_run *run, const struct column *column, void *to, struct error *err)
{
	const struct crypto_bytes bytes = pg_column_bytes(run);
	void *at = (char *)to + column->offset;
	struct evidence_name *name = at;
	struct store_snapshot *snapshot = at;
	struct store_vm *vm = to;
	size_t len = 0;
	int rc;

	switch (column->kind) {
	case KIND_BYTES:
		*(struct crypto_bytes *)at = bytes;
		return 0;
	case KIND_NAME:
		return take_bytes(&bytes, name->data, sizeof(name->data), 1, &name->len, err);
	case KIND_SNAPSHOT:
		return take_bytes(
			&bytes, snapshot->bytes, sizeof(snapshot->bytes), 1, &snapshot->len, err);
	case KIND_EKS:
		rc = take_bytes(&bytes, vm->eks, sizeof(vm->eks), STORE_HASH_SIZE, &len, err);
		vm->ek_count = len / STORE_HASH_SIZE;
		return rc;
	case KIND_LINES:
		return store_lines_read(&bytes, at, err);
	case KIND_MAY_HASH:
		rc = take_bytes(&bytes, at, STORE_HASH_SIZE, STORE_HASH_SIZE, &len, err);
		*(bool *)((char *)to + column->size) = len != 0;
		return rc;
	default:
		rc = take_bytes(&bytes, at, STORE_HASH_SIZE, STORE_HASH_SIZE, &len, err);
		if (!rc && !len)
			rc = error_set(
				err, ERROR_MALFORMED, "the database has a hash of a wrong size");
		return rc;
	}
}

static int column_field(
	struct pg_run *run, const struct column *column, void *to, struct error *err)
{
	void *at = (char *)to + column->offset;

	switch (column->kind) {
	case KIND_NUMBER:
		*(uint64_t *)at = pg_column_number(run);
		return 0;
	case KIND_COUNTER:
		*(uint32_t *)at = (uint32_t)pg_column_number(run);
		return 0;
	case KIND_FLAG:
		*(bool *)at = pg_column_number(run) != 0;
		return 0;
	case KIND_TEXT:
		return pg_column_text(run, at, column->size, err);
	case KIND_ENROLMENT:
	case KIND_STATUS:
	case KIND_CONTINUITY:
	case KIND_EVENT:
		return column_word(run, column->kind, at, err);
	default:
		return column_bytes(run, column, to, err);
	}
}

int pg_column_record(
	struct pg_run *run, const struct pg_record *record, void *to, struct error *err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < record->count; i++)
		rc = column_field(run, &record->fields[i], to, err);
	return rc;
}

struct pack_stored pg_column_stored(struct pg_run *run)
{
	struct pack_stored stored = {.len = pg_column_number(run)};

	stored.bytes = pg_column_bytes(run);
	return stored;
}

int pg_column_vm(struct pg_run *run, uint64_t *ret_row, struct store_vm *ret_vm, struct error *err)
{
	struct store_vm vm = {0};
	uint64_t row = pg_column_number(run);
	int rc = pg_column_record(run, &pg_record_vm, &vm, err);

	if (rc)
		return rc;
	*ret_vm = vm;
	*ret_row = row;
	return 0;
}

int pg_column_shown(struct pg_run *run, struct store_vm *ret_vm, struct error *err)
{
	struct store_sender *sender = &ret_vm->sender;
	uint64_t row;
	int rc = pg_column_vm(run, &row, ret_vm, err);

	if (!rc)
		rc = pg_column_text(run, sender->role, sizeof(sender->role), err);
	if (!rc)
		rc = pg_column_text(run, sender->name, sizeof(sender->name), err);
	return rc ? rc : pg_column_text(run, sender->address, sizeof(sender->address), err);
}

int pg_column_appraisal(
	struct pg_run *run, struct store_appraisal *ret_appraisal, struct error *err)
{
	struct pack_row row = {.appraisal.link.id = pg_column_number(run)};
	struct store_appraisal *appraisal = &row.appraisal;
	struct pack_stored stored;
	int rc = pg_column_text(run, appraisal->uuid, sizeof(appraisal->uuid), err);

	if (!rc)
		rc = pg_column_record(run, &pg_record_appraisal, &row, err);
	if (rc)
		return rc;
	stored = pg_column_stored(run);
	return pack_open(&run->connection->pack, &row, &stored, ret_appraisal, err);
}

int pg_column_audit(struct pg_run *run, struct store_audit *ret_audit, struct error *err)
{
	struct store_audit audit = {0};
	int rc = pg_column_record(run, &pg_record_audit, &audit, err);

	if (!rc)
		*ret_audit = audit;
	return rc;
}
