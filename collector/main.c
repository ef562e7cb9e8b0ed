/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/commands.h"
#include "console/program.h"

static command_function *const commands[] = {COLLECTOR_COMMANDS(COMMAND_LINE_FUNCTION)};

static enum exit_code run(const struct options *options)
{
	struct error err;
	enum exit_code code;
	size_t command;

	if (command_line_check(&options_program, &options->line, &command, &err))
		return program_fail(&err);
	return commands[command](options, &code, &err) ? program_fail(&err) : program_end(code);
}

int main(int argc, char **argv)
{
	struct options options;
	enum exit_code code;
	struct error err;

	program_start(options_program.name);
	if (options_parse(argc, argv, &options, &err))
		return (int)program_fail(&err);
	if (options.line.is_verbose)
		program_log(LOG_LEVEL_DEBUG);
	if (program_answers(&options_program, &options.line, &code))
		return (int)code;
	return (int)run(&options);
}
