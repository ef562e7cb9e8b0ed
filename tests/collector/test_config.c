/* SPDX-License-Identifier: BSD-2-Clause */
/* The collector's tables, and what becomes of its command line and its file together. */
#include "tests/unit/unit.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector/config_file.h"
#include "tests/unit/fixture/option_rows.h"

#define ARGS_MAX 16

static char path[1024];

static int make_file(void **state)
{
	const char *directory = getenv("TMPDIR");
	int fd;

	(void)state;
	snprintf(path, sizeof(path), "%s/test-config.XXXXXX", directory ? directory : "/tmp");
	fd = mkstemp(path);
	return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

/* Parses "a|b|c" with this text as the configuration file. */
static void parse(const char *words, const char *text, struct options *ret)
{
	static char copy[4096];
	char *argv[ARGS_MAX + 2] = {"vtpm-collector", "--state=/s", "--config", path}, *save = NULL;
	struct error err = {0};
	FILE *file = fopen(path, "w");
	int argc = 4;

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	snprintf(copy, sizeof(copy), "%s", words);
	for (char *word = strtok_r(copy, "|", &save); word; word = strtok_r(NULL, "|", &save)) {
		assert_true(argc <= ARGS_MAX);
		argv[argc++] = word;
	}
	optind = 0; /* getopt(3): begin anew */
	assert_int_equal(options_parse(argc, argv, ret, &err), 0);
}

static void test_the_tables(void **state)
{
	(void)state;
	option_rows_check(&options_program);
}

static void test_defaults(void **state)
{
	struct options options;
	struct config config;
	struct error err = {0};

	(void)state;
	parse("serve", "", &options);
	assert_int_equal(config_read(&options, &config, &err), 0);
	assert_true(config.is_file);
	assert_int_equal(config.listen_count, 1);
	assert_string_equal(config.listen[0], "127.0.0.1:8742");
	assert_string_equal(config.store, "sqlite:/s/collector.sqlite");
	assert_string_equal(config.admin_token, "/s/admin-token");
	assert_int_equal(config.connections_per_address, 256);
	assert_int_equal(config.retention_days, 90);
	assert_int_equal(config.enrolment_rate, 6000);
	assert_int_equal(config.reports_per_hour, 120);
	assert_int_equal(config.bytes_per_hour, 16 << 20);
	assert_int_equal(config.pending, 10000);
	assert_int_equal(config.pending_bytes, 256 << 20);
	assert_int_equal(config.pending_days, 7);
	assert_int_equal(config.enrolment, CONFIG_ENROLMENT_FIRST_USE);
	assert_int_equal(config.max_bytes, 0);
	assert_int_equal(options.timeout_s, 600);
}

static void test_every_setting(void **state)
{
	static const char text[] =
		"[http]\nlisten = [::1]:1 unix:/u\ncertificate = /a\nkey = /b\nclient-ca = /c\n"
		"connections = 16\nconnections-per-address = 1\nbodies = 4\ndeadline = 300\n"
		"[auth]\nadmin-token = /d\nagent-token = /e\ntokens = /f\n"
		"[store]\npath = /g\nretention = 0\nmax-size = 16\nreports-per-hour = 7\n"
		"bytes-per-hour = 0\n"
		"[enrolment]\npolicy = allowlist\nallowlist = /h\nrate = 0\n"
		"pending = 8\npending-size = 9\npending-days = 10\n"
		"[webhook]\nurl = https://i\nsecret = /j\nca = /k\nallow-private = yes\n";
	struct options options;
	struct config config;
	struct error err = {0};

	(void)state;
	parse("serve", text, &options);
	assert_int_equal(config_read(&options, &config, &err), 0);
	assert_int_equal(config.listen_count, 2);
	assert_string_equal(config.listen[0], "[::1]:1");
	assert_string_equal(config.listen[1], "unix:/u");
	assert_string_equal(config.certificate, "/a");
	assert_string_equal(config.key, "/b");
	assert_string_equal(config.client_ca, "/c");
	assert_int_equal(config.connections, 16);
	assert_int_equal(config.connections_per_address, 1);
	assert_int_equal(config.bodies, 4 << 20);
	assert_int_equal(config.deadline_s, 300);
	assert_string_equal(config.admin_token, "/d");
	assert_string_equal(config.agent_token, "/e");
	assert_string_equal(config.tokens, "/f");
	assert_string_equal(config.store, "sqlite:/g");
	assert_int_equal(config.retention_days, 0);
	assert_int_equal(config.max_bytes, 16 << 20);
	assert_int_equal(config.reports_per_hour, 7);
	assert_int_equal(config.bytes_per_hour, 0);
	assert_int_equal(config.pending, 8);
	assert_int_equal(config.pending_bytes, 9 << 20);
	assert_int_equal(config.pending_days, 10);
	assert_int_equal(config.enrolment, CONFIG_ENROLMENT_ALLOWLIST);
	assert_string_equal(config.allowlist, "/h");
	assert_int_equal(config.enrolment_rate, 0);
	assert_string_equal(config.webhook_url, "https://i");
	assert_string_equal(config.webhook_secret, "/j");
	assert_string_equal(config.webhook_ca, "/k");
	assert_true(config.webhook_allows_private);
}

static void test_listen_on_the_command_line(void **state)
{
	struct options options;
	struct config config;
	struct error err = {0};

	(void)state;
	parse("serve|--listen=unix:/a b|--listen|[::1]:2", "[http]\nlisten = 127.0.0.1:3\n",
		&options);
	assert_int_equal(config_read(&options, &config, &err), 0);
	assert_int_equal(config.listen_count, 2);
	assert_string_equal(config.listen[0], "unix:/a b");
	assert_string_equal(config.listen[1], "[::1]:2");
}

static const struct {
	const char *words, *text;
	const char *url, *token_file, *ca, *cert, *key;
} clients[] = {
	{"list", "[http]\nkey = /x\ncertificate = /x\n", "", "", "", "", ""},
	{"list", "[client]\nurl = u\ntoken-file = /t\nca = /a\ncert = /c\nkey = /k\n", "u", "/t",
		"/a", "/c", "/k"},
	{"list|--url=u|--ca=a", "[client]\nurl = u\ntoken-file = /t\nca = /a\n", "u", "/t", "a", "",
		""},
	/* Another collector gets nothing of this one's. */
	{"list|--url=v|--ca=a", "[client]\nurl = u\ntoken-file = /t\nca = /a\n", "v", "", "a", "",
		""},
	/* A certificate and its key come from one place. */
	{"list|--cert=c", "[client]\ncert = /c\nkey = /k\n", "", "", "", "c", ""},
	{"list|--key=k", "[client]\ncert = /c\nkey = /k\n", "", "", "", "", "k"},
};

static void test_clients(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(clients); i++) {
		struct options_client client;
		struct options options;
		struct error err = {0};

		parse(clients[i].words, clients[i].text, &options);
		assert_int_equal(config_read_client(&options, &client, &err), 0);
		assert_string_equal(client.url, clients[i].url);
		assert_string_equal(client.token_file, clients[i].token_file);
		assert_string_equal(client.ca, clients[i].ca);
		assert_string_equal(client.cert, clients[i].cert);
		assert_string_equal(client.key, clients[i].key);
	}
}

static const struct {
	const char *text, *message;
} bad[] = {
	{"[http]\nlisten = 1 2 3 4 5 6 7 8 9\n", "line 2: [http] listen: more than 8"},
	{"[http]\ncertificate = /a\n", "[http] key: missing; certificate and key go together"},
	{"[http]\nclient-ca = /a\n",
		"[http] client-ca: client certificates need TLS; add certificate and key"},
	{"[http]\ndeadline = 0\n", "line 2: [http] deadline: \"0\" is not a number from 1 to 300"},
	{"[store]\nretention = 36501\n",
		"line 2: [store] retention: \"36501\" is not a number from 0 to 36500"},
	{"[store]\npath = relative\n", "line 2: [store] path: not an absolute path"},
	{"[enrolment]\npolicy = all\n", "line 2: [enrolment] policy: \"all\" is none of approve, "
					"first-use, allowlist, ek-certificate"},
	{"[enrolment]\nallowlist = /a\n",
		"[enrolment] allowlist: goes with policy = allowlist alone"},
	{"[enrolment]\npolicy = allowlist\n",
		"[enrolment] allowlist: missing; policy = allowlist needs its file"},
	{"[webhook]\nurl = http://x\n", "line 2: [webhook] url: does not begin with https://"},
	{"[webhook]\nurl = https://x\n",
		"[webhook] secret: missing; receivers could not tell who sent it"},
	{"[client]\nca = relative\n", "line 2: [client] ca: not an absolute path"},
	{"[client]\nkey = /k\n", "[client] cert: missing; cert and key go together"},
};

static void test_bad_files(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct options_client client;
		struct options options;
		struct config config;
		struct error err = {0};
		char message[2048];

		parse("serve", bad[i].text, &options);
		assert_int_equal(config_read(&options, &config, &err), -ERROR_CONFIG);
		snprintf(message, sizeof(message), "%s: %s", path, bad[i].message);
		assert_string_equal(err.message, message);
		assert_int_equal(config_read_client(&options, &client, &err), -ERROR_CONFIG);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_tables),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_every_setting),
		cmocka_unit_test(test_listen_on_the_command_line),
		cmocka_unit_test(test_clients),
		cmocka_unit_test(test_bad_files),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
