/* SPDX-License-Identifier: BSD-2-Clause */
/* What a role needs that serves from the database and does not own it. */
#include <string.h>

#include "collector/store/postgresql/private.h"
#include "collector/store/store.h"
#include "core/buf.h"

static int run(struct pg_connection *connection, const struct buf *sql, struct error *err)
{
	PGresult *result;

	if (sql->failed)
		return error_set(err, ERROR_NO_MEMORY, "no memory for a role's rights");
	result = PQexec(connection->pg, (const char *)sql->data);
	if (PQresultStatus(result) != PGRES_COMMAND_OK)
		pg_fail(connection, result);
	PQclear(result);
	return connection->has_failed ? pg_error(connection, err) : 0;
}

/* `literal` and `name` are the role's, quoted. Nobody changes or deletes an audit event, and nobody
 * changes a report, or what it is packed with. */
static void write_sql(struct buf *to, const char *literal, const char *name)
{
	buf_printf(to,
		"BEGIN;"
		"DO $do$ BEGIN"
		"  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = %s) THEN"
		"    CREATE ROLE %s LOGIN;"
		"  END IF;"
		"END $do$;",
		literal, name);
	buf_printf(to,
		"GRANT USAGE ON SCHEMA vtpm TO %s;"
		"GRANT SELECT ON ALL TABLES IN SCHEMA vtpm TO %s;"
		"GRANT INSERT ON vtpm.instances, vtpm.vms, vtpm.reports, vtpm.spent, "
		"vtpm.shared_key, vtpm.documents, vtpm.keys, vtpm.claims, vtpm.tokens, "
		"vtpm.audit, vtpm.event_logs, vtpm.event_log_uses, vtpm.watch, vtpm.keyframes, "
		"vtpm.result_keys TO %s;"
		"GRANT UPDATE ON vtpm.heads, vtpm.instances, vtpm.vms, vtpm.documents, vtpm.keys, "
		"vtpm.event_log_uses, vtpm.watch TO %s;"
		"REVOKE UPDATE ON vtpm.keyframes FROM %s;"
		"GRANT UPDATE (key_uses) ON vtpm.keyframes TO %s;"
		"GRANT UPDATE (until_ms, secret) ON vtpm.result_keys TO %s;"
		"GRANT DELETE ON vtpm.vms, vtpm.reports, vtpm.spent, vtpm.keys, vtpm.claims, "
		"vtpm.tokens, vtpm.event_logs, vtpm.event_log_uses, vtpm.keyframes TO %s;"
		"COMMIT;",
		name, name, name, name, name, name, name, name);
}

static int grant(struct pg_connection *connection, const char *role, struct error *err)
{
	char *literal = PQescapeLiteral(connection->pg, role, strlen(role));
	char *name = PQescapeIdentifier(connection->pg, role, strlen(role));
	BUF_SCOPED sql = {0};
	int rc;

	if (!literal || !name) {
		pg_fail(connection, NULL);
		rc = pg_error(connection, err);
	} else {
		write_sql(&sql, literal, name);
		rc = run(connection, &sql, err);
	}
	PQfreemem(name);
	PQfreemem(literal);
	return rc;
}

int store_postgresql_init(const char *url, const char *role, struct error *err)
{
	struct pg_connection connection = {.url = url};
	int rc = pg_connection_open(&connection, err);

	if (!rc && !PQexitPipelineMode(connection.pg))
		rc = error_set(err, ERROR_INTERNAL, "PostgreSQL: the pipeline does not end");
	if (!rc && *role)
		rc = grant(&connection, role, err);
	pg_connection_close(&connection);
	return rc;
}
