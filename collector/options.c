/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OPTION_CONFIG = 256, OPTION_STATE, OPTION_LISTEN, OPTION_ROUTES, OPTION_VERSION };

static const struct option table[] = {
	{"config", required_argument, NULL, OPTION_CONFIG},
	{"state", required_argument, NULL, OPTION_STATE},
	{"listen", required_argument, NULL, OPTION_LISTEN},
	{"routes", no_argument, NULL, OPTION_ROUTES},
	{"verbose", no_argument, NULL, 'v'},
	{"version", no_argument, NULL, OPTION_VERSION},
	{"help", no_argument, NULL, 'h'},
	{0},
};

#define BIT(option) (1U << ((option)-OPTION_CONFIG))

#define TAKEN_BY_ALL (BIT(OPTION_CONFIG) | BIT(OPTION_STATE))

static const struct {
	const char *command;
	uint32_t takes;
} takers[] = {
	{"serve", BIT(OPTION_LISTEN) | BIT(OPTION_ROUTES)},
};

static int borrow(const char **to, const char *name, const char *value, struct error *err)
{
	if (!*value)
		return error_set(err, ERROR_USAGE, "--%s: empty", name);
	*to = value;
	return 0;
}

static int read_option(int option, const char *value, struct options *options, struct error *err)
{
	if (option >= OPTION_CONFIG)
		options->named |= BIT(option);
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
	struct options options = {.config = "", .state = ""};
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
