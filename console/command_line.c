/* SPDX-License-Identifier: BSD-2-Clause */
#include "console/command_line.h"

#include <getopt.h>
#include <string.h>

/* getopt_long()'s values: a letter, or behind all letters the row of the table. */
enum { LONG_VERSION = 256, LONG_FIRST_ROW };

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

static int take_option(const struct command_line_program *program, size_t i, void *options,
	struct command_line *line, struct error *err)
{
	const struct option_row *row = &program->options[i];

	line->named |= UINT64_C(1) << i;
	if (option_read(row, optarg, OPTION_ON_LINE, options, err) == 0)
		return 0;
	err->code = ERROR_USAGE;
	error_wrap(err, "--%s", row->name);
	return -ERROR_USAGE;
}

static int take(const struct command_line_program *program, int option, void *options,
	struct command_line *line, struct error *err)
{
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
		return take_option(program, (size_t)(option - LONG_FIRST_ROW), options, line, err);
	}
}

/* The table for getopt_long(), which knows nothing of rows that stand in the file alone. */
static void fill_table(const struct command_line_program *program, struct option *table)
{
	*table++ = (struct option){"verbose", no_argument, NULL, 'v'};
	*table++ = (struct option){"version", no_argument, NULL, LONG_VERSION};
	*table++ = (struct option){"help", no_argument, NULL, 'h'};
	for (size_t i = 0; i < program->option_count; i++) {
		const struct option_row *row = &program->options[i];

		if (row->name)
			*table++ = (struct option){row->name,
				row->value ? required_argument : no_argument, NULL,
				LONG_FIRST_ROW + (int)i};
	}
	*table = (struct option){0};
}

static int fill_in(const struct command_line_program *program, uint64_t named, void *options,
	struct error *err)
{
	for (size_t i = 0; i < program->option_count; i++) {
		const struct option_row *row = &program->options[i];

		if (!row->otherwise || named >> i & 1)
			continue;
		if (option_read(row, row->otherwise, OPTION_IN_FILE, options, err))
			return error_set(err, ERROR_INTERNAL, "%s: a default that is none",
				row->name ? row->name : row->setting);
	}
	return 0;
}

static int too_many(const struct command_line_program *program, const char *word, struct error *err)
{
	return error_set(
		err, ERROR_USAGE, "one word too many: \"%s\"; see %s --help", word, program->name);
}

int command_line_parse(const struct command_line_program *program, int argc, char **argv,
	void *options, struct command_line *ret_line, struct error *err)
{
	struct option table[OPTION_ROWS_MAX + 4];
	struct command_line line = {0};
	int option, rc = 0;

	fill_table(program, table);
	opterr = 0;
	while (!rc && (option = getopt_long(argc, argv, ":vh", table, NULL)) != -1)
		rc = option == '?' || option == ':' ? refuse(program, option, argv, err)
						    : take(program, option, options, &line, err);
	if (!rc)
		rc = fill_in(program, line.named, options, err);
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

static size_t count_words(const char *words)
{
	size_t count = *words != 0;

	while ((words = strchr(words, ' '))) {
		count++;
		words++;
	}
	return count;
}

bool command_line_takes(const struct option_row *row, size_t command)
{
	return row->name && (!row->takers || row->takers >> command & 1);
}

bool command_line_names(const struct command_line_program *program, const struct command_line *line,
	const char *option)
{
	for (size_t i = 0; i < program->option_count; i++) {
		const char *name = program->options[i].name;

		if (line->named >> i & 1 && name && !strcmp(name, option))
			return true;
	}
	return false;
}

int command_line_check(const struct command_line_program *program, const struct command_line *line,
	size_t *ret_command, struct error *err)
{
	const struct command_line_command *commands = program->commands;
	const char *name = line->command;
	size_t found = 0, words;

	if (!name && !program->has_default)
		return error_set(
			err, ERROR_USAGE, "no command given; see %s --help", program->name);
	while (name && found < program->command_count && strcmp(commands[found].name, name) != 0)
		found++;
	if (found == program->command_count)
		return error_set(
			err, ERROR_USAGE, "no command \"%s\"; see %s --help", name, program->name);
	words = count_words(commands[found].words);
	if (line->word_count > words)
		return too_many(program, line->words[words], err);
	for (size_t i = 0; i < program->option_count; i++) {
		const struct option_row *row = &program->options[i];

		if (line->named >> i & 1 && !command_line_takes(row, found))
			return error_set(err, ERROR_USAGE, "%s does not take --%s; see %s --help",
				commands[found].name, row->name, program->name);
	}
	*ret_command = found;
	return 0;
}
