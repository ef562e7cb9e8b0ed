/* SPDX-License-Identifier: BSD-2-Clause */
/* A SQLite database as one side of a copy. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "collector/store/sqlite/private.h"
#include "collector/store/store_copy.h"

#define CACHE_KIB (64 * 1024)

struct sqlite_side {
	struct store_copy_side side; /* first: the ops' functions cast */
	struct sqlite_connection connection;
	char path[];
};

static struct sqlite_connection *connection_of(struct store_copy_side *side)
{
	return &((struct sqlite_side *)side)->connection;
}

static int execute(struct sqlite_connection *connection, const char *sql, struct error *err)
{
	return sqlite3_exec(connection->db, sql, NULL, NULL, NULL) ? sqlite_error(connection, err)
								   : 0;
}

/* A statement that is run once, or for one page; end() frees it. */
static struct sqlite_run start(struct sqlite_connection *connection, const char *sql)
{
	struct sqlite_run run = {.connection = connection};

	run.code = sqlite3_prepare_v2(connection->db, sql, -1, &run.statement, NULL);
	return run;
}

static struct sqlite_run start_text(
	struct sqlite_connection *connection, struct buf *sql, struct error *err)
{
	struct sqlite_run run = {.connection = connection, .code = SQLITE_NOMEM};

	(void)err;
	buf_append_u8(sql, 0);
	return sql->failed ? run : start(connection, (const char *)sql->data);
}

static int end(struct sqlite_run *run, int rc, struct error *err)
{
	rc = sqlite_run_end_after(run, rc, err);
	sqlite3_finalize(run->statement);
	return rc;
}

static int freeze(struct store_copy_side *side, struct error *err)
{
	struct sqlite_connection *connection = connection_of(side);
	int ignored;
	int rc = execute(connection, "BEGIN", err);

	/* It begins with the first read. */
	return rc ? rc
		  : sqlite_run_number(
			    connection, "SELECT count(*) FROM sqlite_schema", &ignored, err);
}

static int thaw(struct store_copy_side *side, struct error *err)
{
	return execute(connection_of(side), "COMMIT", err);
}

/* Nobody can: a source is open for us alone. */
static int is_served(struct store_copy_side *side, bool *ret_is, struct error *err)
{
	(void)side;
	(void)err;
	*ret_is = false;
	return 0;
}

/* Which file it is was seen before it was opened. */
static int identify(struct store_copy_side *side, struct buf *to, struct error *err)
{
	(void)side;
	(void)to;
	(void)err;
	return 0;
}

static int is_current(struct store_copy_side *side, bool *ret_is, struct error *err)
{
	return sqlite_schema_look(connection_of(side), ret_is, err);
}

static int migrate(struct store_copy_side *side, struct error *err)
{
	return sqlite_schema_migrate(connection_of(side), err);
}

static int read_mark(struct store_copy_side *side, bool *ret_is_marked, struct error *err)
{
	int count = 0;
	int rc = sqlite_run_number(connection_of(side), SQLITE_COPYING, &count, err);

	*ret_is_marked = count != 0;
	return rc;
}

static int write_mark(struct store_copy_side *side, struct error *err)
{
	return execute(connection_of(side), "CREATE TABLE copying (is_done INTEGER) STRICT", err);
}

/* --- rows --- */

static void bind_value(struct sqlite_run *run, char kind, struct reader *row)
{
	struct crypto_bytes bytes;

	if (kind == 'n') {
		sqlite_bind_number(run, store_copy_take_number(row));
		return;
	}
	bytes = store_copy_take_bytes(row);
	if (kind == 'b')
		sqlite_bind_bytes(run, bytes.bytes, bytes.len);
	else if (!run->code)
		run->code = sqlite3_bind_text(run->statement, ++run->at,
			bytes.len ? (const char *)bytes.bytes : "", (int)bytes.len, SQLITE_STATIC);
}

static void put_columns(struct sqlite_run *run, const char *kinds, size_t count, struct buf *to)
{
	for (size_t i = 0; i < count; i++) {
		if (kinds[i] == 'n') {
			store_copy_put_number(to, sqlite_column_number(run));
		} else {
			const struct crypto_bytes bytes = sqlite_column_bytes(run);

			store_copy_put_bytes(to, bytes.bytes, bytes.len);
		}
	}
}

/* The first columns, which are the key: "expires_ms, id". */
static void append_key(struct buf *to, const struct store_copy_table *table, const char *behind)
{
	const char *at = table->columns;

	for (size_t i = 0; i < table->keys; i++) {
		const size_t len = strcspn(at, ",");

		buf_printf(to, "%s%.*s%s", i ? ", " : "", (int)len, at, behind);
		at += len + 1 + (at[len] != 0);
	}
}

static void append_parameters(struct buf *to, size_t count)
{
	for (size_t i = 0; i < count; i++)
		buf_printf(to, "%s?%zu", i ? ", " : "", i + 1);
}

static int read_rows(struct store_copy_side *side, const struct store_copy_table *table,
	const struct crypto_bytes *after, struct buf *to, size_t *ret_rows, struct error *err)
{
	struct reader key = after ? reader_of(after->bytes, after->len) : (struct reader){0};
	BUF_SCOPED sql = {0};
	struct sqlite_run run;

	buf_printf(&sql, "SELECT %s FROM %s", table->columns, table->name);
	if (after) {
		buf_append_text(&sql, " WHERE (");
		append_key(&sql, table, "");
		buf_append_text(&sql, ") > (");
		append_parameters(&sql, table->keys);
		buf_append_text(&sql, ")");
	}
	buf_append_text(&sql, " ORDER BY ");
	append_key(&sql, table, "");
	buf_printf(&sql, " LIMIT %zu", table->page);
	run = start_text(connection_of(side), &sql, err);
	for (size_t i = 0; after && i < table->keys; i++)
		bind_value(&run, table->kinds[i], &key);
	for (*ret_rows = 0; sqlite_run_step(&run); ++*ret_rows)
		put_columns(&run, table->kinds, strlen(table->kinds), to);
	return end(&run, 0, err);
}

static int read_last(struct store_copy_side *side, const struct store_copy_table *table,
	struct buf *to, struct error *err)
{
	BUF_SCOPED sql = {0};
	struct sqlite_run run;

	buf_append_text(&sql, "SELECT ");
	append_key(&sql, table, "");
	buf_printf(&sql, " FROM %s ORDER BY ", table->name);
	append_key(&sql, table, " DESC");
	buf_append_text(&sql, " LIMIT 1");
	run = start_text(connection_of(side), &sql, err);
	if (sqlite_run_step(&run))
		put_columns(&run, table->kinds, table->keys, to);
	return end(&run, 0, err);
}

static int insert(struct sqlite_connection *connection, const struct store_copy_table *table,
	const struct buf *rows, size_t count, struct error *err)
{
	struct reader reader = reader_of(rows->data, rows->len);
	const size_t columns = strlen(table->kinds);
	BUF_SCOPED sql = {0};
	struct sqlite_run run;
	int rc = 0;

	buf_printf(&sql, "INSERT INTO %s (%s) VALUES (", table->name, table->columns);
	append_parameters(&sql, columns);
	buf_append_text(&sql, ")");
	run = start_text(connection, &sql, err);
	for (size_t i = 0; !rc && i < count; i++) {
		for (size_t column = 0; column < columns; column++)
			bind_value(&run, table->kinds[column], &reader);
		rc = sqlite_run_finish(&run, err);
	}
	sqlite3_finalize(run.statement);
	return rc;
}

static int commit(struct sqlite_connection *connection, int rc, struct error *err)
{
	if (!rc)
		rc = execute(connection, "COMMIT", err);
	if (rc && !sqlite3_get_autocommit(connection->db))
		sqlite3_exec(connection->db, "ROLLBACK", NULL, NULL, NULL);
	return rc;
}

static int write_rows(struct store_copy_side *side, const struct store_copy_table *table,
	const struct buf *rows, size_t count, struct error *err)
{
	struct sqlite_connection *connection = connection_of(side);
	int rc = execute(connection, "BEGIN IMMEDIATE", err);

	return rc ? rc : commit(connection, insert(connection, table, rows, count, err), err);
}

/* --- the rest --- */

static int read_numbers(
	struct sqlite_connection *connection, struct store_copy_rest *rest, struct error *err)
{
	struct sqlite_run run = start(connection,
		"SELECT coalesce((SELECT max(row) FROM vms), 0),"
		" (SELECT max(report, (SELECT coalesce(max(id), 0) FROM reports)) FROM forgotten),"
		" coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'claims'), 0),"
		" coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'tokens'), 0),"
		" id, hash FROM audit_head");
	int rc = 0;

	if (sqlite_run_step(&run)) {
		rest->vms = sqlite_column_number(&run);
		rest->reports = sqlite_column_number(&run);
		rest->claims = sqlite_column_number(&run);
		rest->tokens = sqlite_column_number(&run);
		rc = sqlite_column_link(&run, &rest->audit, err);
	}
	return end(&run, rc, err);
}

static int read_rest(
	struct store_copy_side *side, struct store_copy_rest *ret_rest, struct error *err)
{
	struct sqlite_connection *connection = connection_of(side);
	struct store_copy_rest rest = {0};
	struct sqlite_run run;
	int rc = read_numbers(connection, &rest, err);

	if (rc)
		return rc;
	run = start(connection, "SELECT since_ms, ran_ms FROM watch");
	if (sqlite_run_step(&run)) {
		rest.watch.since_ms = sqlite_column_number(&run);
		rest.watch.ran_ms = sqlite_column_number(&run);
	}
	rc = end(&run, 0, err);
	if (rc)
		return rc;
	run = start(connection, "SELECT key FROM shared_key");
	if (sqlite_run_step(&run)) {
		const struct crypto_bytes key = sqlite_column_bytes(&run);

		rest.key_len = key.len < sizeof(rest.key) ? key.len : sizeof(rest.key);
		memcpy(rest.key, key.bytes, rest.key_len);
	}
	rc = end(&run, 0, err);
	if (!rc)
		*ret_rest = rest;
	return rc;
}

static int write_number(
	struct sqlite_connection *connection, const char *sql, uint64_t number, struct error *err)
{
	struct sqlite_run run = start(connection, sql);
	int rc;

	sqlite_bind_number(&run, number);
	rc = sqlite_run_finish(&run, err);
	sqlite3_finalize(run.statement);
	return rc;
}

static int write_numbers(
	struct sqlite_connection *connection, const struct store_copy_rest *rest, struct error *err)
{
	int rc = execute(
		connection, "DELETE FROM sqlite_sequence WHERE name IN ('claims', 'tokens')", err);

	if (!rc)
		rc = write_number(connection, "INSERT INTO sqlite_sequence VALUES ('claims', ?1)",
			rest->claims, err);
	if (!rc)
		rc = write_number(connection, "INSERT INTO sqlite_sequence VALUES ('tokens', ?1)",
			rest->tokens, err);
	return rc ? rc
		  : write_number(
			    connection, "UPDATE forgotten SET report = ?1", rest->reports, err);
}

static int write_key(
	struct sqlite_connection *connection, const struct store_copy_rest *rest, struct error *err)
{
	struct sqlite_run run =
		start(connection, "INSERT OR REPLACE INTO shared_key VALUES (1, ?1)");
	int rc = 0;

	sqlite_bind_bytes(&run, rest->key, rest->key_len);
	if (rest->key_len)
		rc = sqlite_run_finish(&run, err);
	sqlite3_finalize(run.statement);
	return rc;
}

static int write_ends(
	struct sqlite_connection *connection, const struct store_copy_rest *rest, struct error *err)
{
	struct sqlite_run run = start(connection, "UPDATE audit_head SET id = ?1, hash = ?2");
	int rc;

	sqlite_bind_link(&run, &rest->audit);
	rc = sqlite_run_finish(&run, err);
	sqlite3_finalize(run.statement);
	if (rc || !rest->watch.ran_ms)
		return rc;
	run = start(connection, "INSERT OR REPLACE INTO watch VALUES (1, ?1, ?2)");
	sqlite_bind_number(&run, rest->watch.since_ms);
	sqlite_bind_number(&run, rest->watch.ran_ms);
	rc = sqlite_run_finish(&run, err);
	sqlite3_finalize(run.statement);
	return rc;
}

static int write_rest(
	struct store_copy_side *side, const struct store_copy_rest *rest, struct error *err)
{
	struct sqlite_connection *connection = connection_of(side);
	int rc = execute(connection, "BEGIN IMMEDIATE", err);

	if (rc)
		return rc;
	rc = write_numbers(connection, rest, err);
	if (!rc)
		rc = write_key(connection, rest, err);
	if (!rc)
		rc = write_ends(connection, rest, err);
	return commit(connection, rc, err);
}

static int drop_mark(struct store_copy_side *side, struct error *err)
{
	return execute(connection_of(side), "DROP TABLE copying", err);
}

static void close_side(struct store_copy_side *side)
{
	struct sqlite_connection *connection = connection_of(side);

	sqlite_connection_close(connection);
	pthread_mutex_destroy(&connection->lock);
	free(side);
}

static const struct store_copy_ops ops = {
	.close = close_side,
	.identify = identify,
	.is_served = is_served,
	.is_current = is_current,
	.migrate = migrate,
	.freeze = freeze,
	.thaw = thaw,
	.read_mark = read_mark,
	.write_mark = write_mark,
	.read = read_rows,
	.read_last = read_last,
	.write = write_rows,
	.read_rest = read_rest,
	.write_rest = write_rest,
	.drop_mark = drop_mark,
};

bool store_sqlite_are_same(const char *path, const char *other)
{
	struct stat left, right;

	if (!strcmp(path, other))
		return true;
	return !stat(path, &left) && !stat(other, &right) && left.st_dev == right.st_dev &&
	       left.st_ino == right.st_ino;
}

int store_sqlite_copy_open(
	const char *path, bool is_target, struct store_copy_side **ret_side, struct error *err)
{
	struct sqlite_side *side = calloc(1, sizeof(*side) + strlen(path) + 1);
	struct sqlite_connection *connection;
	int rc;

	if (!side)
		return error_set(err, ERROR_NO_MEMORY, "no memory for a copy");
	memcpy(side->path, path, strlen(path) + 1);
	side->side.ops = &ops;
	connection = &side->connection;
	connection->path = side->path;
	connection->cache_kib = CACHE_KIB;
	connection->keeps_schema = true;
	connection->is_alone = !is_target;
	connection->may_create = connection->may_be_unfinished = is_target;
	pthread_mutex_init(&connection->lock, NULL);
	rc = sqlite_connection_enter(connection, err);
	if (!rc)
		sqlite_connection_leave(connection, 0);
	if (rc == -ERROR_TIMEOUT && !is_target)
		rc = store_copy_refuse_served(err);
	/* Nobody else keeps the log short. */
	if (!rc && is_target)
		rc = execute(connection, "PRAGMA wal_autocheckpoint = 4000", err);
	if (rc)
		close_side(&side->side);
	else
		*ret_side = &side->side;
	return rc;
}
