/* SPDX-License-Identifier: BSD-2-Clause */
#include "console/program.h"
#include "host/command/commands.h"

static command_function *const commands[] = {HOST_COMMANDS(COMMAND_LINE_FUNCTION)};

static enum exit_code run(const struct host_options *options)
{
	enum exit_code code;
	struct error err;
	size_t command;
	int rc = command_line_check(&host_program, &options->line, &command, &err);

	if (!rc)
		rc = host_options_check(options, (enum command)command, &err);
	if (rc)
		return program_fail(&err);
	return commands[command](options, &code, &err) ? program_fail(&err) : program_end(code);
}

int main(int argc, char **argv)
{
	struct host_options options;
	enum exit_code code;
	struct error err;

	program_start(host_program.name);
	if (host_options_parse(argc, argv, &options, &err))
		return (int)program_fail(&err);
	if (options.line.is_verbose)
		program_log(LOG_LEVEL_DEBUG);
	if (program_answers(&host_program, &options.line, &code))
		return (int)code;
	return (int)run(&options);
}
