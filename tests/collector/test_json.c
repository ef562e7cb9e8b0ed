/* SPDX-License-Identifier: BSD-2-Clause */
/* The two readers of JSON, jansson's and simdjson's: what one takes or refuses, so does the other.
 */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "collector/json_simd.h"
#include "tests/collector/json_dump.h"
#include "tests/unit/fixture/shortage.h"

#define MAX ((size_t)1024 * 1024)

typedef int reader(
	const void *bytes, size_t len, size_t max, struct json_tree *ret_tree, struct error *err);

static reader *const readers[] = {json_tree_parse, json_simd_parse};

/* Each reader makes of the text what `expected` says, or refuses it with such a message. */
static void check(const char *text, size_t len, size_t max, int expected_rc, const char *expected)
{
	/* In a block of its size, so that a sanitizer sees a read behind it. */
	char *bytes = malloc(len ? len : 1);
	struct error errors[COUNT(readers)] = {0};

	memcpy(bytes, text, len);
	for (size_t i = 0; i < COUNT(readers); i++) {
		JSON_TREE_SCOPED tree = {0};
		BUF_SCOPED dump = {0};
		int rc = readers[i](bytes, len, max, &tree, &errors[i]);

		if (rc != expected_rc)
			fail_msg("%.40s: reader %zu: %d %s", text, i, rc, errors[i].message);
		if (!rc) {
			json_dump_node(&dump, tree.root);
			assert_string_equal((char *)dump.data, expected);
			continue;
		}
		assert_null(tree.root);
		if (!strstr(errors[i].message, expected))
			fail_msg("%.40s: reader %zu: %s", text, i, errors[i].message);
	}
	assert_string_equal(errors[0].message, errors[1].message);
	free(bytes);
}

static void test_both_take(void **state)
{
	static const struct {
		const char *text, *dump;
	} rows[] = {
		{"{}", "{}"},
		{" \t\r\n{ } \n", "{}"},
		{"{\"a\":null,\"b\":true,\"c\":false}", "{1'a':null,1'b':true,1'c':false}"},
		{"{\"\":{\"\":\"\"}}", "{0'':{0'':0''}}"},
		{"{\"a\":[],\"b\":[1,[2],{\"c\":3}]}", "{1'a':[],1'b':[1,[2],{1'c':3}]}"},
		{"{\"a\":9223372036854775807}", "{1'a':9223372036854775807}"},
		{"{\"a\":-9223372036854775808}", "{1'a':-9223372036854775808}"},
		{"{\"a\":0,\"b\":-0,\"c\":-1}", "{1'a':0,1'b':0,1'c':-1}"},
		{"{\"a\":-0.0,\"b\":1e5,\"c\":1E-5,\"d\":0.5e+3}",
			"{1'a':-0,1'b':100000,1'c':1.0000000000000001e-05,1'd':500}"},
		{"{\"a\":1e308,\"b\":1e-400}", "{1'a':1e+308,1'b':0}"},
		{"{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"}", "{1'a':8'\"\\/\b\f\n\r\t'}"},
		{"{\"a\":\"\\u0061\\u00fc\\u20AC\\ud83d\\uDE00\"}",
			"{1'a':10'a\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80'}"},
		{"{\"\\u0061\":\"\xc3\xbc\x7f\xef\xbf\xbf\"}",
			"{1'a':6'\xc3\xbc\x7f\xef\xbf\xbf'}"},
		{"{\"a\":{\"a\":1},\"A\":2,\"aa\":3}", "{1'a':{1'a':1},1'A':2,2'aa':3}"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		check(rows[i].text, strlen(rows[i].text), MAX, 0, rows[i].dump);
}

#define ROW(text)       (text), sizeof(text) - 1
#define OBJECT_OF(text) ROW("{\"a\":" text "}")
#define STRING_OF(text) ROW("{\"a\":\"" text "\"}")

static void test_both_refuse(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		const char *message;
	} rows[] = {
		{ROW(""), "not JSON: line 1 column 0: "},
		{ROW(" \n "), "not JSON: line 2 column 1: "},
		{ROW("\xef\xbb\xbf{}"), "not JSON: "},
		{ROW("{} {}"), "not JSON: line 1 column 4: "},
		{ROW("{}x"), "not JSON: "},
		{ROW("{}\0"), "not JSON: "},
		{ROW("{\0}"), "not JSON: "},
		{OBJECT_OF("1\0"), "not JSON: a byte is zero"},
		{ROW("[]"), "JSON, but not an object"},
		{ROW("[{}]"), "JSON, but not an object"},
		{ROW("1"), "not JSON: "},
		{ROW("\"a\""), "not JSON: "},
		{ROW("null"), "not JSON: "},
		{ROW("{"), "not JSON: "},
		{ROW("}"), "not JSON: "},
		{ROW("{\n\"a\":}"), "not JSON: line 2 column 5: "},
		{ROW("{\"a\"}"), "not JSON: "},
		{ROW("{\"a\" 1}"), "not JSON: "},
		{ROW("{a:1}"), "not JSON: "},
		{ROW("{1:1}"), "not JSON: "},
		{ROW("{'a':1}"), "not JSON: "},
		{ROW("{,}"), "not JSON: "},
		{OBJECT_OF("1,"), "not JSON: "},
		{OBJECT_OF("[1,]"), "not JSON: "},
		{OBJECT_OF("[1}"), "not JSON: "},
		{OBJECT_OF("[1"), "not JSON: "},
		{OBJECT_OF("1 /* */"), "not JSON: "},
		{OBJECT_OF("nul"), "not JSON: "},
		{OBJECT_OF("True"), "not JSON: "},
		{OBJECT_OF("NaN"), "not JSON: "},
		{OBJECT_OF("Infinity"), "not JSON: "},
		/* numbers */
		{OBJECT_OF("01"), "not JSON: "},
		{OBJECT_OF("-01"), "not JSON: "},
		{OBJECT_OF("+1"), "not JSON: "},
		{OBJECT_OF("-"), "not JSON: "},
		{OBJECT_OF("1."), "not JSON: "},
		{OBJECT_OF(".5"), "not JSON: "},
		{OBJECT_OF("1e"), "not JSON: "},
		{OBJECT_OF("1e+"), "not JSON: "},
		{OBJECT_OF("0x1"), "not JSON: "},
		{OBJECT_OF("1e400"), "real number overflow"},
		{OBJECT_OF("-1e400"), "real number overflow"},
		{OBJECT_OF("9223372036854775808"), "too big integer"},
		{OBJECT_OF("-9223372036854775809"), "too big negative integer"},
		{OBJECT_OF("18446744073709551615"), "too big integer"},
		{OBJECT_OF("18446744073709551616"), "too big integer"},
		{OBJECT_OF("99999999999999999999"), "too big integer"},
		/* strings */
		{STRING_OF("\\u0000"), "\\u0000 is not allowed"},
		{STRING_OF("a\0b"), "not JSON: "},
		{ROW("{\"\\u0000\":1}"), "not JSON: "},
		{ROW("{\"a\\u0000b\":1}"), "not JSON: "},
		{STRING_OF("\x01"), "control character 0x1"},
		{STRING_OF("\x1f"), "control character 0x1f"},
		{STRING_OF("\n"), "unexpected newline"},
		{STRING_OF("\\x"), "invalid escape"},
		{STRING_OF("\\"), "not JSON: "},
		{STRING_OF("\\u12g4"), "invalid escape"},
		{STRING_OF("\\u123"), "invalid escape"},
		{STRING_OF("\\ud800"), "invalid Unicode"},
		{STRING_OF("\\udc00"), "invalid Unicode"},
		{STRING_OF("\\ud800x"), "invalid Unicode"},
		{STRING_OF("\\ud800\\n"), "invalid Unicode"},
		{STRING_OF("\\ud800\\u0061"), "invalid Unicode"},
		{STRING_OF("\\ud800\\ud800"), "invalid Unicode"},
		{ROW("{\"\\udc00\":1}"), "invalid Unicode"},
		/* what is no UTF-8 */
		{STRING_OF("\xff"), "unable to decode byte 0xff"},
		{STRING_OF("\x80"), "unable to decode byte 0x80"},
		{STRING_OF("\xc3"), "unable to decode byte 0xc3"},
		{STRING_OF("\xc0\x80"), "unable to decode byte 0xc0"},
		{STRING_OF("\xe0\x80\x80"), "unable to decode byte 0xe0"},
		{STRING_OF("\xed\xa0\x80"), "unable to decode byte 0xed"},
		{STRING_OF("\xf4\x90\x80\x80"), "unable to decode byte 0xf4"},
		{ROW("{\"\xff\":1}"), "unable to decode byte 0xff"},
		/* members that are there twice */
		{ROW("{\"a\":1,\"a\":1}"), "duplicate object key"},
		{ROW("{\"a\":1,\"\\u0061\":2}"), "duplicate object key"},
		{ROW("{\"\":1,\"\":2}"), "duplicate object key"},
		{ROW("{\"b\":[{\"a\":1,\"c\":2,\"a\":3}]}"), "duplicate object key"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		check(rows[i].text, rows[i].len, MAX, -ERROR_MALFORMED, rows[i].message);
}

static void test_both_keep_to_the_bound(void **state)
{
	(void)state;
	check("{}", 2, 2, 0, "{}");
	check("{}", 2, 1, -ERROR_TOO_LARGE, "2 bytes of JSON, at most 1 are read");
	for (size_t i = 0; i < COUNT(readers); i++) {
		JSON_TREE_SCOPED tree = {0};
		struct error err;

		assert_int_equal(readers[i](NULL, 0, 9, &tree, &err), -ERROR_MALFORMED);
	}
}

/* An object with `depth` - 1 arrays in it, one in another. */
static void build_deep(struct buf *text, struct buf *dump, size_t depth)
{
	buf_append_text(text, "{\"a\":");
	buf_append_text(dump, "{1'a':");
	for (size_t i = 1; i < depth; i++) {
		buf_append_text(text, "[");
		buf_append_text(dump, "[");
	}
	for (size_t i = 1; i < depth; i++) {
		buf_append_text(text, "]");
		buf_append_text(dump, "]");
	}
	buf_append_text(text, "}");
	buf_append_text(dump, "}");
}

static void test_both_go_so_deep(void **state)
{
	static const struct {
		size_t depth;
		int rc;
		const char *message;
	} rows[] = {
		{JSON_TREE_DEPTH_MAX, 0, ""},
		{JSON_TREE_DEPTH_MAX + 1, -ERROR_MALFORMED, "more than 64 levels"},
		{1500, -ERROR_MALFORMED, "more than 64 levels"}, /* over simdjson's limit */
		{100000, -ERROR_MALFORMED, "maximum parsing depth"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		BUF_SCOPED text = {0};
		BUF_SCOPED dump = {0};

		build_deep(&text, &dump, rows[i].depth);
		check((char *)text.data, text.len, MAX, rows[i].rc,
			rows[i].rc ? rows[i].message : (char *)dump.data);
	}
}

/* Members m0, m1, …, then another with the name of `twice`, if that is one of them. */
static void build_wide(struct buf *text, struct buf *dump, size_t count, size_t twice)
{
	for (size_t i = 0; i < count; i++) {
		char name[24];
		int len = snprintf(name, sizeof(name), "m%zu", i * 7919 % count);

		buf_printf(text, "%c\"%s\":%zu", i ? ',' : '{', name, i);
		buf_printf(dump, "%c%d'%s':%zu", i ? ',' : '{', len, name, i);
	}
	if (twice < count)
		buf_printf(text, ",\"m%zu\":0", twice);
	buf_append_text(text, "}");
	buf_append_text(dump, "}");
}

/* On either side of where comparing each with each becomes sorting, and so many that only the
 * latter is quick. */
static void test_both_see_a_name_twice_among_many(void **state)
{
	static const size_t counts[] = {2, 31, 32, 33, 100, 30000};
	time_t start = time(NULL);

	(void)state;
	for (size_t i = 0; i < COUNT(counts); i++) {
		for (size_t twice = 0; twice <= counts[i]; twice += counts[i] / 2) {
			BUF_SCOPED text = {0};
			BUF_SCOPED dump = {0};
			bool is_twice = twice < counts[i];

			build_wide(&text, &dump, counts[i], twice);
			check((char *)text.data, text.len, MAX, is_twice ? -ERROR_MALFORMED : 0,
				is_twice ? "duplicate object key" : (char *)dump.data);
		}
	}
	assert_true(time(NULL) - start < 10);
}

/* After a long text, whose memory the reader gives back, and a refused one, all is as before. */
static void test_a_reader_begins_anew(void **state)
{
	BUF_SCOPED text = {0};
	BUF_SCOPED dump = {0};

	(void)state;
	build_wide(&text, &dump, 30000, 30000);
	for (int i = 0; i < 3; i++) {
		check((char *)text.data, text.len, MAX, 0, (char *)dump.data);
		check((char *)text.data, text.len - 1, MAX, -ERROR_MALFORMED, "not JSON: ");
		check("{\"a\":1}", 7, MAX, 0, "{1'a':1}");
	}
}

/* Each allocation failing, alone or with all behind it, ends in the whole or in a clean refusal;
 * the sanitizers see to it that nothing leaks. So long a text that nothing is kept from the last
 * one. */
static void test_without_memory(void **state)
{
	BUF_SCOPED text = {0};
	BUF_SCOPED dump = {0};

	(void)state;
	build_wide(&text, &dump, 30000, 30000);
	for (size_t i = 0; i < 2; i++) {
		size_t n = 0;

		do {
			JSON_TREE_SCOPED tree = {0};
			struct error err = {0};
			int rc;

			shortage_begin(n++, i != 0);
			rc = json_simd_parse(text.data, text.len, MAX, &tree, &err);
			shortage_end();
			assert_int_equal(tree.root != NULL, !rc);
			if (rc)
				assert_int_equal(rc, -ERROR_NO_MEMORY);
			assert_true(!rc || err.message[0]);
			assert_true(rc || !shortage_has_struck());
		} while (shortage_has_struck());
		assert_true(n > 8);
	}
}

static void test_members_are_found_from_anywhere(void **state)
{
	static const char text[] = "{\"a\":1,\"b\":\"x\",\"c\":[]}";
	JSON_TREE_SCOPED tree = {0};
	struct error err;
	const struct json_node *a, *b, *c;

	(void)state;
	assert_int_equal(json_simd_parse(text, sizeof(text) - 1, MAX, &tree, &err), 0);
	a = tree.root->first;
	b = a->next;
	c = b->next;
	for (const struct json_node *from = a; from; from = from->next) {
		assert_ptr_equal(json_node_member_from(tree.root, from, "a"), a);
		assert_ptr_equal(json_node_member_from(tree.root, from, "b"), b);
		assert_ptr_equal(json_node_member_from(tree.root, from, "c"), c);
		assert_null(json_node_member_from(tree.root, from, "d"));
	}
	assert_ptr_equal(json_node_member(tree.root, "b"), b);
	assert_null(json_node_member(tree.root, ""));
	assert_null(json_node_member(c, "a"));
	assert_null(json_node_member(NULL, "a"));
	assert_string_equal(json_node_text(b), "x");
	assert_null(json_node_text(a));
	assert_null(json_node_text(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_take),
		cmocka_unit_test(test_both_refuse),
		cmocka_unit_test(test_both_keep_to_the_bound),
		cmocka_unit_test(test_both_go_so_deep),
		cmocka_unit_test(test_both_see_a_name_twice_among_many),
		cmocka_unit_test(test_a_reader_begins_anew),
		cmocka_unit_test(test_without_memory),
		cmocka_unit_test(test_members_are_found_from_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
