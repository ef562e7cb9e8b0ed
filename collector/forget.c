/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/forget.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "collector/store/store_silence.h"
#include "core/log.h"
#include "platform/system.h"

#define DAY_MS    UINT64_C(86400000)
#define CHUNK     64
#define PAUSE_MS  20 /* between two chunks, so that new reports get in between */
#define FEW       10 /* may go at once of any fleet, */
#define ONE_IN    10 /* and so many of a large one */
#define SEEN_PAGE 1024

struct page {
	struct store_vm vms[CHUNK];
	size_t count;
};

/* One time that all are looked at. */
struct pass {
	struct store *store;
	struct ticker *ticker;
	uint32_t days;
	struct store_watch watch;
	uint64_t count;       /* VMs that are to go */
	bool is_for_counting; /* none goes */
};

/* One VM that is to go, unless something came since it was looked at. */
struct ending {
	uint64_t revision, now_ms;
	struct store_audit audit;
	bool is_done;
};

/* --- the end of one --- */

static void judge(struct store_change *change, void *context)
{
	struct ending *ending = context;
	const struct store_vm *vm = &change->vm;
	char since[TEXT_TIME_SIZE], why[64];

	ending->is_done = vm->revision && vm->revision == ending->revision && vm->silent_ms;
	if (!ending->is_done)
		return;
	text_time_ms(vm->silent_ms, since);
	snprintf(why, sizeof(why), "silent since %s", since);
	ending->audit =
		(struct store_audit){.at_ms = ending->now_ms, .actor = STORE_FORGOTTEN_IN_SILENCE};
	store_forgotten_print(vm, why, &ending->audit);
	change->forgets = true;
	change->audit = &ending->audit;
}

static int forget(struct store *store, const struct store_vm *vm, uint64_t now_ms,
	struct store_forgotten *ret_gone, struct error *err)
{
	struct ending ending = {.revision = vm->revision, .now_ms = now_ms};
	struct store_item item = {.judge = judge, .context = &ending};
	struct store_batch batch = {
		.now_ms = store_clock_ms(store), .items = &item, .item_count = 1};
	int rc;

	memcpy(item.uuid, vm->uuid, sizeof(item.uuid));
	rc = store_write(store, &batch, err);
	if (!rc)
		*ret_gone = item.forgotten;
	return rc;
}

/* --- who is to go --- */

static bool find_newest(const struct store_token *token, void *context)
{
	uint64_t *newest_ms = context;

	if (token->made_ms > *newest_ms)
		*newest_ms = token->made_ms;
	return true;
}

/* What an operator did for it last: its record's newest event, or a token that he made. */
static int read_event_ms(struct store *store, const char *uuid, uint64_t *ret_ms, struct error *err)
{
	uint64_t event_ms = 0, token_ms = 0;
	int rc = store_read_record_ms(store, uuid, &event_ms, err);

	if (!rc)
		rc = store_list_tokens(
			store, uuid, 0, STORE_BATCH_MAX, find_newest, &token_ms, err);
	if (!rc)
		*ret_ms = event_ms > token_ms ? event_ms : token_ms;
	return rc;
}

static int look_at(struct pass *pass, const struct store_vm *vm, struct error *err)
{
	const uint64_t now_ms = platform_wall_clock_ms();
	struct store_watch watch = pass->watch;
	struct store_forgotten gone = {0};
	uint64_t event_ms = 0;
	int rc = 0;

	/* Whoever looks for silence has not seen a gap yet that ends just now. */
	store_watch_go_on(&watch, now_ms);
	/* Most are spared by their record alone. */
	if (store_silence_is_over(vm, &watch, 0, pass->days * DAY_MS, now_ms))
		rc = read_event_ms(pass->store, vm->uuid, &event_ms, err);
	if (rc || !store_silence_is_over(vm, &watch, event_ms, pass->days * DAY_MS, now_ms))
		return rc;
	pass->count++;
	if (pass->is_for_counting)
		return 0;
	rc = forget(pass->store, vm, now_ms, &gone, err);
	if (!rc && gone.reports)
		log_write(LOG_LEVEL_INFO,
			"silence: forgot VM %s with %" PRIu64
			" reports: nothing was heard of it in %" PRIu32 " days",
			vm->uuid, gone.reports, pass->days);
	return rc;
}

static bool keep(const struct store_vm *vm, void *context)
{
	struct page *page = context;

	page->vms[page->count++] = *vm;
	return true;
}

static int look_at_page(struct pass *pass, const struct page *page, struct error *err)
{
	int rc = store_read_watch(pass->store, &pass->watch, err);

	for (size_t i = 0; !rc && i < page->count && !ticker_is_ending(pass->ticker); i++)
		rc = look_at(pass, &page->vms[i], err);
	return rc;
}

static int look_at_all(struct pass *pass, bool is_for_counting, struct error *err)
{
	struct store_query query = {.is_silent = true, .limit = CHUNK};
	struct page page;
	int rc;

	pass->count = 0;
	pass->is_for_counting = is_for_counting;
	do {
		page.count = 0;
		rc = store_list_vms(pass->store, &query, keep, &page, err);
		if (!rc)
			rc = look_at_page(pass, &page, err);
		if (page.count)
			memcpy(query.after, page.vms[page.count - 1].uuid, sizeof(query.after));
	} while (!rc && page.count == CHUNK && ticker_rest(pass->ticker, PAUSE_MS));
	return rc;
}

/* --- what keeps all of them --- */

struct hearing {
	uint64_t now_ms;
	bool is_any;
	size_t count;
	char last[TEXT_UUID_SIZE];
};

static bool find_heard(const struct store_vm *vm, void *context)
{
	struct hearing *hearing = context;

	hearing->count++;
	memcpy(hearing->last, vm->uuid, sizeof(hearing->last));
	hearing->is_any = store_silence_is_heard(vm, hearing->now_ms);
	return !hearing->is_any;
}

/* The first that is heard is enough. */
static int is_any_heard(const struct pass *pass, bool *ret_is, struct error *err)
{
	struct hearing hearing = {.now_ms = platform_wall_clock_ms()};
	struct store_query query = {.limit = SEEN_PAGE};
	int rc;

	do {
		hearing.count = 0;
		rc = store_list_vms(pass->store, &query, find_heard, &hearing, err);
		memcpy(query.after, hearing.last, sizeof(query.after));
	} while (!rc && !hearing.is_any && hearing.count == SEEN_PAGE &&
		 ticker_rest(pass->ticker, PAUSE_MS));
	*ret_is = hearing.is_any;
	return rc;
}

static int are_many(const struct pass *pass, bool *ret_are, struct error *err)
{
	struct store_counts counts;
	uint64_t all = 0;
	int rc;

	*ret_are = false;
	if (pass->count <= FEW)
		return 0;
	rc = store_count_vms(pass->store, &counts, err);
	for (size_t status = 0; !rc && status <= VERDICT_CONTRAINDICATED; status++)
		for (size_t i = 0; i < CONTINUITY_COUNT; i++)
			all += counts.vms[status][i];
	*ret_are = !rc && pass->count > all / ONE_IN;
	return rc;
}

static int find_brake(const struct pass *pass, enum forget_brake *ret_brake, struct error *err)
{
	bool is_heard = false, are_too_many = false;
	int rc;

	*ret_brake = FORGET_BRAKE_LOST;
	if (store_lost_number(pass->store))
		return 0;
	rc = is_any_heard(pass, &is_heard, err);
	if (!rc && is_heard)
		rc = are_many(pass, &are_too_many, err);
	*ret_brake = !is_heard      ? FORGET_BRAKE_UNHEARD
		     : are_too_many ? FORGET_BRAKE_MANY
				    : FORGET_BRAKE_NONE;
	return rc;
}

static void tell(const struct pass *pass, enum forget_brake brake)
{
	static const char *const why[] = {[FORGET_BRAKE_LOST] = "the store is an older copy",
		[FORGET_BRAKE_UNHEARD] = "no VM at all is heard",
		[FORGET_BRAKE_MANY] = "so many at once may have another cause"};

	log_write(LOG_LEVEL_WARNING,
		"silence: %" PRIu64 " VMs that were silent for %" PRIu32
		" days are not forgotten: %s; `vtpm-collector forget UUID` does it",
		pass->count, pass->days, why[brake]);
}

static int forget_all(struct pass *pass, enum forget_brake *brake, struct error *err)
{
	enum forget_brake now = FORGET_BRAKE_NONE;
	int rc = look_at_all(pass, true, err);

	if (!rc && pass->count)
		rc = find_brake(pass, &now, err);
	if (rc)
		return rc;
	if (now && now != *brake)
		tell(pass, now);
	*brake = now;
	return now || !pass->count ? 0 : look_at_all(pass, false, err);
}

void forget_silent(
	struct store *store, uint32_t days, enum forget_brake *brake, struct ticker *ticker)
{
	struct pass pass = {.store = store, .ticker = ticker, .days = days};
	struct error err;

	if (forget_all(&pass, brake, &err))
		log_write(LOG_LEVEL_WARNING, "silence: %s", err.message);
}
