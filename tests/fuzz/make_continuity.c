/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes the corpus of fuzz_continuity anew: pairs of forged documents, a zero byte between them.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/json/text.h"
#include "tests/unit/fixture/forge.h"
#include "tests/unit/fixture/story.h"
#include "tests/unit/unit.h"

static void nothing(struct evidence *e)
{
	(void)e;
}

static void clear(struct evidence *e)
{
	e->srk.name.data[5] ^= 1;
	e->clock.reset_count = e->clock.restart_count = 0;
	e->clock.clock_ms = 1000;
}

static void advance_beacon(struct evidence *e)
{
	forge_beacon(e, 8, true);
}

static const struct {
	const char *name;
	void (*change)(struct evidence *evidence);
	unsigned seed;
	bool has_no_baseline;
} pairs[] = {
	{"first-seen", nothing, 1, true},
	{"continuous", nothing, 1, false},
	{"rebooted", story_reboot, 1, false},
	{"crashed", story_crash, 1, false},
	{"kexec", story_kexec, 1, false},
	{"cleared", clear, 1, false},
	{"other-key", nothing, 2, false},
	{"beacon", advance_beacon, 1, false},
};

static void append(struct buf *to, const struct evidence *evidence)
{
	json_t *json = evidence_to_json(evidence);

	assert_non_null(json);
	json_text_print(to, json, false);
	json_decref(json);
}

/* Small: what makes a document long and says nothing new is left out. */
static struct evidence *make(unsigned seed, void (*change)(struct evidence *), bool is_later)
{
	const struct forge forge = forge_tpm(seed);
	struct evidence *evidence = forge_evidence(seed);

	evidence->pcrs.banks[0] = evidence->pcrs.banks[1];
	evidence->event_log.banks[0] = evidence->event_log.banks[1];
	evidence->pcrs.bank_count = evidence->event_log.bank_count = 1;
	evidence->pcrs.banks[0].pcrs = 0xff;
	if (is_later)
		story_later(evidence);
	change(evidence);
	forge_quote(evidence, &forge);
	return evidence;
}

static void make_file(void **state)
{
	const char *directory = *state;

	for (size_t i = 0; i < COUNT(pairs); i++) {
		EVIDENCE_SCOPED *baseline = make(1, nothing, false);
		EVIDENCE_SCOPED *evidence = make(pairs[i].seed, pairs[i].change, true);
		BUF_SCOPED text = {0};
		char path[4096];
		FILE *file;

		if (!pairs[i].has_no_baseline) {
			append(&text, baseline);
			buf_append_u8(&text, 0);
		}
		append(&text, evidence);
		snprintf(path, sizeof(path), "%s/%s", directory, pairs[i].name);
		file = fopen(path, "wb");
		assert_non_null(file);
		assert_int_equal(fwrite(text.data, 1, text.len, file), text.len);
		assert_int_equal(fclose(file), 0);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(make_file, argc == 2 ? argv[1] : (char *)".")};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
