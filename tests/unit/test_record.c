/* SPDX-License-Identifier: BSD-2-Clause */
/* Records by a table of one field of each kind; what evidence makes of them is test_evidence.c's.
 */
#include "tests/unit/unit.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/evidence/record.h"
#include "core/json/text.h"
#include "core/tcg/tcg.h"

struct point {
	uint16_t x, y;
};

struct inner {
	struct record_part part;
	uint32_t value;
};

struct outer {
	bool flag;
	uint16_t u16;
	uint32_t u32, hex32;
	uint64_t u64;
	int64_t i64;
	char text[8];
	struct {
		size_t len;
		uint8_t data[4];
	} hex, base64;
	uint16_t alg;
	struct point point;
	struct inner inner;
	struct {
		size_t count;
		struct point items[2];
	} points;
	struct {
		size_t count;
		uint32_t items[3];
	} ids;
	struct {
		size_t count;
		struct record_entry items[2];
	} map;
};

static const struct record_names alg_names = {tcg_alg_name, tcg_alg_parse};

#define AT(member) .offset = offsetof(struct outer, member)

static const struct field point_fields[] = {
	{.name = "x", .kind = FIELD_U16, .offset = offsetof(struct point, x)},
	{.name = "y", .kind = FIELD_U16, .is_optional = true, .offset = offsetof(struct point, y)},
};
static const struct record point_record = {
	.struct_size = sizeof(struct point), .field_count = 2, .fields = point_fields};

static const struct field inner_fields[] = {
	{.name = "value", .kind = FIELD_U32, .offset = offsetof(struct inner, value)},
};
static const struct record inner_record = {
	.struct_size = sizeof(struct inner), .field_count = 1, .fields = inner_fields};

static const struct field outer_fields[] = {
	{.name = "flag", .kind = FIELD_BOOL, AT(flag)},
	{.name = "u16", .kind = FIELD_U16, AT(u16)},
	{.name = "u32", .kind = FIELD_U32, AT(u32)},
	{.name = "hex32", .kind = FIELD_HEX32, AT(hex32)},
	{.name = "u64", .kind = FIELD_U64, AT(u64)},
	{.name = "i64", .kind = FIELD_I64, AT(i64)},
	{.name = "text", .kind = FIELD_TEXT, AT(text), .size = 8},
	{.name = "hex", .kind = FIELD_HEX, AT(hex), .size = 4},
	{.name = "base64", .kind = FIELD_BASE64, AT(base64), .size = 4},
	{.name = "alg", .kind = FIELD_NAMED, AT(alg), .names = &alg_names},
	{.name = "point", .kind = FIELD_RECORD, AT(point), .record = &point_record},
	{.name = "inner", .kind = FIELD_PART, AT(inner), .record = &inner_record},
	{.name = "points", .kind = FIELD_LIST, AT(points), .size = 2, .record = &point_record},
	{.name = "ids", .kind = FIELD_IDS, AT(ids), .size = 3, .names = &alg_names},
	{.name = "map", .kind = FIELD_MAP, AT(map), .size = 2, .names = &alg_names},
};
static const struct record outer_record = {.struct_size = sizeof(struct outer),
	.field_count = COUNT(outer_fields),
	.fields = outer_fields};

static const struct outer full = {
	.flag = true,
	.u16 = 65535,
	.u32 = 4294967295,
	.hex32 = 0xdeadbeef,
	.u64 = INT64_MAX,
	.i64 = INT64_MIN,
	.text = "gr\xc3\xbcn",
	.hex = {4, {0, 1, 0xab, 0xff}},
	.base64 = {4, {0, 1, 0xab, 0xff}},
	.alg = TCG_ALG_SHA256,
	.point = {1, 2},
	.inner = {.part.state = PART_READ, .value = 7},
	.points = {2, {{3, 4}, {5, 0}}},
	.ids = {3, {TCG_ALG_RSA, 0xffffffff, 0x7777}},
	.map = {2, {{TCG_ALG_SHA1, 1}, {0x1234, 4294967295}}},
};

static const char full_text[] =
	"{\"flag\":true,\"u16\":65535,\"u32\":4294967295,\"hex32\":\"0xdeadbeef\","
	"\"u64\":9223372036854775807,\"i64\":-9223372036854775808,\"text\":\"gr\xc3\xbcn\",\"hex\":"
	"\"0001abff\","
	"\"base64\":\"AAGr/w==\",\"alg\":\"sha256\",\"point\":{\"x\":1,\"y\":2},"
	"\"inner\":{\"value\":7},\"points\":[{\"x\":3,\"y\":4},{\"x\":5}],"
	"\"ids\":[\"rsa\",\"0xffffffff\",\"0x00007777\"],"
	"\"map\":{\"sha1\":1,\"0x00001234\":4294967295}}";

/* The compact text of a structure. The caller frees it. */
static char *print(const struct outer *from)
{
	json_t *json = record_write(&outer_record, from);
	struct buf text = {0};

	assert_non_null(json);
	json_text_print(&text, json, false);
	json_decref(json);
	assert_false(text.failed);
	return (char *)text.data;
}

/* Reads the text of `json` into a zeroed structure. */
static int read_outer(const json_t *json, struct outer *ret, struct error *err)
{
	BUF_SCOPED text = {0};
	JSON_TREE_SCOPED tree = {0};

	memset(ret, 0, sizeof(*ret));
	*err = (struct error){0};
	json_text_print(&text, json, false);
	assert_int_equal(json_tree_parse(text.data, text.len, text.len, &tree, err), 0);
	return record_read(&outer_record, tree.root, ret, err);
}

static void test_every_kind_is_written_and_read_back(void **state)
{
	char *text = print(&full), *again;
	struct error err;
	struct outer back;
	json_t *json = NULL;

	(void)state;
	assert_string_equal(text, full_text);
	assert_int_equal(json_text_parse(text, strlen(text), strlen(text), &json, &err), 0);
	assert_int_equal(read_outer(json, &back, &err), 0);
	json_decref(json);
	assert_int_equal(back.inner.part.state, PART_READ);
	assert_int_equal(back.ids.items[1], 0xffffffff);
	again = print(&back);
	assert_string_equal(again, text);
	free(again);
	free(text);
}

static void test_indented_is_the_same_document(void **state)
{
	json_t *json = record_write(&outer_record, &full), *back;
	BUF_SCOPED text = {0};

	(void)state;
	json_text_print(&text, json, true);
	assert_non_null(strstr((char *)text.data, "{\n  \"flag\": true,\n"));
	back = json_loads((char *)text.data, 0, NULL);
	assert_true(json_equal(json, back));
	json_decref(back);
	json_decref(json);
}

static void test_failed_and_absent_parts(void **state)
{
	struct outer value = full, back;
	struct error err;
	char *text, *again;
	json_t *json;

	(void)state;
	error_set(&value.inner.part.error, ERROR_TPM_RC, "TPM2_X: \"no\"");
	value.inner.part.error.rc = 0x922;
	value.inner.part.state = PART_FAILED;
	text = print(&value);
	assert_non_null(strstr(text, "\"inner\":{\"error\":{\"code\":\"tpm-rc\",\"message\":"
				     "\"TPM2_X: \\\"no\\\"\",\"rc\":\"0x00000922\"}}"));
	json = json_loads(text, 0, NULL);
	assert_int_equal(read_outer(json, &back, &err), 0);
	assert_int_equal(back.inner.part.state, PART_FAILED);
	assert_int_equal(back.inner.value, 0);
	again = print(&back);
	assert_string_equal(again, text);
	free(again);
	free(text);
	json_object_del(json, "inner");
	assert_int_equal(read_outer(json, &back, &err), 0);
	assert_int_equal(back.inner.part.state, PART_ABSENT);
	text = print(&back);
	assert_null(strstr(text, "inner"));
	free(text);
	json_decref(json);
}

/* {"inner": …} as it comes: what is read of its error. */
static const struct {
	const char *inner;
	enum error_code code; /* of the part */
	uint32_t rc;
} part_errors[] = {
	{"{'error': {'code': 'timeout', 'message': ''}}", ERROR_TIMEOUT, 0},
	{"{'error': {'code': 'timeout', 'message': 'm', 'new': 1}, 'value': 'x'}", ERROR_TIMEOUT,
		0},
	{"{'error': {'code': 'code-of-1.7', 'message': 'm'}}", ERROR_UNSUPPORTED, 0},
	{"{'error': {'code': 'none', 'message': 'm'}}", ERROR_UNSUPPORTED, 0},
	{"{'error': {'code': '', 'message': 'm', 'rc': '0x00000101'}}", ERROR_UNSUPPORTED, 0x101},
};

static json_t *json_of(const char *text)
{
	char *copy = strdup(text);
	json_t *json;

	for (char *c = copy; *c; c++) {
		if (*c == '\'')
			*c = '"';
	}
	json = json_loads(copy, JSON_DECODE_ANY, NULL);
	free(copy);
	assert_non_null(json);
	return json;
}

static void test_errors_of_parts(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(part_errors); i++) {
		json_t *json = json_loads(full_text, 0, NULL);
		struct error err;
		struct outer back;

		json_object_set_new(json, "inner", json_of(part_errors[i].inner));
		assert_int_equal(read_outer(json, &back, &err), 0);
		assert_int_equal(back.inner.part.state, PART_FAILED);
		assert_int_equal(back.inner.part.error.code, part_errors[i].code);
		assert_int_equal(back.inner.part.error.rc, part_errors[i].rc);
		json_decref(json);
	}
}

/* `member` replaced by `value` (taken out where that is NULL) is refused with this message. */
static const struct {
	const char *member, *value;
	enum error_code code;
	const char *message;
} refusals[] = {
	{"flag", NULL, ERROR_MALFORMED, "flag: missing"},
	{"flag", "1", ERROR_MALFORMED, "flag: neither true nor false"},
	{"flag", "null", ERROR_MALFORMED, "flag: neither true nor false"},
	{"u16", "65536", ERROR_MALFORMED, "u16: not an integer from 0 to 65535"},
	{"u16", "-1", ERROR_MALFORMED, "u16: not an integer from 0 to 65535"},
	{"u16", "1.0", ERROR_MALFORMED, "u16: not an integer from 0 to 65535"},
	{"u16", "'1'", ERROR_MALFORMED, "u16: not an integer from 0 to 65535"},
	{"u32", "4294967296", ERROR_MALFORMED, "u32: not an integer from 0 to 4294967295"},
	{"u64", "-1", ERROR_MALFORMED, "u64: not an integer from 0 to 9223372036854775807"},
	{"i64", "1.0", ERROR_MALFORMED, "i64: not an integer"},
	{"i64", NULL, ERROR_MALFORMED, "i64: missing"},
	{"hex32", "'deadbeef'", ERROR_MALFORMED, "hex32: not \"0x\" and 8 hexadecimal digits"},
	{"hex32", "'0xdeadbee'", ERROR_MALFORMED, "hex32: not \"0x\" and 8 hexadecimal digits"},
	{"hex32", "'0xdeadbeef0'", ERROR_MALFORMED, "hex32: not \"0x\" and 8 hexadecimal digits"},
	{"hex32", "'1xdeadbeef'", ERROR_MALFORMED, "hex32: not \"0x\" and 8 hexadecimal digits"},
	{"hex32", "'0Xdeadbeef'", ERROR_MALFORMED, "hex32: not \"0x\" and 8 hexadecimal digits"},
	{"hex32", "'0xdeadbeeg'", ERROR_MALFORMED, "hex32: not \"0x\" and 8 hexadecimal digits"},
	{"hex32", "3735928559", ERROR_MALFORMED, "hex32: not \"0x\" and 8 hexadecimal digits"},
	{"text", "'12345678'", ERROR_TOO_LARGE, "text: longer than 7 bytes"},
	{"text", "'a\\u0001'", ERROR_MALFORMED, "text: holds a control character"},
	{"text", "'a\\n'", ERROR_MALFORMED, "text: holds a control character"},
	{"text", "'\\u007f'", ERROR_MALFORMED, "text: holds a control character"},
	{"text", "[]", ERROR_MALFORMED, "text: not a string"},
	{"hex", "'000102030'", ERROR_MALFORMED, "hex: not hexadecimal"},
	{"hex", "'0001020304'", ERROR_TOO_LARGE, "hex: more than 4 bytes"},
	{"hex", "'0g'", ERROR_MALFORMED, "hex: not hexadecimal"},
	{"hex", "17", ERROR_MALFORMED, "hex: not a string"},
	{"base64", "'AAAAAAA='", ERROR_TOO_LARGE, "base64: more than 4 bytes"},
	{"base64", "'AAAAAAAA'", ERROR_TOO_LARGE, "base64: more than 4 bytes"},
	{"base64", "'AA'", ERROR_MALFORMED, "base64: not base64"},
	{"base64", "'A==='", ERROR_MALFORMED, "base64: not base64"},
	{"base64", "{}", ERROR_MALFORMED, "base64: not a string"},
	{"alg", "'SHA256'", ERROR_MALFORMED, "alg: not \"0x\" and 8 hexadecimal digits"},
	{"alg", "'0x00010000'", ERROR_MALFORMED, "alg: over 0xffff"},
	{"alg", "11", ERROR_MALFORMED, "alg: not a string"},
	{"point", NULL, ERROR_MALFORMED, "point: missing"},
	{"point", "[]", ERROR_MALFORMED, "point: not an object"},
	{"point", "{'y': 1}", ERROR_MALFORMED, "point: x: missing"},
	{"inner", "1", ERROR_MALFORMED, "inner: not an object"},
	{"inner", "{}", ERROR_MALFORMED, "inner: value: missing"},
	{"inner", "{'error': 1}", ERROR_MALFORMED, "inner: error: message: not a string"},
	{"inner", "{'error': {'message': 'm'}}", ERROR_MALFORMED,
		"inner: error: code: not a string"},
	{"inner", "{'error': {'code': 'io', 'message': 'a\\u001bb'}}", ERROR_MALFORMED,
		"inner: error: message: holds a control character"},
	{"inner", "{'error': {'code': 'io', 'message': 'm', 'rc': 1}}", ERROR_MALFORMED,
		"inner: error: rc: not \"0x\" and 8 hexadecimal digits"},
	{"points", "{}", ERROR_MALFORMED, "points: not an array"},
	{"points", "[{'x':1},{'x':1},{'x':1}]", ERROR_TOO_LARGE, "points: more than 2 items"},
	{"points", "[{'x':1},{'x':-1}]", ERROR_MALFORMED,
		"points: item 1: x: not an integer from 0 to 65535"},
	{"points", "[{'x':1},null]", ERROR_MALFORMED, "points: item 1: not an object"},
	{"ids", "'rsa'", ERROR_MALFORMED, "ids: not an array"},
	{"ids", "['rsa','rsa','rsa','rsa']", ERROR_TOO_LARGE, "ids: more than 3 items"},
	{"ids", "['rsa',1]", ERROR_MALFORMED, "ids: item 1: not a string"},
	{"ids", "['rsa','tsa']", ERROR_MALFORMED,
		"ids: item 1: not \"0x\" and 8 hexadecimal digits"},
	{"map", "[]", ERROR_MALFORMED, "map: not an object"},
	{"map", "{'rsa':1,'aes':1,'ecc':1}", ERROR_TOO_LARGE, "map: more than 2 members"},
	{"map", "{'rsa':'1'}", ERROR_MALFORMED, "map: rsa: not an integer from 0 to 4294967295"},
	{"map", "{'0x1':1}", ERROR_MALFORMED, "map: 0x1: not \"0x\" and 8 hexadecimal digits"},
	{"map", "{'rsa':1,'0x00000001':2}", ERROR_MALFORMED, "map: 0x00000001: there twice"},
};

static void test_refusals_name_the_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(refusals); i++) {
		json_t *json = json_loads(full_text, 0, NULL);
		struct error err;
		struct outer back;

		if (refusals[i].value)
			json_object_set_new(json, refusals[i].member, json_of(refusals[i].value));
		else
			json_object_del(json, refusals[i].member);
		assert_int_equal(read_outer(json, &back, &err), -(int)refusals[i].code);
		assert_string_equal(err.message, refusals[i].message);
		assert_true(back.points.count <= COUNT(back.points.items));
		assert_true(back.ids.count <= COUNT(back.ids.items));
		assert_true(back.map.count <= COUNT(back.map.items));
		json_decref(json);
	}
}

/* The longest texts and blobs, the fullest lists, fit. */
static void test_bounds_are_reached(void **state)
{
	static const char *const rows[][2] = {{"text", "'1234567'"}, {"text", "''"},
		{"hex", "'00010203'"}, {"hex", "''"}, {"base64", "'AAAAAA=='"}, {"base64", "''"},
		{"points", "[]"}, {"map", "{}"}, {"alg", "'0x0000ffff'"}, {"u64", "0"}};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		json_t *json = json_loads(full_text, 0, NULL);
		struct error err;
		struct outer back;

		json_object_set_new(json, rows[i][0], json_of(rows[i][1]));
		json_object_set_new(json, "unknown", json_true());
		assert_int_equal(read_outer(json, &back, &err), 0);
		json_decref(json);
	}
}

/* What a reader refuses is not written. */
static void test_texts_are_cleaned_and_numbers_bounded(void **state)
{
	struct outer value = full, back;
	struct error err;
	json_t *json;

	(void)state;
	memcpy(value.text, "a\x1b\xff\x7f\xc3\xbc", 7);
	value.u64 = UINT64_MAX;
	value.inner.part.state = PART_FAILED;
	error_set(&value.inner.part.error, ERROR_IO, "line\n\xe2\x80");
	json = record_write(&outer_record, &value);
	assert_int_equal(read_outer(json, &back, &err), 0);
	assert_string_equal(back.text, "a???\xc3\xbc");
	assert_int_equal(back.u64, INT64_MAX);
	assert_string_equal(back.inner.part.error.message, "line???");
	json_decref(json);
}

static void test_parse(void **state)
{
	static const struct {
		const char *text;
		size_t max;
		int rc;
		const char *message;
	} rows[] = {
		{"{}", 2, 0, ""},
		{"{}", 1, -ERROR_TOO_LARGE, "2 bytes of JSON, at most 1 are read"},
		{"[]", 9, -ERROR_MALFORMED, "JSON, but not an object"},
		{"", 9, -ERROR_MALFORMED, "not JSON: line 1 column 0: "},
		{"{\n\"a\":}", 9, -ERROR_MALFORMED, "not JSON: line 2 column 5: "},
		{"{} {}", 9, -ERROR_MALFORMED, "not JSON: line 1 column 4: "},
		{"{\"a\":1,\"a\":1}", 99, -ERROR_MALFORMED, "duplicate object key"},
		{"{\"a\":{\"b\":1,\"b\":1}}", 99, -ERROR_MALFORMED, "duplicate object key"},
		{"{\"a\":\"\\u0000\"}", 99, -ERROR_MALFORMED, "\\u0000 is not allowed"},
		{"{\"a\":\"\xff\"}", 99, -ERROR_MALFORMED, "unable to decode byte 0xff"},
		{"{\"a\":99999999999999999999}", 99, -ERROR_MALFORMED, "too big integer"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		json_t *json = NULL;
		struct error err = {0};

		assert_int_equal(json_text_parse(rows[i].text, strlen(rows[i].text), rows[i].max,
					 &json, &err),
			rows[i].rc);
		assert_int_equal(json != NULL, !rows[i].rc);
		assert_non_null(strstr(err.message, rows[i].message));
		json_decref(json);
	}
	{
		json_t *json = NULL;
		struct error err;

		assert_int_equal(json_text_parse(NULL, 0, 9, &json, &err), -ERROR_MALFORMED);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_kind_is_written_and_read_back),
		cmocka_unit_test(test_indented_is_the_same_document),
		cmocka_unit_test(test_failed_and_absent_parts),
		cmocka_unit_test(test_errors_of_parts),
		cmocka_unit_test(test_refusals_name_the_place),
		cmocka_unit_test(test_bounds_are_reached),
		cmocka_unit_test(test_texts_are_cleaned_and_numbers_bounded),
		cmocka_unit_test(test_parse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
