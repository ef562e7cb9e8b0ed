/* SPDX-License-Identifier: BSD-2-Clause */
#include <ctype.h>
#include <string.h>

#include "console/command_line.h"

#define WIDTH       80
#define NAMES_WIDTH 22
#define TEXT_COLUMN (2 + NAMES_WIDTH + 1)
#define BOUNDS_TOLD UINT32_MAX /* a larger bound is nobody's concern */
#define MANY_TAKERS 3
#define FEW_OTHERS  5

/* Text from `column` to the right edge, broken at blanks; further lines begin in that column. */
static void add_wrapped(struct buf *to, const char *text, size_t column)
{
	size_t at = column;

	while (*text) {
		size_t len = strcspn(text, " ");

		if (at > column && at + 1 + len > WIDTH) {
			buf_printf(to, "\n%*s", (int)column, "");
			at = column;
		} else if (at > column) {
			buf_append_text(to, " ");
			at++;
		}
		buf_append(to, text, len);
		at += len;
		text += len;
		text += strspn(text, " ");
	}
	buf_append_text(to, "\n");
}

/* "  names  text"; names too long for their column stand on a line of their own. */
static void add_row(struct buf *to, const char *names, const char *text)
{
	if (strlen(names) > NAMES_WIDTH)
		buf_printf(to, "  %s\n%*s", names, TEXT_COLUMN, "");
	else
		buf_printf(to, "  %-*s ", NAMES_WIDTH, names);
	add_wrapped(to, text, TEXT_COLUMN);
}

/* A row of two texts that were put together, where there was memory for it. */
static void add_built_row(struct buf *to, const struct buf *names, const struct buf *text)
{
	if (names->failed || text->failed || !names->data || !text->data)
		to->failed = true;
	else
		add_row(to, (char *)names->data, (char *)text->data);
}

/* "report, run", "all but serve", "all but service and reset-state": at most FEW_OTHERS */
static void add_takers(
	const struct command_line_program *program, const struct option_row *row, struct buf *to)
{
	size_t takers = 0, others;
	const char *between = "";
	bool are_named;

	for (size_t i = 0; i < program->command_count; i++)
		takers += command_line_takes(row, i);
	others = program->command_count - takers;
	if (!others) {
		buf_append_text(to, "every command");
		return;
	}
	are_named = takers < MANY_TAKERS || others > FEW_OTHERS;
	if (!are_named)
		buf_append_text(to, "all but ");
	for (size_t i = 0; i < program->command_count; i++) {
		if (command_line_takes(row, i) != are_named)
			continue;
		buf_printf(to, "%s%s", between, program->commands[i].name);
		between = are_named ? ", " : " and ";
	}
}

/* " (10 to 86400, default 300)" */
static void add_bounds(const struct option_row *row, struct buf *to)
{
	bool has_bounds = (row->kind == OPTION_NUMBER || row->kind == OPTION_SECONDS) &&
			  row->max <= BOUNDS_TOLD;

	if (has_bounds)
		buf_printf(to, " (%llu to %llu", (unsigned long long)row->min,
			(unsigned long long)row->max);
	if (row->otherwise)
		buf_printf(to, "%sdefault %s", has_bounds ? ", " : " (", row->otherwise);
	if (has_bounds || row->otherwise)
		buf_append_text(to, ")");
}

static void add_option(const struct command_line_program *program, const struct option_row *row,
	bool with_takers, struct buf *to)
{
	BUF_SCOPED names = {0}, text = {0};

	buf_printf(
		&names, "--%s%s%s", row->name, row->value ? " " : "", row->value ? row->value : "");
	if (with_takers) {
		add_takers(program, row, &text);
		buf_append_text(&text, ": ");
	}
	buf_append_text(&text, row->help);
	add_bounds(row, &text);
	add_built_row(to, &names, &text);
}

/* Options that the same commands take as this one does; 0 where an earlier one stands for them. */
static size_t count_alike(const struct command_line_program *program, size_t option)
{
	const struct option_row *rows = program->options;
	size_t count = 0;

	for (size_t i = 0; i < program->option_count; i++) {
		if (!rows[i].name || rows[i].takers != rows[option].takers)
			continue;
		if (i < option)
			return 0;
		count++;
	}
	return rows[option].name ? count : 0;
}

/* Those that some commands take: first what stands alone, then a group for each set of commands
 * that have several in common. */
static void add_options_of_some(const struct command_line_program *program, struct buf *to)
{
	const struct option_row *rows = program->options;
	const char *title = "\nOptions:\n";

	for (size_t i = 0; i < program->option_count; i++) {
		if (!rows[i].takers || count_alike(program, i) != 1)
			continue;
		buf_append_text(to, title);
		title = "";
		add_option(program, &rows[i], true, to);
	}
	for (size_t i = 0; i < program->option_count; i++) {
		if (!rows[i].takers || count_alike(program, i) <= 1)
			continue;
		buf_append_text(to, "\nOptions of ");
		add_takers(program, &rows[i], to);
		buf_append_text(to, ":\n");
		for (size_t k = i; k < program->option_count; k++) {
			if (rows[k].name && rows[k].takers == rows[i].takers)
				add_option(program, &rows[k], false, to);
		}
	}
}

static void add_options_of_all(const struct command_line_program *program, struct buf *to)
{
	for (size_t i = 0; i < program->option_count; i++) {
		if (program->options[i].name && !program->options[i].takers)
			add_option(program, &program->options[i], false, to);
	}
	add_row(to, "-v, --verbose", "tell on standard error what is done");
	add_row(to, "--version", "print the version");
	add_row(to, "-h, --help", "print this; after a command, what that one takes");
}

static void add_commands(const struct command_line_program *program, struct buf *to)
{
	buf_append_text(to, "\nCommands:\n");
	for (size_t i = 0; i < program->command_count; i++) {
		const struct command_line_command *command = &program->commands[i];
		BUF_SCOPED names = {0}, text = {0};

		buf_printf(&names, "%s%s%s", command->name, *command->words ? " " : "",
			command->words);
		buf_append_text(&text, command->help);
		add_built_row(to, &names, &text);
	}
}

static bool is_in(const struct option_row *row, const char *section)
{
	return row->section && strcmp(row->section, section) == 0;
}

/* The settings of a section, where none of its rows comes before this one. */
static void add_section(const struct command_line_program *program, size_t option, struct buf *to)
{
	const struct option_row *rows = program->options;
	const char *section = rows[option].section, *between = "";
	BUF_SCOPED names = {0}, text = {0};

	for (size_t i = 0; i < program->option_count; i++) {
		if (!is_in(&rows[i], section))
			continue;
		if (i < option)
			return;
		buf_printf(&text, "%s%s", between, rows[i].setting);
		between = ", ";
	}
	buf_printf(&names, "[%s]", section);
	add_built_row(to, &names, &text);
}

static void add_settings(const struct command_line_program *program, struct buf *to)
{
	const char *title = "\nSettings of the configuration file:\n";

	for (size_t i = 0; i < program->option_count; i++) {
		if (!program->options[i].section)
			continue;
		buf_append_text(to, title);
		title = "";
		add_section(program, i, to);
	}
}

static void add_end(const struct command_line_program *program, struct buf *to)
{
	buf_printf(to,
		"\nExit codes: 0 healthy or survived, 1 warning, 2 broken, missing or not "
		"survived,\n"
		"            3 cannot tell, 64 wrong command line, 78 wrong configuration.\n"
		"%sSee %s(1).\n",
		program->codes ? program->codes : "", program->name);
}

/* Of one command: its own options, then those of all. */
static void add_command(const struct command_line_program *program, size_t command, struct buf *to)
{
	const struct command_line_command *row = &program->commands[command];

	buf_printf(to, "Usage: %s %s%s%s [OPTION]...\n%c%s.\n\nOptions:\n", program->name,
		row->name, *row->words ? " " : "", row->words, toupper((unsigned char)row->help[0]),
		row->help + 1);
	for (size_t i = 0; i < program->option_count; i++) {
		const struct option_row *option = &program->options[i];

		if (option->takers && command_line_takes(option, command))
			add_option(program, option, false, to);
	}
	add_options_of_all(program, to);
}

void command_line_help(
	const struct command_line_program *program, const char *command, struct buf *to)
{
	size_t found = 0;

	while (command && found < program->command_count) {
		if (strcmp(program->commands[found].name, command) == 0)
			break;
		found++;
	}
	if (command && found < program->command_count) {
		add_command(program, found, to);
	} else {
		buf_printf(to, "Usage: %s %s [OPTION]...\n%s\n", program->name,
			program->has_default ? "[COMMAND]" : "COMMAND", program->purpose);
		add_commands(program, to);
		add_options_of_some(program, to);
		buf_append_text(to, "\nOptions of every command:\n");
		add_options_of_all(program, to);
		add_settings(program, to);
	}
	add_end(program, to);
}
