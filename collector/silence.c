/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/silence.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/store/store_silence.h"
#include "collector/ticker.h"
#include "core/log.h"
#include "platform/system.h"

#define EVERY_MS 5000
#define CHUNK    256
#define PAUSE_MS 20 /* between two chunks, so that reports get in between */

/* One VM that is looked at, inside the store's transaction. */
struct look {
	const struct silence *silence;
	struct store_audit audit;
};

struct silence {
	struct store *store;
	struct ticker *ticker;
	void (*tell)(void *context);
	void *context;
	struct store_watch watch;
	uint64_t now_ms;
	char last[TEXT_UUID_SIZE];
	size_t count;
	struct store_item items[CHUNK];
	struct look looks[CHUNK];
};

static void judge(struct store_change *change, void *context)
{
	struct look *look = context;
	struct store_vm *vm = &change->vm;
	const uint64_t before_ms = vm->check_ms;
	char why[128];

	look->audit = (struct store_audit){.at_ms = look->silence->now_ms,
		.action = STORE_SILENT_ACTION,
		.actor = "collector"};
	if (!vm->revision)
		return;
	if (!store_silence_look(vm, &look->silence->watch, look->silence->now_ms, why)) {
		change->writes_vm = change->is_noted = vm->check_ms != before_ms;
		return;
	}
	memcpy(look->audit.uuid, vm->uuid, sizeof(vm->uuid));
	snprintf(look->audit.detail, sizeof(look->audit.detail), "%s", why);
	change->writes_vm = true;
	change->audit = &look->audit;
}

static bool add(const char *uuid, void *context)
{
	struct silence *silence = context;
	struct store_item *item = &silence->items[silence->count];
	struct look *look = &silence->looks[silence->count++];

	look->silence = silence;
	*item = (struct store_item){.judge = judge, .context = look};
	snprintf(item->uuid, sizeof(item->uuid), "%s", uuid);
	snprintf(silence->last, sizeof(silence->last), "%s", uuid);
	return true;
}

static int write_chunk(struct silence *silence, struct error *err)
{
	struct store_batch batch = {.now_ms = store_clock_ms(silence->store),
		.items = silence->items,
		.item_count = silence->count};
	size_t found = 0;
	int rc = silence->count ? store_write(silence->store, &batch, err) : 0;

	if (rc)
		return rc;
	for (size_t i = 0; i < silence->count; i++)
		found += *silence->looks[i].audit.uuid != 0;
	if (found) {
		log_write(
			LOG_LEVEL_WARNING, "silence: nothing is heard of %zu VMs any more", found);
		silence->tell(silence->context);
	}
	return 0;
}

/* `is_all`: also whose time comes later, by a clock that was ahead. */
static int look_around(
	struct silence *silence, struct ticker *ticker, bool is_all, struct error *err)
{
	int rc;

	*silence->last = 0;
	do {
		silence->count = 0;
		rc = is_all ? store_list_uuids(
				      silence->store, silence->last, CHUNK, add, silence, err)
			    : store_list_due(
				      silence->store, silence->now_ms, CHUNK, add, silence, err);
		if (!rc)
			rc = write_chunk(silence, err);
	} while (!rc && silence->count == CHUNK && ticker_rest(ticker, PAUSE_MS));
	return rc;
}

static void work(struct ticker *ticker, bool is_due, void *context)
{
	struct silence *silence = context;
	struct error err;
	uint64_t was_ms;
	bool was_set_back;

	(void)is_due;
	silence->now_ms = platform_wall_clock_ms();
	if (store_read_watch(silence->store, &silence->watch, &err))
		return;
	was_ms = silence->watch.ran_ms;
	store_watch_go_on(&silence->watch, silence->now_ms);
	was_set_back = silence->now_ms < was_ms && silence->watch.since_ms == silence->now_ms;
	/* As long as nothing can be written no report is taken either: that is a gap. */
	if (store_write_watch(silence->store, &silence->watch, &err))
		return;
	if (look_around(silence, ticker, was_set_back, &err))
		log_write(LOG_LEVEL_WARNING, "silence: %s", err.message);
}

int silence_start(struct store *store, void (*tell)(void *context), void *context,
	struct silence **ret_silence, struct error *err)
{
	struct silence *silence = calloc(1, sizeof(*silence));
	int rc;

	if (!silence)
		return error_set(err, ERROR_NO_MEMORY, "no memory to look who is silent");
	silence->store = store;
	silence->tell = tell;
	silence->context = context;
	rc = ticker_start(&silence->ticker, "silence", EVERY_MS, work, silence, err);
	if (rc)
		free(silence);
	else
		*ret_silence = silence;
	return rc;
}

void silence_stop(struct silence *silence)
{
	if (!silence)
		return;
	ticker_stop(silence->ticker);
	free(silence);
}
