/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"

enum {
	OPTION_JSON = 256,
	OPTION_TCTI,
	OPTION_CONFIG,
	OPTION_TIMEOUT,
	OPTION_MODEL,
	OPTION_FORMAT,
	OPTION_OUTPUT,
	OPTION_NONCE,
	OPTION_EVENT,
	OPTION_EVIDENCE,
	OPTION_STATE,
	OPTION_INTERVAL,
	OPTION_URL,
	OPTION_CA,
	OPTION_TOKEN_FILE,
	OPTION_CERT,
	OPTION_KEY,
	OPTION_PROXY,
	OPTION_UUID,
	OPTION_WAIT,
	OPTION_ONCE,
	OPTION_RESET_STATE,
	OPTION_VERSION
};

static const struct option table[] = {
	{"json", no_argument, NULL, OPTION_JSON},
	{"tcti", required_argument, NULL, OPTION_TCTI},
	{"config", required_argument, NULL, OPTION_CONFIG},
	{"timeout", required_argument, NULL, OPTION_TIMEOUT},
	{"expect-model", required_argument, NULL, OPTION_MODEL},
	{"format", required_argument, NULL, OPTION_FORMAT},
	{"output", required_argument, NULL, OPTION_OUTPUT},
	{"nonce", required_argument, NULL, OPTION_NONCE},
	{"event", required_argument, NULL, OPTION_EVENT},
	{"evidence", required_argument, NULL, OPTION_EVIDENCE},
	{"state", required_argument, NULL, OPTION_STATE},
	{"interval", required_argument, NULL, OPTION_INTERVAL},
	{"url", required_argument, NULL, OPTION_URL},
	{"ca", required_argument, NULL, OPTION_CA},
	{"token-file", required_argument, NULL, OPTION_TOKEN_FILE},
	{"cert", required_argument, NULL, OPTION_CERT},
	{"key", required_argument, NULL, OPTION_KEY},
	{"proxy", required_argument, NULL, OPTION_PROXY},
	{"uuid", required_argument, NULL, OPTION_UUID},
	{"wait", required_argument, NULL, OPTION_WAIT},
	{"once", no_argument, NULL, OPTION_ONCE},
	{"reset-state", no_argument, NULL, OPTION_RESET_STATE},
	{"verbose", no_argument, NULL, 'v'},
	{"version", no_argument, NULL, OPTION_VERSION},
	{"help", no_argument, NULL, 'h'},
	{0},
};

#define BIT(option) (1U << ((option)-OPTION_JSON))

/* These concern the program or its way to the TPM. */
#define TAKEN_BY_ALL (BIT(OPTION_TCTI) | BIT(OPTION_CONFIG) | BIT(OPTION_TIMEOUT))

/* Where the collector is, and who is asking it. */
#define COLLECTOR                                                                                  \
	(BIT(OPTION_URL) | BIT(OPTION_CA) | BIT(OPTION_TOKEN_FILE) | BIT(OPTION_CERT) |            \
		BIT(OPTION_KEY) | BIT(OPTION_PROXY) | BIT(OPTION_UUID))

static const struct {
	const char *command;
	uint32_t takes;
} takers[] = {
	{"status", BIT(OPTION_JSON) | BIT(OPTION_FORMAT) | BIT(OPTION_OUTPUT) | BIT(OPTION_STATE) |
			   BIT(OPTION_MODEL)},
	{"evidence", BIT(OPTION_JSON) | BIT(OPTION_OUTPUT) | BIT(OPTION_NONCE) | BIT(OPTION_MODEL)},
	{"baseline", BIT(OPTION_MODEL)},
	{"compare", BIT(OPTION_JSON) | BIT(OPTION_OUTPUT) | BIT(OPTION_NONCE) | BIT(OPTION_EVENT) |
			    BIT(OPTION_EVIDENCE)},
	{"report", COLLECTOR | BIT(OPTION_JSON) | BIT(OPTION_OUTPUT) | BIT(OPTION_EVENT) |
			   BIT(OPTION_WAIT)},
	{"run", COLLECTOR | BIT(OPTION_STATE) | BIT(OPTION_INTERVAL) | BIT(OPTION_ONCE)},
	{"reset-state", BIT(OPTION_STATE) | BIT(OPTION_RESET_STATE)},
	{"beacon", BIT(OPTION_OUTPUT)},
};

bool options_is_model(const char *name)
{
	return strcmp(name, "tpm-crb") == 0 || strcmp(name, "tpm-tis") == 0;
}

static int borrow(const char **to, const char *name, const char *value, struct error *err)
{
	if (!*value)
		return error_set(err, ERROR_USAGE, "--%s: empty", name);
	*to = value;
	return 0;
}

static int copy(char *to, size_t size, const char *name, const char *value, struct error *err)
{
	if (!*value)
		return error_set(err, ERROR_USAGE, "--%s: empty", name);
	if (strlen(value) >= size)
		return error_set(err, ERROR_USAGE, "--%s: longer than %zu bytes", name, size - 1);
	memcpy(to, value, strlen(value) + 1);
	return 0;
}

bool options_read_seconds(const char *text, uint32_t min, uint32_t max, uint32_t *ret_seconds)
{
	char *end;
	unsigned long seconds = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || seconds < min || seconds > max)
		return false;
	*ret_seconds = (uint32_t)seconds;
	return true;
}

bool options_is_printable(const char *text)
{
	while (*text >= ' ' && *text <= '~')
		text++;
	return !*text;
}

static int read_format(const char *value, enum output_format *ret_format, struct error *err)
{
	static const char *const names[] = {[FORMAT_PAGE] = "page",
		[FORMAT_JSON] = "json",
		[FORMAT_NAGIOS] = "nagios",
		[FORMAT_PROMETHEUS] = "prometheus"};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(value, names[i]) == 0) {
			*ret_format = (enum output_format)i;
			return 0;
		}
	}
	return error_set(err, ERROR_USAGE,
		"--format: \"%s\" is none of page, json, nagios, prometheus", value);
}

static int read_nonce(const char *value, struct options *options, struct error *err)
{
	long len = text_unhex(value, strlen(value), options->nonce, sizeof(options->nonce));

	if (len < 8)
		return error_set(err, ERROR_USAGE, "--nonce: not 16 to %d hexadecimal digits",
			2 * EVIDENCE_NONCE_MAX);
	options->nonce_len = (size_t)len;
	options->has_nonce = true;
	return 0;
}

static int copy_collector(
	int option, const char *value, struct options_collector *to, struct error *err)
{
	const struct {
		const char *name;
		char *to;
	} texts[] = {{"url", to->url}, {"ca", to->ca}, {"token-file", to->token_file},
		{"cert", to->certificate}, {"key", to->key}, {"proxy", to->proxy}};

	return copy(texts[option - OPTION_URL].to, sizeof(to->url), texts[option - OPTION_URL].name,
		value, err);
}

static int read_option(int option, const char *value, struct options *options, struct error *err)
{
	if (option >= OPTION_JSON)
		options->named |= BIT(option);
	switch (option) {
	case OPTION_JSON:
		options->format = FORMAT_JSON;
		return 0;
	case OPTION_TCTI:
		return copy(options->tcti, sizeof(options->tcti), "tcti", value, err);
	case OPTION_CONFIG:
		return borrow(&options->config, "config", value, err);
	case OPTION_OUTPUT:
		return borrow(&options->output, "output", value, err);
	case OPTION_EVIDENCE:
		return borrow(&options->evidence, "evidence", value, err);
	case OPTION_STATE:
		return copy(options->state, sizeof(options->state), "state", value, err);
	case OPTION_INTERVAL:
		if (!options_read_seconds(value, 10, 86400, &options->interval_s))
			return error_set(err, ERROR_USAGE,
				"--interval: \"%s\" is not a number of seconds from 10 to 86400",
				value);
		return 0;
	case OPTION_EVENT:
		options->event = event_parse(value);
		if (options->event == EVENT_COUNT)
			return error_set(err, ERROR_USAGE,
				"--event: \"%s\" is none of none, live-migration, soft-reboot, "
				"hard-reboot, cold-migration, resume, clear",
				value);
		return 0;
	case OPTION_TIMEOUT:
		if (!options_read_seconds(value, 1, 3600, &options->timeout_s))
			return error_set(err, ERROR_USAGE,
				"--timeout: \"%s\" is not a number of seconds from 1 to 3600",
				value);
		return 0;
	case OPTION_FORMAT:
		return read_format(value, &options->format, err);
	case OPTION_NONCE:
		return read_nonce(value, options, err);
	case OPTION_MODEL:
		if (!options_is_model(value))
			return error_set(err, ERROR_USAGE,
				"--expect-model: \"%s\" is neither tpm-crb nor tpm-tis", value);
		return copy(options->model, sizeof(options->model), "expect-model", value, err);
	case OPTION_URL:
	case OPTION_CA:
	case OPTION_TOKEN_FILE:
	case OPTION_CERT:
	case OPTION_KEY:
	case OPTION_PROXY:
		return copy_collector(option, value, &options->collector, err);
	case OPTION_UUID:
		return text_uuid(value, options->collector.uuid)
			       ? 0
			       : error_set(err, ERROR_USAGE, "--uuid: \"%s\" is no UUID", value);
	case OPTION_WAIT:
		if (!options_read_seconds(value, 1, 86400, &options->wait_s))
			return error_set(err, ERROR_USAGE,
				"--wait: \"%s\" is not a number of seconds from 1 to 86400", value);
		return 0;
	case OPTION_ONCE:
		options->is_once = true;
		return 0;
	case OPTION_RESET_STATE:
		return 0; /* stands for the command: see options_parse() */
	case OPTION_VERSION:
		options->wants_version = true;
		return 0;
	case 'v':
		options->is_verbose = true;
		return 0;
	default:
		options->wants_help = true;
		return 0;
	}
}

int options_check_command(const struct options *options, const char *command, struct error *err)
{
	uint32_t foreign = options->named & ~TAKEN_BY_ALL;

	for (size_t i = 0; i < sizeof(takers) / sizeof(takers[0]); i++) {
		if (strcmp(takers[i].command, command) == 0)
			foreign &= ~takers[i].takes;
	}
	for (const struct option *row = table; row->name; row++) {
		if (row->val >= OPTION_JSON && foreign & BIT(row->val))
			return error_set(err, ERROR_USAGE,
				"%s does not take --%s; see vtpm-agent --help", command, row->name);
	}
	return 0;
}

int options_parse(int argc, char **argv, struct options *ret_options, struct error *err)
{
	struct options options = {.config = "", .output = "", .evidence = ""};
	int option, rc = 0;

	opterr = 0;
	while (!rc && (option = getopt_long(argc, argv, ":vh", table, NULL)) != -1) {
		/* Of several short options in one word, the word is not yet behind us. */
		const char letter[] = {'-', (char)optopt, 0};
		bool is_letter = option == '?' && optopt != 0 && optopt < OPTION_JSON &&
				 optopt != 'v' && optopt != 'h';
		const char *word = is_letter ? letter : argv[optind - 1];

		/* BSD's getopt, on Windows, answers ':' to a value where none belongs too. */
		if (option == '?' || (option == ':' && strchr(word, '=')))
			rc = error_set(err, ERROR_USAGE,
				"no option \"%s\", or one that takes no value; see vtpm-agent "
				"--help",
				word);
		else if (option == ':')
			rc = error_set(
				err, ERROR_USAGE, "%s needs a value; see vtpm-agent --help", word);
		else
			rc = read_option(option, optarg, &options, err);
	}
	if (!rc && !options_is_printable(options.tcti))
		rc = error_set(err, ERROR_USAGE, "--tcti: not printable ASCII");
	if (rc)
		return rc;
	if (optind < argc)
		options.command = argv[optind++];
	else if (options.named & BIT(OPTION_RESET_STATE))
		options.command = "reset-state";
	while (optind < argc && options.word_count < OPTIONS_WORDS_MAX)
		options.words[options.word_count++] = argv[optind++];
	if (optind < argc)
		return error_set(err, ERROR_USAGE,
			"one word too many: \"%s\"; see vtpm-agent --help", argv[optind]);
	*ret_options = options;
	return 0;
}
