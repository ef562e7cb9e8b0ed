/* SPDX-License-Identifier: BSD-2-Clause */
/* The status for programs, whose parsers nothing in the evidence may mislead. */
#include "tests/unit/unit.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/status/status.h"
#include "core/json/text.h"
#include "tests/unit/fixture/sample.h"

static const char evil[] = "a|b=1;2\n\"} 9\nevil 1 \\\x1b[1m\xc3\xbc\xff";

static void healthy(struct evidence *e)
{
	(void)e;
}

static void broken(struct evidence *e)
{
	*sample_property(e, TCG_PT_LOCKOUT_COUNTER) = 2;
	e->self_test.result = TCG_RC_FAILURE;
	SAMPLE_FAIL(&e->smbios, ERROR_PERMISSION, "open product_uuid: denied");
}

static void hostile(struct evidence *e)
{
	memcpy(e->device.model, evil, sizeof(evil));
	memcpy(e->device.driver, evil, sizeof(evil));
	memcpy(e->guest.hostname, evil, sizeof(evil));
	SAMPLE_FAIL(&e->random, ERROR_TPM_RC, evil);
	SAMPLE_FAIL(&e->ak, ERROR_TPM_RC, evil);
}

static void missing(struct evidence *e)
{
	size_t from = offsetof(struct evidence, session);

	memset((uint8_t *)e + from, 0, sizeof(*e) - from);
	SAMPLE_FAIL(&e->session, ERROR_DEVICE_MISSING, "/dev/tpmrm0: not there");
}

static void denied(struct evidence *e)
{
	missing(e);
	SAMPLE_FAIL(&e->session, ERROR_PERMISSION, "/dev/tpmrm0: denied");
}

typedef void print_function(
	struct buf *to, const struct evidence *evidence, const struct checks *checks);

/* What `print` makes of the changed sample. The caller frees it. */
static char *print(print_function *how, void (*change)(struct evidence *))
{
	EVIDENCE_SCOPED *evidence = sample_evidence();
	const struct checks_options options = {0};
	struct checks checks;
	struct buf text = {0};

	change(evidence);
	checks_run(evidence, &options, &checks);
	how(&text, evidence, &checks);
	assert_false(text.failed);
	assert_int_equal(strlen((char *)text.data), text.len);
	return (char *)text.data;
}

/* --- Nagios --- */

static void test_nagios(void **state)
{
	static const struct {
		void (*change)(struct evidence *);
		const char *text;
	} rows[] = {
		{healthy, "VTPM OK - 20 of 20 checks passed | checks_failed=0;;0 checks_warned=0;0 "
			  "tpm_time=0.004463s lockout_counter=0;;;0;3\n"},
		{broken, "VTPM CRITICAL - the self-test failed with 0x101 | checks_failed=1;;0 "
			 "checks_warned=1;0 "
			 "tpm_time=0.004463s lockout_counter=2;;;0;3\n"
			 "warn lockout: 2 of 3 failed authorizations\n"
			 "unknown certificate-uuid: SMBIOS UUID: open product_uuid: denied\n"},
		{missing, "VTPM CRITICAL - no TPM device: /dev/tpmrm0: not there | "
			  "checks_failed=1;;0 checks_warned=0;0\n"},
		{denied, "VTPM UNKNOWN - /dev/tpmrm0: denied | checks_failed=0;;0 "
			 "checks_warned=0;0\n"},
		{hostile,
			"VTPM WARNING - attestation key unavailable: a/b=1;2\\x0a\"} 9\\x0aevil 1 "
			"\\\\x1b[1m\\xc3\\xbc\\xff | checks_failed=0;;0 checks_warned=1;0 "
			"tpm_time=0.004463s lockout_counter=0;;;0;3\n"
			"unknown random: random numbers: a/b=1;2\\x0a\"} 9\\x0aevil 1 "
			"\\\\x1b[1m\\xc3\\xbc\\xff\n"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char *text = print(status_nagios, rows[i].change);

		assert_string_equal(text, rows[i].text);
		free(text);
	}
}

/* --- Prometheus --- */

static const char *metric_of(const char *text, const char *line)
{
	const char *at = strstr(text, line);

	return at && (at == text || at[-1] == '\n') ? at : NULL;
}

static void test_prometheus(void **state)
{
	static const struct {
		void (*change)(struct evidence *);
		const char *line;
		bool is_there;
	} rows[] = {
		{healthy, "# HELP vtpm_status 0 healthy, 1 warning, 2 broken, 3 unknown", true},
		{healthy, "# TYPE vtpm_status gauge\nvtpm_status 0\n", true},
		{healthy, "vtpm_check_result{check=\"device\"} 0\n", true},
		{healthy, "vtpm_check_result{check=\"attestation\"} 0\n", true},
		{healthy, "vtpm_collected_timestamp_seconds 1795421131\n", true},
		{healthy, "vtpm_commands 38\n", true},
		{healthy, "vtpm_commands_duration_seconds 0.004463\n", true},
		{healthy,
			"vtpm_info{manufacturer=\"IBM\",vendor=\"SW   TPM\","
			"firmware=\"8217.4131.22.13878\",model=\"tpm-crb\",ek_name=\""
			"404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f6061\"} "
			"1\n",
			true},
		{healthy, "vtpm_resets 12\n", true},
		{healthy, "vtpm_restarts 2\n", true},
		{healthy, "vtpm_clock_seconds 700000\n", true},
		{healthy, "vtpm_time_seconds 90062.5\n", true},
		{healthy, "vtpm_lockout_failures 0\n", true},
		{healthy, "vtpm_lockout_max 3\n", true},
		{healthy, "vtpm_in_lockout 0\n", true},
		{broken, "vtpm_status 2\n", true},
		{broken, "vtpm_check_result{check=\"self-test\"} 2\n", true},
		{broken, "vtpm_check_result{check=\"lockout\"} 1\n", true},
		{broken, "vtpm_check_result{check=\"certificate-uuid\"} 3\n", true},
		{missing, "vtpm_status 2\n", true},
		{missing, "vtpm_info{", false},
		{missing, "vtpm_commands ", false},
		{missing, "vtpm_resets ", false},
		{missing, "vtpm_lockout_failures ", false},
		{denied, "vtpm_status 3\n", true},
		{hostile, "evil", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char *text = print(status_prometheus, rows[i].change);

		if (!metric_of(text, rows[i].line) == rows[i].is_there)
			fail_msg("row %zu: %s", i, rows[i].line);
		free(text);
	}
}

/* Every line is a comment or NAME{LABELS} NUMBER, each family announced once before its samples. */
static void test_prometheus_form(void **state)
{
	static void (*const changes[])(struct evidence *) = {
		healthy, broken, hostile, missing, denied};

	(void)state;
	for (size_t i = 0; i < COUNT(changes); i++) {
		char *text = print(status_prometheus, changes[i]), *save = NULL, family[64] = "";
		char *line = strtok_r(text, "\n", &save);

		for (; line; line = strtok_r(NULL, "\n", &save)) {
			size_t len;
			char *end;

			for (const char *c = line; *c; c++)
				assert_true(*c >= ' ' && *c <= '~');
			if (strncmp(line, "# HELP ", 7) == 0) {
				snprintf(family, sizeof(family), "%.*s",
					(int)strcspn(line + 7, " "), line + 7);
				continue;
			}
			len = strlen(family);
			if (strncmp(line, "# TYPE ", 7) == 0) {
				assert_memory_equal(line + 7, family, len);
				assert_string_equal(line + 7 + len, " gauge");
				continue;
			}
			assert_memory_equal(line, family, len);
			assert_true(line[len] == ' ' || line[len] == '{');
			strtod(strrchr(line, ' ') + 1, &end);
			assert_int_equal(*end, 0);
		}
		free(text);
	}
}

static void test_prometheus_quotes_labels(void **state)
{
	char *text = print(status_prometheus, hostile);

	(void)state;
	/* text_escape()'s backslashes are themselves quoted, as the format wants it. */
	assert_non_null(strstr(text, "model=\"a|b=1;2\\\\x0a\\\"} 9\\\\x0aevil 1 "
				     "\\\\\\\\x1b[1m\\\\xc3\\\\xbc\\\\xff\",ek_name="));
	free(text);
}

/* --- JSON --- */

static void print_json(struct buf *to, const struct evidence *evidence, const struct checks *checks)
{
	json_t *json = status_json(evidence, checks);

	assert_non_null(json);
	json_text_print(to, json, false);
	json_decref(json);
}

static const char *text_at(const json_t *json, const char *name)
{
	return json_string_value(json_object_get(json, name));
}

static void test_json(void **state)
{
	static const struct {
		void (*change)(struct evidence *);
		const char *status, *verdict, *reason;
		int exit_code;
	} rows[] = {
		{healthy, "affirming", "healthy", NULL, 0},
		{broken, "contraindicated", "broken", "self-test", 2},
		{hostile, "warning", "warning", "attestation", 1},
		{missing, "contraindicated", "broken", "device", 2},
		{denied, "none", "unknown", "device", 3},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char *text = print(print_json, rows[i].change), *document;
		json_t *json = json_loads(text, 0, NULL);
		EVIDENCE_SCOPED *evidence = NULL;
		struct error err;

		assert_string_equal(text_at(json, "format"), "vtpm-status");
		assert_string_equal(text_at(json, "version"), "1.0");
		assert_string_equal(text_at(json, "status"), rows[i].status);
		assert_string_equal(text_at(json, "verdict"), rows[i].verdict);
		assert_int_equal(
			json_integer_value(json_object_get(json, "exit_code")), rows[i].exit_code);
		assert_int_equal(!text_at(json, "reason"), !rows[i].reason);
		if (rows[i].reason)
			assert_string_equal(text_at(json, "reason"), rows[i].reason);
		assert_true(json_array_size(json_object_get(json, "checks")) > 0);
		assert_non_null(text_at(json_object_get(json, "tpm"), "manufacturer"));
		/* The evidence inside is a document that reads as one. */
		document = json_dumps(json_object_get(json, "evidence"), 0);
		assert_int_equal(evidence_parse(document, strlen(document), &evidence, &err), 0);
		free(document);
		json_decref(json);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nagios),
		cmocka_unit_test(test_prometheus),
		cmocka_unit_test(test_prometheus_form),
		cmocka_unit_test(test_prometheus_quotes_labels),
		cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
