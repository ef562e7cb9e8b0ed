/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/model/partial.h"

#include <stdio.h>
#include <string.h>

#include "core/verdict/carry.h"
#include "tests/model/evidence.h"
#include "tests/unit/fixture/sample.h"

#define PARTIAL_ROW(name)                                                                          \
	{#name, offsetof(struct evidence, name), sizeof(((struct evidence *)NULL)->name)},

static const struct {
	const char *name;
	size_t offset, size;
} parts[] = {PARTIAL_PARTS(PARTIAL_ROW)};

static struct evidence *whole, *baseline, *evidence;

void partial_init(void)
{
	whole = sample_evidence();
	baseline = sample_evidence();
	evidence = sample_evidence();
}

void partial_free(void)
{
	evidence_free(whole);
	evidence_free(baseline);
	evidence_free(evidence);
}

/* The document before is of another look. */
static void write_document(struct evidence *to, const struct partial *look)
{
	for (unsigned i = 0; i < PARTIAL_COUNT; i++)
		memcpy((uint8_t *)to + parts[i].offset, (const uint8_t *)whole + parts[i].offset,
			parts[i].size);
	evidence_from_view(to, &look->view);
	for (unsigned i = 0; i < PARTIAL_COUNT; i++) {
		struct record_part *part = (struct record_part *)((uint8_t *)to + parts[i].offset);

		if (!(look->lacks & 1U << i))
			continue;
		memset(part, 0, parts[i].size);
		part->state = PART_FAILED;
		error_set(&part->error, i == PARTIAL_session ? ERROR_TIMEOUT : ERROR_PERMISSION,
			"not read");
	}
}

static void make_side(struct evidence *to, const struct partial *look, struct continuity_side *side)
{
	write_document(to, look);
	continuity_recall(to, side);
	if (!side->is_verified)
		side->fault = REASON_NO_QUOTE;
}

void partial_judge(const struct partial *then, const struct partial *now,
	const struct verdict *kept, struct verdict *ret_verdict, struct verdict *ret_fresh)
{
	struct continuity_side before, after;

	make_side(baseline, then, &before);
	make_side(evidence, now, &after);
	continuity_compare(&before, &after, EVENT_NONE, ret_verdict);
	*ret_fresh = *ret_verdict;
	verdict_carry(kept, baseline, evidence, ret_verdict);
}

void partial_print(unsigned lacks, char *to, size_t size)
{
	size_t used = 0;

	to[0] = '\0';
	for (unsigned i = 0; i < PARTIAL_COUNT && used < size; i++) {
		if (lacks & 1U << i)
			used += (size_t)snprintf(
				to + used, size - used, "%s%s", used ? ", " : "", parts[i].name);
	}
}
