/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/options.h"
#include "tests/unit/fixture/option_rows.h"

#define ARGS_MAX 16

/* Parses "a|b|c" as the words behind the program's name. */
static int parse(const char *words, struct options *ret, struct error *err)
{
	static char copy[4096];
	char *argv[ARGS_MAX + 2] = {"vtpm-agent"}, *save = NULL;
	int argc = 1;

	snprintf(copy, sizeof(copy), "%s", words);
	for (char *word = strtok_r(copy, "|", &save); word; word = strtok_r(NULL, "|", &save)) {
		assert_true(argc <= ARGS_MAX);
		argv[argc++] = word;
	}
	optind = 0; /* getopt(3): begin anew */
	*err = (struct error){0};
	return options_parse(argc, argv, ret, err);
}

static int check(const struct options *options, struct error *err)
{
	size_t command;

	return command_line_check(&options_program, &options->line, &command, err);
}

static void test_the_tables(void **state)
{
	(void)state;
	option_rows_check(&options_program);
}

static void test_defaults(void **state)
{
	struct options options;
	struct error err;

	(void)state;
	assert_int_equal(parse("", &options, &err), 0);
	assert_null(options.line.command);
	assert_false(options.line.wants_help || options.line.wants_version ||
		     options.line.is_verbose || options.has_nonce);
	assert_string_equal(options.tcti, "");
	assert_string_equal(options.config, "");
	assert_string_equal(options.model, "");
	assert_string_equal(options.output, "");
	assert_string_equal(options.state, "");
	assert_string_equal(options.evidence, "");
	assert_int_equal(options.timeout_s, 30);
	assert_int_equal(options.interval_s, 300);
	assert_int_equal(options.event, EVENT_NONE);
	assert_int_equal(options.line.word_count, 0);
	assert_int_equal(options.format, FORMAT_PAGE);
}

static void test_every_option(void **state)
{
	struct options options;
	struct error err;

	(void)state;
	assert_int_equal(parse("evidence|--tcti=swtpm:|--config|/c|--expect-model|tpm-tis|"
			       "--output=-o|--timeout|3600",
				 &options, &err),
		0);
	assert_string_equal(options.line.command, "evidence");
	assert_string_equal(options.tcti, "swtpm:");
	assert_string_equal(options.config, "/c");
	assert_string_equal(options.model, "tpm-tis");
	assert_string_equal(options.output, "-o");
	assert_int_equal(options.timeout_s, 3600);
	assert_int_equal(parse("compare|a|--event=hard-reboot|b|--interval|86400|--state=/s|"
			       "--evidence=e",
				 &options, &err),
		0);
	assert_string_equal(options.line.command, "compare");
	assert_int_equal(options.line.word_count, 2);
	assert_string_equal(options.line.words[0], "a");
	assert_string_equal(options.line.words[1], "b");
	assert_int_equal(options.event, EVENT_HARD_REBOOT);
	assert_int_equal(options.interval_s, 86400);
	assert_string_equal(options.state, "/s");
	assert_string_equal(options.evidence, "e");
	assert_int_equal(parse("-v|--nonce|00112233445566FF|status", &options, &err), 0);
	assert_true(options.line.is_verbose && options.has_nonce);
	assert_int_equal(options.nonce_len, 8);
	assert_memory_equal(options.nonce, "\x00\x11\x22\x33\x44\x55\x66\xff", 8);
	assert_string_equal(options.line.command, "status");
	assert_int_equal(parse("-vh", &options, &err), 0);
	assert_true(options.line.is_verbose && options.line.wants_help);
	assert_int_equal(parse("--version", &options, &err), 0);
	assert_true(options.line.wants_version && !options.line.wants_help);
}

static void test_formats(void **state)
{
	static const struct {
		const char *words;
		enum output_format format;
	} rows[] = {
		{"--json", FORMAT_JSON},
		{"--format=page", FORMAT_PAGE},
		{"--format=json", FORMAT_JSON},
		{"--format=nagios", FORMAT_NAGIOS},
		{"--format|prometheus", FORMAT_PROMETHEUS},
		{"--json|--format=nagios", FORMAT_NAGIOS},
	};
	struct options options;
	struct error err;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(parse(rows[i].words, &options, &err), 0);
		assert_int_equal(options.format, rows[i].format);
	}
}

/* What one of them would leave unheeded is refused. */
static void test_rivals(void **state)
{
	static const struct {
		const char *words, *command, *message;
	} rows[] = {
		{"--json|--format=page", "status", "--json and --format: one of them"},
		{"--tcti=t|--log=l", "boot", "--log and --tcti: one of them"},
		{"--evidence=e|--tcti=t", "compare", "--evidence and --tcti: one of them"},
		{"--state=s|--baseline=b", "unlock", "--baseline and --state: one of them"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct options options;
		struct error err;

		assert_int_equal(parse(rows[i].words, &options, &err), 0);
		options.line.command = rows[i].command;
		assert_int_equal(check(&options, &err), -ERROR_USAGE);
		assert_ptr_equal(strstr(err.message, rows[i].message), err.message);
	}
}

static void test_options_of_commands(void **state)
{
	static const struct {
		const char *words, *command, *refused; /* NULL: none */
	} rows[] = {
		{"--format=page|--output=o|--state=s|--expect-model=tpm-crb", "status", NULL},
		{"--tcti=t|--config=c|--timeout=1|-v", "run", NULL},
		{"--json|--output=o|--nonce=0011223344556677|--event=none|--evidence=e", "compare",
			NULL},
		{"--output=o|--nonce=0011223344556677|--expect-model=tpm-crb", "evidence", NULL},
		{"--json|--events|--log=l|--output=o", "boot", NULL},
		{"--volume=a|--volume=b|--sealed=c|--sealed=d", "unlock", NULL},
		{"--events", "status", "events"},
		{"--log=l", "compare", "log"},
		{"--json", "evidence", "json"},
		{"--tcti=t", "service", "tcti"},
		{"--timeout=1", "reset-state", "timeout"},
		{"--expect-model=tpm-crb", "baseline", NULL},
		{"--state=s|--interval=10", "run", NULL},
		{"--output=o", "beacon", NULL},
		{"--nonce=0011223344556677", "status", "nonce"},
		{"--event=none", "status", "event"},
		{"--evidence=e", "evidence", "evidence"},
		{"--format=json", "evidence", "format"},
		{"--format=nagios", "compare", "format"},
		{"--expect-model=tpm-crb", "compare", "expect-model"},
		{"--nonce=0011223344556677", "baseline", "nonce"},
		{"--json", "run", "json"},
		{"--interval=10|--state=s", "compare", "interval"},
		{"--json", "beacon", "json"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct options options;
		struct error err;
		char message[128];

		assert_int_equal(parse(rows[i].words, &options, &err), 0);
		options.line.command = rows[i].command;
		if (!rows[i].refused) {
			assert_int_equal(check(&options, &err), 0);
			continue;
		}
		assert_int_equal(check(&options, &err), -ERROR_USAGE);
		snprintf(message, sizeof(message), "%s does not take --%s; see vtpm-agent --help",
			rows[i].command, rows[i].refused);
		assert_string_equal(err.message, message);
	}
}

#define NO_OPTION(word) "no option \"" word "\", or one that takes no value; see vtpm-agent --help"

static const struct {
	const char *words, *message;
} refused[] = {
	{"--frobnicate", NO_OPTION("--frobnicate")},
	{"status|--frobnicate|x", NO_OPTION("--frobnicate")},
	{"--json=1", NO_OPTION("--json=1")},
	{"--verbose=1", NO_OPTION("--verbose=1")},
	{"-x", NO_OPTION("-x")},
	{"-vx", NO_OPTION("-x")},
	{"-xv", NO_OPTION("-x")},
	{"--json|-xv", NO_OPTION("-x")},
	{"-\xc3\xbc", NO_OPTION("-\xc3")},
	{"--t=5", NO_OPTION("--t=5")}, /* --tcti or --timeout */
	{"--timeout", "--timeout needs a value; see vtpm-agent --help"},
	{"compare|a|b|c|d", "one word too many: \"d\"; see vtpm-agent --help"},
	{"compare|a|--|b|c|-x", "one word too many: \"-x\"; see vtpm-agent --help"},
	{"--event=reboot", "--event: \"reboot\" is none of none, live-migration, soft-reboot, "
			   "hard-reboot, cold-migration, resume, clear"},
	{"--interval=9", "--interval: \"9\" is not a number of seconds from 10 to 86400"},
	{"--interval=86401", "--interval: \"86401\" is not a number of seconds from 10 to 86400"},
	{"--tcti=\x1b[m", "--tcti: not printable ASCII"},
	{"--tcti=\xc3\xbc", "--tcti: not printable ASCII"},
	{"--state=", "--state: empty"},
	{"--evidence=", "--evidence: empty"},
	{"--format=xml", "--format: \"xml\" is none of page, json, nagios, prometheus"},
	{"--format=JSON", "--format: \"JSON\" is none of page, json, nagios, prometheus"},
	{"--expect-model=tpm-spapr", "--expect-model: \"tpm-spapr\" is neither tpm-crb nor "
				     "tpm-tis"},
	{"--timeout=0", "--timeout: \"0\" is not a number of seconds from 1 to 3600"},
	{"--timeout=3601", "--timeout: \"3601\" is not a number of seconds from 1 to 3600"},
	{"--timeout=-1", "--timeout: \"-1\" is not a number of seconds from 1 to 3600"},
	{"--timeout=+1", "--timeout: \"+1\" is not a number of seconds from 1 to 3600"},
	{"--timeout=1s", "--timeout: \"1s\" is not a number of seconds from 1 to 3600"},
	{"--timeout= 1", "--timeout: \" 1\" is not a number of seconds from 1 to 3600"},
	{"--timeout=", "--timeout: \"\" is not a number of seconds from 1 to 3600"},
	{"--timeout=18446744073709551617",
		"--timeout: \"18446744073709551617\" is not a number of seconds from 1 to 3600"},
	{"--tcti=", "--tcti: empty"},
	{"--config=", "--config: empty"},
	{"--output=", "--output: empty"},
	{"--nonce=", "--nonce: not 16 to 128 hexadecimal digits"},
	{"--nonce=00112233445566", "--nonce: not 16 to 128 hexadecimal digits"},
	{"--nonce=0011223344556677 ", "--nonce: not 16 to 128 hexadecimal digits"},
	{"--nonce=00112233445566778", "--nonce: not 16 to 128 hexadecimal digits"},
	{"--nonce=0x11223344556677", "--nonce: not 16 to 128 hexadecimal digits"},
};

static void test_refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(refused); i++) {
		struct options options = {.timeout_s = 77};
		struct error err;

		assert_int_equal(parse(refused[i].words, &options, &err), -ERROR_USAGE);
		assert_string_equal(err.message, refused[i].message);
		assert_int_equal(options.timeout_s, 77);
	}
}

static void test_commands(void **state)
{
	static const struct {
		const char *words, *message; /* NULL: taken */
		size_t command;
	} rows[] = {
		{"", NULL, COMMAND_STATUS},
		{"run", NULL, COMMAND_RUN},
		{"baseline|save|f", NULL, COMMAND_BASELINE},
		{"compare|a|b", "one word too many: \"b\"; see vtpm-agent --help", 0},
		{"status|--|-x", "one word too many: \"-x\"; see vtpm-agent --help", 0},
		{"stat", "no command \"stat\"; see vtpm-agent --help", 0},
		{"statuses",
			"no command \"statuses\" (did you mean status?); see vtpm-agent --help", 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct options options;
		struct error err;
		size_t command = COMMAND_COUNT;
		int rc;

		assert_int_equal(parse(rows[i].words, &options, &err), 0);
		rc = command_line_check(&options_program, &options.line, &command, &err);
		assert_int_equal(rc, rows[i].message ? -ERROR_USAGE : 0);
		assert_int_equal(command, rows[i].message ? COMMAND_COUNT : rows[i].command);
		if (rows[i].message)
			assert_string_equal(err.message, rows[i].message);
	}
}

static void test_lengths(void **state)
{
	static const struct {
		const char *option;
		size_t max, step;
		char c;
	} rows[] = {
		{"--tcti=", 1023, 1, 't'}, {"--state=", 1023, 1, 's'}, {"--nonce=", 128, 2, 'a'}};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char words[2048];
		size_t used = strlen(rows[i].option);
		struct options options;
		struct error err;

		memcpy(words, rows[i].option, used);
		memset(words + used, rows[i].c, rows[i].max + 2);
		words[used + rows[i].max] = 0;
		assert_int_equal(parse(words, &options, &err), 0);
		words[used + rows[i].max] = rows[i].c;
		words[used + rows[i].max + rows[i].step] = 0;
		assert_int_equal(parse(words, &options, &err), -ERROR_USAGE);
		assert_memory_equal(err.message, rows[i].option, used - 1);
	}
}

/* --- the configuration file --- */

#define X50  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X183 X50 X50 X50 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static const struct {
	const char *text, *tcti, *model;
	uint32_t timeout_s;
} configs[] = {
	{"", "", "", 0}, {"\n\n# only words\n; and others\n", "", "", 0}, {"[tpm]\n", "", "", 0},
	{"[tpm]\ntcti = swtpm:host=127.0.0.1,port=2321\nexpect-model=tpm-crb\ntimeout: 7\n",
		"swtpm:host=127.0.0.1,port=2321", "tpm-crb", 7},
	{"[tpm]\r\ntimeout = 7\r\n", "", "", 7}, {"\xef\xbb\xbf[tpm]\ntimeout = 7", "", "", 7},
	{"[tpm]\ntimeout = 7 ; seconds\n   # a word\n\t\ntcti=a;b\n", "a;b", "", 7},
	{"[tpm]\ntcti = " X183 "\n", X183, "", 0}, /* 190 bytes: the longest */
};

static void test_configurations(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(configs); i++) {
		struct options options = {0};
		struct error err = {0};

		if (options_parse_config(configs[i].text, strlen(configs[i].text), &options, &err))
			fail_msg("row %zu: %s", i, err.message);
		assert_string_equal(options.tcti, configs[i].tcti);
		assert_string_equal(options.model, configs[i].model);
		assert_int_equal(options.timeout_s, configs[i].timeout_s);
	}
}

static void test_the_command_line_wins(void **state)
{
	static const char text[] = "[tpm]\ntcti=file\nexpect-model=tpm-crb\ntimeout=7\n";
	struct options options;
	struct error err;

	(void)state;
	assert_int_equal(
		parse("--tcti=line|--expect-model=tpm-tis|--timeout=9", &options, &err), 0);
	assert_int_equal(options_parse_config(text, strlen(text), &options, &err), 0);
	assert_string_equal(options.tcti, "line");
	assert_string_equal(options.model, "tpm-tis");
	assert_int_equal(options.timeout_s, 9);
}

#define NOT_SECONDS "is not a number of seconds from 1 to 3600"

static const struct {
	const char *text, *message;
} bad_configs[] = {
	{"timeout = 7\n", "line 1: [] timeout: no such section; there are [tpm], [unlock], [run] "
			  "and [collector]"},
	{"[tpm]\n[TPM]\ntimeout = 7\n", "line 3: [TPM] timeout: no such section; there are [tpm], "
					"[unlock], [run] and [collector]"},
	{"[tpm]\n\ntimout = 7\n",
		"line 3: [tpm] timout: no such setting; there are expect-model, timeout, tcti"},
	{"[tpm]\ntimeout = 0\n", "line 2: [tpm] timeout: \"0\" " NOT_SECONDS},
	{"[tpm]\ntimeout = 7 s\n", "line 2: [tpm] timeout: \"7 s\" " NOT_SECONDS},
	{"[tpm]\ntimeout =\n", "line 2: [tpm] timeout: empty"},
	{"[tpm]\ntcti = ; none\n", "line 2: [tpm] tcti: empty"},
	{"[tpm]\nexpect-model = crb\n",
		"line 2: [tpm] expect-model: \"crb\" is neither tpm-crb nor tpm-tis"},
	{"[run]\ntimeout = 7\n",
		"line 2: [run] timeout: no such setting; there are interval, state"},
	{"[run]\ninterval = 9\n",
		"line 2: [run] interval: \"9\" is not a number of seconds from 10 to 86400"},
	{"[tpm]\ntcti = \xc3\xbc\n", "line 2: [tpm] tcti: not printable ASCII"},
	{"[run]\nstate = a\n[tpm]\n[run]\nstate = b\n", "line 5: [run] state: there twice"},
	{"[tpm]\ntimeout = 7\ntimeout = 8\n", "line 3: [tpm] timeout: there twice"},
	{"[tpm]\ntcti = a\n  timeout = 7\n", "line 3: begins with a blank"},
	{"[tpm]\n\ttimeout = 7\n", "line 2: begins with a blank"},
	{"[tpm]\ntimeout\n", "line 2: neither \"[section]\" nor \"name = value\""},
	{"[tpm\ntimeout = 7\n", "line 1: neither \"[section]\" nor \"name = value\""},
	/* The first wrong line is named, whatever is wrong with it. */
	{"[tpm]\nwhat\ntimeout = 0\n", "line 2: neither \"[section]\" nor \"name = value\""},
	{"[tpm]\ntimeout = 0\nwhat\n", "line 2: [tpm] timeout: \"0\" " NOT_SECONDS},
	{"[tpm]\ntcti = x" X183 "\n", "line 2: longer than 190 bytes"},
	{"\n\n#" X183 X50, "line 3: longer than 190 bytes"},
};

static void test_bad_configurations(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bad_configs); i++) {
		struct options options = {0}, untouched = options;
		struct error err = {0};

		assert_int_equal(options_parse_config(bad_configs[i].text,
					 strlen(bad_configs[i].text), &options, &err),
			-ERROR_CONFIG);
		assert_string_equal(err.message, bad_configs[i].message);
		assert_memory_equal(&options, &untouched, sizeof(options));
	}
}

static void test_a_nul_byte(void **state)
{
	static const char text[] = "[tpm]\ntimeout = 7\0\n";
	struct options options = {0};
	struct error err = {0};

	(void)state;
	assert_int_equal(
		options_parse_config(text, sizeof(text) - 1, &options, &err), -ERROR_CONFIG);
	assert_string_equal(err.message, "holds a NUL byte");
}

/* Writes a file and reads it as --config names it. */
static int read_file(const char *text, size_t times, struct options *ret, struct error *err)
{
	const char *directory = getenv("TMPDIR");
	char path[1024];
	FILE *file;
	int fd, rc;

	snprintf(path, sizeof(path), "%s/test-options.XXXXXX", directory ? directory : "/tmp");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	file = fdopen(fd, "w");
	assert_non_null(file);
	for (size_t i = 0; i < times; i++)
		fputs(text, file);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(parse("", ret, err), 0);
	ret->config = path;
	rc = options_read_config(ret, err);
	if (rc)
		assert_memory_equal(err->message, path, strlen(path));
	unlink(path);
	return rc;
}

static void test_files(void **state)
{
	struct options options;
	struct error err;

	(void)state;
	assert_int_equal(
		read_file("[tpm]\ntimeout = 7\n[run]\ninterval = 60\n", 1, &options, &err), 0);
	assert_int_equal(options.timeout_s, 7);
	assert_int_equal(options.interval_s, 60);
	assert_int_equal(read_file("", 0, &options, &err), 0);
	assert_int_equal(options.timeout_s, 30);
	assert_int_equal(options.interval_s, 300);
	assert_int_equal(read_file("[tpm]\nx = 1\n", 1, &options, &err), -ERROR_CONFIG);
	assert_non_null(strstr(err.message, ": line 2: [tpm] x: no such setting"));
	assert_int_equal(read_file("# 16 bytes long\n", 4096, &options, &err), 0);
	assert_int_equal(read_file("# 16 bytes long\n", 4097, &options, &err), -ERROR_CONFIG);
	assert_non_null(strstr(err.message, ": more than 65536 bytes"));
	assert_int_equal(err.code, ERROR_CONFIG);

	options = (struct options){.config = "/nonexistent/vtpm-agent.conf"};
	assert_int_equal(options_read_config(&options, &err), -ERROR_CONFIG);
	assert_int_equal(err.code, ERROR_CONFIG);
	assert_non_null(strstr(err.message, "/nonexistent/vtpm-agent.conf"));
	options = (struct options){.config = "/"};
	assert_int_equal(options_read_config(&options, &err), -ERROR_CONFIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_tables),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_every_option),
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_rivals),
		cmocka_unit_test(test_options_of_commands),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_configurations),
		cmocka_unit_test(test_the_command_line_wins),
		cmocka_unit_test(test_bad_configurations),
		cmocka_unit_test(test_a_nul_byte),
		cmocka_unit_test(test_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
