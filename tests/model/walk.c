/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The model, step by step: what test_hold.py does to a real TPM it says here, one step a line, and
 * "show" answers what a look must find. Numbers of seeds and of random bytes are only names: equal
 * ones are equal.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/model/state.h"

#define KEPT_MAX 16

static struct model model, kept[KEPT_MAX];

static void do_run(uint64_t ms)
{
	model_run_tpm(&model, ms);
}

static void do_pass(uint64_t ms)
{
	model_pass(&model, ms);
}

static void do_extend(uint64_t count)
{
	while (count--)
		model_extend(&model.tpm);
}

static void do_use(uint64_t unused)
{
	(void)unused;
	model_use(&model.tpm);
}

static void do_write(uint64_t unused)
{
	(void)unused;
	model.tpm.on.objects++;
	model_persist(&model.tpm);
}

static void do_beacon(uint64_t unused)
{
	(void)unused;
	model_advance(&model.tpm);
}

static void do_authorize(uint64_t is_set)
{
	model.tpm.on.has_owner_auth = is_set;
	model_persist(&model.tpm);
}

static void do_set_clock(uint64_t clock)
{
	model_set_clock(&model.tpm, clock);
}

static void do_clear(uint64_t unused)
{
	(void)unused;
	model_clear(&model);
}

static void do_shut_down(uint64_t how)
{
	model_shut_down(&model.tpm, (enum model_shutdown)how);
}

static void do_stop(uint64_t unused)
{
	(void)unused;
	model_stop(&model.tpm);
}

static void do_start(uint64_t startup)
{
	model_start(&model, (enum model_shutdown)startup);
}

static void do_keep(uint64_t place)
{
	kept[place] = model;
}

/* The file that was kept is put in the place of the present one. */
static void do_file(uint64_t place)
{
	model.tpm.file = kept[place].tpm.file;
}

static void go_on(uint64_t place, bool in_place)
{
	bool saves = model.tpm.saves;

	model.tpm = kept[place].tpm;
	model.tpm.saves = saves;
	model_go_on(&model, kept[place].now, in_place);
}

/* The running state that was kept is put in the place of the present one; in a new process. */
static void do_running(uint64_t place)
{
	go_on(place, true);
}

static void do_migrate(uint64_t place)
{
	go_on(place, false);
}

static void do_swtpm(uint64_t saves)
{
	model.tpm.saves = saves;
}

/* Time was measured from outside; where a look agreed, its readings are exact. */
static void do_time(uint64_t ms)
{
	model.tpm.time = ms;
}

static void do_clock(uint64_t ms)
{
	model.tpm.on.clock = ms;
}

static void do_nv_clock(uint64_t ms)
{
	model.tpm.nv_clock = ms;
}

static void do_counters(uint64_t resets)
{
	model.tpm.on.resets = (uint32_t)resets;
}

static void do_updates(uint64_t updates)
{
	model.tpm.on.updates = (uint16_t)updates;
}

static void do_show(uint64_t unused)
{
	const struct model_tpm *tpm = &model.tpm;

	(void)unused;
	model_use(&model.tpm);
	printf("{\"ek\": %u, \"owner\": %u, \"ek_handle\": %d, \"owner_auth\": %d, \"safe\": %d, "
	       "\"orderly\": %d, \"pcr\": %d, \"resets\": %" PRIu32 ", \"restarts\": %u, "
	       "\"updates\": %u, \"beacon\": %" PRIu32 ", \"objects\": %" PRIu32
	       ", \"time\": %" PRIu64 ", \"clock\": %" PRIu64 ", \"random\": %" PRIu32 "}\n",
		tpm->on.ek, tpm->on.owner, tpm->on.has_ek_handle, tpm->on.has_owner_auth,
		tpm->on.is_safe, tpm->is_orderly, tpm->on.pcr, tpm->on.resets, tpm->on.restarts,
		tpm->on.updates, tpm->on.beacon, tpm->on.objects, tpm->time, tpm->on.clock,
		model_draw(&model.tpm));
	fflush(stdout);
}

static const struct {
	const char *word;
	void (*run)(uint64_t argument);
} words[] = {
	{"run", do_run},
	{"pass", do_pass},
	{"extend", do_extend},
	{"use", do_use},
	{"write", do_write},
	{"beacon", do_beacon},
	{"authorize", do_authorize},
	{"set-clock", do_set_clock},
	{"clear", do_clear},
	{"shutdown", do_shut_down},
	{"stop", do_stop},
	{"start", do_start},
	{"keep", do_keep},
	{"file", do_file},
	{"running", do_running},
	{"migrate", do_migrate},
	{"swtpm", do_swtpm},
	{"time", do_time},
	{"clock", do_clock},
	{"nv-clock", do_nv_clock},
	{"resets", do_counters},
	{"updates", do_updates},
	{"show", do_show},
};

static int run_line(char *line)
{
	uint64_t argument = 0;
	char word[16];

	if (sscanf(line, "%15s %" SCNu64, word, &argument) < 1)
		return -1;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i].word, word) == 0 && argument < UINT64_MAX / 2) {
			words[i].run(argument);
			return 0;
		}
	}
	return -1;
}

int main(void)
{
	char line[64];

	model_make(&model, false, 0, false);
	while (fgets(line, sizeof(line), stdin)) {
		if (run_line(line)) {
			fprintf(stderr, "model_walk: cannot do %s", line);
			return EXIT_FAILURE;
		}
	}
	return EXIT_SUCCESS;
}
