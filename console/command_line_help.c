/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <string.h>

#include "console/command_line.h"

#define NAMES_WIDTH 22

/* "  names  text", each further line of the text under the first; names too long for their column
 * stand on a line of their own. */
static void add_row(struct buf *to, const char *names, const char *text)
{
	char indent[NAMES_WIDTH + 5];
	const char *end;

	snprintf(indent, sizeof(indent), "%*s", NAMES_WIDTH + 3, "");
	if (strlen(names) > NAMES_WIDTH)
		buf_printf(to, "  %s\n%s", names, indent);
	else
		buf_printf(to, "  %-*s ", NAMES_WIDTH, names);
	while ((end = strchr(text, '\n'))) {
		buf_append(to, text, (size_t)(end - text) + 1);
		buf_append_text(to, indent);
		text = end + 1;
	}
	buf_append_text(to, text);
	buf_append_text(to, "\n");
}

void command_line_help(const struct command_line_program *program, struct buf *to)
{
	buf_printf(to, "Usage: %s %s [OPTION]...\n%s\n\nCommands:\n", program->name,
		program->has_default ? "[COMMAND]" : "COMMAND", program->purpose);
	for (size_t i = 0; i < program->command_count; i++)
		buf_printf(
			to, "  %-10s %s\n", program->commands[i].name, program->commands[i].help);
	buf_append_text(to, "\nOptions:\n");
	for (size_t i = 0; i < program->option_count; i++) {
		const struct command_line_option *row = &program->options[i];
		char names[64];

		snprintf(names, sizeof(names), "--%s%s%s", row->name, row->value ? " " : "",
			row->value ? row->value : "");
		add_row(to, names, row->help);
	}
	add_row(to, "-v, --verbose", "tell on standard error what is done");
	add_row(to, "--version", "print the version");
	add_row(to, "-h, --help", "print this");
	buf_printf(to,
		"\nExit codes: 0 healthy or survived, 1 warning, 2 broken, missing or not "
		"survived,\n"
		"            3 cannot tell, 64 wrong command line, 78 wrong configuration.\n"
		"See %s(1).\n",
		program->name);
}
