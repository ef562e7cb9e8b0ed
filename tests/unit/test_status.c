/* SPDX-License-Identifier: BSD-2-Clause */
/* The status for programs, whose parsers nothing in the evidence may mislead. */
#include "tests/unit/unit.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/status/outcome.h"
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

typedef void print_function(struct buf *to, const struct evidence *evidence,
	const struct checks *checks, const struct service_word *service);

/* What `print` makes of the changed sample and of what the service said. The caller frees it. */
static char *print_with(
	print_function *how, void (*change)(struct evidence *), const struct service_word *service)
{
	EVIDENCE_SCOPED *evidence = sample_evidence();
	const struct checks_options options = {0};
	struct checks checks;
	struct buf text = {0};

	change(evidence);
	checks_run(evidence, &options, &checks);
	how(&text, evidence, &checks, service);
	assert_false(text.failed);
	assert_int_equal(strlen((char *)text.data), text.len);
	return (char *)text.data;
}

static char *print(print_function *how, void (*change)(struct evidence *))
{
	return print_with(how, change, NULL);
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

static void print_json(struct buf *to, const struct evidence *evidence, const struct checks *checks,
	const struct service_word *service)
{
	json_t *json = status_json(evidence, checks, service);

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
		assert_string_equal(text_at(json, "version"), "1.1");
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

/* --- What the service said --- */

#define NOW UINT64_C(1795421131) /* of the sample */

static struct service_word said(enum continuity continuity, enum reason_code reason)
{
	struct service_word service = {.has_verdict = true, .iat = NOW - 90};

	continuity_conclude(&service.verdict, continuity, EVENT_NONE, reason, "so it is");
	service.said.compared = service.iat;
	service.said.next = NOW + 240;
	service.said.health = VERDICT_AFFIRMING;
	return service;
}

static void replace(struct service_word *service)
{
	*service = said(CONTINUITY_REPLACED, REASON_EK_CHANGED);
}

static void leave(struct service_word *service)
{
	(void)service;
}

static void see_first(struct service_word *service)
{
	*service = said(CONTINUITY_FIRST_SEEN, REASON_FIRST_SEEN);
}

static void come_from_other_vm(struct service_word *service)
{
	replace(service);
	service->is_of_other_vm = true;
	snprintf(service->said.fault, sizeof(service->said.fault), "no");
}

static void lack_baseline(struct service_word *service)
{
	snprintf(service->said.fault, sizeof(service->said.fault), "baseline.json: denied");
}

static void fall_silent(struct service_word *service)
{
	service->said.next = NOW - 121;
}

static void be_late(struct service_word *service)
{
	service->said.next = NOW - 120;
}

static void end(struct service_word *service)
{
	service->said.next = 0;
	service->said.ended = NOW - 121;
}

static void end_and_boot(struct service_word *service)
{
	end(service);
	service->is_before_boot = true;
}

static void end_just_now(struct service_word *service)
{
	end(service);
	service->said.ended = NOW - 120;
}

static void promise_nothing(struct service_word *service)
{
	service->said.next = 0;
}

static void promise_by_another_clock(struct service_word *service)
{
	service->said.next = NOW + STATE_NEXT_MAX_S + 121;
}

static void be_readable(struct service_word *service)
{
	service->is_public = false;
}

static void busy(struct evidence *e)
{
	missing(e);
	SAMPLE_FAIL(&e->session, ERROR_DEVICE_BUSY, "/dev/tpm0: busy");
}

static void set_clock_back(struct service_word *service)
{
	service->iat = NOW + 121;
}

static void find_unhealthy(struct service_word *service)
{
	service->said.health = VERDICT_WARNING;
	snprintf(service->said.check, sizeof(service->said.check), "lockout");
}

static void restart(struct service_word *service)
{
	service->is_before_boot = true;
}

static void replace_and_fail(struct service_word *service)
{
	replace(service);
	lack_baseline(service);
}

/* The worse of health and of what the service said; where nobody may ask the TPM, what it said. */
static void test_outcome(void **state)
{
	static const struct {
		void (*change)(struct evidence *);
		void (*say)(struct service_word *);
		enum verdict_status status;
		const char *badge, *reason, *sentence;
	} rows[] = {
		{healthy, leave, VERDICT_AFFIRMING, "healthy", NULL,
			"the vTPM is present, working and still the same one, as the service found "
			"90 s ago"},
		{healthy, restart, VERDICT_AFFIRMING, "healthy", NULL,
			"the vTPM is present and working"},
		{healthy, see_first, VERDICT_AFFIRMING, "healthy", NULL,
			"the vTPM is present and working, and the service took it as its baseline "
			"90 s ago"},
		{healthy, replace, VERDICT_CONTRAINDICATED, "replaced", "ek-changed",
			"this is another vTPM, as the service found 90 s ago"},
		{healthy, come_from_other_vm, VERDICT_AFFIRMING, "healthy", NULL,
			"the vTPM is present and working"},
		{healthy, lack_baseline, VERDICT_NONE, "unknown", "service-failed",
			"the service cannot compare: baseline.json: denied"},
		{healthy, replace_and_fail, VERDICT_CONTRAINDICATED, "replaced", "ek-changed",
			"this is another vTPM, as the service found 90 s ago"},
		{healthy, fall_silent, VERDICT_WARNING, "warning", "service-overdue",
			"the service does not compare any more: it did last 90 s ago"},
		{healthy, be_late, VERDICT_AFFIRMING, "healthy", NULL, NULL},
		{healthy, end, VERDICT_WARNING, "warning", "service-ended",
			"the service was stopped 2 min ago and compares no more"},
		{healthy, end_and_boot, VERDICT_AFFIRMING, "healthy", NULL, NULL},
		{healthy, end_just_now, VERDICT_AFFIRMING, "healthy", NULL, NULL},
		{healthy, promise_nothing, VERDICT_AFFIRMING, "healthy", NULL, NULL},
		{healthy, set_clock_back, VERDICT_WARNING, "warning", "clock-set-back", NULL},
		/* The checks' own, unless the service has worse to say. */
		{broken, leave, VERDICT_CONTRAINDICATED, "broken", "self-test", NULL},
		{broken, replace, VERDICT_CONTRAINDICATED, "broken", "self-test", NULL},
		{hostile, lack_baseline, VERDICT_NONE, "unknown", "service-failed", NULL},
		{missing, see_first, VERDICT_CONTRAINDICATED, "broken", "device", NULL},
		/* Who may not ask is told. */
		{denied, leave, VERDICT_AFFIRMING, "healthy", NULL, NULL},
		{denied, replace, VERDICT_CONTRAINDICATED, "replaced", "ek-changed", NULL},
		{denied, find_unhealthy, VERDICT_WARNING, "warning", "lockout",
			"check lockout did not pass, as the service found 90 s ago"},
		{denied, fall_silent, VERDICT_NONE, "unknown", "device", NULL},
		{denied, set_clock_back, VERDICT_NONE, "unknown", "device", NULL},
		{denied, end, VERDICT_NONE, "unknown", "device", NULL},
		{denied, end_just_now, VERDICT_NONE, "unknown", "device", NULL},
		{denied, promise_nothing, VERDICT_NONE, "unknown", "device", NULL},
		{denied, promise_by_another_clock, VERDICT_NONE, "unknown", "device", NULL},
		/* Something is wrong with it, for whoever may ask. */
		{denied, be_readable, VERDICT_NONE, "unknown", "device", NULL},
		{busy, leave, VERDICT_NONE, "unknown", "device", NULL},
		{denied, restart, VERDICT_NONE, "unknown", "device", NULL},
		{denied, lack_baseline, VERDICT_NONE, "unknown", "device", NULL},
		{denied, come_from_other_vm, VERDICT_NONE, "unknown", "device", NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct service_word service = said(CONTINUITY_CONTINUOUS, REASON_SAME_TPM);
		EVIDENCE_SCOPED *evidence = sample_evidence();
		struct status_outcome outcome;
		struct checks checks;
		bool is_right;

		service.is_public = true;
		rows[i].change(evidence);
		evidence->iat = NOW;
		rows[i].say(&service);
		checks_run(evidence, &(struct checks_options){0}, &checks);
		status_decide(evidence, &checks, &service, &outcome);
		is_right = outcome.status == rows[i].status &&
			   strcmp(outcome.badge, rows[i].badge) == 0 &&
			   !outcome.reason == !rows[i].reason;
		if (is_right && rows[i].reason)
			is_right = strcmp(outcome.reason, rows[i].reason) == 0;
		if (is_right && rows[i].sentence)
			is_right = strcmp(outcome.sentence, rows[i].sentence) == 0;
		if (!is_right)
			fail_msg("row %zu: %s (%s): %s", i, outcome.badge,
				outcome.reason ? outcome.reason : "", outcome.sentence);
	}
}

static void test_service_in_each_form(void **state)
{
	struct service_word service = said(CONTINUITY_REPLACED, REASON_EK_CHANGED);
	char *text = print_with(status_nagios, healthy, &service);
	json_t *json;

	(void)state;
	assert_ptr_equal(strstr(text, "VTPM CRITICAL - this is another vTPM, as the service found "
				      "90 s ago | checks_failed=0;;0 checks_warned=0;0 "
				      "verdict_age=90s "),
		text);
	free(text);
	text = print_with(status_prometheus, healthy, &service);
	assert_non_null(metric_of(text, "vtpm_status 2\n"));
	assert_non_null(metric_of(text, "vtpm_health 0\n"));
	assert_non_null(metric_of(text, "vtpm_continuity{state=\"replaced\"} 1\n"));
	assert_non_null(metric_of(text, "vtpm_continuity{state=\"continuous\"} 0\n"));
	assert_non_null(metric_of(text, "vtpm_verdict_timestamp_seconds 1795421041\n"));
	assert_non_null(metric_of(text, "vtpm_service_overdue 0\n"));
	free(text);
	text = print_with(print_json, healthy, &service);
	json = json_loads(text, 0, NULL);
	assert_string_equal(text_at(json, "status"), "contraindicated");
	assert_string_equal(text_at(json, "health"), "affirming");
	assert_string_equal(text_at(json, "continuity"), "replaced");
	assert_string_equal(text_at(json_object_get(json, "service"), "sentence"), "so it is");
	json_decref(json);
	free(text);
	/* Nobody's metrics are worse for what came with another VM's image. */
	service.is_of_other_vm = true;
	text = print_with(status_prometheus, healthy, &service);
	assert_null(strstr(text, "vtpm_continuity"));
	assert_non_null(metric_of(text, "vtpm_status 0\n"));
	free(text);
}

static void test_age(void **state)
{
	static const struct {
		uint64_t then;
		const char *text;
	} rows[] = {{1000001, "0 s ago"}, {1000000, "0 s ago"}, {999881, "119 s ago"},
		{999880, "2 min ago"}, {992801, "119 min ago"}, {992800, "2 h ago"},
		{827201, "47 h ago"}, {827200, "2 days ago"}};
	char age[32];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_string_equal(status_age(1000000, rows[i].then, age), rows[i].text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nagios),
		cmocka_unit_test(test_prometheus),
		cmocka_unit_test(test_prometheus_form),
		cmocka_unit_test(test_prometheus_quotes_labels),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_outcome),
		cmocka_unit_test(test_service_in_each_form),
		cmocka_unit_test(test_age),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
