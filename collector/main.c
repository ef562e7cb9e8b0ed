/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent/platform.h"
#include "collector/commands.h"
#include "core/log.h"
#include "core/text.h"
#include "version.h"

static const struct {
	const char *name;
	command_function *run;
	size_t words; /* that may follow it */
	const char *help;
} commands[] = {
	{"serve", command_serve, 0, "take reports, judge them, answer operators"},
	{"confirm", command_confirm, 1, "confirm UUID: announce an event, wait for the verdict"},
	{"list", command_list, 0, "the VMs, and whose vTPM did not survive"},
	{"show", command_show, 1, "show UUID: a VM, why, and its timeline"},
	{"accept", command_accept, 1, "accept UUID: what is there now is the baseline"},
	{"trust-ca", command_trust_ca, 2,
		"trust-ca add FILE, trust-ca list: CAs of EK certificates"},
	{"export", command_export, 0, "all reports, or the audit log, as NDJSON with ECS names"},
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static void print_help(void)
{
	puts("Usage: vtpm-collector COMMAND [OPTION]...\n"
	     "Challenges vtpm-agents, verifies their signed reports, and tells whose vTPM "
	     "survived.\n"
	     "\nCommands:");
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		printf("  %-10s %s\n", commands[i].name, commands[i].help);
	puts("\nOptions:\n"
	     "  --listen ADDRESS       serve: 127.0.0.1:8742 (default), [::1]:0, unix:PATH; may "
	     "be\n"
	     "                         given several times\n"
	     "  --state DIR            where the store and the administrator's token are kept\n"
	     "  --url URL              all but serve: the collector: https://HOST:PORT, "
	     "unix:PATH,\n"
	     "                         http:// on this machine (default http://127.0.0.1:8742)\n"
	     "  --token-file FILE      the credential (default: the local administrator's)\n"
	     "  --ca FILE              the CA of the collector's certificate, PEM\n"
	     "  --cert FILE, --key FILE  the TLS client certificate and its key, PEM\n"
	     "  --json                 JSON instead of the page\n"
	     "  --event EVENT          confirm: live-migration, soft-reboot, hard-reboot,\n"
	     "                         cold-migration, resume, clear or none\n"
	     "  --timeout SECONDS      confirm: how long to wait for a report (default 600)\n"
	     "  --status STATUS        list: only affirming, warning, contraindicated or none\n"
	     "  --search TEXT          list: beginning of a UUID or part of a hostname\n"
	     "  --report ID            accept: this report instead of the newest signed one\n"
	     "  --comment TEXT         accept: why, for the audit log\n"
	     "  --audit                export: the audit log instead of the reports\n"
	     "  --after ID             export: only what comes after this one\n"
	     "  --config FILE          read FILE instead of the usual configuration\n"
	     "  -v, --verbose          tell on standard error what is done\n"
	     "  --version              print the version\n"
	     "  -h, --help             print this\n"
	     "\nExit codes: 0 done or healthy, 1 warning, 2 broken, missing or not survived,\n"
	     "            3 cannot tell, 64 wrong command line, 78 wrong configuration.\n"
	     "See vtpm-collector(1).");
}

static void print_line(enum log_level level, const char *line)
{
	BUF_SCOPED escaped = {0};

	text_escape(&escaped, line, true);
	platform_log_write(level, "vtpm-collector", escaped.data ? (char *)escaped.data : "");
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
static enum exit_code finish_output(enum exit_code code)
{
	struct error err = {0};

	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	error_set(&err, ERROR_IO, "standard output: %s", strerror(errno));
	return fail(&err);
}

static enum exit_code run(const struct options *options)
{
	struct error err = {0};
	enum exit_code code;
	size_t i = 0;

	while (options->command && i < COMMAND_COUNT &&
		strcmp(commands[i].name, options->command) != 0)
		i++;
	if (!options->command)
		error_set(&err, ERROR_USAGE, "no command given; see vtpm-collector --help");
	else if (i == COMMAND_COUNT)
		error_set(&err, ERROR_USAGE, "no command \"%s\"; see vtpm-collector --help",
			options->command);
	else if (options->word_count > commands[i].words)
		error_set(&err, ERROR_USAGE, "one word too many: \"%s\"; see vtpm-collector --help",
			options->words[commands[i].words]);
	else
		options_check_command(options, options->command, &err);
	if (err.code)
		return fail(&err);
	code = commands[i].run(options, &err);
	return err.code ? fail(&err) : finish_output(code);
}

int main(int argc, char **argv)
{
	struct options options;
	struct error err = {0};

	platform_start();
	log_start(print_line, LOG_LEVEL_WARNING);
	if (options_parse(argc, argv, &options, &err))
		return (int)fail(&err);
	if (options.is_verbose)
		log_start(print_line, LOG_LEVEL_DEBUG);
	if (options.wants_help) {
		print_help();
		return (int)finish_output(EXIT_CODE_HEALTHY);
	}
	if (options.wants_version) {
		puts("vtpm-collector " VTPM_VERSION);
		return (int)finish_output(EXIT_CODE_HEALTHY);
	}
	return (int)run(&options);
}
