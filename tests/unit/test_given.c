/* SPDX-License-Identifier: BSD-2-Clause */
/* What a host gives the agent by systemd credentials, and what of it counts. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/options.h"
#include "platform/system.h"

static char directory[256];

static void put(const char *name, const char *text)
{
	char path[400];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static int set_up(void **state)
{
	const char *top = getenv("TMPDIR");
	struct error err;

	(void)state;
	snprintf(directory, sizeof(directory), "%s/test-given.%ld", top ? top : "/tmp",
		(long)getpid());
	assert_int_equal(platform_directory_make(directory, &err), 0);
	return setenv("CREDENTIALS_DIRECTORY", directory, 1);
}

static int tear_down(void **state)
{
	static const char *const names[] = {
		"vtpm-agent.conf", "vtpm-agent.ca", "vtpm-agent.token", "own"};

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		char path[400];

		snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
		remove(path);
	}
	unsetenv("CREDENTIALS_DIRECTORY");
	return rmdir(directory);
}

/* With these lines as the machine's own. */
static void look(const char *own, struct options *ret)
{
	static char path[400];
	struct error err;

	put("own", own);
	snprintf(path, sizeof(path), "%s/own", directory);
	*ret = (struct options){.config = path};
	assert_int_equal(options_read_config(ret, &err), 0);
}

static void test_all_of_it(void **state)
{
	struct options options;

	(void)state;
	put("vtpm-agent.conf", "[collector]\nurl = https://given\nproxy = http://given\n");
	put("vtpm-agent.token", "secret\n");
	put("vtpm-agent.ca", "certificates\n");
	look("[collector]\nproxy = http://own\n", &options);
	assert_string_equal(text_list_at(&options.collector.urls, 0), "https://given");
	assert_string_equal(options.collector.proxy, "http://own");
	assert_string_equal(options.collector.token_file + strlen(directory), "/vtpm-agent.token");
	assert_string_equal(options.collector.ca + strlen(directory), "/vtpm-agent.ca");
}

/* Whose collector is known is not sent to another one, nor by another way. */
static void test_an_own_collector(void **state)
{
	struct options options;

	(void)state;
	put("vtpm-agent.conf", "[collector]\nurl = https://given\nproxy = http://given\n");
	put("vtpm-agent.ca", "certificates\n");
	look("[collector]\nurl = https://own\n", &options);
	assert_string_equal(text_list_at(&options.collector.urls, 0), "https://own");
	assert_string_equal(options.collector.proxy, "");
	assert_string_equal(options.collector.ca, "");
}

static void test_an_own_credential(void **state)
{
	struct options options;

	(void)state;
	put("vtpm-agent.token", "secret\n");
	look("[collector]\ntoken-file = /own\n", &options);
	assert_string_equal(options.collector.token_file, "/own");
	look("[collector]\ncert = /cert\nkey = /key\n", &options);
	assert_string_equal(options.collector.token_file, "");
}

static void test_what_is_wrong_or_too_much(void **state)
{
	static const char *const texts[] = {"", "rubbish\n", "[collector]\nurrl = https://given\n",
		"[tpm]\ntcti = libevil.so\n[collector]\nurl = https://given\n"};
	struct options options;

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		put("vtpm-agent.conf", texts[i]);
		look("[run]\ninterval = 60\n", &options);
		assert_int_equal(options.interval_s, 60);
		assert_string_equal(text_list_at(&options.collector.urls, 0), "");
		assert_string_equal(options.tcti, "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_all_of_it, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_an_own_collector, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_an_own_credential, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_what_is_wrong_or_too_much, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
