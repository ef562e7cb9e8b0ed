/* SPDX-License-Identifier: BSD-2-Clause */
/* What PostgreSQL says went wrong, in our terms, and what to do. */
#include <stdio.h>
#include <string.h>

#include "collector/store/postgresql/private.h"

/* The first row whose letters an error's five begin with (PostgreSQL's manual, appendix A). Nothing
 * of its own: the connection. */
static const struct {
	const char *begin;
	enum error_code code;
	bool is_lost, is_repeated;
	const char *advice;
} kinds[] = {
	{"40", ERROR_TIMEOUT, false, true, "others write the same all the time"},
	{"55P03", ERROR_TIMEOUT, false, false, "another instance keeps it locked"},
	{"57014", ERROR_TIMEOUT, false, false,
		"statement_timeout is too short, or it has too much to do"},
	{"53100", ERROR_IO, false, false, "its disk is full; make room"},
	{"53200", ERROR_NO_MEMORY, false, false, "it has no memory"},
	{"53300", ERROR_IO, true, false, "it has too many connections; raise max_connections"},
	{"25006", ERROR_PERMISSION, true, false,
		"it is read-only; add target_session_attrs=read-write to the URL"},
	{"42501", ERROR_PERMISSION, false, false,
		"this role may not; let the owner run vtpm-collector init ROLE"},
	{"28", ERROR_PERMISSION, true, false, "it does not let this role in"},
	{"XX00", ERROR_MALFORMED, false, false, "it is damaged; restore it from a backup"},
	{"54", ERROR_TOO_LARGE, false, false, "too large"},
	{"25P03", ERROR_IO, true, true, "the connection was lost"},
	{"57P", ERROR_IO, true, true, "the connection was lost"},
	{"08", ERROR_IO, true, true, "the connection was lost"},
};

#define KIND_COUNT (sizeof(kinds) / sizeof(kinds[0]))

static size_t find_kind(const char *state)
{
	size_t i = 0;

	while (i < KIND_COUNT && strncmp(state, kinds[i].begin, strlen(kinds[i].begin)) != 0)
		i++;
	return i;
}

void pg_clear(struct pg_connection *connection)
{
	connection->has_failed = connection->is_lost = false;
	*connection->state = *connection->message = 0;
}

void pg_fail(struct pg_connection *connection, const PGresult *result)
{
	const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
	const char *text = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
	size_t kind = find_kind(state ? state : "");

	connection->is_lost |= !connection->pg || PQstatus(connection->pg) == CONNECTION_BAD ||
			       (kind < KIND_COUNT && kinds[kind].is_lost);
	if (connection->has_failed)
		return;
	connection->has_failed = true;
	if (!text)
		text = connection->pg ? PQerrorMessage(connection->pg) : "no memory";
	snprintf(connection->state, sizeof(connection->state), "%s", state ? state : "");
	snprintf(connection->message, sizeof(connection->message), "%.*s", (int)strcspn(text, "\n"),
		text);
}

bool pg_is_worth_repeating(const struct pg_connection *connection)
{
	size_t kind = find_kind(connection->state);

	if (!*connection->state)
		return connection->is_lost;
	return kind < KIND_COUNT && kinds[kind].is_repeated;
}

int pg_error(const struct pg_connection *connection, struct error *err)
{
	size_t kind = find_kind(connection->state);

	if (kind < KIND_COUNT)
		return error_set(err, kinds[kind].code, "PostgreSQL: %s: %s", kinds[kind].advice,
			connection->message);
	if (connection->is_lost)
		return error_set(err, ERROR_IO, "PostgreSQL: %s", connection->message);
	return error_set(
		err, ERROR_INTERNAL, "PostgreSQL: %s (%s)", connection->message, connection->state);
}
