/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector/store_url.h"
#include "core/url.h"
#include "core/verdict/verdict.h"

static const char *judge_path(const char *value)
{
	return *value != '/' ? "not an absolute path" : NULL;
}

static const char *judge_mode(const char *value)
{
	bool is_mode = strlen(value) >= 3 && strspn(value, "01234567") == strlen(value);

	return is_mode && strlen(value) <= 4 && strtoul(value, NULL, 8) <= 0777
		       ? NULL
		       : "not three octal digits, such as 660";
}

static const char *judge_https(const char *value)
{
	struct error ignored;
	struct url url;

	if (strncmp(value, "https://", 8) != 0)
		return "does not begin with https://";
	return url_parse(value, &url, &ignored) ? "no URL: https://HOST[:PORT][/PATH]" : NULL;
}

static const char *judge_store(const char *value)
{
	return store_url_kind(value) == STORE_KIND_UNKNOWN
		       ? "neither sqlite:/PATH nor postgresql://..."
		       : NULL;
}

#define STATUS_WORD(id, name, exit_code) name,
static const char *const statuses[] = {VERDICT_STATUSES(STATUS_WORD) NULL};

#define INTO(what, member) OPTION_INTO(what, struct options, member)
#define FILE_INTO(member)  INTO(OPTION_STRING, member), .judge = judge_path
#define BY(command)        (UINT64_C(1) << COMMAND_##command)
#define CLIENTS            ((BY(COUNT) - 1) & ~(BY(SERVE) | BY(INIT) | BY(BACKUP) | BY(COPY) | BY(EXPLAIN)))

static const struct option_row rows[] = {
	{"listen", OPTION_IN("http", "listen"), .takers = BY(SERVE), .value = "ADDRESS",
		.help = "127.0.0.1:8742 (default), [::1]:0, unix:PATH; may be given several times",
		.max = HTTP_LISTEN_MAX, INTO(OPTION_LIST, config.addresses)},
	{OPTION_IN("http", "certificate"), FILE_INTO(config.certificate)},
	{OPTION_IN("http", "key"), FILE_INTO(config.key)},
	{OPTION_IN("http", "client-ca"), FILE_INTO(config.client_ca)},
	{OPTION_IN("http", "connections"), .min = 16, .max = 1000000,
		INTO(OPTION_NUMBER, config.connections)},
	{OPTION_IN("http", "connections-per-address"), .max = 1000000, .otherwise = "256",
		INTO(OPTION_NUMBER, config.connections_per_address)},
	{OPTION_IN("http", "bodies"), .min = 4, .max = 65536,
		INTO(OPTION_MEBIBYTES, config.bodies)},
	{OPTION_IN("http", "deadline"), .min = 1, .max = 300,
		INTO(OPTION_NUMBER, config.deadline_s)},
	{OPTION_IN("http", "socket-mode"), .judge = judge_mode,
		INTO(OPTION_STRING, config.socket_mode)},
	{OPTION_IN("http", "socket-group"), INTO(OPTION_STRING, config.socket_group)},
	{OPTION_IN("http", "socket-role"), .words = config_socket_roles,
		INTO(OPTION_WORD, config.socket_role)},
	{OPTION_IN("auth", "admin-token"), FILE_INTO(config.admin_token)},
	{OPTION_IN("auth", "agent-token"), FILE_INTO(config.agent_token)},
	{OPTION_IN("auth", "tokens"), FILE_INTO(config.tokens)},
	{OPTION_IN("auth", "viewer-token"), FILE_INTO(config.viewer_token)},
	{OPTION_IN("store", "path"), FILE_INTO(config.store_path)},
	{"store", OPTION_IN("store", "url"), .takers = BY(SERVE) | BY(INIT) | BY(BACKUP),
		.value = "URL", .help = "sqlite:/PATH or postgresql://USER@HOST/DATABASE",
		.judge = judge_store, INTO(OPTION_STRING, config.store)},
	{OPTION_IN("store", "retention"), .max = 36500, .otherwise = "90",
		INTO(OPTION_NUMBER, config.retention_days)},
	{OPTION_IN("retention", "forget-silent-after"), .max = 36500,
		INTO(OPTION_NUMBER, config.forget_silent_days)},
	{OPTION_IN("store", "max-size"), .min = 16, .max = 16777216,
		INTO(OPTION_MEBIBYTES, config.max_bytes)},
	{OPTION_IN("store", "reports-per-hour"), .max = 1000000, .otherwise = "120",
		INTO(OPTION_NUMBER, config.reports_per_hour)},
	{OPTION_IN("store", "bytes-per-hour"), .max = 65536, .otherwise = "16",
		INTO(OPTION_MEBIBYTES, config.bytes_per_hour)},
	{OPTION_IN("enrolment", "pending"), .max = 1000000, .otherwise = "10000",
		INTO(OPTION_NUMBER, config.pending)},
	{OPTION_IN("enrolment", "pending-size"), .max = 65536, .otherwise = "256",
		INTO(OPTION_MEBIBYTES, config.pending_bytes)},
	{OPTION_IN("enrolment", "pending-days"), .max = 36500, .otherwise = "7",
		INTO(OPTION_NUMBER, config.pending_days)},
	{OPTION_IN("enrolment", "policy"), .otherwise = "first-use", .words = config_enrolments,
		INTO(OPTION_WORD, config.enrolment)},
	{OPTION_IN("enrolment", "allowlist"), FILE_INTO(config.allowlist)},
	{OPTION_IN("enrolment", "rate"), .max = 1000000, .otherwise = "6000",
		INTO(OPTION_NUMBER, config.enrolment_rate)},
	{OPTION_IN("copies", "alone"), .max = 31536000, .otherwise = "86400",
		INTO(OPTION_NUMBER, config.alone_s)},
	{OPTION_IN("webhook", "url"), .judge = judge_https,
		INTO(OPTION_STRING, config.webhook_url)},
	{OPTION_IN("webhook", "secret"), FILE_INTO(config.webhook_secret)},
	{OPTION_IN("webhook", "ca"), FILE_INTO(config.webhook_ca)},
	{OPTION_IN("webhook", "allow-private"), INTO(OPTION_SWITCH, config.webhook_allows_private)},
	{"from", .takers = BY(COPY), .value = "URL",
		.help = "the store that is copied, from which nobody serves", .judge = judge_store,
		INTO(OPTION_STRING, copy_from)},
	{"to", .takers = BY(COPY), .value = "URL",
		.help = "an empty store, or what an earlier copy of the same was cut off in",
		.judge = judge_store, INTO(OPTION_STRING, copy_to)},
	{"routes", .takers = BY(SERVE), .help = "print the table of routes, and end",
		INTO(OPTION_SET, wants_routes)},
	{"state", .value = "DIR", .help = "where the store and the administrator's token are kept",
		INTO(OPTION_TEXT, state)},
	{"url", OPTION_IN("client", "url"), .takers = CLIENTS, .value = "URL",
		.help = "the collector: https://HOST:PORT, unix:PATH, http:// on this machine "
			"(default http://127.0.0.1:8742)",
		INTO(OPTION_STRING, client.url)},
	{"token-file", OPTION_IN("client", "token-file"), .takers = CLIENTS, .value = "FILE",
		.help = "the credential (default: the local administrator's)",
		INTO(OPTION_PATH, client.token_file)},
	{"ca", OPTION_IN("client", "ca"), .takers = CLIENTS, .value = "FILE",
		.help = "the CA of the collector's certificate, PEM", INTO(OPTION_PATH, client.ca)},
	{"cert", OPTION_IN("client", "cert"), .takers = CLIENTS, .value = "FILE",
		.help = "the client certificate that is the credential, PEM",
		INTO(OPTION_PATH, client.cert)},
	{"key", OPTION_IN("client", "key"), .takers = CLIENTS, .value = "FILE",
		.help = "the client certificate's key, PEM", INTO(OPTION_PATH, client.key)},
	{"json", .takers = CLIENTS & ~BY(EXPORT) & ~BY(CHECKPOINT) & ~BY(EVENT_LOG),
		.help = "JSON instead of the page", INTO(OPTION_SET, is_json)},
	{"event", .takers = BY(CONFIRM) | BY(ANNOUNCE), .value = "EVENT",
		.help = "what happened or will, one of " EVENT_NAMES, INTO(OPTION_EVENT, event)},
	{"timeout", .takers = BY(CONFIRM), .value = "SECONDS",
		.help = "how long to wait for a report", .min = 1, .max = 86400, .otherwise = "600",
		INTO(OPTION_SECONDS, timeout_s)},
	{"for", .takers = BY(ANNOUNCE), .value = "SECONDS", .help = "how long that holds", .min = 1,
		.max = 86400, .otherwise = "900", INTO(OPTION_SECONDS, for_s)},
	{"status", .takers = BY(LIST), .value = "STATUS",
		.help = "only affirming, warning, contraindicated or none; --silent has the silent "
			"ones",
		.words = statuses, INTO(OPTION_TEXT, status)},
	{"search", .takers = BY(LIST), .value = "TEXT",
		.help = "beginning of a UUID or part of a hostname", INTO(OPTION_TEXT, search)},
	{"disks", .takers = BY(LIST),
		.help = "only VMs with disks that will not open at the next boot",
		INTO(OPTION_SET, wants_disks)},
	{"silent", .takers = BY(LIST), .help = "only VMs of which nothing is heard for too long",
		INTO(OPTION_SET, wants_silent)},
	{"report", .takers = BY(ACCEPT), .value = "ID",
		.help = "this report instead of the newest one of the VM's keys", .min = 1,
		.max = INT64_MAX, INTO(OPTION_NUMBER, report)},
	{"claim", .takers = BY(ACCEPT), .value = "ID",
		.help = "the keys of this claim, of which the next report becomes the baseline",
		.min = 1, .max = INT64_MAX, INTO(OPTION_NUMBER, claim)},
	{"comment", .takers = BY(ACCEPT) | BY(FORGET), .value = "TEXT",
		.help = "why, for the audit log", INTO(OPTION_TEXT, comment)},
	{"export", .takers = BY(FORGET), .value = "FILE",
		.help = "write its reports to this new file before, the newest first",
		INTO(OPTION_PATH, export_file)},
	{"audit", .takers = BY(EXPORT), .help = "the audit log instead of the reports",
		INTO(OPTION_SET, wants_audit)},
	{"claims", .takers = BY(EXPORT),
		.help = "the claims instead of the reports: who reports as a VM with other keys",
		INTO(OPTION_SET, wants_claims)},
	{"after", .takers = BY(EXPORT), .value = "ID", .help = "only what comes after this one",
		.max = INT64_MAX, INTO(OPTION_NUMBER, after)},
	{"full", .takers = BY(CHECKPOINT), .help = "with each VM's end, a line each",
		INTO(OPTION_SET, is_full)},
	{"sign-key", .takers = BY(CHECKPOINT), .value = "FILE",
		.help = "sign with this private key, Ed25519 or P-256, PEM",
		INTO(OPTION_TEXT, sign_key)},
	{"timestamp", .takers = BY(CHECKPOINT), .value = "URL",
		.help = "have it stamped by this time-stamping authority (RFC 3161)",
		INTO(OPTION_TEXT, timestamp)},
	{"against", .takers = BY(VERIFY), .value = "FILE",
		.help = "also whether all is there that these checkpoints saw",
		INTO(OPTION_TEXT, against)},
	{"signed-by", .takers = BY(VERIFY), .value = "FILE",
		.help = "whether this public key signed each checkpoint, PEM",
		INTO(OPTION_TEXT, signed_by)},
	{"tsa-ca", .takers = BY(VERIFY), .value = "FILE",
		.help = "whether an authority of these CAs stamped each checkpoint, PEM",
		INTO(OPTION_TEXT, tsa_ca)},
	{"config", .value = "FILE", .help = "read FILE instead of the usual configuration",
		INTO(OPTION_TEXT, config_file)},
};

static const struct command_line_command commands[] = {COLLECTOR_COMMANDS(COMMAND_LINE_COMMAND)};

const struct command_line_program options_program = {.name = "vtpm-collector",
	.purpose = "Challenges vtpm-agents, verifies their reports, and tells whose vTPM survived.",
	.commands = commands,
	.command_count = COMMAND_COUNT,
	.options = rows,
	.option_count = sizeof(rows) / sizeof(rows[0])};

int options_parse(int argc, char **argv, struct options *ret_options, struct error *err)
{
	struct options options = {.config_file = "",
		.state = "",
		.status = "",
		.search = "",
		.comment = "",
		.sign_key = "",
		.timestamp = "",
		.against = "",
		.signed_by = "",
		.tsa_ca = ""};
	int rc = command_line_parse(&options_program, argc, argv, &options, &options.line, err);

	if (!rc)
		*ret_options = options;
	return rc;
}

int options_uuid(const struct command_line *line, char ret_uuid[TEXT_UUID_SIZE], struct error *err)
{
	if (!line->word_count)
		return error_set(err, ERROR_USAGE, "%s needs a VM's UUID", line->command);
	if (!text_uuid(line->words[0], ret_uuid))
		return error_set(err, ERROR_USAGE, "\"%s\" is no UUID", line->words[0]);
	return 0;
}

int options_state_path(const char *given, char *ret_path, size_t size, struct error *err)
{
	const char *systemd = getenv("STATE_DIRECTORY"), *xdg = getenv("XDG_STATE_HOME"),
		   *home = getenv("HOME");
	int len;

	if (*given)
		len = snprintf(ret_path, size, "%s", given);
	else if (systemd && systemd[0] == '/' && !strchr(systemd, ':'))
		len = snprintf(ret_path, size, "%s", systemd);
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
