/* SPDX-License-Identifier: BSD-2-Clause */
/* Which addresses are this machine's, and which are of the public internet. */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <string.h>

#include "core/address.h"

static bool ask(bool (*question)(const uint8_t *address, size_t len), const char *text)
{
	bool is_v6 = strchr(text, ':') != NULL;
	uint8_t address[16];

	assert_int_equal(inet_pton(is_v6 ? AF_INET6 : AF_INET, text, address), 1);
	return question(address, is_v6 ? 16 : 4);
}

static void test_public(void **state)
{
	static const char *const texts[] = {"1.1.1.1", "9.255.255.255", "11.0.0.0",
		"100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0", "169.253.255.255",
		"172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0", "198.17.255.255",
		"198.20.0.0", "223.255.255.255", "2606:4700::1", "2a00::1", "64:ff9b::101:101",
		"2002:101:101::1"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (!ask(address_is_public, texts[i]))
			fail_msg("%s is public", texts[i]);
	}
}

static void test_private(void **state)
{
	static const char *const texts[] = {"0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1",
		"127.0.0.1", "127.255.255.255", "169.254.169.254", "172.16.0.1", "172.31.255.255",
		"192.168.0.1", "192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.1",
		"203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1",
		"::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "fe80::1", "fc00::1",
		"fd00:ec2::254", "fec0::1", "ff02::1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
		"64:ff9b:1::1", "2002:7f00:1::1", "2002:a00:1::1", "2001::1", "2001:db8::1",
		"100::1"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (ask(address_is_public, texts[i]))
			fail_msg("%s is not public", texts[i]);
	}
}

static void test_loopback(void **state)
{
	static const char *const own[] = {"127.0.0.0", "127.0.0.1", "127.255.255.255", "::1"};
	static const char *const others[] = {
		"126.255.255.255", "128.0.0.1", "0.0.0.0", "::", "::2", "1::1", "::ffff:127.0.0.1"};
	static const uint8_t bytes[5] = {127, 0, 0, 1};

	(void)state;
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		if (!ask(address_is_loopback, own[i]))
			fail_msg("%s is loopback", own[i]);
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (ask(address_is_loopback, others[i]))
			fail_msg("%s is not loopback", others[i]);
	}
	assert_false(address_is_loopback(bytes, sizeof(bytes)));
	assert_false(address_is_loopback(bytes, 0));
	assert_false(address_is_public(bytes, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_public),
		cmocka_unit_test(test_private),
		cmocka_unit_test(test_loopback),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
