/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int read_listen(const char *value, void *options, struct error *err)
{
	struct options *to = options;

	if (!*value)
		return error_set(err, ERROR_USAGE, "--listen: empty");
	if (to->listen_count == HTTP_LISTEN_MAX)
		return error_set(
			err, ERROR_USAGE, "--listen: more than %d addresses", HTTP_LISTEN_MAX);
	to->listen[to->listen_count++] = value;
	return 0;
}

#define INTO(what, member) OPTION_INTO(what, struct options, member)

/* What asks a collector. */
#define CLIENTS "confirm list show accept trust-ca export verify"

static const struct command_line_option table[] = {
	{"listen", "ADDRESS", "serve",
		"serve: 127.0.0.1:8742 (default), [::1]:0, unix:PATH;\nmay be given several times",
		OPTION_BY(read_listen)},
	{"routes", NULL, "serve", "serve: print the table of routes, and end",
		INTO(OPTION_SET, wants_routes)},
	{"state", "DIR", NULL, "where the store and the administrator's token are kept",
		INTO(OPTION_TEXT, state)},
	{"url", "URL", CLIENTS,
		"all but serve: the collector: https://HOST:PORT,\nunix:PATH, http:// on this "
		"machine\n(default http://127.0.0.1:8742)",
		INTO(OPTION_TEXT, url)},
	{"token-file", "FILE", CLIENTS, "the credential (default: the local administrator's)",
		INTO(OPTION_TEXT, token_file)},
	{"ca", "FILE", CLIENTS, "the CA of the collector's certificate, PEM",
		INTO(OPTION_TEXT, ca)},
	{"cert", "FILE", CLIENTS, "the client certificate that is the credential, PEM",
		INTO(OPTION_TEXT, cert)},
	{"key", "FILE", CLIENTS, "its key, PEM", INTO(OPTION_TEXT, key)},
	{"json", NULL, CLIENTS, "JSON instead of the page", INTO(OPTION_SET, is_json)},
	{"event", "EVENT", "confirm",
		"confirm: live-migration, soft-reboot, hard-reboot,\ncold-migration, resume, clear "
		"or none",
		INTO(OPTION_EVENT, event)},
	{"timeout", "SECONDS", "confirm", "confirm: how long to wait for a report (default 600)",
		INTO(OPTION_SECONDS, timeout_s), .min = 1, .max = 86400},
	{"status", "STATUS", "list", "list: only affirming, warning, contraindicated or none",
		INTO(OPTION_TEXT, status)},
	{"search", "TEXT", "list", "list: beginning of a UUID or part of a hostname",
		INTO(OPTION_TEXT, search)},
	{"report", "ID", "accept", "accept: this report instead of the newest signed one",
		INTO(OPTION_NUMBER, report), .min = 1, .max = INT64_MAX},
	{"comment", "TEXT", "accept", "accept: why, for the audit log", INTO(OPTION_TEXT, comment)},
	{"audit", NULL, "export", "export: the audit log instead of the reports",
		INTO(OPTION_SET, wants_audit)},
	{"after", "ID", "export", "export: only what comes after this one",
		INTO(OPTION_NUMBER, after), .max = INT64_MAX},
	{"config", "FILE", NULL, "read FILE instead of the usual configuration",
		INTO(OPTION_TEXT, config)},
};

static const struct command_line_command commands[COMMAND_COUNT] = {
	[COMMAND_SERVE] = {"serve", 0, "take reports, judge them, answer operators"},
	[COMMAND_CONFIRM] = {"confirm", 1, "confirm UUID: announce an event, wait for the verdict"},
	[COMMAND_LIST] = {"list", 0, "the VMs, and whose vTPM did not survive"},
	[COMMAND_SHOW] = {"show", 1, "show UUID: a VM, why, and its timeline"},
	[COMMAND_ACCEPT] = {"accept", 1, "accept UUID: what is there now is the baseline"},
	[COMMAND_TRUST_CA] = {"trust-ca", 2,
		"trust-ca add FILE, trust-ca list: CAs of EK certificates"},
	[COMMAND_EXPORT] = {"export", 0, "all reports, or the audit log, as NDJSON"},
	[COMMAND_VERIFY] = {"verify", 1,
		"verify [UUID]: whether what is stored is as it was written"},
};

const struct command_line_program options_program = {.name = "vtpm-collector",
	.purpose = "Challenges vtpm-agents, verifies their reports, and tells whose vTPM survived.",
	.commands = commands,
	.command_count = COMMAND_COUNT,
	.options = table,
	.option_count = sizeof(table) / sizeof(table[0])};

int options_parse(int argc, char **argv, struct options *ret_options, struct error *err)
{
	struct options options = {.config = "",
		.state = "",
		.url = "",
		.token_file = "",
		.ca = "",
		.cert = "",
		.key = "",
		.status = "",
		.search = "",
		.comment = "",
		.timeout_s = OPTIONS_DEFAULT_TIMEOUT_S};
	int rc = command_line_parse(&options_program, argc, argv, &options, &options.line, err);

	if (!rc)
		*ret_options = options;
	return rc;
}

int options_uuid(const struct options *options, char ret_uuid[TEXT_UUID_SIZE], struct error *err)
{
	if (!options->line.word_count)
		return error_set(err, ERROR_USAGE, "%s needs a VM's UUID", options->line.command);
	if (!text_uuid(options->line.words[0], ret_uuid))
		return error_set(err, ERROR_USAGE, "\"%s\" is no UUID", options->line.words[0]);
	return 0;
}

int options_state_path(
	const struct options *options, char *ret_path, size_t size, struct error *err)
{
	const char *given = getenv("STATE_DIRECTORY"), *xdg = getenv("XDG_STATE_HOME"),
		   *home = getenv("HOME");
	int len;

	if (*options->state)
		len = snprintf(ret_path, size, "%s", options->state);
	else if (given && given[0] == '/' && !strchr(given, ':'))
		len = snprintf(ret_path, size, "%s", given);
	else if (geteuid() == 0)
		len = snprintf(ret_path, size, "/var/lib/vtpm-collector");
	else if (xdg && xdg[0] == '/')
		len = snprintf(ret_path, size, "%s/vtpm-collector", xdg);
	else if (home && home[0] == '/')
		len = snprintf(ret_path, size, "%s/.local/state/vtpm-collector", home);
	else
		return error_set(
			err, ERROR_USAGE, "no home directory to keep state in; use --state DIR");
	if (len < 0 || (size_t)len >= size)
		return error_set(err, ERROR_USAGE, "the state directory's name is too long");
	return 0;
}
