/* SPDX-License-Identifier: BSD-2-Clause */
/* A configuration file and its drop-ins, by the agent's own rows. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/options.h"
#include "console/settings_files.h"
#include "platform/system.h"

struct place {
	char directory[256], file[300];
};

static void put(const struct place *place, const char *name, const char *text)
{
	char path[600];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", place->directory, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static int set_up(void **state)
{
	struct place *place = calloc(1, sizeof(*place));
	const char *top = getenv("TMPDIR");
	struct error err;

	assert_non_null(place);
	snprintf(place->directory, sizeof(place->directory), "%s/test-drop-ins.%ld",
		top ? top : "/tmp", (long)getpid());
	assert_int_equal(platform_directory_make(place->directory, &err), 0);
	snprintf(place->file, sizeof(place->file), "%s/agent.conf", place->directory);
	put(place, "agent.conf", "[run]\ninterval = 60\n[unlock]\nsealed = /one /two\n");
	strcat(place->directory, "/agent.conf.d");
	assert_int_equal(platform_directory_make(place->directory, &err), 0);
	*state = place;
	return 0;
}

static int tear_down(void **state)
{
	static const char *const names[] = {"10-a.conf", "9-b.conf", ".c.conf", "d.conf~"};
	struct place *place = *state;
	char path[600];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", place->directory, names[i]);
		remove(path);
	}
	rmdir(place->directory);
	remove(place->file);
	*strrchr(place->directory, '/') = 0;
	rmdir(place->directory);
	free(place);
	return 0;
}

static int look(const struct place *place, struct options *ret, struct error *err)
{
	uint64_t set;
	bool is_found;

	*ret = (struct options){.timeout_s = 30};
	return settings_read_files(&options_program, place->file, false, ret, &set, &is_found, err);
}

static void test_none(void **state)
{
	struct options options;
	struct error err;

	assert_int_equal(look(*state, &options, &err), 0);
	assert_int_equal(options.interval_s, 60);
	assert_int_equal(options.sealed.count, 2);
}

/* By bytes, "10" comes before "9". */
static void test_a_later_one_replaces(void **state)
{
	struct options options;
	struct error err;

	put(*state, "9-b.conf", "[run]\ninterval = 90\n");
	put(*state, "10-a.conf",
		"[run]\ninterval = 70\n[tpm]\ntimeout = 7\n[unlock]\nsealed = /three\n");
	assert_int_equal(look(*state, &options, &err), 0);
	assert_int_equal(options.interval_s, 90);
	assert_int_equal(options.timeout_s, 7);
	assert_int_equal(options.sealed.count, 1);
	assert_string_equal(options.sealed.texts, "/three");
}

static void test_others_are_none(void **state)
{
	struct options options;
	struct error err;

	put(*state, ".c.conf", "rubbish");
	put(*state, "d.conf~", "rubbish");
	assert_int_equal(look(*state, &options, &err), 0);
}

static void test_what_is_wrong_is_named(void **state)
{
	const struct place *place = *state;
	struct options options;
	struct error err;
	char wanted[700];

	put(place, "10-a.conf", "[run]\nintervall = 70\n");
	assert_int_equal(look(place, &options, &err), -ERROR_CONFIG);
	snprintf(wanted, sizeof(wanted), "%s/10-a.conf: line 2: [run] intervall: no such setting",
		place->directory);
	assert_memory_equal(err.message, wanted, strlen(wanted));
}

/* Its directory may be anybody's. */
static void test_a_file_that_was_named_has_none(void **state)
{
	const struct place *place = *state;
	struct options options = {.config = place->file};
	struct error err;

	put(place, "10-a.conf", "[run]\ninterval = 70\n");
	assert_int_equal(options_read_config(&options, &err), 0);
	assert_int_equal(options.interval_s, 60);
	remove(place->file);
	assert_int_equal(options_read_config(&options, &err), -ERROR_CONFIG);
}

static void test_drop_ins_alone(void **state)
{
	const struct place *place = *state;
	struct options options;
	struct error err;

	put(place, "10-a.conf", "[run]\ninterval = 70\n");
	remove(place->file);
	assert_int_equal(look(place, &options, &err), 0);
	assert_int_equal(options.interval_s, 70);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_none, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_later_one_replaces, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_others_are_none, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_what_is_wrong_is_named, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_a_file_that_was_named_has_none, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_drop_ins_alone, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
