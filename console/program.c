/* SPDX-License-Identifier: BSD-2-Clause */
#include "console/program.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "platform/system.h"
#include "version.h"

/* The log's sink takes no context, and a process is one program. */
static const char *program_name = "";
static bool (*program_takes)(enum log_level level, const char *line);

static void print_line(enum log_level level, const char *line)
{
	BUF_SCOPED escaped = {0};

	text_escape(&escaped, line, true);
	line = escaped.data ? (char *)escaped.data : "";
	if (!program_takes || !program_takes(level, line))
		platform_log_write(level, program_name, line);
}

void program_start(const char *name)
{
	program_name = name;
	platform_start();
	program_log(LOG_LEVEL_WARNING);
}

void program_log(enum log_level level)
{
	log_start(print_line, level);
}

void program_log_first(bool (*takes)(enum log_level level, const char *line))
{
	program_takes = takes;
}

bool program_answers(const struct command_line_program *program, const struct command_line *line,
	enum exit_code *ret_code)
{
	BUF_SCOPED text = {0};
	struct error err;

	if (line->wants_help)
		command_line_help(program, line->command, &text);
	else if (line->wants_version)
		buf_printf(&text, "%s " VTPM_VERSION "\n", program->name);
	else
		return false;
	if (text.failed) {
		error_set(&err, ERROR_NO_MEMORY, "out of memory");
		*ret_code = program_fail(&err);
	} else {
		/* What fails here, program_end() finds: text of more than a buffer is written at
		 * once. */
		fwrite(text.data, 1, text.len, stdout);
		*ret_code = program_end(EXIT_CODE_HEALTHY);
	}
	return true;
}

enum exit_code program_fail(const struct error *err)
{
	log_write(LOG_LEVEL_ERROR, "%s", err->message);
	return error_exit_code(err->code);
}

enum exit_code program_end(enum exit_code code)
{
	struct error err;

	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	error_set(&err, ERROR_IO, "standard output: %s", strerror(errno));
	return program_fail(&err);
}
