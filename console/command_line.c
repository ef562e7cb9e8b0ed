/* SPDX-License-Identifier: BSD-2-Clause */
#include "console/command_line.h"

#include <getopt.h>
#include <string.h>

#include "core/text.h"
#include "core/verdict/judge.h"

/* getopt_long()'s values: a letter, or behind all letters the row of the table. */
enum { LONG_VERSION = 256, LONG_FIRST_ROW };

static int read_text(
	const struct command_line_option *row, const char *value, char *member, struct error *err)
{
	size_t len = strlen(value);

	if (!len)
		return error_set(err, ERROR_USAGE, "--%s: empty", row->name);
	if (row->kind == OPTION_TEXT) {
		memcpy(member, &value, sizeof(value));
		return 0;
	}
	if (len >= row->size)
		return error_set(
			err, ERROR_USAGE, "--%s: longer than %zu bytes", row->name, row->size - 1);
	memcpy(member, value, len + 1);
	return 0;
}

static int read_number(
	const struct command_line_option *row, const char *value, char *member, struct error *err)
{
	uint64_t number;
	uint32_t seconds;

	if (!text_number(value, row->min, row->max, &number))
		return error_set(err, ERROR_USAGE,
			"--%s: \"%s\" is not a number%s from %llu to %llu", row->name, value,
			row->kind == OPTION_SECONDS ? " of seconds" : "",
			(unsigned long long)row->min, (unsigned long long)row->max);
	seconds = (uint32_t)number;
	if (row->kind == OPTION_SECONDS)
		memcpy(member, &seconds, sizeof(seconds));
	else
		memcpy(member, &number, sizeof(number));
	return 0;
}

static int read_event(
	const struct command_line_option *row, const char *value, char *member, struct error *err)
{
	enum event event = event_parse(value);

	if (event == EVENT_COUNT)
		return error_set(err, ERROR_USAGE,
			"--%s: \"%s\" is none of none, live-migration, soft-reboot, hard-reboot, "
			"cold-migration, resume, clear",
			row->name, value);
	memcpy(member, &event, sizeof(event));
	return 0;
}

static int read_option(
	const struct command_line_option *row, const char *value, void *options, struct error *err)
{
	char *member = (char *)options + row->offset;

	switch (row->kind) {
	case OPTION_SET:
		*(bool *)member = true;
		return 0;
	case OPTION_TEXT:
	case OPTION_STRING:
		return read_text(row, value, member, err);
	case OPTION_SECONDS:
	case OPTION_NUMBER:
		return read_number(row, value, member, err);
	case OPTION_EVENT:
		return read_event(row, value, member, err);
	default:
		return row->read(value, options, err);
	}
}

/* What getopt_long() stumbled over, as it stands on the command line. */
static int refuse(
	const struct command_line_program *program, int option, char **argv, struct error *err)
{
	/* Of several short options in one word, the word is not yet behind us. */
	const char letter[] = {'-', (char)optopt, 0};
	bool is_letter = option == '?' && optopt != 0 && optopt < LONG_VERSION && optopt != 'v' &&
			 optopt != 'h';
	const char *word = is_letter ? letter : argv[optind - 1];

	/* BSD's getopt, on Windows, answers ':' to a value where none belongs too. */
	if (option == ':' && !strchr(word, '='))
		return error_set(
			err, ERROR_USAGE, "%s needs a value; see %s --help", word, program->name);
	return error_set(err, ERROR_USAGE,
		"no option \"%s\", or one that takes no value; see %s --help", word, program->name);
}

static int take(const struct command_line_program *program, int option, void *options,
	struct command_line *line, struct error *err)
{
	size_t row = (size_t)(option - LONG_FIRST_ROW);

	switch (option) {
	case 'v':
		line->is_verbose = true;
		return 0;
	case 'h':
		line->wants_help = true;
		return 0;
	case LONG_VERSION:
		line->wants_version = true;
		return 0;
	default:
		line->named |= UINT64_C(1) << row;
		return read_option(&program->options[row], optarg, options, err);
	}
}

static void fill_table(const struct command_line_program *program, struct option *table)
{
	table[0] = (struct option){"verbose", no_argument, NULL, 'v'};
	table[1] = (struct option){"version", no_argument, NULL, LONG_VERSION};
	table[2] = (struct option){"help", no_argument, NULL, 'h'};
	for (size_t i = 0; i < program->option_count; i++) {
		const struct command_line_option *row = &program->options[i];

		table[3 + i] =
			(struct option){row->name, row->value ? required_argument : no_argument,
				NULL, LONG_FIRST_ROW + (int)i};
	}
	table[3 + program->option_count] = (struct option){0};
}

static int too_many(const struct command_line_program *program, const char *word, struct error *err)
{
	return error_set(
		err, ERROR_USAGE, "one word too many: \"%s\"; see %s --help", word, program->name);
}

int command_line_parse(const struct command_line_program *program, int argc, char **argv,
	void *options, struct command_line *ret_line, struct error *err)
{
	struct option table[COMMAND_LINE_OPTIONS_MAX + 4];
	struct command_line line = {0};
	int option, rc = 0;

	fill_table(program, table);
	opterr = 0;
	while (!rc && (option = getopt_long(argc, argv, ":vh", table, NULL)) != -1)
		rc = option == '?' || option == ':' ? refuse(program, option, argv, err)
						    : take(program, option, options, &line, err);
	if (rc)
		return rc;
	if (optind < argc)
		line.command = argv[optind++];
	while (optind < argc && line.word_count < COMMAND_LINE_WORDS_MAX)
		line.words[line.word_count++] = argv[optind++];
	if (optind < argc)
		return too_many(program, argv[optind], err);
	*ret_line = line;
	return 0;
}

/* Whether `name` is one of the words of `list`. */
static bool is_among(const char *list, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = list; (at = strstr(at, name)); at += len) {
		if ((at == list || at[-1] == ' ') && (at[len] == ' ' || !at[len]))
			return true;
	}
	return false;
}

int command_line_check(const struct command_line_program *program, const struct command_line *line,
	size_t *ret_command, struct error *err)
{
	const char *name = line->command;
	size_t found = 0;

	if (!name && !program->has_default)
		return error_set(
			err, ERROR_USAGE, "no command given; see %s --help", program->name);
	while (name && found < program->command_count &&
		strcmp(program->commands[found].name, name) != 0)
		found++;
	if (found == program->command_count)
		return error_set(
			err, ERROR_USAGE, "no command \"%s\"; see %s --help", name, program->name);
	name = program->commands[found].name;
	if (line->word_count > program->commands[found].words)
		return too_many(program, line->words[program->commands[found].words], err);
	for (size_t i = 0; i < program->option_count; i++) {
		const struct command_line_option *row = &program->options[i];

		if (line->named >> i & 1 && row->takers && !is_among(row->takers, name))
			return error_set(err, ERROR_USAGE, "%s does not take --%s; see %s --help",
				name, row->name, program->name);
	}
	*ret_command = found;
	return 0;
}
