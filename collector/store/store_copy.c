/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/store/store_copy.h"

#include <inttypes.h>
#include <string.h>

#include "core/log.h"
#include "platform/system.h"

/* One that has ended may have a session for a moment still. */
#define SETTLE_MS 2000
#define LOOK_US   250000

/* Audit events come last: whoever looks into an unfinished copy sees none of what is missing. */
static const struct store_copy_table tables[] = {
	{"vms",
		"row, uuid, revision, enrolment, eks, ak_name, status, continuity, reason, "
		"received_ms, reset_count, restart_count, clock_ms, announced, announced_until_ms, "
		"baseline, baseline_hash, head, head_hash, tail, tail_hash, hostname, is_safe, "
		"asked_ms, claimed_ms, lines, seen_ms, hour_ms, hour_reports, hour_bytes, "
		"pending_ek, pending_bytes, check_ms, disks_sealed, disks_failing, interval_s, "
		"awaited_s, silent_ms, event_log, keyframe, keyframe_uses",
		"ntntbbtttnnnntnnbnbnbtnnnbnnnnbnnnnnnnbnn", 1, 512},
	{"keys", "key, vm", "bn", 1, 4096},
	{"reports",
		"id, vm, hash, prev, prev_hash, received_ms, event, status, continuity, reason, "
		"attest, signature, nonce, secret, verdict, evidence, ek, sender_role, "
		"sender_name, sender_address, challenged_ms, basis, snapshot, packed_len, keyframe",
		"nnbnbnttttbbbbbbbtttnbbnn", 1, 256},
	{"keyframes", "key, key_vm, key_uses, key_len, key_bytes", "nnnnb", 1, 256},
	{"event_logs", "sha256, bytes", "bb", 1, 16},
	{"event_log_uses", "vm, sha256, first, last", "nbnn", 2, 4096},
	{"claims",
		"id, vm, sender_role, sender_name, sender_address, received_ms, challenged_ms, "
		"continuity, reason, hostname, ek, ak_name",
		"nntttnntttbb", 1, 1024},
	{"tokens", "id, digest, uuid, made_ms, made_by", "nbtnt", 1, 4096},
	{"result_keys", "kid, made_ms, until_ms, x, y, secret", "bnnbbb", 1, 1024},
	{"spent", "expires_ms, id", "nb", 2, 4096},
	{"audit",
		"id, hash, prev, prev_hash, at_ms, uuid, action, actor, detail, revision, snapshot",
		"nbnbnttttnb", 1, 512},
};

#define TABLE_COUNT (sizeof(tables) / sizeof(tables[0]))

/* --- rows --- */

void store_copy_put_number(struct buf *to, uint64_t number)
{
	buf_append_u32be(to, (uint32_t)(number >> 32));
	buf_append_u32be(to, (uint32_t)number);
}

void store_copy_put_bytes(struct buf *to, const void *bytes, size_t len)
{
	buf_append_u32be(to, (uint32_t)len);
	buf_append(to, bytes, len);
}

uint64_t store_copy_take_number(struct reader *row)
{
	return reader_u64be(row);
}

struct crypto_bytes store_copy_take_bytes(struct reader *row)
{
	uint32_t len = reader_u32be(row);

	return (struct crypto_bytes){reader_bytes(row, len), len};
}

/* The key of the last of so many rows. */
static void last_key(const struct store_copy_table *table, const struct buf *rows, size_t count,
	struct buf *ret_key)
{
	struct reader reader = reader_of(rows->data, rows->len);
	const size_t columns = strlen(table->kinds);

	for (size_t i = 0; i < count * columns; i++) {
		const size_t column = i % columns;
		const bool is_key = i / columns == count - 1 && column < table->keys;
		uint64_t number = 0;
		struct crypto_bytes bytes = {0};

		if (table->kinds[column] == 'n')
			number = store_copy_take_number(&reader);
		else
			bytes = store_copy_take_bytes(&reader);
		if (is_key && table->kinds[column] == 'n')
			store_copy_put_number(ret_key, number);
		else if (is_key)
			store_copy_put_bytes(ret_key, bytes.bytes, bytes.len);
	}
}

static int read_page(struct store_copy_side *side, const struct store_copy_table *table,
	const struct buf *after, struct buf *to, size_t *ret_rows, struct error *err)
{
	const struct crypto_bytes key = {after->data, after->len};
	int rc = side->ops->read(side, table, after->len ? &key : NULL, to, ret_rows, err);

	if (!rc && to->failed)
		rc = error_set(err, ERROR_NO_MEMORY, "no memory for a copy");
	return rc;
}

/* --- copying --- */

/* *key: behind which to go on, and where that led; *ret_is_last: no more comes. */
static int copy_page(struct store_copy_side *from, struct store_copy_side *to,
	const struct store_copy_table *table, struct buf *key, size_t *ret_rows, struct error *err)
{
	BUF_SCOPED rows = {0};
	int rc = read_page(from, table, key, &rows, ret_rows, err);

	if (rc || !*ret_rows)
		return rc;
	key->len = 0;
	last_key(table, &rows, *ret_rows, key);
	if (key->failed)
		return error_set(err, ERROR_NO_MEMORY, "no memory for a copy");
	return to->ops->write(to, table, &rows, *ret_rows, err);
}

static int copy_table(struct store_copy_side *from, struct store_copy_side *to,
	const struct store_copy_table *table, struct error *err)
{
	BUF_SCOPED key = {0};
	uint64_t total = 0;
	size_t rows;
	int rc = to->ops->read_last(to, table, &key, err);

	do {
		rows = 0;
		if (!rc)
			rc = copy_page(from, to, table, &key, &rows, err);
		total += rows;
	} while (!rc && rows == table->page);
	if (rc)
		return error_wrap(err, "%s", table->name);
	log_write(LOG_LEVEL_DEBUG, "%s: %" PRIu64 " rows", table->name, total);
	return 0;
}

static int copy_tables(struct store_copy_side *from, struct store_copy_side *to, struct error *err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < TABLE_COUNT; i++)
		rc = copy_table(from, to, &tables[i], err);
	return rc;
}

/* --- comparing --- */

static int compare_page(struct store_copy_side *from, struct store_copy_side *to,
	const struct store_copy_table *table, struct buf *key, size_t *ret_rows, bool *ret_is_same,
	struct error *err)
{
	BUF_SCOPED left = {0}, right = {0};
	size_t others;
	int rc = read_page(from, table, key, &left, ret_rows, err);

	if (!rc)
		rc = read_page(to, table, key, &right, &others, err);
	if (rc)
		return rc;
	*ret_is_same = left.len == right.len &&
		       (!left.len || memcmp(left.data, right.data, left.len) == 0);
	key->len = 0;
	last_key(table, &left, *ret_rows, key);
	return 0;
}

static int compare_tables(struct store_copy_side *from, struct store_copy_side *to,
	const struct store_copy_table **ret_different, struct error *err)
{
	bool is_same = true;
	int rc = 0;

	*ret_different = NULL;
	for (size_t i = 0; !rc && is_same && i < TABLE_COUNT; i++) {
		BUF_SCOPED key = {0};
		size_t rows;

		do {
			rows = 0;
			rc = compare_page(from, to, &tables[i], &key, &rows, &is_same, err);
		} while (!rc && is_same && rows == tables[i].page);
		if (!is_same)
			*ret_different = &tables[i];
	}
	return rc;
}

/* --- what may be copied where --- */

int store_copy_refuse_served(struct error *err)
{
	return error_set(
		err, ERROR_USAGE, "a collector serves from what is to be copied: stop it first");
}

/* What a collector takes while it is copied would be lost. */
static int refuse_served(struct store_copy_side *from, struct error *err)
{
	const uint64_t until_ms = platform_monotonic_ms() + SETTLE_MS;
	bool is_served = false;
	int rc = from->ops->is_served(from, &is_served, err);

	while (!rc && is_served && platform_monotonic_ms() < until_ms) {
		platform_sleep_us(LOOK_US);
		rc = from->ops->is_served(from, &is_served, err);
	}
	return !rc && is_served ? store_copy_refuse_served(err) : rc;
}

static int refuse_same(struct store_copy_side *from, struct store_copy_side *to, struct error *err)
{
	BUF_SCOPED left = {0}, right = {0};
	int rc = from->ops->identify(from, &left, err);

	if (!rc)
		rc = to->ops->identify(to, &right, err);
	if (!rc && (left.failed || right.failed))
		rc = error_set(err, ERROR_NO_MEMORY, "no memory for a copy");
	if (rc || !left.len || left.len != right.len)
		return rc;
	if (memcmp(left.data, right.data, left.len) != 0)
		return 0;
	return error_set(err, ERROR_USAGE, "both are the same store; nothing was copied");
}

static int is_empty(struct store_copy_side *side, bool *ret_is, struct error *err)
{
	struct store_copy_rest rest = {0};
	int rc = side->ops->read_rest(side, &rest, err);

	*ret_is = !rest.key_len && !rest.watch.ran_ms;
	for (size_t i = 0; !rc && *ret_is && i < TABLE_COUNT; i++) {
		BUF_SCOPED key = {0};

		rc = side->ops->read_last(side, &tables[i], &key, err);
		*ret_is = !key.len;
	}
	return rc;
}

static bool has_key(const struct store_copy_rest *left, const struct store_copy_rest *right)
{
	return left->key_len && left->key_len == right->key_len &&
	       !memcmp(left->key, right->key, left->key_len);
}

static bool is_same_rest(const struct store_copy_rest *left, const struct store_copy_rest *right)
{
	return left->reports == right->reports && left->claims == right->claims &&
	       left->tokens == right->tokens && left->key_len == right->key_len &&
	       !memcmp(left->key, right->key, left->key_len) &&
	       !memcmp(&left->audit, &right->audit, sizeof(left->audit));
}

/* The copy was begun with the source's watch, and each goes on from there where it is served. */
static int refuse_different(
	const struct store_copy_rest *from, const struct store_copy_rest *to, struct error *err)
{
	if (has_key(from, to) && to->watch.ran_ms > from->watch.ran_ms)
		return error_set(err, ERROR_USAGE,
			"this copy was finished before, and a collector has served from it since: "
			"it has what the old store lacks, and nothing was copied");
	if (has_key(from, to) && to->watch.ran_ms < from->watch.ran_ms)
		return error_set(err, ERROR_USAGE,
			"this copy was finished before, and a collector has served from the old "
			"store since: what that took is not in the copy, and nothing was copied");
	return error_set(err, ERROR_USAGE,
		"there is a history already where the copy is to go: it needs an empty database");
}

/* What was finished before may be asked for again. */
static int refuse_other(struct store_copy *copy, struct error *err)
{
	const struct store_copy_table *different = NULL;
	struct store_copy_rest there = {0};
	bool is_same;
	int rc = copy->to->ops->read_rest(copy->to, &there, err);

	is_same = is_same_rest(&copy->rest, &there);
	if (!rc && is_same)
		rc = compare_tables(copy->from, copy->to, &different, err);
	if (rc)
		return rc;
	copy->was_finished = is_same && !different;
	return copy->was_finished ? 0 : refuse_different(&copy->rest, &there, err);
}

/* --- */

/* Whether the target is there to be written to; else it has a history, maybe this one. */
static int look_at_target(struct store_copy_side *to, bool *ret_is_open, struct error *err)
{
	bool is_marked = false, was_empty = false;
	int rc = to->ops->read_mark(to, &is_marked, err);

	if (!rc && !is_marked)
		rc = is_empty(to, &was_empty, err);
	*ret_is_open = is_marked || was_empty;
	return rc;
}

/* The source last: where a copy is refused, its collector goes on with it. An earlier version's has
 * no finished copy: that was made of this one's. */
static int migrate(struct store_copy_side *from, struct store_copy_side *to, bool *ret_is_open,
	struct error *err)
{
	static const struct store_copy_rest none;
	bool is_current = false;
	int rc = to->ops->migrate(to, err);

	if (!rc)
		rc = look_at_target(to, ret_is_open, err);
	if (!rc)
		rc = from->ops->is_current(from, &is_current, err);
	if (!rc && !is_current && !*ret_is_open)
		return refuse_different(&none, &none, err);
	return rc ? rc : from->ops->migrate(from, err);
}

static int begin(struct store_copy *copy, bool *ret_is_open, struct error *err)
{
	struct store_copy_side *from = copy->from, *to = copy->to;
	bool is_marked = false;
	int rc = refuse_same(from, to, err);

	if (!rc)
		rc = refuse_served(from, err);
	if (!rc)
		rc = migrate(from, to, ret_is_open, err);
	if (!rc)
		rc = from->ops->freeze(from, err);
	if (!rc)
		rc = from->ops->read_rest(from, &copy->rest, err);
	if (!rc)
		rc = to->ops->read_mark(to, &is_marked, err);
	if (!rc && *ret_is_open && !is_marked)
		rc = to->ops->write_mark(to, err);
	return rc;
}

int store_copy_rows(struct store_copy *copy, struct error *err)
{
	const struct store_copy_table *different;
	bool is_open = false;
	int rc = begin(copy, &is_open, err);

	if (rc)
		return rc;
	if (!is_open)
		return refuse_other(copy, err);
	rc = copy_tables(copy->from, copy->to, err);
	if (!rc)
		rc = compare_tables(copy->from, copy->to, &different, err);
	if (!rc && different)
		rc = error_set(err, ERROR_MALFORMED,
			"%s: the copy differs from what it is of, which was written to since it "
			"was begun, or is another one: remove it, and begin again",
			different->name);
	return rc ? rc : copy->to->ops->write_rest(copy->to, &copy->rest, err);
}

/* Somebody may have started a collector in the meantime. What it has written first tells, if it
 * has ended again. */
static int look_for_writers(struct store_copy *copy, struct error *err)
{
	struct store_copy_side *from = copy->from;
	struct store_copy_rest now = {0};
	int rc = from->ops->thaw(from, err);

	if (!rc)
		rc = refuse_served(from, err);
	if (!rc)
		rc = from->ops->read_rest(from, &now, err);
	if (rc)
		return rc;
	if (now.watch.ran_ms == copy->rest.watch.ran_ms && is_same_rest(&now, &copy->rest))
		return 0;
	return error_set(err, ERROR_USAGE,
		"a collector has served from the old store since the copy was begun: what it took "
		"is not in the copy, which nobody can serve from; remove it, and begin again");
}

int store_copy_finish(struct store_copy *copy, struct error *err)
{
	int rc = copy->was_finished ? 0 : look_for_writers(copy, err);

	return rc || copy->was_finished ? rc : copy->to->ops->drop_mark(copy->to, err);
}

void store_copy_close(struct store_copy_side *side)
{
	if (side)
		side->ops->close(side);
}
