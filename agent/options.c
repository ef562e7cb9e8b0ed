/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/options.h"

#include <string.h>

#include "core/disk/object.h"
#include "core/text.h"
#include "core/verdict/verdict.h"

static const char *const formats[] = {OUTPUT_FORMATS(OUTPUT_FORMAT_NAME) NULL};
static const char *const models[] = {"tpm-crb", "tpm-tis", NULL};

/* It becomes part of the evidence. */
static const char *judge_printable(const char *text)
{
	while (*text >= ' ' && *text <= '~')
		text++;
	return *text ? "not printable ASCII" : NULL;
}

static const char *judge_sealed(const char *text)
{
	return object_name_parse(text, NULL);
}

static int read_nonce(const char *value, void *options, struct error *err)
{
	struct options *to = options;
	long len = text_unhex(value, strlen(value), to->nonce, sizeof(to->nonce));

	if (len < 8)
		return error_set(err, ERROR_MALFORMED, "not 16 to %d hexadecimal digits",
			2 * EVIDENCE_NONCE_MAX);
	to->nonce_len = (size_t)len;
	to->has_nonce = true;
	return 0;
}

#define INTO(what, member) OPTION_INTO(what, struct options, member)
#define BY(command)        (UINT64_C(1) << COMMAND_##command)
#define REPORTERS          (BY(REPORT) | BY(RUN))
/* Of the TPM. */
#define READERS            ((BY(COUNT) - 1) & ~(BY(EXPLAIN) | BY(SERVICE) | BY(RESET_STATE)))

static const struct option_row rows[] = {
	{"json", .takers = BY(STATUS) | BY(BOOT) | BY(UNLOCK) | BY(COMPARE) | BY(REPORT),
		.help = "JSON instead of the page", .implied = "json", .words = formats,
		INTO(OPTION_WORD, format)},
	{"format", .takers = BY(STATUS), .value = "FORMAT",
		.help = "page, json, nagios or prometheus", .words = formats,
		INTO(OPTION_WORD, format)},
	{"output",
		.takers = BY(STATUS) | BY(EVIDENCE) | BY(BOOT) | BY(UNLOCK) | BY(COMPARE) |
			  BY(REPORT) | BY(RELAY) | BY(BEACON),
		.value = "FILE", .help = "write FILE, in one step, instead of standard output",
		INTO(OPTION_TEXT, output)},
	{"expect-model", OPTION_IN("tpm", "expect-model"),
		.takers = BY(STATUS) | BY(EVIDENCE) | BY(BASELINE), .value = "MODEL",
		.help = "fail unless the model is this one: tpm-crb or tpm-tis", .words = models,
		INTO(OPTION_STRING, model)},
	{"force", .takers = BY(BASELINE), .help = "replace the FILE that is there",
		INTO(OPTION_SET, is_forced)},
	{"yes", .takers = BY(ACCEPT), .help = "accept without asking", INTO(OPTION_SET, is_sure)},
	{"nonce", .takers = BY(EVIDENCE) | BY(COMPARE), .value = "HEX",
		.help = "the bytes that the quote must carry, 16 to 128 digits",
		OPTION_BY(read_nonce)},
	{"event", .takers = BY(COMPARE) | BY(REPORT) | BY(RELAY), .value = "EVENT",
		.help = "what was announced, one of " EVENT_NAMES, INTO(OPTION_EVENT, event)},
	{"evidence", .takers = BY(COMPARE), .value = "FILE",
		.help = "this evidence, instead of reading the TPM", .instead_of = "tcti",
		INTO(OPTION_TEXT, evidence)},
	{"events", .takers = BY(BOOT), .help = "list every event instead of the page",
		INTO(OPTION_SET, wants_events)},
	{"log", .takers = BY(BOOT), .value = "FILE",
		.help = "this event log, instead of this machine's", .instead_of = "tcti",
		INTO(OPTION_TEXT, log)},
	{"baseline", .takers = BY(UNLOCK), .value = "FILE",
		.help = "say what changed in the boot since this one, instead of the service's",
		.instead_of = "state", INTO(OPTION_TEXT, baseline)},
	{"volume", .takers = BY(UNLOCK), .value = "FILE",
		.help = "this device, image or header, instead of this machine's disks",
		.max = UNLOCK_VOLUMES_MAX, INTO(OPTION_LIST, volumes)},
	{"sealed", OPTION_IN("unlock", "sealed"), .takers = BY(UNLOCK),
		.value = "FILE[,KEY][,BANK:PCRS]",
		.help = "ask for what is sealed in this file, too", .max = 16,
		.judge = judge_sealed, .is_path = true, INTO(OPTION_LIST, sealed)},
	{"before-reboot", .takers = BY(UNLOCK),
		.help = "a disk that asks for a PIN is a warning, too",
		INTO(OPTION_SET, is_before_reboot)},
	{"spare-lockout", .takers = BY(UNLOCK),
		.help = "ask for nothing under a key that the lockout protects",
		INTO(OPTION_SET, spares_lockout)},
	{"once", .takers = BY(RUN), .help = "one comparison, and end by its verdict",
		INTO(OPTION_SET, is_once)},
	{"interval", OPTION_IN("run", "interval"), .takers = BY(RUN), .value = "SECONDS",
		.help = "between comparisons", .min = 10, .max = 86400, .otherwise = "300",
		INTO(OPTION_SECONDS, interval_s)},
	{"state", OPTION_IN("run", "state"),
		.takers = BY(STATUS) | BY(UNLOCK) | BY(BASELINE) | BY(COMPARE) | BY(ACCEPT) |
			  BY(RUN) | BY(RESET_STATE),
		.value = "DIR", .help = "where baseline and last verdict are kept",
		INTO(OPTION_STRING, state)},
	{"reset-state", .takers = BY(RESET_STATE), .help = "this command, as an option",
		INTO(OPTION_SET, wants_reset)},
	{"url", OPTION_IN("collector", "url"), .takers = REPORTERS, .value = "URL",
		.help = "the collector, https://HOST[:PORT]; given again, the next to ask where it "
			"does not answer",
		.max = COLLECTOR_LINK_URLS_MAX, INTO(OPTION_LIST, collector.urls)},
	{"ca", OPTION_IN("collector", "ca"), .takers = REPORTERS, .value = "FILE",
		.help = "trust these CAs alone, instead of the system's",
		INTO(OPTION_STRING, collector.ca)},
	{"token-file", OPTION_IN("collector", "token-file"), .takers = REPORTERS, .value = "FILE",
		.help = "the credential, one line", INTO(OPTION_STRING, collector.token_file)},
	{"cert", OPTION_IN("collector", "cert"), .takers = REPORTERS, .value = "FILE",
		.help = "a client certificate as the credential",
		INTO(OPTION_STRING, collector.certificate)},
	{"key", OPTION_IN("collector", "key"), .takers = REPORTERS, .value = "FILE",
		.help = "the client certificate's key", INTO(OPTION_STRING, collector.key)},
	{"proxy", OPTION_IN("collector", "proxy"), .takers = REPORTERS, .value = "URL",
		.help = "reach the collector through this proxy",
		INTO(OPTION_STRING, collector.proxy)},
	{"uuid", OPTION_IN("collector", "uuid"), .takers = REPORTERS | BY(RELAY), .value = "UUID",
		.help = "this VM's, where SMBIOS does not tell", INTO(OPTION_UUID, uuid)},
	{OPTION_IN("collector", "event-log"), .otherwise = "yes",
		INTO(OPTION_SWITCH, sends_event_log)},
	{"wait", .takers = BY(REPORT), .value = "SECONDS", .help = "try again for so long",
		.min = 1, .max = 86400, INTO(OPTION_SECONDS, wait_s)},
	{"timeout", OPTION_IN("tpm", "timeout"), .takers = READERS, .value = "SECONDS",
		.help = "end after so long, whatever the TPM does", .min = 1, .max = 3600,
		.otherwise = "30", INTO(OPTION_SECONDS, timeout_s)},
	{"tcti", OPTION_IN("tpm", "tcti"), .takers = READERS, .value = "CONF",
		.help = "another TPM: device:/dev/tpm0, swtpm:host=127.0.0.1,port=2321",
		.judge = judge_printable, INTO(OPTION_STRING, tcti)},
	{"config", .value = "FILE", .help = "read FILE instead of the usual configuration",
		INTO(OPTION_TEXT, config)},
};

static const struct command_line_command commands[] = {AGENT_COMMANDS(COMMAND_LINE_COMMAND)};

const struct command_line_program options_program = {.name = "vtpm-agent",
	.purpose = "Tells whether this guest's vTPM is present, working and still the same one.",
	.commands = commands,
	.command_count = COMMAND_COUNT,
	.has_default = true,
	.codes = "            unlock: 0 each disk opens at the next boot, 1 one only later (with\n"
		 "            --before-reboot: or with a PIN), 2 one will not open.\n",
	.options = rows,
	.option_count = sizeof(rows) / sizeof(rows[0])};

int options_parse(int argc, char **argv, struct options *ret_options, struct error *err)
{
	struct options options = {
		.config = "", .output = "", .evidence = "", .log = "", .baseline = ""};
	int rc = command_line_parse(&options_program, argc, argv, &options, &options.line, err);

	if (rc)
		return rc;
	if (options.wants_reset && !options.line.command)
		options.line.command = commands[COMMAND_RESET_STATE].name;
	*ret_options = options;
	return 0;
}
