/* SPDX-License-Identifier: BSD-2-Clause */
/* A program that has an option or a setting of each kind. */
#include "tests/unit/unit.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "console/settings.h"
#include "core/text.h"
#include "core/verdict/verdict.h"
#include "tests/unit/fixture/option_rows.h"

#define ARGS_MAX 16

#define COMMANDS(row)                                                                              \
	row(GO, "go", go, "", "go on") row(TAKE, "take", take, "THIS [THAT]", "take them") row(    \
		STAY, "stay", stay, "", "stay here") row(REST, "rest", rest, "", "rest a while")

enum command { COMMANDS(COMMAND_LINE_CONSTANT) COMMAND_COUNT };

struct options {
	struct command_line line;
	bool is_set, is_on;
	const char *text;
	char string[8], only[8], path[16], uuid[TEXT_UUID_SIZE];
	uint32_t small, seconds;
	uint64_t large, bytes;
	unsigned word;
	enum event event;
	struct text_list list;
	int read;
};

static const char *const words[] = {"zero", "one", "two", NULL};
static const char *const pair[] = {"left", "right", NULL};

static const char *judge_lower(const char *value)
{
	return strspn(value, "abcdefghijklmnopqrstuvwxyz") != strlen(value) ? "not lower case"
									    : NULL;
}

static int read_twice(const char *value, void *options, struct error *err)
{
	((struct options *)options)->read = (int)strlen(value) * 2;
	return *value ? 0 : error_set(err, ERROR_MALFORMED, "nothing to double");
}

#define INTO(what, member) OPTION_INTO(what, struct options, member)
#define BY(command)        (UINT64_C(1) << COMMAND_##command)

static const struct option_row rows[] = {
	{"set", .takers = BY(GO), .help = "set it", INTO(OPTION_SET, is_set)},
	{"text", .value = "TEXT", .help = "a text", INTO(OPTION_TEXT, text)},
	{"string", OPTION_IN("a", "string"), .takers = BY(GO) | BY(STAY), .value = "TEXT",
		.help = "a string", .judge = judge_lower, INTO(OPTION_STRING, string)},
	{OPTION_IN("b", "switch"), INTO(OPTION_SWITCH, is_on)},
	{"only", OPTION_IN("a", "side"), .takers = BY(GO) | BY(STAY), .value = "SIDE",
		.help = "one of two", .words = pair, INTO(OPTION_STRING, only)},
	{"path", OPTION_IN("b", "path"), .takers = BY(GO) | BY(TAKE) | BY(REST), .value = "PATH",
		.help = "a path", INTO(OPTION_PATH, path)},
	{"uuid", OPTION_IN("a", "uuid"), .value = "UUID", .help = "a UUID",
		INTO(OPTION_UUID, uuid)},
	{"small", OPTION_IN("a", "small"), .value = "N", .help = "a number", .min = 5, .max = 9,
		.otherwise = "7", INTO(OPTION_NUMBER, small)},
	{OPTION_IN("a", "large"), .max = UINT64_MAX, .otherwise = "11", INTO(OPTION_NUMBER, large)},
	{"seconds", OPTION_IN("c", "delay"), .value = "SECONDS", .help = "how long", .min = 1,
		.max = 60, INTO(OPTION_SECONDS, seconds)},
	{OPTION_IN("c", "size"), .min = 16, .max = 1 << 24, INTO(OPTION_MEBIBYTES, bytes)},
	{"word", OPTION_IN("c", "word"), .value = "WORD", .help = "a word", .words = words,
		.otherwise = "one", INTO(OPTION_WORD, word)},
	{"two", .help = "the word two", .implied = "two", .words = words, INTO(OPTION_WORD, word)},
	{"event", OPTION_IN("c", "event"), .value = "EVENT",
		.help = "an event whose text ends in the last column of them all",
		INTO(OPTION_EVENT, event)},
	{"list", OPTION_IN("c", "list"), .value = "TEXT",
		.help = "some texts, so many that the row is a character too wide", .max = 3,
		INTO(OPTION_LIST, list)},
	{"read", .value = "TEXT", .help = "doubled", OPTION_BY(read_twice)},
};

static const struct command_line_command commands[] = {COMMANDS(COMMAND_LINE_COMMAND)};

static const struct command_line_program program = {.name = "prog",
	.purpose = "Does nothing.",
	.commands = commands,
	.command_count = COMMAND_COUNT,
	.options = rows,
	.option_count = COUNT(rows)};

/* Parses "a|b|c" as the words behind the program's name. */
static int parse(const char *line, struct options *ret, struct error *err)
{
	static char copy[4096];
	char *argv[ARGS_MAX + 2] = {"prog"}, *save = NULL;
	int argc = 1;

	snprintf(copy, sizeof(copy), "%s", line);
	for (char *word = strtok_r(copy, "|", &save); word; word = strtok_r(NULL, "|", &save)) {
		assert_true(argc <= ARGS_MAX);
		argv[argc++] = word;
	}
	optind = 0; /* getopt(3): begin anew */
	*ret = (struct options){.text = ""};
	*err = (struct error){0};
	return command_line_parse(&program, argc, argv, ret, &ret->line, err);
}

/* The file over the defaults, and the command line over both, as the programs have it. */
static int configure(const char *line, const char *text, struct options *ret, struct error *err)
{
	struct options file = {0};
	uint64_t set = 0;
	int rc;

	assert_int_equal(parse(line, ret, err), 0);
	rc = settings_read(&program, text, strlen(text), &file, &set, err);
	if (!rc)
		settings_copy(&program, set & ~ret->line.named, &file, ret);
	return rc;
}

static void test_the_tables(void **state)
{
	(void)state;
	option_rows_check(&program);
}

static void test_defaults(void **state)
{
	struct options options;
	struct error err;

	(void)state;
	assert_int_equal(parse("", &options, &err), 0);
	assert_int_equal(options.small, 7);
	assert_int_equal(options.large, 11);
	assert_int_equal(options.word, 1);
	assert_int_equal(options.seconds, 0);
	assert_int_equal(options.list.count, 0);
	assert_int_equal(options.line.named, 0);
}

#define UUID_UPPER "6F9619FF-8B86-4011-B42D-00C04FC964FF"
#define UUID_LOWER "6f9619ff-8b86-4011-b42d-00c04fc964ff"

static void test_every_kind_on_the_command_line(void **state)
{
	struct options options;
	struct error err;

	(void)state;
	assert_int_equal(
		parse("--set|--text=t|--string=abcdefg|--only=right|--path=here|--uuid=" UUID_UPPER
		      "|--small=9|--seconds|60|--word=zero|--event=clear|"
		      "--list=a b|--list=c|--read=xyz",
			&options, &err),
		0);
	assert_true(options.is_set);
	assert_string_equal(options.text, "t");
	assert_string_equal(options.string, "abcdefg");
	assert_string_equal(options.only, "right");
	assert_string_equal(options.path, "here");
	assert_string_equal(options.uuid, UUID_LOWER);
	assert_int_equal(options.small, 9);
	assert_int_equal(options.seconds, 60);
	assert_int_equal(options.word, 0);
	assert_int_equal(options.event, EVENT_CLEAR);
	assert_int_equal(options.list.count, 2);
	assert_memory_equal(options.list.texts, "a b\0c", 6);
	assert_int_equal(options.read, 6);
	/* Of two for one member the last. */
	assert_int_equal(parse("--two|--word=zero", &options, &err), 0);
	assert_int_equal(options.word, 0);
	assert_int_equal(parse("--word=zero|--two", &options, &err), 0);
	assert_int_equal(options.word, 2);
}

static void test_every_kind_in_the_file(void **state)
{
	static const char text[] =
		"[a]\nstring = abc\nside = left\nuuid = " UUID_UPPER "\nsmall = 5\n"
		"large = 18446744073709551615\n[c]\ndelay = 1\nsize = 16\nword = two\n"
		"event = resume\nlist =  a\tb  c\n[b]\nswitch = yes\npath = /there\n";
	struct options options;
	struct error err;

	(void)state;
	assert_int_equal(configure("", text, &options, &err), 0);
	assert_string_equal(options.string, "abc");
	assert_string_equal(options.only, "left");
	assert_string_equal(options.uuid, UUID_LOWER);
	assert_int_equal(options.small, 5);
	assert_true(options.large == UINT64_MAX);
	assert_int_equal(options.seconds, 1);
	assert_int_equal(options.bytes, 16 << 20);
	assert_int_equal(options.word, 2);
	assert_int_equal(options.event, EVENT_RESUME);
	assert_int_equal(options.list.count, 3);
	assert_memory_equal(options.list.texts, "a\0b\0c", 6);
	assert_true(options.is_on);
	assert_string_equal(options.path, "/there");
	assert_int_equal(configure("", "[b]\nswitch = no\n", &options, &err), 0);
	assert_false(options.is_on);
	assert_int_equal(options.small, 7);
}

/* A wrapper's own options go before its caller's. */
static void test_the_last_one_wins(void **state)
{
	struct options options;
	struct error err;

	(void)state;
	assert_int_equal(configure("--small=8|--list=x|--small=9|--list=y", "", &options, &err), 0);
	assert_int_equal(options.small, 9);
	assert_int_equal(options.list.count, 2);
}

static void test_the_command_line_wins(void **state)
{
	struct options options;
	struct error err;

	(void)state;
	assert_int_equal(
		configure("--small=7|--list=x|--two|--seconds=2",
			"[a]\nsmall = 8\nlarge = 12\n[c]\nlist = a b\ndelay = 3\n", &options, &err),
		0);
	assert_int_equal(options.small, 7); /* the default, but given */
	assert_int_equal(options.large, 12);
	assert_int_equal(options.list.count, 1);
	assert_string_equal(options.list.texts, "x");
	assert_int_equal(options.seconds, 2);
	/* What is overridden must be right all the same. */
	assert_int_equal(configure("--small=7", "[a]\nsmall = 4\n", &options, &err), -ERROR_CONFIG);
}

static const struct {
	const char *line, *text; /* one of them */
	const char *message;
} refused[] = {
	{"--set=1", NULL, "no option \"--set=1\", or one that takes no value; see prog --help"},
	{"help|tak", NULL, "no command \"tak\" (did you mean take?); see prog --help"},
	{"help|take|rest", NULL, "one word too many: \"rest\"; see prog --help"},
	{"--text=", NULL, "--text: empty"},
	{"--string=", NULL, "--string: empty"},
	{"--string=aBc", NULL, "--string: not lower case"},
	{"--string=abcdefgh", NULL, "--string: longer than 7 bytes"},
	{"--only=up", NULL, "--only: \"up\" is neither left nor right"},
	{"--path=0123456789abcdef", NULL, "--path: longer than 15 bytes"},
	{"--uuid=1", NULL, "--uuid: \"1\" is no UUID"},
	{"--uuid=FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF", NULL,
		"--uuid: \"FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF\" is a placeholder, which many "
		"machines have"},
	{"--small=4", NULL, "--small: \"4\" is not a number from 5 to 9"},
	{"--small=10", NULL, "--small: \"10\" is not a number from 5 to 9"},
	{"--seconds=0", NULL, "--seconds: \"0\" is not a number of seconds from 1 to 60"},
	{"--seconds=61", NULL, "--seconds: \"61\" is not a number of seconds from 1 to 60"},
	{"--word=three", NULL, "--word: \"three\" is none of zero, one, two"},
	{"--two=2", NULL, "no option \"--two=2\", or one that takes no value; see prog --help"},
	{"--event=x", NULL,
		"--event: \"x\" is none of none, live-migration, soft-reboot, "
		"hard-reboot, cold-migration, resume, clear"},
	{"--list=a|--list=b|--list=c|--list=d", NULL, "--list: more than 3"},
	{"--list=", NULL, "--list: empty"},
	{"--read=", NULL, "--read: nothing to double"},
	/* Settings that are no options, in either of their names. */
	{"--switch=yes", NULL,
		"no option \"--switch=yes\", or one that takes no value; see prog --help"},
	{"--side=left", NULL,
		"no option \"--side=left\", or one that takes no value; see prog --help"},
	{NULL, "[a]\nstring = aBc\n", "line 2: [a] string: not lower case"},
	{NULL, "[a]\nside = up\n", "line 2: [a] side: \"up\" is neither left nor right"},
	{NULL, "[b]\nswitch = on\n", "line 2: [b] switch: \"on\" is neither no nor yes"},
	{NULL, "[b]\n\npath = there\n", "line 3: [b] path: not an absolute path"},
	{NULL, "[a]\nuuid = 1\n", "line 2: [a] uuid: \"1\" is no UUID"},
	{NULL, "[a]\nsmall = 10\n", "line 2: [a] small: \"10\" is not a number from 5 to 9"},
	{NULL, "[a]\nlarge = 18446744073709551616\n",
		"line 2: [a] large: \"18446744073709551616\" is not a number from 0 to "
		"18446744073709551615"},
	{NULL, "[c]\ndelay = 61\n",
		"line 2: [c] delay: \"61\" is not a number of seconds from 1 to 60"},
	{NULL, "[c]\nsize = 15\n", "line 2: [c] size: \"15\" is not a number from 16 to 16777216"},
	{NULL, "[c]\nword = two words\n",
		"line 2: [c] word: \"two words\" is none of zero, one, two"},
	{NULL, "[c]\nlist = a b c d\n", "line 2: [c] list: more than 3"},
	{NULL, "[c]\nlist =\n", "line 2: [c] list: empty"},
	{NULL, "[a]\nsmall = 5\n[a]\nsmall = 5\n", "line 4: [a] small: there twice"},
	/* Options that are no settings, a setting elsewhere, and the names of a row mixed up. */
	{NULL, "[a]\ntext = t\n",
		"line 2: [a] text: no such setting; there are string, side, uuid, small, large"},
	{NULL, "[b]\nsmall = 5\n", "line 2: [b] small: no such setting; there are switch, path"},
	{NULL, "[c]\nseconds = 5\n",
		"line 2: [c] seconds: no such setting; there are delay, size, word, event, list"},
	{NULL, "[d]\nsmall = 5\n",
		"line 2: [d] small: no such section; there are [a], [b] and [c]"},
};

static void test_refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(refused); i++) {
		struct options options;
		struct error err;
		int rc = refused[i].line ? parse(refused[i].line, &options, &err)
					 : configure("", refused[i].text, &options, &err);
		enum error_code code = refused[i].line ? ERROR_USAGE : ERROR_CONFIG;

		assert_string_equal(err.message, refused[i].message);
		assert_int_equal(rc, -(int)code);
		assert_int_equal(err.code, code);
	}
}

static void test_commands(void **state)
{
	static const struct {
		const char *line, *message; /* NULL: taken */
		size_t command;
	} lines[] = {
		{"go|--set|--string=a|--path=p|--small=5", NULL, COMMAND_GO},
		{"take|this|that", NULL, COMMAND_TAKE},
		{"take|a|b|c", "one word too many: \"c\"; see prog --help", 0},
		{"stay|a", "one word too many: \"a\"; see prog --help", 0},
		{"stay|--set", "stay does not take --set; see prog --help", 0},
		{"take|--only=left", "take does not take --only; see prog --help", 0},
		{"stay|--path=p", "stay does not take --path; see prog --help", 0},
		{"", "no command given; see prog --help", 0},
		{"wander", "no command \"wander\"; see prog --help", 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		struct options options;
		struct error err;
		size_t command = COMMAND_COUNT;

		assert_int_equal(parse(lines[i].line, &options, &err), 0);
		assert_int_equal(command_line_check(&program, &options.line, &command, &err),
			lines[i].message ? -ERROR_USAGE : 0);
		assert_int_equal(command, lines[i].message ? COMMAND_COUNT : lines[i].command);
		if (lines[i].message)
			assert_string_equal(err.message, lines[i].message);
	}
}

static const char help[] =
	"Usage: prog COMMAND [OPTION]...\n"
	"Does nothing.\n"
	"\n"
	"Commands:\n"
	"  go                     go on\n"
	"  take THIS [THAT]       take them\n"
	"  stay                   stay here\n"
	"  rest                   rest a while\n"
	"\n"
	"Options:\n"
	"  --set                  go: set it\n"
	"  --path PATH            all but stay: a path\n"
	"\n"
	"Options of go, stay:\n"
	"  --string TEXT          a string\n"
	"  --only SIDE            one of two\n"
	"\n"
	"Options of every command:\n"
	"  --text TEXT            a text\n"
	"  --uuid UUID            a UUID\n"
	"  --small N              a number (5 to 9, default 7)\n"
	"  --seconds SECONDS      how long (1 to 60)\n"
	"  --word WORD            a word (default one)\n"
	"  --two                  the word two\n"
	"  --event EVENT          an event whose text ends in the last column of them all\n"
	"  --list TEXT            some texts, so many that the row is a character too\n"
	"                         wide\n"
	"  --read TEXT            doubled\n"
	"  -v, --verbose          tell on standard error what is done\n"
	"  --version              print the version\n"
	"  -h, --help             print this; after a command, what that one takes\n"
	"\n"
	"Settings of the configuration file:\n"
	"  [a]                    string, side, uuid, small, large\n"
	"  [b]                    switch, path\n"
	"  [c]                    delay, size, word, event, list\n"
	"\n"
	"Exit codes: 0 healthy or survived, 1 warning, 2 broken, missing or not survived,\n"
	"            3 cannot tell, 64 wrong command line, 78 wrong configuration.\n"
	"See prog(1).\n";

static void test_help(void **state)
{
	BUF_SCOPED whole = {0}, unknown = {0};

	(void)state;
	command_line_help(&program, NULL, &whole);
	assert_string_equal((char *)whole.data, help);
	command_line_help(&program, "wander", &unknown);
	assert_string_equal((char *)unknown.data, help);
}

static void test_help_as_a_command(void **state)
{
	struct options options;
	struct error err;

	(void)state;
	assert_int_equal(parse("help", &options, &err), 0);
	assert_true(options.line.wants_help);
	assert_null(options.line.command);
	assert_int_equal(parse("help|take", &options, &err), 0);
	assert_true(options.line.wants_help);
	assert_string_equal(options.line.command, "take");
	assert_int_equal(options.line.word_count, 0);
}

static void test_help_of_a_command(void **state)
{
	BUF_SCOPED text = {0};
	static const char begin[] = "Usage: prog take THIS [THAT] [OPTION]...\n"
				    "Take them.\n"
				    "\n"
				    "Options:\n"
				    "  --path PATH            a path\n"
				    "  --text TEXT            a text\n";

	(void)state;
	command_line_help(&program, "take", &text);
	assert_memory_equal(text.data, begin, sizeof(begin) - 1);
	assert_null(strstr((char *)text.data, "--set"));
	assert_null(strstr((char *)text.data, "--only"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_tables),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_every_kind_on_the_command_line),
		cmocka_unit_test(test_every_kind_in_the_file),
		cmocka_unit_test(test_the_last_one_wins),
		cmocka_unit_test(test_the_command_line_wins),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_help),
		cmocka_unit_test(test_help_of_a_command),
		cmocka_unit_test(test_help_as_a_command),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
