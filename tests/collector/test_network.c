/* SPDX-License-Identifier: BSD-2-Clause */
/* By what an address is counted. */
#include "collector/network.h"
#include "tests/unit/unit.h"

static void test_networks(void **state)
{
	static const struct {
		const char *address, *network;
		bool is_address;
	} rows[] = {
		{"192.0.2.1", "192.0.2.1", true},
		{"::ffff:192.0.2.1", "192.0.2.1", true},
		{"::ffff:c000:201", "192.0.2.1", true},
		{"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", true},
		{"2001:DB8:1:2::", "2001:db8:1:2::/64", true},
		{"2001:db8:1:3::1", "2001:db8:1:3::/64", true},
		{"fe80::1%eth0", "fe80::/64", true},
		{"::1", "::/64", true},
		{"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff::/64", true},
		{"local", "local", false},
		{"", "", false},
		{"192.0.2", "192.0.2", false},
		{"2001:db8::1::2", "2001:db8::1::2", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char network[NETWORK_SIZE] = "nothing";

		assert_int_equal(network_of(rows[i].address, network), rows[i].is_address);
		assert_string_equal(network, rows[i].network);
	}
}

static void test_same(void **state)
{
	(void)state;
	assert_true(network_is_same("2001:db8::1", "2001:db8::ffff:1"));
	assert_true(network_is_same("192.0.2.1", "::ffff:192.0.2.1"));
	assert_true(network_is_same("local", "local"));
	assert_false(network_is_same("2001:db8::1", "2001:db8:0:1::1"));
	assert_false(network_is_same("192.0.2.1", "192.0.2.2"));
	assert_false(network_is_same("192.0.2.1", "local"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_networks),
		cmocka_unit_test(test_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
