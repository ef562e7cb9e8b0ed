/* SPDX-License-Identifier: BSD-2-Clause */
/* vtpm-collector export: what the collector keeps, line by line, looked over as it passes. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "collector/client/client.h"
#include "collector/client/client_page.h"
#include "collector/commands.h"
#include "collector/config_file.h"
#include "core/log.h"

#define HASH_SIZE 65 /* in hexadecimal */

/* What is exported: its route, by what its lines are numbered, and what one is called. */
struct kind {
	const char *route, *number, *noun;
	bool is_hashed;
	bool is_chain; /* one for all, of which nothing is deleted */
};

static const struct kind reports = {"/v1/export", "report", "report", true, false};
static const struct kind events = {"/v1/audit/export", "audit", "audit event", true, true};
static const struct kind claims = {"/v1/claims/export", "claim", "claim", false, false};

struct exporting {
	const struct kind *kind;
	int64_t last;         /* number of the last line, or what --after says */
	char hash[HASH_SIZE]; /* its hash; empty: not known */
	uint64_t faults;
};

static void complain(struct exporting *exporting, int64_t id, const char *what)
{
	exporting->faults++;
	log_write(LOG_LEVEL_ERROR, "%s %" PRId64 ": %s", exporting->kind->noun, id, what);
}

/* Audit events are one chain. Reports are one for each VM, of which retention deletes: there only
 * the collector can tell. */
static void check_link(struct exporting *exporting, const struct json_node *vtpm, int64_t id)
{
	const char *previous = client_text(vtpm, "previous_hash");
	bool is_first = !exporting->last;

	if (!exporting->kind->is_chain)
		return;
	if (is_first && client_number(vtpm, "previous"))
		complain(exporting, id, "the events before it are missing");
	else if (*exporting->hash && strcmp(previous, exporting->hash) != 0)
		complain(exporting, id, "the event before it is missing or another one");
}

static int check_line(struct exporting *exporting, const char *text, size_t len, struct error *err)
{
	struct error ignored;
	JSON_TREE_SCOPED line = {0};
	const struct json_node *vtpm;
	int64_t id;

	json_tree_parse(text, len, len, &line, &ignored);
	vtpm = json_node_member(line.root, "vtpm");
	id = client_number(vtpm, exporting->kind->number);
	if (id <= exporting->last)
		return error_set(
			err, ERROR_MALFORMED, "the collector's export has a line without a number");
	if (exporting->kind->is_hashed && !json_node_is_true(json_node_member(vtpm, "is_intact")))
		complain(exporting, id, "it was changed after it was written");
	check_link(exporting, vtpm, id);
	exporting->last = id;
	snprintf(exporting->hash, sizeof(exporting->hash), "%s", client_text(vtpm, "hash"));
	return 0;
}

static int check_lines(struct exporting *exporting, const struct buf *lines, struct error *err)
{
	const char *at = (const char *)lines->data, *end = at + lines->len;
	int rc = 0;

	while (!rc && at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((newline ? newline : end) - at);

		rc = check_line(exporting, at, len, err);
		at += len + 1;
	}
	return rc;
}

static int choose(const struct options *options, const struct kind **ret_kind, struct error *err)
{
	if (options->wants_audit && options->wants_claims)
		return error_set(err, ERROR_USAGE, "--audit and --claims: one at a time");
	*ret_kind = options->wants_audit ? &events : options->wants_claims ? &claims : &reports;
	return 0;
}

int command_export(const struct options *options, enum exit_code *ret_code, struct error *err)
{
	struct options_client whom;
	struct exporting exporting = {.last = (int64_t)options->after};
	struct client *client = NULL;
	bool goes_on = true;
	int rc = choose(options, &exporting.kind, err);

	if (!rc)
		rc = config_read_client(options, &whom, err);
	if (!rc)
		rc = client_open(&whom, options->state, &client, err);
	while (!rc && goes_on) {
		BUF_SCOPED lines = {0};
		char path[64];

		snprintf(path, sizeof(path), "%s?after=%" PRId64, exporting.kind->route,
			exporting.last);
		rc = client_get_bytes(client, path, &lines, err);
		goes_on = !rc && lines.len;
		if (goes_on)
			rc = check_lines(&exporting, &lines, err);
		if (!rc && goes_on)
			rc = client_put(&lines, err);
	}
	client_close(client);
	if (!rc)
		*ret_code = exporting.faults ? EXIT_CODE_BROKEN : EXIT_CODE_HEALTHY;
	return rc;
}
