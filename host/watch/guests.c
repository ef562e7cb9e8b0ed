/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/watch/guests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "host/watch/own_baseline.h"
#include "host/watch/record_file.h"

static struct watch_guest *append(struct watch_guests *guests)
{
	struct watch_guest **items = guests->items, *guest;

	if (guests->count == WATCH_GUESTS_MAX)
		return NULL;
	items = realloc(items, (guests->count + 1) * sizeof(struct watch_guest *));
	if (!items)
		return NULL;
	guests->items = items;
	guest = calloc(1, sizeof(*guest));
	if (guest)
		items[guests->count++] = guest;
	return guest;
}

static int take_record(const struct watch_record *record, void *context, struct error *err)
{
	struct watch_guest *guest = append(context);

	(void)err;
	if (guest)
		guest->record = *record;
	else
		log_write(LOG_LEVEL_WARNING, "%s: left out: no memory, or more than %d guests",
			record->name, WATCH_GUESTS_MAX);
	return 0;
}

int guests_load(const char *state, struct watch_guests *ret_guests, struct error *err)
{
	struct watch_guests guests = {.state = state};
	int rc = record_file_read_all(state, take_record, &guests, err);

	if (rc)
		guests_free(&guests);
	else
		*ret_guests = guests;
	return rc;
}

void guests_free(struct watch_guests *guests)
{
	for (size_t i = 0; i < guests->count; i++)
		free(guests->items[i]);
	free(guests->items);
	*guests = (struct watch_guests){0};
}

struct watch_guest *guests_find(const struct watch_guests *guests, const char *uuid)
{
	for (size_t i = 0; i < guests->count; i++) {
		if (strcmp(guests->items[i]->record.uuid, uuid) == 0)
			return guests->items[i];
	}
	return NULL;
}

static bool is_idle(const struct watch_guest *guest)
{
	return guest->record.state != WATCH_RUNNING && !guest->confirm && !guest->is_untold &&
	       !guest->command.pid;
}

static void forget_record(const struct watch_guests *guests, const struct watch_guest *guest)
{
	struct error err;

	if (record_file_remove(guests->state, &guest->record, &err))
		log_write(LOG_LEVEL_WARNING, "%s", err.message);
}

/* Of the guests that do not run here, the one that was told of longest ago. Its baseline stays. */
static struct watch_guest *evict(const struct watch_guests *guests)
{
	struct watch_guest *oldest = NULL;

	for (size_t i = 0; i < guests->count; i++) {
		struct watch_guest *guest = guests->items[i];
		bool is_older = !oldest || guest->record.last.at_s < oldest->record.last.at_s;

		if (is_older && is_idle(guest))
			oldest = guest;
	}
	if (!oldest)
		return NULL;
	forget_record(guests, oldest);
	*oldest = (struct watch_guest){0};
	return oldest;
}

struct watch_guest *guests_add(struct watch_guests *guests, const char *uuid)
{
	struct watch_guest *guest =
		guests->count == WATCH_GUESTS_MAX ? evict(guests) : append(guests);

	if (guest)
		snprintf(guest->record.uuid, sizeof(guest->record.uuid), "%s", uuid);
	else
		log_write(LOG_LEVEL_ERROR, "%s is not watched: no memory, or more than %d guests",
			uuid, WATCH_GUESTS_MAX);
	return guest;
}

void guests_forget_gone(struct watch_guests *guests, uint64_t now_s)
{
	size_t kept = 0;

	for (size_t i = 0; i < guests->count; i++) {
		struct watch_guest *guest = guests->items[i];
		bool is_over = is_idle(guest) && watch_record_is_over(&guest->record, now_s);

		/* What is contraindicated there stays, whatever the record says. */
		if (!is_over || own_baseline_forget(guests->state, guest->record.uuid)) {
			guests->items[kept++] = guest;
			continue;
		}
		log_write(LOG_LEVEL_INFO, "%s: forgotten", guest->record.name);
		forget_record(guests, guest);
		free(guest);
	}
	guests->count = kept;
}

void guests_keep(const struct watch_guests *guests, const struct watch_guest *guest)
{
	struct error err;

	if (record_file_write(guests->state, &guest->record, &err))
		log_write(LOG_LEVEL_ERROR, "%s", err.message);
}
