/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/command/commands.h"
#include "console/program.h"

static command_function *const commands[] = {AGENT_COMMANDS(COMMAND_LINE_FUNCTION)};

static enum exit_code run(struct options *options)
{
	enum exit_code code;
	struct error err;
	size_t command;
	int rc = options_read_config(options, &err);

	if (!rc)
		rc = command_line_check(&options_program, &options->line, &command, &err);
	if (rc)
		return program_fail(&err);
	/* The service tells what it does without being asked to. */
	if (command == COMMAND_RUN && !options->line.is_verbose)
		program_log(LOG_LEVEL_INFO);
	return commands[command](options, &code, &err) ? program_fail(&err) : program_end(code);
}

int main(int argc, char **argv)
{
	struct options given, options;
	enum exit_code code;
	struct error err;

	program_start(options_program.name);
	if (options_parse(argc, argv, &given, &err))
		return (int)program_fail(&err);
	if (given.line.is_verbose)
		program_log(LOG_LEVEL_DEBUG);
	if (program_answers(&options_program, &given.line, &code))
		return (int)code;
	options = given;
	options.given = &given;
	return (int)run(&options);
}
