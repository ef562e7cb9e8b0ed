/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Allocation failures: each operation is run with its first allocation failing, then its second,
 * until one run needs no more than that. Every run ends in a clean error or in the whole result;
 * the sanitizers see to it that nothing leaks. Once with that one allocation failing and what comes
 * after succeeding, once with everything failing from there on.
 */
#include "tests/unit/unit.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/status/status.h"
#include "console/page.h"
#include "console/page_text.h"
#include "core/base64.h"
#include "core/evidence/properties.h"
#include "core/json/text.h"
#include "core/measured/eventlog.h"
#include "core/signed/attest.h"
#include "core/signed/quote.h"
#include "core/verdict/json.h"
#include "core/verdict/judge.h"
#include "tests/unit/fixture/data.h"
#include "tests/unit/fixture/forge.h"
#include "tests/unit/fixture/sample.h"
#include "tests/unit/fixture/shortage.h"

/* --- what is run --- */

static struct evidence *sample, *baseline;
static struct checks sample_checks;
static struct page sample_page;
static json_t *sample_json;
static uint8_t *document, *log_bytes, *certificate;
static size_t document_len, log_len, certificate_len;

/* Leaves its result, as bytes that can be compared, in `ret`; false for a clean failure. */
typedef bool operation(struct buf *ret);

/* The text of a JSON value, after the allocations that count; steals it. */
static bool take_json(json_t *json, struct buf *ret)
{
	shortage_end();
	if (!json)
		return false;
	json_text_print(ret, json, false);
	json_decref(json);
	return true;
}

/* The bytes of a result that needs none of its own. */
static bool take_bytes(int rc, const void *bytes, size_t len, struct buf *ret)
{
	shortage_end();
	if (rc)
		return false;
	buf_append(ret, bytes, len);
	return true;
}

/* What was written to a buffer that has not failed. */
static bool take_buf(struct buf *from, struct buf *ret)
{
	bool is_whole = !from->failed;

	shortage_end();
	if (is_whole)
		buf_append(ret, from->data, from->len);
	buf_free(from);
	return is_whole;
}

static bool run_evidence_to_json(struct buf *ret)
{
	return take_json(evidence_to_json(sample), ret);
}

static bool run_json_text_print(struct buf *ret)
{
	struct buf text = {0};

	json_text_print(&text, sample_json, true);
	return take_buf(&text, ret);
}

static bool run_evidence_parse(struct buf *ret)
{
	struct evidence *evidence = NULL;
	struct error err = {0};
	int rc = evidence_parse(document, document_len, &evidence, &err);
	bool is_whole;

	if (rc)
		assert_int_equal(rc, -ERROR_NO_MEMORY);
	is_whole = take_bytes(rc, evidence, sizeof(*evidence), ret);
	evidence_free(evidence);
	return is_whole;
}

static bool run_base64(struct buf *ret)
{
	struct buf text = {0};

	base64_encode(&text, document, document_len);
	return take_buf(&text, ret);
}

/* Checks allocate nothing: short of memory, a TPM looks no different. */
static bool run_checks(struct buf *ret)
{
	struct checks checks;

	checks_run(sample, &(struct checks_options){0}, &checks);
	for (size_t i = 0; i < checks.count; i++)
		checks.items[i].id = checks.items[i].title = NULL;
	return take_bytes(0, &checks, sizeof(checks), ret);
}

static bool run_checks_to_json(struct buf *ret)
{
	return take_json(checks_to_json(&sample_checks), ret);
}

static bool run_properties_to_json(struct buf *ret)
{
	struct properties properties;

	properties_decode(sample, &properties);
	return take_json(properties_to_json(&properties), ret);
}

static bool run_status_json(struct buf *ret)
{
	return take_json(status_json(sample, &sample_checks, NULL), ret);
}

static bool run_nagios(struct buf *ret)
{
	struct buf text = {0};

	status_nagios(&text, sample, &sample_checks, NULL);
	return take_buf(&text, ret);
}

static bool run_prometheus(struct buf *ret)
{
	struct buf text = {0};

	status_prometheus(&text, sample, &sample_checks, NULL);
	return take_buf(&text, ret);
}

static bool run_page_text(struct buf *ret)
{
	const struct platform_terminal terminal = {
		.has_colour = true, .has_utf8 = true, .columns = 80};
	struct buf text = {0};

	page_text(&text, &sample_page, &terminal);
	return take_buf(&text, ret);
}

static bool run_eventlog(struct buf *ret)
{
	struct eventlog log;
	struct error err = {0};
	int rc;

	memset(&log, 0, sizeof(log));
	rc = eventlog_replay(log_bytes, log_len, NULL, NULL, &log, &err);
	if (rc) /* a log is not malformed, nor a bank unknown, for want of memory */
		assert_true(rc == -ERROR_NO_MEMORY || rc == -ERROR_CRYPTO);
	return take_bytes(rc, &log, sizeof(log), ret);
}

static bool run_certificate(struct buf *ret)
{
	struct crypto_certificate read;
	struct error err = {0};
	int rc = crypto_certificate_read(certificate, certificate_len, &read, &err);

	if (rc) /* one that is malformed is passed over */
		assert_true(rc == -ERROR_NO_MEMORY || rc == -ERROR_CRYPTO);
	return take_bytes(rc, &read, sizeof(read), ret);
}

static bool run_quote_verify(struct buf *ret)
{
	struct attest_quote quote;
	struct error err = {0};
	int rc = quote_verify(sample, NULL, 0, &quote, &err);

	if (rc)
		assert_true(rc == -ERROR_NO_MEMORY || rc == -ERROR_CRYPTO);
	return take_bytes(rc, &quote, sizeof(quote), ret);
}

/* Without memory nothing is verified, and nobody is accused. */
static bool run_continuity(struct buf *ret)
{
	struct verdict verdict;

	continuity_judge(baseline, sample, EVENT_NONE, NULL, 0, &verdict);
	shortage_end();
	if (verdict.continuity == CONTINUITY_UNVERIFIED) {
		assert_int_equal(verdict.status, VERDICT_NONE);
		return false;
	}
	return take_json(verdict_to_json(&verdict), ret);
}

static bool run_verdict_to_json(struct buf *ret)
{
	static struct verdict verdict;

	if (!verdict.reason_count) {
		bool was_on = shortage_pause();

		continuity_judge(baseline, sample, EVENT_NONE, NULL, 0, &verdict);
		shortage_resume(was_on);
	}
	return take_json(verdict_to_json(&verdict), ret);
}

static const struct {
	const char *name;
	operation *run;
	size_t least; /* allocations it is known to make */
} operations[] = {
	{"evidence_to_json", run_evidence_to_json, 100},
	{"json_text_print", run_json_text_print, 5},
	{"evidence_parse", run_evidence_parse, 100},
	{"base64_encode", run_base64, 1},
	{"checks_run", run_checks, 0},
	{"checks_to_json", run_checks_to_json, 20},
	{"properties_to_json", run_properties_to_json, 20},
	{"status_json", run_status_json, 100},
	{"status_nagios", run_nagios, 2},
	{"status_prometheus", run_prometheus, 10},
	{"page_text", run_page_text, 50},
	{"eventlog_replay", run_eventlog, 10},
	{"crypto_certificate_read", run_certificate, 10},
	{"quote_verify", run_quote_verify, 10},
	{"continuity_judge", run_continuity, 10},
	{"verdict_to_json", run_verdict_to_json, 5},
};

/* Runs it with `succeeding` allocations before failure. */
static bool run_failing(operation *run, size_t succeeding, bool fails_on, struct buf *ret)
{
	bool is_whole;

	shortage_begin(succeeding, fails_on);
	is_whole = run(ret);
	shortage_end();
	return is_whole;
}

static void test_every_operation(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(operations) * 2; i++) {
		operation *run = operations[i / 2].run;
		BUF_SCOPED whole = {0};
		bool fails_on = i % 2;
		size_t n = 0;

		/* Twice: the libraries keep what they set up at first use. */
		run(&whole);
		buf_free(&whole);
		assert_true(run(&whole));
		do {
			BUF_SCOPED result = {0};
			bool is_same;

			if (!run_failing(run, n++, fails_on, &result)) {
				assert_true(shortage_has_struck());
				continue;
			}
			is_same = result.len == whole.len &&
				  memcmp(result.data, whole.data, whole.len) == 0;
			if (!is_same)
				fail_msg("%s: another result when allocation %zu fails%s",
					operations[i / 2].name, n,
					fails_on ? " and all after" : "");
		} while (shortage_has_struck());
		if (n - 1 < operations[i / 2].least)
			fail_msg("%s: only %zu allocations were seen to fail",
				operations[i / 2].name, n - 1);
	}
}

static int setup(void **state)
{
	const struct forge tpm = forge_tpm(1);
	struct buf text = {0};

	(void)state;
	sample = forge_evidence(1);
	baseline = forge_evidence(1);
	sample->clock.clock_ms += 1000;
	sample->clock.time_ms += 1000;
	sample->clock.uptime_ms += 1000;
	*sample_property(sample, TCG_PT_LOCKOUT_COUNTER) = 2;
	SAMPLE_FAIL(&sample->self_test, ERROR_TPM_RC, "TPM2_GetTestResult: g\xc3\xbc no");
	forge_beacon(sample, 7, true);
	forge_quote(sample, &tpm);
	checks_run(sample, &(struct checks_options){0}, &sample_checks);
	status_page_build(sample, &sample_checks, NULL, NULL, &sample_page);
	sample_json = evidence_to_json(sample);
	json_text_print(&text, sample_json, false);
	document = text.data;
	document_len = text.len;
	log_bytes = data_read("eventlog/ovmf-four-banks.bin", &log_len);
	certificate = data_read("certificates/p256.der", &certificate_len);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	evidence_free(sample);
	evidence_free(baseline);
	json_decref(sample_json);
	free(document);
	free(log_bytes);
	free(certificate);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_operation),
	};

	/* First of all: neither library may have allocated anything yet. */
	if (!shortage_prepare())
		return 1;
	json_set_alloc_funcs(malloc, free);
	return cmocka_run_group_tests(tests, setup, teardown);
}
