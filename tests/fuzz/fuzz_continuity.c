/* SPDX-License-Identifier: BSD-2-Clause */
/* Baseline and evidence, one after the other with a zero byte between; without one, evidence alone.
 */
#include <jansson.h>
#include <string.h>

#include "core/evidence/evidence.h"
#include "core/verdict/json.h"
#include "core/verdict/judge.h"
#include "tests/fuzz/fuzz.h"

static void check_text(const struct reason *reason)
{
	FUZZ_ASSERT(memchr(reason->sentence, 0, sizeof(reason->sentence)));
	FUZZ_ASSERT(reason->code > REASON_NONE && reason->code < REASON_COUNT);
}

static void check(const struct verdict *verdict, const struct evidence *baseline)
{
	json_t *json;

	FUZZ_ASSERT(verdict->reason_count >= 1 && verdict->reason_count <= VERDICT_REASONS_MAX);
	FUZZ_ASSERT((unsigned)verdict->continuity < CONTINUITY_COUNT);
	FUZZ_ASSERT(
		verdict->status != VERDICT_AFFIRMING || (verdict->is_quote_verified && baseline));
	FUZZ_ASSERT(verdict->continuity != CONTINUITY_FIRST_SEEN || !baseline);
	FUZZ_ASSERT(
		verdict->continuity != CONTINUITY_UNVERIFIED || verdict->status == VERDICT_NONE);
	for (size_t i = 0; i < verdict->reason_count; i++)
		check_text(&verdict->reasons[i]);
	json = verdict_to_json(verdict);
	FUZZ_ASSERT(json);
	json_decref(json);
}

static void judge(const struct evidence *baseline, const struct evidence *evidence)
{
	struct verdict first, verdict;

	continuity_judge(baseline, evidence, EVENT_NONE, NULL, 0, &first);
	for (unsigned event = 0; event < EVENT_COUNT; event++) {
		continuity_judge(baseline, evidence, (enum event)event, NULL, 0, &verdict);
		check(&verdict, baseline);
		FUZZ_ASSERT(verdict.continuity == first.continuity);
		FUZZ_ASSERT(verdict.reasons[0].code == first.reasons[0].code);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	EVIDENCE_SCOPED *baseline = NULL, *evidence = NULL;
	const uint8_t *end = size ? memchr(data, 0, size) : NULL;
	size_t len = end ? (size_t)(end - data) : 0;
	struct error err = {0};

	if (end && evidence_parse(data, len, &baseline, &err))
		return 0;
	len += end != NULL;
	if (evidence_parse(data + len, size - len, &evidence, &err))
		return 0;
	judge(baseline, evidence);
	return 0;
}
