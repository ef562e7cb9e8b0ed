/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/continuity.h"

enum {
	OPTION_CONFIG = 256,
	OPTION_STATE,
	OPTION_LISTEN,
	OPTION_ROUTES,
	OPTION_URL,
	OPTION_TOKEN_FILE,
	OPTION_CA,
	OPTION_CERT,
	OPTION_KEY,
	OPTION_JSON,
	OPTION_EVENT,
	OPTION_TIMEOUT,
	OPTION_STATUS,
	OPTION_SEARCH,
	OPTION_REPORT,
	OPTION_COMMENT,
	OPTION_AUDIT,
	OPTION_AFTER,
	OPTION_VERSION
};

static const struct option table[] = {
	{"config", required_argument, NULL, OPTION_CONFIG},
	{"state", required_argument, NULL, OPTION_STATE},
	{"listen", required_argument, NULL, OPTION_LISTEN},
	{"routes", no_argument, NULL, OPTION_ROUTES},
	{"url", required_argument, NULL, OPTION_URL},
	{"token-file", required_argument, NULL, OPTION_TOKEN_FILE},
	{"ca", required_argument, NULL, OPTION_CA},
	{"cert", required_argument, NULL, OPTION_CERT},
	{"key", required_argument, NULL, OPTION_KEY},
	{"json", no_argument, NULL, OPTION_JSON},
	{"event", required_argument, NULL, OPTION_EVENT},
	{"timeout", required_argument, NULL, OPTION_TIMEOUT},
	{"status", required_argument, NULL, OPTION_STATUS},
	{"search", required_argument, NULL, OPTION_SEARCH},
	{"report", required_argument, NULL, OPTION_REPORT},
	{"comment", required_argument, NULL, OPTION_COMMENT},
	{"audit", no_argument, NULL, OPTION_AUDIT},
	{"after", required_argument, NULL, OPTION_AFTER},
	{"verbose", no_argument, NULL, 'v'},
	{"version", no_argument, NULL, OPTION_VERSION},
	{"help", no_argument, NULL, 'h'},
	{0},
};

#define BIT(option) (1U << ((option)-OPTION_CONFIG))

#define TAKEN_BY_ALL (BIT(OPTION_CONFIG) | BIT(OPTION_STATE))

/* What every command takes that asks a collector. */
#define TAKEN_BY_CLIENTS                                                                           \
	(BIT(OPTION_URL) | BIT(OPTION_TOKEN_FILE) | BIT(OPTION_CA) | BIT(OPTION_CERT) |            \
		BIT(OPTION_KEY) | BIT(OPTION_JSON))

static const struct {
	const char *command;
	uint32_t takes;
} takers[] = {
	{"serve", BIT(OPTION_LISTEN) | BIT(OPTION_ROUTES)},
	{"confirm", TAKEN_BY_CLIENTS | BIT(OPTION_EVENT) | BIT(OPTION_TIMEOUT)},
	{"list", TAKEN_BY_CLIENTS | BIT(OPTION_STATUS) | BIT(OPTION_SEARCH)},
	{"show", TAKEN_BY_CLIENTS},
	{"accept", TAKEN_BY_CLIENTS | BIT(OPTION_REPORT) | BIT(OPTION_COMMENT)},
	{"trust-ca", TAKEN_BY_CLIENTS},
	{"export", TAKEN_BY_CLIENTS | BIT(OPTION_AUDIT) | BIT(OPTION_AFTER)},
};

static int borrow(const char **to, const char *name, const char *value, struct error *err)
{
	if (!*value)
		return error_set(err, ERROR_USAGE, "--%s: empty", name);
	*to = value;
	return 0;
}

static int read_number(uint64_t *to, const char *name, const char *value, uint64_t min,
	uint64_t max, struct error *err)
{
	char *end;
	unsigned long long number = strtoull(value, &end, 10);

	if (*value < '0' || *value > '9' || *end || number < min || number > max)
		return error_set(err, ERROR_USAGE, "--%s: \"%s\" is not a number from %llu to %llu",
			name, value, (unsigned long long)min, (unsigned long long)max);
	*to = number;
	return 0;
}

static int read_event(const char **to, const char *value, struct error *err)
{
	if (event_parse(value) == EVENT_COUNT)
		return error_set(err, ERROR_USAGE,
			"--event: \"%s\" is none of none, live-migration, soft-reboot, "
			"hard-reboot, cold-migration, resume, clear",
			value);
	*to = value;
	return 0;
}

/* Those of the commands that ask a collector. */
static int read_client_option(
	int option, const char *value, struct options *options, struct error *err)
{
	uint64_t seconds = 0;

	switch (option) {
	case OPTION_URL:
		return borrow(&options->url, "url", value, err);
	case OPTION_TOKEN_FILE:
		return borrow(&options->token_file, "token-file", value, err);
	case OPTION_CA:
		return borrow(&options->ca, "ca", value, err);
	case OPTION_CERT:
		return borrow(&options->cert, "cert", value, err);
	case OPTION_KEY:
		return borrow(&options->key, "key", value, err);
	case OPTION_JSON:
		options->is_json = true;
		return 0;
	case OPTION_EVENT:
		return read_event(&options->event, value, err);
	case OPTION_TIMEOUT:
		if (read_number(&seconds, "timeout", value, 1, 86400, err))
			return -ERROR_USAGE;
		options->timeout_s = (uint32_t)seconds;
		return 0;
	case OPTION_STATUS:
		return borrow(&options->status, "status", value, err);
	case OPTION_SEARCH:
		return borrow(&options->search, "search", value, err);
	case OPTION_REPORT:
		return read_number(&options->report, "report", value, 1, INT64_MAX, err);
	case OPTION_COMMENT:
		return borrow(&options->comment, "comment", value, err);
	case OPTION_AUDIT:
		options->wants_audit = true;
		return 0;
	default:
		return read_number(&options->after, "after", value, 0, INT64_MAX, err);
	}
}

static int read_option(int option, const char *value, struct options *options, struct error *err)
{
	if (option >= OPTION_CONFIG)
		options->named |= BIT(option);
	if (option >= OPTION_URL && option <= OPTION_AFTER)
		return read_client_option(option, value, options, err);
	switch (option) {
	case OPTION_CONFIG:
		return borrow(&options->config, "config", value, err);
	case OPTION_STATE:
		return borrow(&options->state, "state", value, err);
	case OPTION_LISTEN:
		if (options->listen_count == HTTP_LISTEN_MAX)
			return error_set(err, ERROR_USAGE, "--listen: more than %d addresses",
				HTTP_LISTEN_MAX);
		return borrow(&options->listen[options->listen_count++], "listen", value, err);
	case OPTION_ROUTES:
		options->wants_routes = true;
		return 0;
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
		if (row->val >= OPTION_CONFIG && foreign & BIT(row->val))
			return error_set(err, ERROR_USAGE,
				"%s does not take --%s; see vtpm-collector --help", command,
				row->name);
	}
	return 0;
}

/* What getopt_long() stumbled over, as it stands on the command line. */
static int refuse(int option, char **argv, struct error *err)
{
	/* Of several short options in one word, the word is not yet behind us. */
	const char letter[] = {'-', (char)optopt, 0};
	bool is_letter = option == '?' && optopt != 0 && optopt < OPTION_CONFIG && optopt != 'v' &&
			 optopt != 'h';
	const char *word = is_letter ? letter : argv[optind - 1];

	if (option == '?')
		return error_set(err, ERROR_USAGE,
			"no option \"%s\", or one that takes no value; see vtpm-collector --help",
			word);
	return error_set(err, ERROR_USAGE, "%s needs a value; see vtpm-collector --help", word);
}

int options_parse(int argc, char **argv, struct options *ret_options, struct error *err)
{
	struct options options = {.config = "",
		.state = "",
		.url = "",
		.token_file = "",
		.ca = "",
		.cert = "",
		.key = "",
		.event = "",
		.status = "",
		.search = "",
		.comment = "",
		.timeout_s = OPTIONS_DEFAULT_TIMEOUT_S};
	int option, rc = 0;

	opterr = 0;
	while (!rc && (option = getopt_long(argc, argv, ":vh", table, NULL)) != -1)
		rc = option == '?' || option == ':' ? refuse(option, argv, err)
						    : read_option(option, optarg, &options, err);
	if (rc)
		return rc;
	if (optind < argc)
		options.command = argv[optind++];
	while (optind < argc && options.word_count < OPTIONS_WORDS_MAX)
		options.words[options.word_count++] = argv[optind++];
	if (optind < argc)
		return error_set(err, ERROR_USAGE,
			"one word too many: \"%s\"; see vtpm-collector --help", argv[optind]);
	*ret_options = options;
	return 0;
}

int options_uuid(const struct options *options, char ret_uuid[TEXT_UUID_SIZE], struct error *err)
{
	if (!options->word_count)
		return error_set(err, ERROR_USAGE, "%s needs a VM's UUID", options->command);
	if (!text_uuid(options->words[0], ret_uuid))
		return error_set(err, ERROR_USAGE, "\"%s\" is no UUID", options->words[0]);
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
