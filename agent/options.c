/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/options.h"

#include <string.h>

#include "core/text.h"

bool options_is_model(const char *name)
{
	return strcmp(name, "tpm-crb") == 0 || strcmp(name, "tpm-tis") == 0;
}

bool options_is_printable(const char *text)
{
	while (*text >= ' ' && *text <= '~')
		text++;
	return !*text;
}

static int read_json(const char *value, void *options, struct error *err)
{
	(void)value;
	(void)err;
	((struct options *)options)->format = FORMAT_JSON;
	return 0;
}

static int read_format(const char *value, void *options, struct error *err)
{
	static const char *const names[] = {[FORMAT_PAGE] = "page",
		[FORMAT_JSON] = "json",
		[FORMAT_NAGIOS] = "nagios",
		[FORMAT_PROMETHEUS] = "prometheus"};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(value, names[i]) == 0) {
			((struct options *)options)->format = (enum output_format)i;
			return 0;
		}
	}
	return error_set(err, ERROR_USAGE,
		"--format: \"%s\" is none of page, json, nagios, prometheus", value);
}

static int read_nonce(const char *value, void *options, struct error *err)
{
	struct options *to = options;
	long len = text_unhex(value, strlen(value), to->nonce, sizeof(to->nonce));

	if (len < 8)
		return error_set(err, ERROR_USAGE, "--nonce: not 16 to %d hexadecimal digits",
			2 * EVIDENCE_NONCE_MAX);
	to->nonce_len = (size_t)len;
	to->has_nonce = true;
	return 0;
}

static int read_model(const char *value, void *options, struct error *err)
{
	if (!options_is_model(value))
		return error_set(err, ERROR_USAGE,
			"--expect-model: \"%s\" is neither tpm-crb nor tpm-tis", value);
	memcpy(((struct options *)options)->model, value, sizeof("tpm-crb"));
	return 0;
}

static int read_uuid(const char *value, void *options, struct error *err)
{
	if (!text_uuid(value, ((struct options *)options)->uuid))
		return error_set(err, ERROR_USAGE, "--uuid: \"%s\" is no UUID", value);
	return 0;
}

#define INTO(what, member) OPTION_INTO(what, struct options, member)

static const struct command_line_option table[] = {
	{"json", NULL, "status evidence compare report",
		"status, compare, report: JSON instead of the page", OPTION_BY(read_json)},
	{"format", "FORMAT", "status", "status: page, json, nagios or prometheus",
		OPTION_BY(read_format)},
	{"output", "FILE", "status evidence compare report relay beacon",
		"write FILE, in one step, instead of standard output", INTO(OPTION_TEXT, output)},
	{"expect-model", "MODEL", "status evidence baseline",
		"status, evidence, baseline: fail unless tpm-crb\nor tpm-tis",
		OPTION_BY(read_model)},
	{"nonce", "HEX", "evidence compare",
		"evidence, compare: what the quote is fresh for,\n8 to 64 bytes",
		OPTION_BY(read_nonce)},
	{"event", "EVENT", "compare report relay",
		"compare, report, relay: what was announced: none,\nlive-migration, soft-reboot, "
		"hard-reboot,\ncold-migration, resume or clear",
		INTO(OPTION_EVENT, event)},
	{"evidence", "FILE", "compare", "compare: this evidence, instead of reading the TPM",
		INTO(OPTION_TEXT, evidence)},
	{"url", "URL", "report run", "report, run: the collector, https://HOST[:PORT]",
		INTO(OPTION_STRING, collector.url)},
	{"ca", "FILE", "report run", "report, run: trust these CAs alone, instead of the\nsystem's",
		INTO(OPTION_STRING, collector.ca)},
	{"token-file", "FILE", "report run", "report, run: the credential, one line",
		INTO(OPTION_STRING, collector.token_file)},
	{"cert", "FILE", "report run", "report, run: a client certificate as the credential",
		INTO(OPTION_STRING, collector.certificate)},
	{"key", "FILE", "report run", "report, run: its key", INTO(OPTION_STRING, collector.key)},
	{"proxy", "URL", "report run", "report, run: reach the collector through this proxy",
		INTO(OPTION_STRING, collector.proxy)},
	{"uuid", "UUID", "report relay run",
		"report, relay, run: this VM's, where SMBIOS does\nnot tell", OPTION_BY(read_uuid)},
	{"wait", "SECONDS", "report", "report: try again for so long", INTO(OPTION_SECONDS, wait_s),
		.min = 1, .max = 86400},
	{"once", NULL, "run", "run: one comparison, and end by its verdict",
		INTO(OPTION_SET, is_once)},
	{"reset-state", NULL, "reset-state",
		"in a command's place: forget what run keeps; for an\nimage to be cloned",
		INTO(OPTION_SET, wants_reset)},
	{"state", "DIR", "status run reset-state",
		"run, status: where baseline and last verdict are kept",
		INTO(OPTION_STRING, state)},
	{"interval", "SECONDS", "run", "run: between comparisons (default 300)",
		INTO(OPTION_SECONDS, interval_s), .min = 10, .max = 86400},
	{"timeout", "SECONDS", NULL, "end after so long, whatever the TPM does (default 30)",
		INTO(OPTION_SECONDS, timeout_s), .min = 1, .max = 3600},
	{"tcti", "CONF", NULL, "another TPM: device:/dev/tpm0,\nswtpm:host=127.0.0.1,port=2321",
		INTO(OPTION_STRING, tcti)},
	{"config", "FILE", NULL, "read FILE instead of the usual configuration",
		INTO(OPTION_TEXT, config)},
};

static const struct command_line_command commands[COMMAND_COUNT] = {
	[COMMAND_STATUS] = {"status", 0, "show the vTPM and its health (the default)"},
	[COMMAND_EVIDENCE] = {"evidence", 0,
		"print the evidence document with a fresh quote, as JSON"},
	[COMMAND_BASELINE] = {"baseline", 2, "baseline save FILE: keep evidence as the reference"},
	[COMMAND_COMPARE] = {"compare", 1,
		"compare FILE: is this still the vTPM of that baseline?"},
	[COMMAND_REPORT] = {"report", 0, "report to a collector, and show its verdict"},
	[COMMAND_RELAY] = {"relay", 1, "relay ask|answer: report's requests, for others to carry"},
	[COMMAND_RUN] = {"run", 0, "compare for ever: at boot, from time to time, when moved"},
	[COMMAND_BEACON] = {"beacon", 1,
		"beacon enable|disable|status: a counter that shows rollbacks"},
	[COMMAND_SERVICE] = {"service", 1,
		"service install|remove|start|stop: on Windows, the service"},
	[COMMAND_RESET_STATE] = {"reset-state", 0, "forget what run keeps: --reset-state"},
};

const struct command_line_program options_program = {.name = "vtpm-agent",
	.purpose = "Tells whether this guest's vTPM is present, working and still the same one.",
	.commands = commands,
	.command_count = COMMAND_COUNT,
	.has_default = true,
	.options = table,
	.option_count = sizeof(table) / sizeof(table[0])};

int options_parse(int argc, char **argv, struct options *ret_options, struct error *err)
{
	struct options options = {.config = "", .output = "", .evidence = ""};
	int rc = command_line_parse(&options_program, argc, argv, &options, &options.line, err);

	if (!rc && options.wants_reset && !options.line.command)
		options.line.command = commands[COMMAND_RESET_STATE].name;
	if (!rc && !options_is_printable(options.tcti))
		rc = error_set(err, ERROR_USAGE, "--tcti: not printable ASCII");
	if (!rc)
		*ret_options = options;
	return rc;
}
