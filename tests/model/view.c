/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/model/view.h"

#include <stdio.h>
#include <string.h>

#include "tests/model/events.h"

void view_read(struct model *model, struct view *ret_view)
{
	struct view *view = ret_view;

	memset(view, 0, sizeof(*view));
	view->read.random = model_draw(&model->tpm);
	view->read.tpm = model->tpm.on;
	view->read.time = model->tpm.time;
	view->read.uptime = model->guest.uptime;
	view->read.is_orderly = model->tpm.is_orderly;
	view->has_log = true;
	model_use(&model->tpm);
}

void view_sign(struct model *model, struct view *view)
{
	if (model->tpm.on.beacon)
		model_advance(&model->tpm);
	model_use(&model->tpm);
	view->tpm = model->tpm.on;
	view->guest = model->guest;
	view->clocks_lost = model->clocks_lost;
}

void view_take(struct model *model, struct view *ret_view)
{
	view_read(model, ret_view);
	view_sign(model, ret_view);
}

/* Two clocks drift apart by a thousandth, twice what NTP corrects. */
#define DRIFT_MS(ms) ((ms) / 1000)

#define VIEW_FAR_MS ((int64_t)1 << 40)

static uint8_t order(uint64_t then, uint64_t now)
{
	return now == then ? 0 : now < then ? 1 : 2;
}

static void relate_keys(const struct view *then, const struct view *now, struct relations *r)
{
	const struct model_image *before = &then->read.tpm, *after = &now->read.tpm;
	bool is_unknown = before->has_owner_auth || after->has_owner_auth;

	r->ek = then->tpm.ek != now->tpm.ek;
	r->vm = now->tpm.of_vm != now->guest.vm;
	r->owner = is_unknown ? 2 : before->owner != after->owner;
	if (before->has_ek_handle)
		r->handles = after->has_ek_handle ? 0 : 1;
	else
		r->handles = after->has_ek_handle ? 2 : 3;
	if (before->has_owner_auth)
		r->auth = after->has_owner_auth ? 1 : 3;
	else
		r->auth = after->has_owner_auth ? 2 : 0;
	r->random = then->read.random == now->read.random;
	if (then->tpm.beacon && now->tpm.beacon)
		r->beacon = now->tpm.beacon > then->tpm.beacon ? 1 : 2;
	else if (then->tpm.beacon || now->tpm.beacon)
		r->beacon = then->tpm.beacon ? 3 : 4;
}

static void relate_counters(const struct view *then, const struct view *now, struct relations *r)
{
	uint32_t before = then->tpm.resets, after = now->tpm.resets;

	if (after != before)
		r->resets = after < before ? 1 : after == before + 1 ? 2 : 3;
	r->restarts = after == before     ? order(then->tpm.restarts, now->tpm.restarts)
		      : now->tpm.restarts ? 4
					  : 3;
	r->zero = !after;
	r->updates = after == before ? order(then->tpm.updates, now->tpm.updates) : 3;
	/* Whether a resume counts the PCRs that it sets is the TPM's affair. */
	if (r->restarts == 2 && !r->updates)
		r->updates = 2;
	r->orderly = !now->read.is_orderly;
}

/* The clock at power on is the clock less the time. Counted alike, it is the same TPM boot or
 * another TPM; else the two power-ons lie apart by what the firmware takes to send Startup. */
static void relate_clocks(const struct view *then, const struct view *now, struct relations *r)
{
	/* Both are above zero by what a clear may take from them. */
	int64_t before = (int64_t)(then->read.tpm.clock - then->read.time) + VIEW_FAR_MS;
	int64_t after = (int64_t)(now->read.tpm.clock - now->read.time) + VIEW_FAR_MS;
	bool is_counted_alike = !r->resets && !r->restarts, is_kept;

	r->clock = now->tpm.clock < then->tpm.clock;
	if (is_counted_alike) {
		r->time = now->read.time < then->read.time;
		r->was_orderly = then->read.is_orderly != now->read.is_orderly;
		r->epoch = order((uint64_t)before, (uint64_t)after);
		return;
	}
	r->epoch = after + VIEW_SLACK_MS < before ? 3 : 0;
	is_kept = r->resets <= 2 && r->restarts != 4 && (!r->resets || !r->orderly);
	after += (is_kept ? VIEW_SLACK_MS : VIEW_START_MS) - VIEW_FAR_MS;
	r->start = after >= (int64_t)then->tpm.clock;
	/* Within that room, the clock itself says more only where it was kept. */
	if (r->start && !is_kept)
		r->clock = 0;
}

static void relate_guests(const struct view *then, const struct view *now, struct relations *r)
{
	uint64_t half = then->read.uptime / 2;
	uint64_t slack = (half < VIEW_SLACK_MS ? half : VIEW_SLACK_MS) + DRIFT_MS(now->read.uptime);
	uint64_t before_boot =
		now->read.time > now->read.uptime ? now->read.time - now->read.uptime : 0;

	r->boot = then->guest.boot != now->guest.boot;
	r->uptime = !r->boot && now->read.uptime + VIEW_SLACK_MS < then->read.uptime;
	r->on_since =
		now->read.time + VIEW_SLACK_MS + DRIFT_MS(now->read.uptime) < now->read.uptime;
	r->was_on = then->read.time > then->read.uptime + VIEW_FIRMWARE_MS;
	r->on_then = r->boot && !r->resets && !r->restarts && before_boot + slack < then->read.time;
}

static void relate_pcrs(const struct view *then, const struct view *now, struct relations *r)
{
	uint8_t before = then->tpm.pcr, after = now->tpm.pcr;

	if (!before || !after)
		r->pcrs = (uint8_t)(before ? 2 : after ? 3 : 4);
	else
		r->pcrs = before != after;
	/* Where it agrees in part, something was extended that it does not have: that says nothing.
	 */
	r->log = now->has_log && now->guest.log && !after;
}

/* now->has_log in relate_finer(). */
#define FINER_LOG_BYTE 1
#define FINER_LOG_BIT  0x80

void view_forget_log(struct relations *relations)
{
	relations->log = 0;
	relations->finer[FINER_LOG_BYTE] &= (uint8_t)~FINER_LOG_BIT;
}

/* Comparisons of any two numbers that might be compared. */
static void relate_finer(const struct view *then, const struct view *now, uint8_t ret_finer[3])
{
	int64_t clock = (int64_t)then->tpm.clock, uptime = (int64_t)then->read.uptime;
	int64_t before = (int64_t)(then->read.tpm.clock - then->read.time);
	int64_t after = (int64_t)(now->read.tpm.clock - now->read.time);
	uint32_t bits = 0;
	unsigned at = 0;

#define COMPARE(comparison) bits |= (uint32_t)(comparison) << at++
	COMPARE(now->tpm.clock < then->tpm.clock);
	COMPARE(now->read.time < then->read.time);
	COMPARE(now->tpm.updates < then->tpm.updates);
	COMPARE(now->tpm.updates == then->tpm.updates);
	COMPARE(now->read.uptime < then->read.uptime);
	COMPARE(now->guest.log && now->guest.log != now->tpm.pcr);
	COMPARE(after < clock);
	COMPARE(after + VIEW_SLACK_MS < clock);
	COMPARE(after + VIEW_SLACK_MS < clock - uptime);
	COMPARE(after < before);
	COMPARE(now->tpm.objects < then->tpm.objects);
	COMPARE(now->tpm.restarts < then->tpm.restarts);
	COMPARE(now->read.time < now->read.uptime);
	COMPARE(now->read.is_orderly);
	COMPARE(then->read.is_orderly);
	COMPARE(now->has_log); /* FINER_LOG_BIT */
	COMPARE(now->read.tpm.resets != now->tpm.resets);
	COMPARE(now->read.tpm.restarts != now->tpm.restarts);
	COMPARE(now->read.tpm.clock < then->tpm.clock);
	COMPARE(now->read.tpm.clock + VIEW_SLACK_MS < now->tpm.clock);
	COMPARE(then->read.tpm.clock + VIEW_SLACK_MS < then->tpm.clock);
	COMPARE(now->read.tpm.beacon + 1 < now->tpm.beacon);
#undef COMPARE
	for (unsigned i = 0; i < 3; i++)
		ret_finer[i] = (uint8_t)(bits >> 8 * i);
}

void view_relate(const struct view *then, const struct view *now, struct relations *ret_relations)
{
	*ret_relations = (struct relations){0};
	relate_keys(then, now, ret_relations);
	if (ret_relations->ek) {
		/* Of another TPM nothing can be compared. */
		*ret_relations = (struct relations){.ek = 1, .vm = ret_relations->vm};
		return;
	}
	relate_counters(then, now, ret_relations);
	relate_clocks(then, now, ret_relations);
	relate_guests(then, now, ret_relations);
	relate_pcrs(then, now, ret_relations);
	relate_finer(then, now, ret_relations->finer);
}

void view_print(const struct relations *relations, char *to, unsigned size)
{
#define VIEW_WORDS(id, name, ...) {name, {__VA_ARGS__}},
	static const struct {
		const char *name, *words[5];
	} rows[] = {VIEW_RELATIONS(VIEW_WORDS)};
	const uint8_t *word = (const uint8_t *)relations;
	unsigned used = 0;

	to[0] = '\0';
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (word[i] && used < size)
			used += (unsigned)snprintf(to + used, size - used, "%s%s %s",
				used ? ", " : "", rows[i].name, rows[i].words[word[i]]);
	}
}
