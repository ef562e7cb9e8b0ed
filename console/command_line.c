/* SPDX-License-Identifier: BSD-2-Clause */
#include "console/command_line.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "console/suggestion.h"

/* getopt_long()'s values: a letter, or behind all letters the row of the table. */
enum { LONG_VERSION = 256, LONG_FIRST_ROW };

static int no_option(
	const struct command_line_program *program, const char *word, struct error *err)
{
	const bool is_long = strncmp(word, "--", 2) == 0;
	struct suggestion suggestion;
	char name[40], meant[64];

	snprintf(name, sizeof(name), "%.*s", is_long ? (int)strcspn(word + 2, "=") : 0,
		is_long ? word + 2 : "");
	suggestion = (struct suggestion){.word = name};
	suggestion_consider(&suggestion, "verbose");
	suggestion_consider(&suggestion, "version");
	suggestion_consider(&suggestion, "help");
	for (size_t i = 0; i < program->option_count; i++) {
		if (program->options[i].name)
			suggestion_consider(&suggestion, program->options[i].name);
	}
	/* A right one has a value that it does not take. */
	if (suggestion.best && !suggestion.distance)
		suggestion.best = NULL;
	return error_set(err, ERROR_USAGE,
		"no option \"%s\"%s, or one that takes no value; see %s --help", word,
		suggestion_text(&suggestion, "--", meant), program->name);
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
	return no_option(program, word, err);
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

/* The place of the command with that name; as many as there are: there is none. */
static size_t find_command(const struct command_line_program *program, const char *name)
{
	size_t found = 0;

	while (found < program->command_count && strcmp(program->commands[found].name, name) != 0)
		found++;
	return found;
}

static int no_command(
	const struct command_line_program *program, const char *name, struct error *err)
{
	struct suggestion suggestion = {.word = name};
	char meant[64];

	for (size_t i = 0; i < program->command_count; i++)
		suggestion_consider(&suggestion, program->commands[i].name);
	return error_set(err, ERROR_USAGE, "no command \"%s\"%s; see %s --help", name,
		suggestion_text(&suggestion, "", meant), program->name);
}

static int too_many(const struct command_line_program *program, const char *word, struct error *err)
{
	return error_set(
		err, ERROR_USAGE, "one word too many: \"%s\"; see %s --help", word, program->name);
}

/* `help`, and `help COMMAND` for `COMMAND --help`. */
static int ask_for_help(
	const struct command_line_program *program, struct command_line *line, struct error *err)
{
	const char *word = line->word_count ? line->words[0] : NULL;

	if (line->word_count > 1)
		return too_many(program, line->words[1], err);
	if (word && find_command(program, word) == program->command_count)
		return no_command(program, word, err);
	line->command = word;
	line->word_count = 0;
	line->wants_help = true;
	return 0;
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
	if (line.command && strcmp(line.command, "help") == 0)
		rc = ask_for_help(program, &line, err);
	if (!rc)
		*ret_line = line;
	return rc;
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

/* Two options that fill one member, or of which one leaves the other nothing to say. */
static int refuse_rivals(const struct command_line_program *program,
	const struct command_line *line, struct error *err)
{
	for (size_t i = 0; i < program->option_count; i++) {
		const struct option_row *row = &program->options[i];

		for (size_t j = 0; line->named >> i & 1 && j < program->option_count; j++) {
			const struct option_row *other = &program->options[j];
			bool is_same =
				i < j && row->size && other->size && other->offset == row->offset;
			bool has_no_say = row->instead_of && other->name &&
					  strcmp(row->instead_of, other->name) == 0;

			if (line->named >> j & 1 && (is_same || has_no_say))
				return error_set(err, ERROR_USAGE,
					"--%s and --%s: one of them; see %s --help", row->name,
					other->name, program->name);
		}
	}
	return 0;
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
	if (name)
		found = find_command(program, name);
	if (found == program->command_count)
		return no_command(program, name, err);
	words = count_words(commands[found].words);
	if (line->word_count > words)
		return too_many(program, line->words[words], err);
	for (size_t i = 0; i < program->option_count; i++) {
		const struct option_row *row = &program->options[i];

		if (line->named >> i & 1 && !command_line_takes(row, found))
			return error_set(err, ERROR_USAGE, "%s does not take --%s; see %s --help",
				commands[found].name, row->name, program->name);
	}
	if (refuse_rivals(program, line, err))
		return -ERROR_USAGE;
	*ret_command = found;
	return 0;
}
