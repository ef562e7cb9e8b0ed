/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/store/postgresql/private.h"

/* An instance that is frozen lets go of what others wait for, and whose machine is gone does so
 * within seconds. A server that answers before it has written would have reports acknowledged that
 * a loss of power takes away. */
static const char settings[] = "SET idle_in_transaction_session_timeout = '20s';"
			       "SET lock_timeout = '10s';"
			       "SET tcp_keepalives_idle = 5;"
			       "SET tcp_keepalives_interval = 2;"
			       "SET tcp_keepalives_count = 3;"
			       "SELECT set_config('synchronous_commit', 'on', false) "
			       "WHERE current_setting('synchronous_commit') = 'off';";

/* Whatever the URL says goes before these. */
static PGconn *connect(const char *url)
{
	static const char *const names[] = {"connect_timeout", "keepalives_idle",
		"keepalives_interval", "keepalives_count", "tcp_user_timeout",
		"fallback_application_name", "client_encoding", "dbname", NULL};
	const char *values[] = {"5", "5", "2", "3", "15000", "vtpm-collector", "UTF8", url, NULL};
	const char *timeout = getenv("PGCONNECT_TIMEOUT");

	if (timeout)
		values[0] = timeout;
	return PQconnectdbParams(names, values, 1);
}

static int configure(struct pg_connection *connection, struct error *err)
{
	PGresult *result = PQexec(connection->pg, settings);
	ExecStatusType status = PQresultStatus(result);

	if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
		pg_fail(connection, result);
	PQclear(result);
	return connection->has_failed ? pg_error(connection, err) : 0;
}

/* libpq says all that it tried, in several lines, and the connection has no code of its own. */
static int refuse(struct pg_connection *connection, struct error *err)
{
	pg_fail(connection, NULL);
	return error_set(err, ERROR_IO, "PostgreSQL: %s", connection->message);
}

int pg_connection_open(struct pg_connection *connection, struct error *err)
{
	bool ignored;
	int rc = 0;

	pg_clear(connection);
	connection->pg = connect(connection->url);
	if (PQstatus(connection->pg) != CONNECTION_OK)
		rc = refuse(connection, err);
	if (!rc)
		rc = configure(connection, err);
	if (!rc)
		rc = connection->keeps_schema ? pg_schema_look(connection, &ignored, err)
					      : pg_schema_migrate(connection, err);
	if (!rc && !PQenterPipelineMode(connection->pg))
		rc = error_set(err, ERROR_INTERNAL, "PostgreSQL: no pipeline mode");
	if (rc)
		pg_connection_close(connection);
	return rc;
}

void pg_connection_close(struct pg_connection *connection)
{
	pack_end(&connection->pack);
	PQfinish(connection->pg);
	connection->pg = NULL;
	connection->pending = 0;
	connection->is_in_transaction = false;
	memset(connection->is_prepared, 0, sizeof(connection->is_prepared));
}

int pg_connection_enter(struct pg_connection *connection, struct error *err)
{
	int rc = 0;

	pthread_mutex_lock(&connection->lock);
	pg_clear(connection);
	if (!connection->pg)
		rc = pg_connection_open(connection, err);
	if (rc)
		pthread_mutex_unlock(&connection->lock);
	return rc;
}

/* After a failure nobody knows what was prepared. */
int pg_connection_leave(struct pg_connection *connection, int rc)
{
	if (connection->has_failed)
		pg_connection_close(connection);
	pthread_mutex_unlock(&connection->lock);
	return rc;
}
