/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include <getopt.h>
#include <string.h>

#include "host/options.h"
#include "tests/unit/fixture/option_rows.h"

static void test_the_tables(void **state)
{
	(void)state;
	option_rows_check(&host_program);
}

static void test_defaults(void **state)
{
	char *argv[] = {"vtpm-host", "facts", NULL};
	struct host_options options;
	struct error err = {0};

	(void)state;
	optind = 0; /* getopt(3): begin anew */
	assert_int_equal(host_options_parse(2, argv, &options, &err), 0);
	assert_string_equal(options.places.uri, "qemu:///system");
	assert_string_equal(options.places.state, "/var/lib/libvirt/swtpm");
	assert_string_equal(options.places.localca, "/var/lib/swtpm-localca");
	assert_string_equal(options.places.qemu_conf, "/etc/libvirt/qemu.conf");
	assert_string_equal(options.places.mountinfo, "/proc/self/mountinfo");
	assert_null(options.expect.secret_security);
	assert_null(options.profile);
	assert_string_equal(options.confirm.program, "vtpm-agent");
	assert_int_equal(options.confirm.timeout_s, 30);
	assert_int_equal(options.confirm.parallel, 4);
	assert_int_equal(options.watch.deadline_s, 900);
	assert_string_equal(options.watch.state, "/var/lib/vtpm-host");
	assert_int_equal(options.watch.command.count, 0);
	assert_null(options.places.ha_user);
	assert_null(options.confirm.baseline);
	assert_false(options.expect.has_uid);
}

static void test_own_readers(void **state)
{
	char *argv[] = {"vtpm-host", "preflight", "--peer=a", "--peer", "-", "--expect-uid=64130",
		"dom", NULL};
	struct host_options options;
	struct error err = {0};

	(void)state;
	optind = 0;
	assert_int_equal(host_options_parse(7, argv, &options, &err), 0);
	assert_int_equal(options.peer_count, 2);
	assert_string_equal(options.peers[0], "a");
	assert_string_equal(options.peers[1], "-");
	assert_true(!options.expect.is_shared && options.expect.has_uid);
	assert_int_equal(options.expect.uid, 64130);
	assert_string_equal(options.domain, "dom");
}

static void test_refusals(void **state)
{
	static const struct {
		char *word;
		const char *message;
	} rows[] = {
		{"--expect-uid=0", "--expect-uid: \"0\" is no uid"},
		{"--state-directory=x",
			"--state-directory: not an absolute path of at most 200 bytes"},
		{"--vm-directory=x", "--vm-directory: not an absolute path of at most 200 bytes"},
		{"--profile=xen", "--profile: \"xen\" is none of platform9, libvirt, nova, ovirt, "
				  "proxmox, kubevirt or incus"},
		{"--parallel=65", "--parallel: \"65\" is not a number from 1 to 64"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char *argv[] = {"vtpm-host", rows[i].word, NULL};
		struct host_options options;
		struct error err = {0};

		optind = 0;
		assert_int_equal(host_options_parse(2, argv, &options, &err), -ERROR_USAGE);
		assert_string_equal(err.message, rows[i].message);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_tables),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_own_readers),
		cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
