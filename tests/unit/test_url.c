/* SPDX-License-Identifier: BSD-2-Clause */
/* Which URLs may be asked, and where a credential may go in clear. */
#include "tests/unit/unit.h"

#include <string.h>

#include "core/url.h"

struct row {
	const char *url;
	const char *host; /* NULL: refused */
	bool is_loopback;
};

static const struct row rows[] = {
	{"https://a", "a", false},
	{"https://a:1/b", "a", false},
	{"https://A-b.example_.", "A-b.example_.", false},
	{"https://a:65535", "a", false},
	{"https://a/@b", "a", false},
	{"https://[::2]:1", "[::2]", false},
	{"https://[fe80::1%25eth0]/", "[fe80::1%25eth0]", false},
	{"https://127.0.0.1", "127.0.0.1", true},
	{"http://127.0.0.1:1", "127.0.0.1", true},
	{"http://127.255.255.255/", "127.255.255.255", true},
	{"http://[::1]", "[::1]", true},
	{"http://[::1]:8742/a", "[::1]", true},
	{"http://localhost/", "localhost", true},
	{"http://LocalHost:8742", "LocalHost", true},
	/* Other spellings of loopback, or what only looks like it. */
	{"http://127.0.0.1.example", "127.0.0.1.example", false},
	{"http://localhost.example", "localhost.example", false},
	{"http://localhos", "localhos", false},
	{"http://localhost.", "localhost.", false},
	{"http://127.0.0.1.", "127.0.0.1.", false},
	{"http://127.0.0.01", "127.0.0.01", false},
	{"http://127.0.0.256", "127.0.0.256", false},
	{"http://127.0.0", "127.0.0", false},
	{"http://127.1", "127.1", false},
	{"http://2130706433", "2130706433", false},
	{"http://0x7f.0.0.1", "0x7f.0.0.1", false},
	{"http://0177.0.0.1", "0177.0.0.1", false},
	{"http://0.0.0.0", "0.0.0.0", false},
	{"http://[::ffff:127.0.0.1]", "[::ffff:127.0.0.1]", false},
	{"http://[0:0:0:0:0:0:0:1]", "[0:0:0:0:0:0:0:1]", false},
	{"http://[::1%25lo]", "[::1%25lo]", false},
	{"http://[::]", "[::]", false},
	/* No URL that all readers read alike. */
	{"", NULL, false},
	{"a", NULL, false},
	{"//a", NULL, false},
	{"HTTPS://a", NULL, false},
	{" https://a", NULL, false},
	{"ftp://a", NULL, false},
	{"unix:/a", NULL, false},
	{"https:/a", NULL, false},
	{"https://", NULL, false},
	{"https:///", NULL, false},
	{"https:///a", NULL, false},
	{"https://:1", NULL, false},
	{"https://@", NULL, false},
	{"https://?a", NULL, false},
	{"https://a:", NULL, false},
	{"https://a:0", NULL, false},
	{"https://a:65536", NULL, false},
	{"https://a:+1", NULL, false},
	{"https://a:1x", NULL, false},
	{"https://a:1:1", NULL, false},
	{"https://a b", NULL, false},
	{"https://a\n", NULL, false},
	{"https://a/\t", NULL, false},
	{"https://a\x7f", NULL, false},
	{"https://\xc3\xa4", NULL, false},
	{"https://a%2eb", NULL, false},
	{"https://a;b", NULL, false},
	{"https://[]", NULL, false},
	{"https://[", NULL, false},
	{"http://[::1", NULL, false},
	{"http://[::1]a", NULL, false},
	{"http://::1", NULL, false},
	{"http://localhost\\@a", NULL, false},
	{"http://localhost/\\a", NULL, false},
	{"http://localhost:\t@a", NULL, false},
	{"http://localhost:1@2@a", NULL, false},
};

static void test_parse(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		struct error err = {0};
		struct url url = {0};
		int rc = url_parse(row->url, &url, &err);

		if ((rc == 0) != (row->host != NULL))
			fail_msg("%s: %s", row->url, rc ? err.message : "taken");
		assert_int_equal(err.code, row->host ? ERROR_NONE : ERROR_CONFIG);
		if (rc)
			continue;
		assert_int_equal(url.host_len, strlen(row->host));
		assert_memory_equal(url.host, row->host, url.host_len);
		assert_int_equal(url.is_plain, row->url[4] == ':');
		if (url.is_loopback != row->is_loopback)
			fail_msg("%s: loopback %d", row->url, url.is_loopback);
		assert_false(url.has_user || url.has_query);
	}
}

/* In clear to loopback alone; and a collector's URL is what routes can follow. */
static void test_collector(void **state)
{
	static const char *const others[] = {"https://a?b", "https://a/#b", "https://u@a",
		"https://u:p@a", "http://localhost@a", "http://localhost:x@a",
		"http://127.0.0.1:1@a/", "http://u@localhost", "https://@a"};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct error err = {0};
		struct url url;
		bool is_good = rows[i].host && (rows[i].is_loopback || rows[i].url[4] == 's');

		if ((url_parse_collector(rows[i].url, &url, &err) == 0) != is_good)
			fail_msg("%s", rows[i].url);
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct error err = {0};
		struct url url = {0};

		assert_int_equal(url_parse(others[i], &url, &err), 0);
		assert_true(url.has_user || url.has_query);
		assert_int_equal(url_parse_collector(others[i], &url, &err), -(int)ERROR_CONFIG);
	}
}

static void test_user(void **state)
{
	struct error err = {0};
	struct url url = {0};

	(void)state;
	assert_int_equal(url_parse("http://localhost:x@127.9.9.9:1/", &url, &err), 0);
	assert_true(url.has_user && url.is_loopback);
	assert_int_equal(url_parse("http://127.0.0.1:1@a/?localhost", &url, &err), 0);
	assert_true(url.has_user && url.has_query && !url.is_loopback);
	assert_memory_equal(url.host, "a/", 2);
}

static void test_authorities(void **state)
{
	static const struct {
		const char *text;
		bool is_loopback;
	} authorities[] = {{"http://localhost", true}, {"http://LOCALHOST:8742", true},
		{"http://127.0.0.1:1", true}, {"http://[::1]:1", true}, {"http://", false},
		{"http://:1", false}, {"http://localhost:", false}, {"http://localhost:a", false},
		{"http://localhost,a", false}, {"http://a.localhost", false},
		{"http://::1", false}};

	(void)state;
	for (size_t i = 0; i < sizeof(authorities) / sizeof(authorities[0]); i++) {
		struct error err = {0};
		struct url url = {0};

		url_parse(authorities[i].text, &url, &err);
		if (url.is_loopback != authorities[i].is_loopback)
			fail_msg("%s", authorities[i].text);
	}
}

static void test_escape(void **state)
{
	BUF_SCOPED text = {0};

	(void)state;
	url_append_escaped(&text, "aZ09-._~ &=?#%/+\x01\xff");
	assert_string_equal((char *)text.data, "aZ09-._~%20%26%3D%3F%23%25%2F%2B%01%FF");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_collector),
		cmocka_unit_test(test_user),
		cmocka_unit_test(test_authorities),
		cmocka_unit_test(test_escape),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
