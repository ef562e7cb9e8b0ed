/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent/commands.h"
#include "agent/platform.h"
#include "core/log.h"
#include "core/text.h"
#include "version.h"

static const struct {
	const char *name;
	command_function *run;
	size_t words;         /* that follow it */
	enum log_level level; /* what it tells without being asked to */
	const char *help;
} commands[] = {
	{"status", command_status, 0, LOG_LEVEL_WARNING,
		"show the vTPM and its health (the default)"},
	{"evidence", command_evidence, 0, LOG_LEVEL_WARNING,
		"print the evidence document with a fresh quote, as JSON"},
	{"baseline", command_baseline, 2, LOG_LEVEL_WARNING,
		"baseline save FILE: keep evidence as the reference"},
	{"compare", command_compare, 1, LOG_LEVEL_WARNING,
		"compare FILE: is this still the vTPM of that baseline?"},
	{"report", command_report, 0, LOG_LEVEL_WARNING,
		"report to a collector, and show its verdict"},
	{"run", command_run, 0, LOG_LEVEL_INFO,
		"compare for ever: at boot, from time to time, when moved"},
	{"beacon", command_beacon, 1, LOG_LEVEL_WARNING,
		"beacon enable|disable|status: a counter that shows rollbacks"},
	{"service", command_service, 1, LOG_LEVEL_WARNING,
		"service install|remove|start|stop: on Windows, the service"},
	{"reset-state", command_reset_state, 0, LOG_LEVEL_INFO,
		"forget what run keeps; the same as --reset-state"},
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static void print_help(void)
{
	puts("Usage: vtpm-agent [COMMAND] [OPTION]...\n"
	     "Tells whether this guest's vTPM is present, working and still the same one.\n"
	     "\nCommands:");
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		printf("  %-11s %s\n", commands[i].name, commands[i].help);
	puts("\nOptions:\n"
	     "  --json                 status, compare, report: JSON instead of the page\n"
	     "  --format FORMAT        status: page, json, nagios or prometheus\n"
	     "  --output FILE          write FILE, in one step, instead of standard output\n"
	     "  --expect-model MODEL   status, evidence, baseline: fail unless tpm-crb or tpm-tis\n"
	     "  --nonce HEX            evidence, compare: what the quote is fresh for, 8 to 64 "
	     "bytes\n"
	     "  --event EVENT          compare, report: what was announced: live-migration, "
	     "soft-reboot,\n"
	     "                         hard-reboot, cold-migration, resume, clear or none\n"
	     "  --evidence FILE        compare: this evidence, instead of reading the TPM\n"
	     "  --url URL              report, run: the collector, https://HOST[:PORT]\n"
	     "  --ca FILE              report, run: trust these CAs alone, instead of the "
	     "system's\n"
	     "  --token-file FILE      report, run: the credential, one line\n"
	     "  --cert FILE, --key FILE  report, run: a client certificate as the credential\n"
	     "  --proxy URL            report, run: reach the collector through this proxy\n"
	     "  --uuid UUID            report, run: this VM's, where SMBIOS does not tell\n"
	     "  --wait SECONDS         report: try again for so long\n"
	     "  --state DIR            run, status: where baseline and last verdict are kept\n"
	     "  --once                 run: one comparison, and end by its verdict\n"
	     "  --reset-state          forget what run keeps: for an image to be cloned\n"
	     "  --interval SECONDS     run: between comparisons (default 300)\n"
	     "  --timeout SECONDS      end after so long, whatever the TPM does (default 30)\n"
	     "  --tcti CONF            another TPM: device:/dev/tpm0, "
	     "swtpm:host=127.0.0.1,port=2321\n"
	     "  --config FILE          read FILE instead of the usual configuration\n"
	     "  -v, --verbose          tell on standard error what is done\n"
	     "  --version              print the version\n"
	     "  -h, --help             print this\n"
	     "\nExit codes: 0 healthy or survived, 1 warning, 2 broken, missing or not survived,\n"
	     "            3 cannot tell, 64 wrong command line, 78 wrong configuration.\n"
	     "See vtpm-agent(1).");
}

static void print_line(enum log_level level, const char *line)
{
	BUF_SCOPED escaped = {0};

	text_escape(&escaped, line, true);
	platform_log_write(level, "vtpm-agent", escaped.data ? (char *)escaped.data : "");
}

/* The error's one line, and the exit code that goes with it. */
static enum exit_code fail(const struct error *err)
{
	log_write(LOG_LEVEL_ERROR, "%s", err->message);
	if (err->code == ERROR_USAGE)
		return EXIT_CODE_USAGE;
	return err->code == ERROR_CONFIG ? EXIT_CODE_CONFIG : EXIT_CODE_UNKNOWN;
}

/* What was printed must have got out. */
static enum exit_code finish_output(void)
{
	struct error err = {0};

	if (fflush(stdout) == 0 && !ferror(stdout))
		return EXIT_CODE_HEALTHY;
	error_set(&err, ERROR_IO, "standard output: %s", strerror(errno));
	return fail(&err);
}

static enum exit_code run(const struct options *options)
{
	const char *name = options->command ? options->command : commands[0].name;
	enum verdict_status status;
	struct error err = {0};
	size_t i = 0;

	while (i < COMMAND_COUNT && strcmp(commands[i].name, name) != 0)
		i++;
	if (i == COMMAND_COUNT) {
		error_set(&err, ERROR_USAGE, "no command \"%s\"; see vtpm-agent --help", name);
		return fail(&err);
	}
	if (options->word_count > commands[i].words) {
		error_set(&err, ERROR_USAGE, "one word too many: \"%s\"; see vtpm-agent --help",
			options->words[commands[i].words]);
		return fail(&err);
	}
	if (options_check_command(options, name, &err))
		return fail(&err);
	if (!options->is_verbose)
		log_start(print_line, commands[i].level);
	status = commands[i].run(options, &err);
	return err.code ? fail(&err) : verdict_exit_code(status);
}

int main(int argc, char **argv)
{
	struct options given, options;
	struct error err = {0};

	platform_start();
	log_start(print_line, LOG_LEVEL_WARNING);
	if (options_parse(argc, argv, &given, &err))
		return (int)fail(&err);
	options = given;
	options.given = &given;
	if (options.is_verbose)
		log_start(print_line, LOG_LEVEL_DEBUG);
	if (options.wants_help) {
		print_help();
		return (int)finish_output();
	}
	if (options.wants_version) {
		puts("vtpm-agent " VTPM_VERSION);
		return (int)finish_output();
	}
	if (options_read_config(&options, &err))
		return (int)fail(&err);
	return (int)run(&options);
}
