/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/model/state.h"

#define FIRMWARE_MS      2000 /* from power on to the system's first moment */
#define FIRMWARE_EXTENDS 30
#define STARTUP_UPDATES  20 /* libtpms counts the PCRs that TPM2_Startup sets */
#define RESUME_UPDATES   4

uint16_t model_fresh(struct model *model)
{
	return ++model->fresh;
}

/* TimeClockUpdate(): only a clock that passes the next multiple goes into NV memory. */
static void update_clock(struct model_tpm *tpm, uint64_t clock)
{
	uint64_t mask = MODEL_CLOCK_UPDATE_MS - 1;
	bool passes = (clock | mask) > (tpm->on.clock | mask);

	tpm->on.clock = clock;
	if (!passes)
		return;
	tpm->nv_clock = clock;
	tpm->on.is_safe = true;
}

void model_pass(struct model *model, uint64_t ms)
{
	model->now += ms;
}

void model_run_guest(struct model *model, uint64_t ms)
{
	model->guest.uptime += ms;
	model_pass(model, ms);
}

void model_run_tpm(struct model *model, uint64_t ms)
{
	model->tpm.time += ms;
	update_clock(&model->tpm, model->tpm.on.clock + ms);
	model_pass(model, ms);
}

void model_run(struct model *model, uint64_t ms)
{
	model->guest.uptime += ms;
	model_run_tpm(model, ms);
}

void model_use(struct model_tpm *tpm)
{
	tpm->is_idle = false;
}

void model_persist(struct model_tpm *tpm)
{
	tpm->file = tpm->on;
	tpm->file.clock = tpm->nv_clock;
	tpm->is_idle = false;
}

void model_extend(struct model_tpm *tpm)
{
	tpm->on.updates++;
	tpm->is_idle = false;
	if (tpm->on.shutdown == MODEL_LOST)
		return;
	tpm->on.shutdown = MODEL_LOST;
	model_persist(tpm);
}

void model_advance(struct model_tpm *tpm)
{
	if (!tpm->on.beacon)
		tpm->on.beacon = tpm->on.highest;
	tpm->on.beacon++;
	model_persist(tpm);
}

static void drop_beacon(struct model_image *on)
{
	if (on->highest < on->beacon)
		on->highest = on->beacon;
	on->beacon = 0;
}

void model_remove_beacon(struct model_tpm *tpm)
{
	drop_beacon(&tpm->on);
	model_persist(tpm);
}

void model_shut_down(struct model_tpm *tpm, enum model_shutdown how)
{
	tpm->nv_clock = tpm->on.clock;
	tpm->on.shutdown = how;
	tpm->file = tpm->on;
	tpm->is_clock_set = false;
	tpm->is_idle = true;
}

void model_stop(struct model_tpm *tpm)
{
	if (tpm->saves && !tpm->is_idle)
		model_shut_down(tpm, MODEL_STATE);
}

static void reset(struct model_image *on)
{
	on->resets++;
	on->restarts = 0;
	on->updates = 0;
}

void model_start(struct model *model, enum model_shutdown startup)
{
	struct model_tpm *tpm = &model->tpm;
	enum model_shutdown before = tpm->file.shutdown;

	model->rest = tpm->file;
	model->clocks_lost += tpm->is_clock_set;
	tpm->on = tpm->file;
	tpm->time = 0;
	tpm->nv_clock = tpm->on.clock;
	tpm->is_orderly = before != MODEL_LOST;
	tpm->on.is_safe = tpm->on.is_safe && tpm->is_orderly;
	tpm->on.shutdown = MODEL_LOST;
	tpm->generator = model_fresh(model);
	tpm->drawn = 0;
	if (before != MODEL_STATE) {
		reset(&tpm->on);
	} else {
		tpm->on.restarts++;
	}
	if (before != MODEL_STATE || startup == MODEL_CLEAR) {
		tpm->on.pcr = 0;
		tpm->on.updates += STARTUP_UPDATES;
	} else {
		tpm->on.updates += RESUME_UPDATES;
	}
	model_persist(tpm);
}

void model_measure(struct model *model)
{
	model_run_tpm(model, FIRMWARE_MS);
	if (!model->firmware)
		return;
	model->tpm.on.pcr = model->firmware;
	model->tpm.on.updates += FIRMWARE_EXTENDS;
}

void model_boot(struct model *model)
{
	model->guest.boot = model_fresh(model);
	model->guest.uptime = 0;
	model->guest.log = model->firmware;
}

void model_manufacture(struct model *model, uint16_t ek, uint16_t of_vm)
{
	model->tpm.file = (struct model_image){.ek = ek,
		.owner = model_fresh(model),
		.of_vm = of_vm,
		.has_ek_handle = true,
		.is_safe = true,
		.shutdown = MODEL_CLEAR,
		.resets = 1,
		.clock = 300};
}

void model_clear(struct model *model)
{
	struct model_image *on = &model->tpm.on;

	on->owner = model_fresh(model);
	model->tpm.generator = model_fresh(model); /* the new seeds are drawn from it */
	on->updates++;
	on->shutdown = MODEL_LOST;
	on->has_ek_handle = false;
	on->has_owner_auth = false;
	on->is_safe = true;
	on->resets = on->restarts = 0;
	drop_beacon(on);
	on->objects = 0;
	on->clock = 0;
	model->tpm.nv_clock = 0;
	model_persist(&model->tpm);
}

void model_set_clock(struct model_tpm *tpm, uint64_t clock)
{
	update_clock(tpm, clock);
	tpm->is_clock_set = true;
	tpm->is_idle = false;
}

void model_go_on(struct model *model, uint64_t then, bool in_place)
{
	struct model_tpm *tpm = &model->tpm;
	uint64_t passed = model->now > then ? model->now - then : 0;

	tpm->nv_clock = tpm->file.clock;
	tpm->is_idle = in_place;
	tpm->time += passed;
	update_clock(tpm, tpm->on.clock + passed);
}

uint32_t model_draw(struct model_tpm *tpm)
{
	return (uint32_t)tpm->generator << 16 | tpm->drawn++;
}

void model_make(struct model *ret_model, bool saves, uint8_t firmware, bool beacon)
{
	struct model *model = ret_model;

	*model = (struct model){.firmware = firmware, .now = (uint64_t)1 << 40};
	model->guest.vm = model_fresh(model);
	model->tpm.saves = saves;
	model_manufacture(model, model_fresh(model), model->guest.vm);
	model_start(model, MODEL_CLEAR);
	model_measure(model);
	model_boot(model);
	if (!beacon)
		return;
	model_advance(&model->tpm);
}
