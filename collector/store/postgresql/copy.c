/* SPDX-License-Identifier: BSD-2-Clause */
/* A PostgreSQL database as one side of a copy. */
#include <stdlib.h>
#include <string.h>

#include "collector/store/postgresql/private.h"
#include "collector/store/store_copy.h"

/* A statement has at most so many parameters. */
#define PARAMETERS_MAX 65535
#define TYPE_BYTES     17
#define TYPE_NUMBER    20
#define TYPE_TEXT      25

struct pg_side {
	struct store_copy_side side; /* first: the ops' functions cast */
	struct pg_connection connection;
	char url[];
};

/* Values of a statement, as libpq wants them. */
struct parameters {
	int count, room;
	Oid *types;
	const char **values;
	int *lengths, *formats;
};

static struct pg_connection *connection_of(struct store_copy_side *side)
{
	return &((struct pg_side *)side)->connection;
}

/* --- statements --- */

static void parameters_free(struct parameters *parameters)
{
	free(parameters->types);
	free(parameters->values);
	free(parameters->lengths);
	free(parameters->formats);
}

static bool parameters_start(struct parameters *parameters, size_t count)
{
	*parameters = (struct parameters){.room = (int)count,
		.types = calloc(count + 1, sizeof(*parameters->types)),
		.values = calloc(count + 1, sizeof(*parameters->values)),
		.lengths = calloc(count + 1, sizeof(*parameters->lengths)),
		.formats = calloc(count + 1, sizeof(*parameters->formats))};
	if (parameters->types && parameters->values && parameters->lengths && parameters->formats)
		return true;
	parameters_free(parameters);
	return false;
}

static void add_parameter(struct parameters *to, Oid type, const void *value, size_t len)
{
	to->types[to->count] = type;
	to->values[to->count] = len ? value : "";
	to->lengths[to->count] = (int)len;
	to->formats[to->count++] = 1;
}

/* A number stands in a row as PostgreSQL has it: eight bytes. */
static void take_parameter(struct parameters *to, char kind, struct reader *row)
{
	struct crypto_bytes bytes;

	if (kind == 'n') {
		add_parameter(to, TYPE_NUMBER, reader_bytes(row, 8), 8);
		return;
	}
	bytes = store_copy_take_bytes(row);
	add_parameter(to, kind == 't' ? TYPE_TEXT : TYPE_BYTES, bytes.bytes, bytes.len);
}

/* *ret_result: to be cleared in any case. */
static int run(struct pg_connection *connection, struct buf *sql,
	const struct parameters *parameters, PGresult **ret_result, struct error *err)
{
	ExecStatusType status;

	*ret_result = NULL;
	buf_append_u8(sql, 0);
	if (sql->failed)
		return error_set(err, ERROR_NO_MEMORY, "no memory for a copy");
	*ret_result = PQexecParams(connection->pg, (const char *)sql->data,
		parameters ? parameters->count : 0, parameters ? parameters->types : NULL,
		parameters ? parameters->values : NULL, parameters ? parameters->lengths : NULL,
		parameters ? parameters->formats : NULL, 1);
	status = PQresultStatus(*ret_result);
	if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK)
		return 0;
	pg_fail(connection, *ret_result);
	return pg_error(connection, err);
}

static int execute(struct pg_connection *connection, const char *text, struct error *err)
{
	BUF_SCOPED sql = {0};
	PGresult *result;
	int rc;

	buf_append_text(&sql, text);
	rc = run(connection, &sql, NULL, &result, err);
	PQclear(result);
	return rc;
}

static uint64_t number_at(const PGresult *result, int row, int column)
{
	struct reader reader = reader_of(
		PQgetvalue(result, row, column), (size_t)PQgetlength(result, row, column));

	return reader_u64be(&reader);
}

static int freeze(struct store_copy_side *side, struct error *err)
{
	struct pg_connection *connection = connection_of(side);
	int rc = execute(connection, "SET idle_in_transaction_session_timeout = 0", err);

	return rc ? rc
		  : execute(connection, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", err);
}

static int thaw(struct store_copy_side *side, struct error *err)
{
	return execute(connection_of(side), "COMMIT", err);
}

static int ask_number(
	struct store_copy_side *side, const char *text, uint64_t *ret_number, struct error *err)
{
	BUF_SCOPED sql = {0};
	PGresult *result;
	int rc;

	buf_append_text(&sql, text);
	rc = run(connection_of(side), &sql, NULL, &result, err);
	if (!rc)
		*ret_number = number_at(result, 0, 0);
	PQclear(result);
	return rc;
}

/* A session that calls itself otherwise, as its URL says, may still have the duty. */
static int is_served(struct store_copy_side *side, bool *ret_is, struct error *err)
{
	uint64_t sessions = 0;
	int rc = ask_number(side,
		"SELECT (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
		"AND application_name = 'vtpm-collector' AND pid <> pg_backend_pid()) + "
		"(SELECT count(*) FROM pg_locks WHERE " PG_DUTY_LOCK " AND database = (SELECT oid "
		"FROM pg_database WHERE datname = current_database()))",
		&sessions, err);

	*ret_is = sessions != 0;
	return rc;
}

/* Whichever way leads to the server: of a standby it is its primary's. */
static int identify(struct store_copy_side *side, struct buf *to, struct error *err)
{
	static const char *const texts[] = {"SELECT system_identifier FROM pg_control_system()",
		"SELECT oid::bigint FROM pg_database WHERE datname = current_database()"};
	int rc = 0;

	for (size_t i = 0; !rc && i < sizeof(texts) / sizeof(texts[0]); i++) {
		uint64_t number = 0;

		rc = ask_number(side, texts[i], &number, err);
		store_copy_put_number(to, number);
	}
	return rc;
}

static int is_current(struct store_copy_side *side, bool *ret_is, struct error *err)
{
	return pg_schema_look(connection_of(side), ret_is, err);
}

static int migrate(struct store_copy_side *side, struct error *err)
{
	return pg_schema_migrate(connection_of(side), err);
}

static int read_mark(struct store_copy_side *side, bool *ret_is_marked, struct error *err)
{
	uint64_t marks = 0;
	int rc = ask_number(side, PG_COPYING, &marks, err);

	*ret_is_marked = marks != 0;
	return rc;
}

static int write_mark(struct store_copy_side *side, struct error *err)
{
	return execute(connection_of(side), "CREATE TABLE vtpm.copying (is_done BIGINT)", err);
}

/* --- rows --- */

static void put_rows(const PGresult *result, const char *kinds, size_t columns, struct buf *to)
{
	for (int row = 0; row < PQntuples(result); row++) {
		for (int column = 0; column < (int)columns; column++) {
			const void *value = PQgetvalue(result, row, column);
			const size_t len = (size_t)PQgetlength(result, row, column);

			if (kinds[column] == 'n')
				buf_append(to, value, len);
			else
				store_copy_put_bytes(to, value, len);
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

static void append_parameters(struct buf *to, size_t first, size_t count)
{
	for (size_t i = 0; i < count; i++)
		buf_printf(to, "%s$%zu", i ? ", " : "", first + i);
}

static int read_rows(struct store_copy_side *side, const struct store_copy_table *table,
	const struct crypto_bytes *after, struct buf *to, size_t *ret_rows, struct error *err)
{
	struct reader key = after ? reader_of(after->bytes, after->len) : (struct reader){0};
	struct parameters parameters;
	BUF_SCOPED sql = {0};
	PGresult *result;
	int rc;

	if (!parameters_start(&parameters, table->keys))
		return error_set(err, ERROR_NO_MEMORY, "no memory for a copy");
	buf_printf(&sql, "SELECT %s FROM vtpm.%s", table->columns, table->name);
	if (after) {
		buf_append_text(&sql, " WHERE (");
		append_key(&sql, table, "");
		buf_append_text(&sql, ") > (");
		append_parameters(&sql, 1, table->keys);
		buf_append_text(&sql, ")");
	}
	for (size_t i = 0; after && i < table->keys; i++)
		take_parameter(&parameters, table->kinds[i], &key);
	buf_append_text(&sql, " ORDER BY ");
	append_key(&sql, table, "");
	buf_printf(&sql, " LIMIT %zu", table->page);
	rc = run(connection_of(side), &sql, &parameters, &result, err);
	*ret_rows = rc ? 0 : (size_t)PQntuples(result);
	if (!rc)
		put_rows(result, table->kinds, strlen(table->kinds), to);
	PQclear(result);
	parameters_free(&parameters);
	return rc;
}

static int read_last(struct store_copy_side *side, const struct store_copy_table *table,
	struct buf *to, struct error *err)
{
	BUF_SCOPED sql = {0};
	PGresult *result;
	int rc;

	buf_append_text(&sql, "SELECT ");
	append_key(&sql, table, "");
	buf_printf(&sql, " FROM vtpm.%s ORDER BY ", table->name);
	append_key(&sql, table, " DESC");
	buf_append_text(&sql, " LIMIT 1");
	rc = run(connection_of(side), &sql, NULL, &result, err);
	if (!rc)
		put_rows(result, table->kinds, table->keys, to);
	PQclear(result);
	return rc;
}

/* All rows in one statement, which is a transaction by itself. */
static int insert(struct pg_connection *connection, const struct store_copy_table *table,
	struct reader *rows, size_t count, struct error *err)
{
	const size_t columns = strlen(table->kinds);
	struct parameters parameters;
	BUF_SCOPED sql = {0};
	PGresult *result;
	int rc;

	if (!parameters_start(&parameters, count * columns))
		return error_set(err, ERROR_NO_MEMORY, "no memory for a copy");
	buf_printf(&sql, "INSERT INTO vtpm.%s (%s) VALUES ", table->name, table->columns);
	for (size_t i = 0; i < count; i++) {
		buf_append_text(&sql, i ? ", (" : "(");
		append_parameters(&sql, 1 + i * columns, columns);
		buf_append_text(&sql, ")");
		for (size_t column = 0; column < columns; column++)
			take_parameter(&parameters, table->kinds[column], rows);
	}
	rc = run(connection, &sql, &parameters, &result, err);
	PQclear(result);
	parameters_free(&parameters);
	return rc;
}

static int write_rows(struct store_copy_side *side, const struct store_copy_table *table,
	const struct buf *rows, size_t count, struct error *err)
{
	struct reader reader = reader_of(rows->data, rows->len);
	const size_t most = PARAMETERS_MAX / strlen(table->kinds);
	int rc = 0;

	while (!rc && count) {
		const size_t now = count < most ? count : most;

		rc = insert(connection_of(side), table, &reader, now, err);
		count -= now;
	}
	return rc;
}

/* --- the rest --- */

static int read_numbers(
	struct pg_connection *connection, struct store_copy_rest *rest, struct error *err)
{
	BUF_SCOPED sql = {0};
	PGresult *result;
	int rc;

	buf_append_text(&sql, "SELECT vms, reports, claims, tokens, audit, audit_hash, "
			      "coalesce((SELECT since_ms FROM vtpm.watch), 0), "
			      "coalesce((SELECT ran_ms FROM vtpm.watch), 0), "
			      "coalesce((SELECT key FROM vtpm.shared_key), '') FROM vtpm.heads");
	rc = run(connection, &sql, NULL, &result, err);
	if (!rc && (PQntuples(result) != 1 || PQgetlength(result, 0, 5) != STORE_HASH_SIZE ||
			   PQgetlength(result, 0, 8) > STORE_KEY_SIZE))
		rc = error_set(err, ERROR_MALFORMED, "the database has lost its numbers");
	if (!rc) {
		rest->vms = number_at(result, 0, 0);
		rest->reports = number_at(result, 0, 1);
		rest->claims = number_at(result, 0, 2);
		rest->tokens = number_at(result, 0, 3);
		rest->audit.id = number_at(result, 0, 4);
		memcpy(rest->audit.hash, PQgetvalue(result, 0, 5), STORE_HASH_SIZE);
		rest->watch.since_ms = number_at(result, 0, 6);
		rest->watch.ran_ms = number_at(result, 0, 7);
		rest->key_len = (size_t)PQgetlength(result, 0, 8);
		memcpy(rest->key, PQgetvalue(result, 0, 8), rest->key_len);
	}
	PQclear(result);
	return rc;
}

static int read_rest(
	struct store_copy_side *side, struct store_copy_rest *ret_rest, struct error *err)
{
	struct store_copy_rest rest = {0};
	int rc = read_numbers(connection_of(side), &rest, err);

	if (!rc)
		*ret_rest = rest;
	return rc;
}

/* "n" and "b" of `kinds`, from a row that is made for it. */
static int execute_with(struct pg_connection *connection, const char *text, const char *kinds,
	const struct buf *row, struct error *err)
{
	struct reader reader = reader_of(row->data, row->len);
	struct parameters parameters;
	BUF_SCOPED sql = {0};
	PGresult *result;
	int rc;

	if (row->failed || !parameters_start(&parameters, strlen(kinds)))
		return error_set(err, ERROR_NO_MEMORY, "no memory for a copy");
	for (; *kinds; kinds++)
		take_parameter(&parameters, *kinds, &reader);
	buf_append_text(&sql, text);
	rc = run(connection, &sql, &parameters, &result, err);
	PQclear(result);
	parameters_free(&parameters);
	return rc;
}

static int write_heads(
	struct pg_connection *connection, const struct store_copy_rest *rest, struct error *err)
{
	BUF_SCOPED row = {0};

	store_copy_put_number(&row, rest->vms);
	store_copy_put_number(&row, rest->reports);
	store_copy_put_number(&row, rest->claims);
	store_copy_put_number(&row, rest->tokens);
	store_copy_put_number(&row, rest->audit.id);
	store_copy_put_bytes(&row, rest->audit.hash, sizeof(rest->audit.hash));
	return execute_with(connection,
		"UPDATE vtpm.heads SET vms = $1, reports = $2, claims = $3, tokens = $4, audit = "
		"$5, audit_hash = $6",
		"nnnnnb", &row, err);
}

static int write_others(
	struct pg_connection *connection, const struct store_copy_rest *rest, struct error *err)
{
	BUF_SCOPED watch = {0}, key = {0};
	int rc = 0;

	store_copy_put_number(&watch, rest->watch.since_ms);
	store_copy_put_number(&watch, rest->watch.ran_ms);
	store_copy_put_bytes(&key, rest->key, rest->key_len);
	if (rest->watch.ran_ms)
		rc = execute_with(connection,
			"INSERT INTO vtpm.watch VALUES (1, $1, $2) ON CONFLICT (one) DO UPDATE SET "
			"since_ms = excluded.since_ms, ran_ms = excluded.ran_ms",
			"nn", &watch, err);
	if (!rc && rest->key_len)
		rc = execute_with(connection,
			"INSERT INTO vtpm.shared_key VALUES (1, $1) ON CONFLICT (one) DO UPDATE "
			"SET key = "
			"excluded.key",
			"b", &key, err);
	return rc;
}

static int write_rest(
	struct store_copy_side *side, const struct store_copy_rest *rest, struct error *err)
{
	struct pg_connection *connection = connection_of(side);
	struct error ignored;
	int rc = execute(connection, "BEGIN", err);

	if (rc)
		return rc;
	rc = write_heads(connection, rest, err);
	if (!rc)
		rc = write_others(connection, rest, err);
	if (!rc)
		rc = execute(connection, "COMMIT", err);
	else
		execute(connection, "ROLLBACK", &ignored);
	return rc;
}

static int drop_mark(struct store_copy_side *side, struct error *err)
{
	return execute(connection_of(side), "DROP TABLE vtpm.copying", err);
}

static void close_side(struct store_copy_side *side)
{
	pg_connection_close(connection_of(side));
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

int store_postgresql_copy_open(
	const char *url, bool is_target, struct store_copy_side **ret_side, struct error *err)
{
	struct pg_side *side = calloc(1, sizeof(*side) + strlen(url) + 1);
	int rc;

	if (!side)
		return error_set(err, ERROR_NO_MEMORY, "no memory for a copy");
	memcpy(side->url, url, strlen(url) + 1);
	side->side.ops = &ops;
	side->connection.url = side->url;
	side->connection.may_be_unfinished = is_target;
	side->connection.keeps_schema = true;
	rc = pg_connection_open(&side->connection, err);
	if (!rc && !PQexitPipelineMode(side->connection.pg))
		rc = error_set(err, ERROR_INTERNAL, "PostgreSQL: the pipeline does not end");
	if (rc)
		close_side(&side->side);
	else
		*ret_side = &side->side;
	return rc;
}
