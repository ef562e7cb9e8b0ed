/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a statement is run. What is written in a transaction is sent without waiting for what became
 * of it: a report costs as few ways to the server as it has questions.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/store/postgresql/private.h"
#include "collector/store/postgresql/statements.h"

/* The answers to so many stay far below what a socket holds: neither side ever waits for the other
 * to read. */
#define PENDING_MAX 128

struct pg_run pg_run_start(struct pg_connection *connection, enum pg_statement statement)
{
	return (struct pg_run){.connection = connection, .statement = statement};
}

/* --- sending --- */

static bool prepare(struct pg_run *run, const char *name)
{
	struct pg_connection *connection = run->connection;
	BUF_SCOPED text = {0};

	if (connection->is_prepared[run->statement])
		return true;
	pg_statement_text(run->statement, &text);
	if (text.failed || !PQsendPrepare(connection->pg, name, (const char *)text.data, run->count,
				   run->types))
		return false;
	connection->is_prepared[run->statement] = true;
	connection->pending++;
	return true;
}

static bool send_run(struct pg_run *run)
{
	static const int binary[PG_PARAMETERS] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
		1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
	const char *values[PG_PARAMETERS];
	char name[32];

	for (int i = 0; i < run->count; i++)
		values[i] = !run->values[i] ? (const char *)run->numbers[i] : run->values[i];
	snprintf(name, sizeof(name), "vtpm%d", (int)run->statement);
	return prepare(run, name) && PQsendQueryPrepared(run->connection->pg, name, run->count,
					     values, run->lengths, binary, 1);
}

/* --- receiving --- */

/* The result of what was sent first; NULL where the connection has none. */
static PGresult *take(struct pg_connection *connection)
{
	PGresult *result = PQgetResult(connection->pg), *more;
	ExecStatusType status = PQresultStatus(result);

	if (!result || (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK &&
			       status != PGRES_PIPELINE_ABORTED))
		pg_fail(connection, result);
	while (result && (more = PQgetResult(connection->pg)))
		PQclear(more);
	return result;
}

static void take_pending(struct pg_connection *connection)
{
	for (; connection->pending; connection->pending--)
		PQclear(take(connection));
}

/* Up to the sync that was sent, and so behind every failure. */
static void take_sync(struct pg_connection *connection)
{
	PGresult *result = PQgetResult(connection->pg);

	if (PQresultStatus(result) != PGRES_PIPELINE_SYNC)
		pg_fail(connection, result);
	PQclear(result);
}

int pg_run_settle(struct pg_connection *connection, struct error *err)
{
	if (!connection->has_failed && !PQpipelineSync(connection->pg))
		pg_fail(connection, NULL);
	if (!connection->has_failed) {
		take_pending(connection);
		take_sync(connection);
	}
	return connection->has_failed ? pg_error(connection, err) : 0;
}

static void ask_once(struct pg_run *run)
{
	struct pg_connection *connection = run->connection;

	if (!connection->pg || !send_run(run) || !PQpipelineSync(connection->pg)) {
		pg_fail(connection, NULL);
		return;
	}
	take_pending(connection);
	run->result = take(connection);
	take_sync(connection);
}

/* A connection that has been idle may have been lost since. */
static void ask(struct pg_run *run)
{
	struct pg_connection *connection = run->connection;
	struct error ignored;

	ask_once(run);
	if (connection->is_in_transaction || !connection->is_lost)
		return;
	if (!pg_is_worth_repeating(connection))
		return;
	PQclear(run->result);
	run->result = NULL;
	pg_connection_close(connection);
	if (!pg_connection_open(connection, &ignored))
		ask_once(run);
}

bool pg_run_step(struct pg_run *run)
{
	if (!run->result && !run->connection->has_failed)
		ask(run);
	run->at = 0;
	return !run->connection->has_failed && run->row++ < PQntuples(run->result);
}

size_t pg_run_changed(const struct pg_run *run)
{
	return run->result ? strtoul(PQcmdTuples(run->result), NULL, 10) : 0;
}

int pg_run_end(struct pg_run *run, int rc, struct error *err)
{
	PQclear(run->result);
	run->result = NULL;
	if (rc)
		return rc;
	return run->connection->has_failed ? pg_error(run->connection, err) : 0;
}

int pg_run_finish(struct pg_run *run, struct error *err)
{
	struct pg_connection *connection = run->connection;

	if (!connection->is_in_transaction) {
		while (pg_run_step(run))
			;
		return pg_run_end(run, 0, err);
	}
	if (connection->has_failed)
		return pg_error(connection, err);
	if (!send_run(run))
		pg_fail(connection, NULL);
	else
		connection->pending++;
	if (!connection->has_failed && connection->pending >= PENDING_MAX)
		return pg_run_settle(connection, err);
	return connection->has_failed ? pg_error(connection, err) : 0;
}

int pg_run_simple(struct pg_connection *connection, enum pg_statement statement, struct error *err)
{
	struct pg_run run = pg_run_start(connection, statement);

	return pg_run_finish(&run, err);
}
