/* SPDX-License-Identifier: BSD-2-Clause */
/* A document from anybody, and everything that is made of one. */
#include <jansson.h>
#include <string.h>

#include "agent/status/status.h"
#include "console/page.h"
#include "console/page_text.h"
#include "core/json/text.h"
#include "core/signed/quote.h"
#include "core/verdict/json.h"
#include "core/verdict/judge.h"
#include "tests/fuzz/fuzz.h"

/* What was read can be written, and is then read as the same. */
static void check_round_trip(const struct evidence *evidence)
{
	json_t *json = evidence_to_json(evidence);
	EVIDENCE_SCOPED *again = NULL;
	BUF_SCOPED text = {0};
	struct error err = {0};

	FUZZ_ASSERT(json);
	json_text_print(&text, json, false);
	json_decref(json);
	FUZZ_ASSERT(!text.failed);
	/* Escapes are written shorter than they may be read: never longer than the bound, though.
	 */
	FUZZ_ASSERT(evidence_parse(text.data, text.len, &again, &err) == 0);
	FUZZ_ASSERT(memcmp(again, evidence, sizeof(*again)) == 0);
}

static void check_page(const struct evidence *evidence, const struct checks *checks)
{
	static struct page page;
	const struct platform_terminal terminal = {.is_terminal = true, .columns = 80};
	BUF_SCOPED text = {0};
	size_t column = 0;

	status_page_build(evidence, checks, NULL, NULL, &page);
	FUZZ_ASSERT(page.row_count < PAGE_ROWS_MAX);
	page_text(&text, &page, &terminal);
	FUZZ_ASSERT(!text.failed);
	for (size_t i = 0; i < text.len; i++) {
		column = text.data[i] == '\n' ? 0 : column + 1;
		/* Only a word that has no room is wider. */
		FUZZ_ASSERT(column <= 80 || text.data[i] != ' ');
		FUZZ_ASSERT(text.data[i] == '\n' || (text.data[i] >= ' ' && text.data[i] <= '~'));
	}
}

static void check_status(const struct evidence *evidence, const struct checks *checks)
{
	json_t *json = status_json(evidence, checks, NULL);
	BUF_SCOPED nagios = {0};
	BUF_SCOPED prometheus = {0};

	FUZZ_ASSERT(json);
	json_decref(json);
	status_nagios(&nagios, evidence, checks, NULL);
	status_prometheus(&prometheus, evidence, checks, NULL);
	FUZZ_ASSERT(!nagios.failed && !prometheus.failed);
	for (size_t i = 0; i < nagios.len; i++)
		FUZZ_ASSERT(
			nagios.data[i] == '\n' || (nagios.data[i] >= ' ' && nagios.data[i] <= '~'));
}

static void check_verdict(const struct evidence *evidence)
{
	struct attest_quote quote;
	struct verdict verdict;
	struct error err = {0};
	json_t *json;

	continuity_judge(evidence, evidence, EVENT_LIVE_MIGRATION, NULL, 0, &verdict);
	FUZZ_ASSERT(verdict.reason_count > 0 && verdict.reason_count <= VERDICT_REASONS_MAX);
	FUZZ_ASSERT(verdict.status != VERDICT_AFFIRMING); /* its own quote proves nothing new */
	FUZZ_ASSERT(
		!verdict.is_quote_verified || quote_verify(evidence, NULL, 0, &quote, &err) == 0);
	json = verdict_to_json(&verdict);
	FUZZ_ASSERT(json);
	json_decref(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	EVIDENCE_SCOPED *evidence = NULL;
	struct error err = {0};
	struct checks checks;
	int rc = evidence_parse(data, size, &evidence, &err);

	if (rc) {
		FUZZ_ASSERT(rc == -(int)err.code && err.message[0] && !evidence);
		return 0;
	}
	check_round_trip(evidence);
	checks_run(evidence, &(struct checks_options){.expect_model = "tpm-crb"}, &checks);
	FUZZ_ASSERT(checks.count > 0);
	for (size_t i = 0; i < checks.count; i++)
		FUZZ_ASSERT(checks.items[i].sentence[0]);
	check_page(evidence, &checks);
	check_status(evidence, &checks);
	check_verdict(evidence);
	return 0;
}
