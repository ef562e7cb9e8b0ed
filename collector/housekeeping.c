/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/housekeeping.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "collector/forget.h"
#include "collector/ticker.h"
#include "core/log.h"
#include "platform/system.h"

#define PROBE_MS          5000
#define RETENTION_MS      600000
#define FORGET_MS         60000
#define CHUNK             512
#define PAUSE_MS          20 /* between two chunks, so that reports get in between */
/* Spent challenges are kept for so long after they expired. */
#define CHALLENGE_KEPT_MS (2 * 60 * 1000UL)
#define DAY_MS            (24 * 3600 * 1000UL)

struct housekeeping {
	struct store *store;
	struct room *room;
	uint32_t retention_days, pending_days, forget_silent_days;
	uint64_t retention_due_ms, forget_due_ms; /* by the monotonic clock; the thread's own */
	enum forget_brake forget_brake;
	atomic_bool can_write;
	struct ticker *ticker;
};

static void write_nothing(struct store_change *change, void *context)
{
	(void)change, (void)context;
}

/* A challenge of nobody's, spent for the sake of writing: nothing less tells a full disk. */
static int probe(struct store *store, struct error *err)
{
	struct store_item item = {.judge = write_nothing, .has_challenge = true};
	struct store_batch batch = {
		.now_ms = store_clock_ms(store), .items = &item, .item_count = 1};
	int rc = platform_random(item.challenge.id, sizeof(item.challenge.id), err);

	item.challenge.expires_ms = batch.now_ms + 1;

	return rc ? rc : store_write(store, &batch, err);
}

static void look_whether_writable(struct housekeeping *housekeeping)
{
	struct error err;
	bool can_write = probe(housekeeping->store, &err) == 0;
	bool could_write = atomic_exchange(&housekeeping->can_write, can_write);

	if (could_write && !can_write)
		log_write(LOG_LEVEL_ERROR, "the store cannot be written: %s", err.message);
	else if (!could_write && can_write)
		log_write(LOG_LEVEL_INFO, "the store can be written again");
}

static void expire_challenges(struct housekeeping *housekeeping, struct ticker *ticker)
{
	uint64_t before_ms = store_clock_ms(housekeeping->store) - CHALLENGE_KEPT_MS;
	struct error err;
	size_t deleted;

	do {
		if (store_expire_challenges(housekeeping->store, before_ms, CHUNK, &deleted, &err))
			return;
	} while (deleted == CHUNK && ticker_rest(ticker, PAUSE_MS));
}

static void expire_claims(struct housekeeping *housekeeping, struct ticker *ticker)
{
	uint64_t before_ms = platform_wall_clock_ms() - STORE_CLAIM_KEPT_MS;
	struct error err = {0};
	size_t deleted;

	do {
		if (store_expire_claims(housekeeping->store, before_ms, CHUNK, &deleted, &err))
			return;
	} while (deleted == CHUNK && ticker_rest(ticker, PAUSE_MS));
}

static void expire_pending(struct housekeeping *housekeeping, struct ticker *ticker)
{
	uint64_t before_ms = platform_wall_clock_ms() - housekeeping->pending_days * DAY_MS;
	struct error err;
	size_t deleted;

	do {
		if (store_expire_pending(housekeeping->store, before_ms, CHUNK, &deleted, &err))
			return;
		if (deleted)
			log_write(LOG_LEVEL_INFO,
				"enrolment: forgot %zu VMs that nobody accepted in %u days",
				deleted, housekeeping->pending_days);
	} while (deleted == CHUNK && ticker_rest(ticker, PAUSE_MS));
}

static void look_at_room(struct housekeeping *housekeeping)
{
	bool was_short = room_is_short(housekeeping->room), is_short;
	struct error err;

	if (room_look(housekeeping->room, housekeeping->store, &err))
		return;
	is_short = room_is_short(housekeeping->room);
	if (is_short && !was_short)
		log_write(LOG_LEVEL_ERROR,
			"the store is nearly full: only what changes of known VMs is kept; raise "
			"max-size or shorten retention, and in PostgreSQL then VACUUM "
			"vtpm.reports");
	else if (!is_short && was_short)
		log_write(LOG_LEVEL_INFO, "the store has room again");
}

static void expire_reports(struct housekeeping *housekeeping, struct ticker *ticker)
{
	uint64_t before_ms = platform_wall_clock_ms() - housekeeping->retention_days * DAY_MS;
	uint64_t cursor = 0, total = 0;
	struct error err;
	size_t deleted;

	do {
		if (store_expire_appraisals(
			    housekeeping->store, before_ms, CHUNK, &cursor, &deleted, &err)) {
			log_write(LOG_LEVEL_WARNING, "retention: %s", err.message);
			return;
		}
		total += deleted;
	} while (cursor && ticker_rest(ticker, PAUSE_MS));
	if (total)
		log_write(LOG_LEVEL_INFO, "retention: deleted %llu reports older than %u days",
			(unsigned long long)total, housekeeping->retention_days);
}

static void keep_house(struct ticker *ticker, bool is_due, void *context)
{
	struct housekeeping *housekeeping = context;
	uint64_t now_ms = platform_monotonic_ms();

	(void)is_due;
	look_whether_writable(housekeeping);
	look_at_room(housekeeping);
	if (!store_has_duty(housekeeping->store))
		return;
	expire_challenges(housekeeping, ticker);
	expire_claims(housekeeping, ticker);
	if (housekeeping->pending_days)
		expire_pending(housekeeping, ticker);
	if (housekeeping->forget_silent_days && now_ms >= housekeeping->forget_due_ms) {
		housekeeping->forget_due_ms = now_ms + FORGET_MS;
		forget_silent(housekeeping->store, housekeeping->forget_silent_days,
			&housekeeping->forget_brake, ticker);
	}
	if (!housekeeping->retention_days || now_ms < housekeeping->retention_due_ms)
		return;
	if (ticker_is_ending(ticker))
		return;
	housekeeping->retention_due_ms = now_ms + RETENTION_MS;
	expire_reports(housekeeping, ticker);
}

static void judge_setting(struct store_change *change, void *context)
{
	change->audit = context;
}

/* A verification asks later what may be gone by now. */
static int note_retention(struct store *store, uint32_t days, struct error *err)
{
	struct store_audit audit = {.at_ms = platform_wall_clock_ms(), .actor = "configuration"};
	struct store_item item = {.judge = judge_setting, .context = &audit};
	struct store_batch batch = {
		.now_ms = store_clock_ms(store), .items = &item, .item_count = 1};
	struct store_retention_setting setting = {0};
	struct store_link ignored;
	int rc = store_read_retention(store, &setting, err);

	if (rc || setting.days == days)
		return rc;
	setting.days = days;
	rc = store_read_ends(store, &setting.behind, &ignored, err);
	if (rc)
		return rc;
	store_retention_print(&setting, &audit);
	return store_write(store, &batch, err);
}

int housekeeping_start(const struct config *config, struct store *store, struct room *room,
	struct housekeeping **ret_housekeeping, struct error *err)
{
	struct housekeeping *housekeeping = calloc(1, sizeof(*housekeeping));
	int rc;

	if (!housekeeping)
		return error_set(err, ERROR_NO_MEMORY, "no memory for housekeeping");
	housekeeping->store = store;
	housekeeping->room = room;
	housekeeping->retention_days = config->retention_days;
	housekeeping->pending_days = config->pending_days;
	housekeeping->forget_silent_days = config->forget_silent_days;
	atomic_init(&housekeeping->can_write, true);
	/* A full disk is told of by whom cannot write. */
	if (note_retention(store, config->retention_days, err))
		log_write(LOG_LEVEL_WARNING, "retention: %s", err->message);
	rc = ticker_start(
		&housekeeping->ticker, "housekeeping", PROBE_MS, keep_house, housekeeping, err);
	if (rc)
		free(housekeeping);
	else
		*ret_housekeeping = housekeeping;
	return rc;
}

bool housekeeping_can_write(const struct housekeeping *housekeeping)
{
	return atomic_load(&housekeeping->can_write);
}

void housekeeping_stop(struct housekeeping *housekeeping)
{
	if (!housekeeping)
		return;
	ticker_stop(housekeeping->ticker);
	free(housekeeping);
}
