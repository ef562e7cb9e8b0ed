/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/evidence/evidence.h"
#include "core/json/text.h"
#include "tests/unit/fixture/data.h"
#include "tests/unit/fixture/sample.h"

static void print(struct buf *to, const struct evidence *evidence)
{
	json_t *json = evidence_to_json(evidence);

	assert_non_null(json);
	json_text_print(to, json, false);
	json_decref(json);
	assert_false(to->failed);
}

/* Writes and reads; the caller frees the result. */
static struct evidence *pass_through(const struct evidence *evidence)
{
	struct evidence *back = NULL;
	BUF_SCOPED text = {0};
	struct error err = {0};

	print(&text, evidence);
	if (evidence_parse(text.data, text.len, &back, &err))
		fail_msg("%s", err.message);
	return back;
}

static void test_every_field_comes_back(void **state)
{
	EVIDENCE_SCOPED *evidence = sample_evidence();
	EVIDENCE_SCOPED *back = pass_through(evidence);

	(void)state;
	assert_memory_equal(back, evidence, sizeof(*evidence));
}

static void test_the_largest_document_comes_back(void **state)
{
	EVIDENCE_SCOPED *evidence = sample_largest();
	EVIDENCE_SCOPED *back = pass_through(evidence);

	(void)state;
	assert_memory_equal(back, evidence, sizeof(*evidence));
}

static void test_an_empty_document_comes_back(void **state)
{
	EVIDENCE_SCOPED *evidence = evidence_new();
	EVIDENCE_SCOPED *back = pass_through(evidence);

	(void)state;
	assert_memory_equal(back, evidence, sizeof(*evidence));
}

static void test_a_real_document_is_written_as_it_was_read(void **state)
{
	EVIDENCE_SCOPED *evidence = NULL;
	struct error err;
	size_t len;
	uint8_t *text = data_read("evidence/swtpm.json", &len);
	json_t *before = json_loadb((char *)text, len, 0, NULL), *after;

	(void)state;
	assert_int_equal(evidence_parse(text, len, &evidence, &err), 0);
	after = evidence_to_json(evidence);
	assert_true(json_equal(before, after));
	assert_int_equal(evidence->eks.keys.count, 3);
	assert_int_equal(evidence->smbios.part.error.code, ERROR_NOT_FOUND);
	json_decref(after);
	json_decref(before);
	free(text);
}

static void test_the_version_comes_first(void **state)
{
	EVIDENCE_SCOPED *evidence = sample_evidence();
	static const char begin[] =
		"{\"format\":\"vtpm-evidence\",\"version\":\"1.1\",\"agent\":\"0.1.0\",";
	BUF_SCOPED text = {0};

	(void)state;
	print(&text, evidence);
	assert_memory_equal(text.data, begin, strlen(begin));
}

struct one_part {
	size_t wanted;
	const char *name;
	size_t offset;
	const void *from;
};

static bool pick(const char *name, const struct record_part *part, void *context)
{
	struct one_part *one = context;

	one->name = name;
	one->offset = (size_t)((const uint8_t *)part - (const uint8_t *)one->from);
	return one->wanted-- > 0;
}

/* Each part in turn, failed and then absent: that one comes back so, the others as they were. */
static void test_each_part_failed_and_absent(void **state)
{
	size_t seen = 0;

	(void)state;
	for (size_t i = 0;; i++) {
		EVIDENCE_SCOPED *evidence = sample_evidence();
		struct one_part one = {.wanted = i, .from = evidence};
		struct record_part *part;
		struct evidence *back;

		evidence_visit_parts(evidence, pick, &one);
		if (one.wanted != SIZE_MAX)
			break;
		seen++;
		part = (struct record_part *)((uint8_t *)evidence + one.offset);
		part->state = PART_FAILED;
		error_set(&part->error, ERROR_TPM_RC, "%s: no", one.name);
		part->error.rc = 0x922;
		back = pass_through(evidence);
		part = (struct record_part *)((uint8_t *)back + one.offset);
		assert_int_equal(part->state, PART_FAILED);
		assert_int_equal(part->error.rc, 0x922);
		assert_memory_equal(part->error.message, one.name, strlen(one.name));
		evidence_free(back);

		part = (struct record_part *)((uint8_t *)evidence + one.offset);
		*part = (struct record_part){0};
		back = pass_through(evidence);
		part = (struct record_part *)((uint8_t *)back + one.offset);
		assert_int_equal(part->state, PART_ABSENT);
		evidence_free(back);
	}
	assert_int_equal(seen, 22);
}

/* --- documents with one thing changed --- */

/* Replaces what `path` ("a/b/0/c") names; NULL takes it out. Steals `value`. */
static void edit(json_t *root, const char *path, json_t *value)
{
	char copy[128], *name = copy, *slash;
	json_t *at = root;

	snprintf(copy, sizeof(copy), "%s", path);
	while ((slash = strchr(name, '/'))) {
		*slash = 0;
		at = json_is_array(at) ? json_array_get(at, strtoul(name, NULL, 10))
				       : json_object_get(at, name);
		assert_non_null(at);
		name = slash + 1;
	}
	if (!value)
		assert_int_equal(json_object_del(at, name), 0);
	else if (json_is_array(at))
		assert_int_equal(json_array_set_new(at, strtoul(name, NULL, 10), value), 0);
	else
		assert_int_equal(json_object_set_new(at, name, value), 0);
}

static int parse_edited(const char *path, json_t *value, struct error *err)
{
	EVIDENCE_SCOPED *evidence = sample_evidence();
	json_t *json = evidence_to_json(evidence);
	EVIDENCE_SCOPED *back = NULL;
	BUF_SCOPED text = {0};
	int rc;

	edit(json, path, value);
	json_text_print(&text, json, false);
	json_decref(json);
	*err = (struct error){0};
	rc = evidence_parse(text.data, text.len, &back, err);
	assert_int_equal(back == NULL, rc != 0);
	return rc;
}

static void test_versions(void **state)
{
	static const struct {
		const char *version;
		int rc;
	} rows[] = {
		{"1.0", 0},
		{"1.1", 0},
		{"1.999", 0},
		{"0.9", -ERROR_UNSUPPORTED},
		{"2.0", -ERROR_UNSUPPORTED},
		{"11.0", -ERROR_UNSUPPORTED},
		{"1", -ERROR_MALFORMED},
		{"1.", -ERROR_MALFORMED},
		{".0", -ERROR_MALFORMED},
		{"", -ERROR_MALFORMED},
		{"1.0.0", -ERROR_MALFORMED},
		{"1.0 ", -ERROR_MALFORMED},
		{" 1.0", -ERROR_MALFORMED},
		{"1. 0", -ERROR_MALFORMED},
		{"+1.0", -ERROR_MALFORMED},
		{"1.-1", -ERROR_MALFORMED},
		{"1.+1", -ERROR_MALFORMED},
		{"01.0", -ERROR_MALFORMED},
		{"1.00", -ERROR_MALFORMED},
		{"1.1000", -ERROR_MALFORMED},
		{"1000.0", -ERROR_MALFORMED},
		{"1,0", -ERROR_MALFORMED},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct error err;
		int rc = parse_edited("version", json_string(rows[i].version), &err);

		if (rc != rows[i].rc)
			fail_msg("version %s: %s", rows[i].version, err.message);
		if (rc)
			assert_non_null(strstr(err.message, "evidence: version: "));
	}
}

/* A minor version that is not ours stays what it was. */
static void test_a_newer_minor_version_is_kept(void **state)
{
	EVIDENCE_SCOPED *evidence = sample_evidence();
	struct evidence *back;

	(void)state;
	evidence->minor = 7;
	back = pass_through(evidence);
	assert_int_equal(back->minor, 7);
	evidence_free(back);
}

static void test_unknown_members_are_ignored(void **state)
{
	static const char *const paths[] = {"new", "guest/new", "device/raw/new", "eks/keys/0/new",
		"certificates/certificates/1/new", "quote/new"};
	struct error err;

	(void)state;
	for (size_t i = 0; i < COUNT(paths); i++)
		assert_int_equal(parse_edited(paths[i], json_pack("{s:[n]}", "x"), &err), 0);
}

/* How many bytes, items or members fit where. */
enum bound { TEXT, HEX, BASE64, ITEMS, MEMBERS, IDS };
static const struct {
	const char *path;
	enum bound bound;
	size_t max;
} bounds[] = {
	{"agent", TEXT, 31},
	{"guest/hostname", TEXT, 255},
	{"guest/os", TEXT, 127},
	{"guest/kernel", TEXT, 127},
	{"guest/boot_id", TEXT, 36},
	{"smbios/uuid", TEXT, 36},
	{"smbios/manufacturer", TEXT, 63},
	{"smbios/product", TEXT, 63},
	{"smbios/firmware_vendor", TEXT, 63},
	{"smbios/firmware_version", TEXT, 63},
	{"device/transport", TEXT, 15},
	{"device/path", TEXT, 255},
	{"device/resource_manager/path", TEXT, 63},
	{"device/raw/access", TEXT, 15},
	{"device/model", TEXT, 31},
	{"device/driver", TEXT, 31},
	{"session/slowest", TEXT, 39},
	{"properties/values", MEMBERS, EVIDENCE_PROPERTIES_MAX},
	{"algorithms/algorithms", MEMBERS, EVIDENCE_ALGORITHMS_MAX},
	{"algorithms/curves", IDS, EVIDENCE_CURVES_MAX},
	{"self_test/data", HEX, 256},
	{"random/sha256", HEX, 64},
	{"persistent/objects", ITEMS, EVIDENCE_OBJECTS_MAX},
	{"persistent/objects/0/name", HEX, EVIDENCE_NAME_MAX},
	{"nv/indices", ITEMS, EVIDENCE_NV_MAX},
	{"nv/indices/0/name", HEX, EVIDENCE_NAME_MAX},
	{"eks/keys", ITEMS, EVIDENCE_EKS_MAX},
	{"eks/keys/1/name", HEX, EVIDENCE_NAME_MAX},
	{"eks/keys/1/public", BASE64, EVIDENCE_PUBLIC_MAX},
	{"certificates/certificates", ITEMS, EVIDENCE_CERTIFICATES_MAX},
	{"certificates/certificates/0/der", BASE64, EVIDENCE_DER_MAX},
	{"certificates/certificates/0/subject", TEXT, 255},
	{"certificates/certificates/0/issuer", TEXT, 255},
	{"certificates/certificates/0/serial", TEXT, 47},
	{"certificates/certificates/0/not_after", TEXT, 23},
	{"certificates/certificates/0/sha256", HEX, 64},
	{"srk/name", HEX, EVIDENCE_NAME_MAX},
	{"ak/hierarchy", TEXT, 15},
	{"ak/key/public", BASE64, EVIDENCE_PUBLIC_MAX},
	{"quote/eat_nonce", HEX, EVIDENCE_NONCE_MAX},
	{"quote/attest", BASE64, 1024},
	{"quote/signature", BASE64, 1024},
	{"beacon/attest", BASE64, 1024},
	{"beacon/signature", BASE64, 1024},
	{"event_log/sha256", HEX, 64},
	{"event_log/format", TEXT, 15},
};

/* A value of `count` bytes or items. */
static json_t *value_of(enum bound bound, const char *path, size_t count)
{
	EVIDENCE_SCOPED *evidence = sample_evidence();
	json_t *json, *array = json_array(), *object = json_object(), *item;
	BUF_SCOPED text = {0};
	char name[32];

	switch (bound) {
	case TEXT:
	case HEX:
		for (size_t i = 0; i < (bound == HEX ? 2 * count : count); i++)
			buf_append_text(&text, "c");
		break;
	case BASE64:
		for (size_t i = 0; i < count / 3; i++)
			buf_append_text(&text, "AbCd");
		buf_append_text(&text, (const char *[]){"", "AA==", "AAA="}[count % 3]);
		break;
	case ITEMS:
		json = evidence_to_json(evidence);
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(path, "/"), path);
		item = json_array_get(
			json_object_get(json_object_get(json, name), path + strcspn(path, "/") + 1),
			0);
		for (size_t i = 0; i < count; i++)
			json_array_append(array, item);
		json_decref(json);
		break;
	case MEMBERS:
		for (size_t i = 0; i < count; i++) {
			snprintf(name, sizeof(name), "0x%08zx", 0x8000 + i);
			json_object_set_new(object, name, json_integer((json_int_t)i));
		}
		break;
	case IDS:
		for (size_t i = 0; i < count; i++)
			json_array_append_new(array, json_string("0x00008000"));
		break;
	}
	if (bound == ITEMS || bound == IDS)
		return json_decref(object), array;
	json_decref(array);
	if (bound == MEMBERS)
		return object;
	json_decref(object);
	return json_string(text.data ? (char *)text.data : "");
}

/* "a/0/b" as an error names it: "a: item 0: b: ". */
static void place_of(const char *path, char *ret_place, size_t size)
{
	size_t used = 0;

	while (*path) {
		size_t len = strcspn(path, "/");
		bool is_index = path[0] >= '0' && path[0] <= '9';

		used += (size_t)snprintf(ret_place + used, size - used,
			"%s%.*s: ", is_index ? "item " : "", (int)len, path);
		path += len + (path[len] == '/');
	}
}

static void test_bounds(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bounds); i++) {
		char place[128], expected[160];
		struct error err;

		if (parse_edited(bounds[i].path,
			    value_of(bounds[i].bound, bounds[i].path, bounds[i].max), &err))
			fail_msg("%s", err.message);
		assert_int_equal(
			parse_edited(bounds[i].path,
				value_of(bounds[i].bound, bounds[i].path, bounds[i].max + 1), &err),
			-ERROR_TOO_LARGE);
		place_of(bounds[i].path, place, sizeof(place));
		snprintf(expected, sizeof(expected), "evidence: %s%s than %zu ", place,
			bounds[i].bound == TEXT ? "longer" : "more", bounds[i].max);
		assert_memory_equal(err.message, expected, strlen(expected));
	}
}

static json_t *unread_of(size_t count, const char *message)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(
			array, json_pack("{s:s, s:{s:s, s:s, s:s}}", "index", "0x01c0000a", "error",
				       "code", "tpm-rc", "message", message, "rc", "0x0000018b"));
	return array;
}

/* Indices that could not be read, each with its reason: kept, bounded, and missing where there are
 * none. */
static void test_unread_certificates(void **state)
{
	EVIDENCE_SCOPED *written = sample_evidence(), *read = NULL;
	struct evidence_unread *unread = &written->certificates.unread.items[0];
	json_t *json = evidence_to_json(written);
	struct error err;
	char *text;

	(void)state;
	assert_null(json_object_get(json_object_get(json, "certificates"), "unread"));
	json_decref(json);
	written->certificates.unread.count = 1;
	unread->index = 0x01c0000a;
	error_set(&unread->error, ERROR_TPM_RC, "TPM2_NV_Read: no");
	unread->error.rc = 0x18b;
	json = evidence_to_json(written);
	text = json_dumps(json, 0);
	assert_int_equal(evidence_parse(text, strlen(text), &read, &err), 0);
	assert_int_equal(read->certificates.unread.count, 1);
	assert_int_equal(read->certificates.unread.items[0].index, 0x01c0000a);
	assert_int_equal(read->certificates.unread.items[0].error.code, ERROR_TPM_RC);
	assert_int_equal(read->certificates.unread.items[0].error.rc, 0x18b);
	assert_string_equal(read->certificates.unread.items[0].error.message, "TPM2_NV_Read: no");
	free(text);
	json_decref(json);
	assert_int_equal(
		parse_edited("certificates/unread", unread_of(EVIDENCE_UNREAD_MAX, "no"), &err), 0);
	assert_int_equal(
		parse_edited("certificates/unread", unread_of(EVIDENCE_UNREAD_MAX + 1, "no"), &err),
		-ERROR_TOO_LARGE);
	assert_int_equal(parse_edited("certificates/unread",
				 json_pack("[{s:s}]", "index", "0x01c0000a"), &err),
		-ERROR_MALFORMED);
	assert_string_equal(err.message, "evidence: certificates: unread: item 0: error: missing");
}

static const char sha1_value[] = "000102030405060708090a0b0c0d0e0f10111213";

/* What is refused, and the place it names. */
static const struct {
	const char *path, *value; /* JSON with ' for "; NULL: taken out */
	enum error_code code;
	const char *message;
} refusals[] = {
	{"format", NULL, ERROR_MALFORMED, "format: not \"vtpm-evidence\""},
	{"format", "'vtpm-status'", ERROR_MALFORMED, "format: not \"vtpm-evidence\""},
	{"format", "1", ERROR_MALFORMED, "format: not \"vtpm-evidence\""},
	{"version", NULL, ERROR_MALFORMED, "version: not \"MAJOR.MINOR\""},
	{"version", "1.0", ERROR_MALFORMED, "version: not \"MAJOR.MINOR\""},
	{"iat", NULL, ERROR_MALFORMED, "iat: missing"},
	{"iat", "'now'", ERROR_MALFORMED, "iat: not an integer from 0 to 9223372036854775807"},
	{"guest", "[]", ERROR_MALFORMED, "guest: not an object"},
	{"guest", "null", ERROR_MALFORMED, "guest: not an object"},
	{"guest/hostname", "'a\\u001bb'", ERROR_MALFORMED,
		"guest: hostname: holds a control character"},
	{"guest/uptime_ms", NULL, ERROR_MALFORMED, "guest: uptime_ms: missing"},
	{"device/raw", "1", ERROR_MALFORMED, "device: raw: not an object"},
	{"device/version_major", "70000", ERROR_MALFORMED,
		"device: version_major: not an integer from 0 to 65535"},
	{"session/error", "{}", ERROR_MALFORMED, "session: error: message: not a string"},
	{"pcrs/banks", "[]", ERROR_MALFORMED, "pcrs: banks: not an object"},
	{"pcrs/banks", NULL, ERROR_MALFORMED, "pcrs: banks: missing"},
	{"pcrs/banks/sha1", "[]", ERROR_MALFORMED, "pcrs: banks: sha1: not an object"},
	{"pcrs/banks/md5", "{}", ERROR_MALFORMED, "pcrs: banks: \"md5\" is no hash algorithm"},
	{"pcrs/banks/rsa", "{}", ERROR_MALFORMED, "pcrs: banks: \"rsa\" is no hash algorithm"},
	{"pcrs/banks/0x0000000b", "{}", ERROR_MALFORMED,
		"pcrs: banks: \"0x0000000b\" is no hash algorithm"},
	{"pcrs/banks/sha1/24", "''", ERROR_MALFORMED, "pcrs: banks: sha1: \"24\" is no PCR"},
	{"pcrs/banks/sha1/00", "''", ERROR_MALFORMED, "pcrs: banks: sha1: \"00\" is no PCR"},
	{"pcrs/banks/sha1/01", "''", ERROR_MALFORMED, "pcrs: banks: sha1: \"01\" is no PCR"},
	{"pcrs/banks/sha1/+1", "''", ERROR_MALFORMED, "pcrs: banks: sha1: \"+1\" is no PCR"},
	{"pcrs/banks/sha1/1 ", "''", ERROR_MALFORMED, "pcrs: banks: sha1: \"1 \" is no PCR"},
	{"pcrs/banks/sha1/", "''", ERROR_MALFORMED, "pcrs: banks: sha1: \"\" is no PCR"},
	{"pcrs/banks/sha1/4294967296", "''", ERROR_MALFORMED,
		"pcrs: banks: sha1: \"4294967296\" is no PCR"},
	{"pcrs/banks/sha1/7", "'00'", ERROR_MALFORMED,
		"pcrs: banks: sha1: PCR 7: not 40 hexadecimal digits"},
	{"pcrs/banks/sha1/7", "'000102030405060708090a0b0c0d0e0f1011121314'", ERROR_MALFORMED,
		"pcrs: banks: sha1: PCR 7: not 40 hexadecimal digits"},
	{"pcrs/banks/sha256/7", "[]", ERROR_MALFORMED,
		"pcrs: banks: sha256: PCR 7: not 64 hexadecimal digits"},
	{"pcrs/banks/sha1/7", "'g00102030405060708090a0b0c0d0e0f10111213'", ERROR_MALFORMED,
		"pcrs: banks: sha1: PCR 7: not 40 hexadecimal digits"},
	{"eks/keys/0/type", "'dsa'", ERROR_MALFORMED,
		"eks: keys: item 0: type: not \"0x\" and 8 hexadecimal digits"},
	{"quote/attest", "'AAA'", ERROR_MALFORMED, "quote: attest: not base64"},
	{"event_log/replay/sha1/0", "''", ERROR_MALFORMED,
		"event_log: replay: sha1: PCR 0: not 40 hexadecimal digits"},
};

static json_t *json_of(const char *text)
{
	char copy[128];
	json_t *json;

	snprintf(copy, sizeof(copy), "%s", text);
	for (char *c = copy; *c; c++) {
		if (*c == '\'')
			*c = '"';
	}
	json = json_loads(copy, JSON_DECODE_ANY, NULL);
	assert_non_null(json);
	return json;
}

static void test_refusals_name_the_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(refusals); i++) {
		struct error err;
		json_t *value = refusals[i].value ? json_of(refusals[i].value) : NULL;
		char expected[160];

		assert_int_equal(
			parse_edited(refusals[i].path, value, &err), -(int)refusals[i].code);
		snprintf(expected, sizeof(expected), "evidence: %s", refusals[i].message);
		assert_string_equal(err.message, expected);
	}
}

static void test_banks_are_bounded_by_their_number(void **state)
{
	static const char *const names[] = {"sha1", "sha256", "sha384", "sha512", "sm3_256"};
	json_t *five = json_object(), *six;
	struct error err;

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++)
		json_object_set_new(five, names[i], json_object());
	json_object_set_new(json_object_get(five, "sha1"), "23", json_string(sha1_value));
	six = json_deep_copy(five);
	json_object_set_new(six, "sha3_256", json_object());
	assert_int_equal(parse_edited("pcrs/banks", five, &err), 0);
	assert_int_equal(parse_edited("pcrs/banks", six, &err), -ERROR_TOO_LARGE);
	assert_string_equal(err.message, "evidence: pcrs: banks: more than 5 banks");
}

static void test_bytes_are_bounded(void **state)
{
	EVIDENCE_SCOPED *evidence = sample_evidence();
	EVIDENCE_SCOPED *back = NULL;
	BUF_SCOPED text = {0};
	struct error err = {0};

	(void)state;
	print(&text, evidence);
	while (text.len < EVIDENCE_MAX_BYTES)
		buf_append_u8(&text, ' ');
	assert_int_equal(evidence_parse(text.data, text.len, &back, &err), 0);
	evidence_free(back);
	back = NULL;
	buf_append_u8(&text, ' ');
	assert_int_equal(evidence_parse(text.data, text.len, &back, &err), -ERROR_TOO_LARGE);
	assert_null(back);
}

/* No beginning of a document is one. */
static void test_every_truncation_is_refused(void **state)
{
	EVIDENCE_SCOPED *evidence = sample_evidence();
	EVIDENCE_SCOPED *back = NULL;
	BUF_SCOPED text = {0};
	struct error err;

	(void)state;
	print(&text, evidence);
	for (size_t len = 0; len < text.len; len++)
		assert_int_equal(evidence_parse(text.data, len, &back, &err), -ERROR_MALFORMED);
}

static void test_a_member_twice_is_refused(void **state)
{
	static const char text[] = "{\"format\":\"vtpm-evidence\",\"version\":\"1.0\",\"iat\":1,"
				   "\"guest\":{\"uptime_ms\":1,\"uptime_ms\":2}}";
	EVIDENCE_SCOPED *back = NULL;
	struct error err;

	(void)state;
	assert_int_equal(evidence_parse(text, strlen(text), &back, &err), -ERROR_MALFORMED);
	assert_non_null(strstr(err.message, "duplicate object key"));
}

static void test_properties_of_a_failed_part_are_not_believed(void **state)
{
	EVIDENCE_SCOPED *evidence = sample_evidence();
	uint32_t value = 99;

	(void)state;
	assert_true(evidence_property(evidence, TCG_PT_REVISION, &value));
	assert_int_equal(value, 164);
	assert_false(evidence_property(evidence, 0x5555, &value));
	evidence->properties.part.state = PART_FAILED;
	assert_false(evidence_property(evidence, TCG_PT_REVISION, &value));
	assert_int_equal(value, 164);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_field_comes_back),
		cmocka_unit_test(test_the_largest_document_comes_back),
		cmocka_unit_test(test_an_empty_document_comes_back),
		cmocka_unit_test(test_a_real_document_is_written_as_it_was_read),
		cmocka_unit_test(test_the_version_comes_first),
		cmocka_unit_test(test_each_part_failed_and_absent),
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_a_newer_minor_version_is_kept),
		cmocka_unit_test(test_unknown_members_are_ignored),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_unread_certificates),
		cmocka_unit_test(test_refusals_name_the_place),
		cmocka_unit_test(test_banks_are_bounded_by_their_number),
		cmocka_unit_test(test_bytes_are_bounded),
		cmocka_unit_test(test_every_truncation_is_refused),
		cmocka_unit_test(test_a_member_twice_is_refused),
		cmocka_unit_test(test_properties_of_a_failed_part_are_not_believed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
