/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/housekeeping.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "core/log.h"
#include "platform/system.h"

#define PROBE_S           5
#define RETENTION_S       600
#define CHUNK             512
/* So far can the clock be set back and a spent challenge that had expired is still known. */
#define CHALLENGE_KEPT_MS (2 * 60 * 1000UL)
#define DAY_MS            (24 * 3600 * 1000UL)

struct housekeeping {
	struct store *store;
	uint32_t retention_days;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool is_ending; /* under the lock */
	atomic_bool can_write;
};

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* True when the time is over, false when the service ends. */
static bool rest(struct housekeeping *housekeeping, unsigned seconds, unsigned ms)
{
	struct timespec until;
	bool is_ending;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += seconds;
	until.tv_nsec += (long)ms * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&housekeeping->lock);
	while (!housekeeping->is_ending && pthread_cond_timedwait(&housekeeping->changed,
						   &housekeeping->lock, &until) != ETIMEDOUT)
		;
	is_ending = housekeeping->is_ending;
	pthread_mutex_unlock(&housekeeping->lock);
	return !is_ending;
}

static void write_nothing(struct store_change *change, void *context)
{
	(void)change, (void)context;
}

/* A challenge of nobody's, spent for the sake of writing: nothing less tells a full disk. */
static int probe(struct store *store, struct error *err)
{
	struct store_item item = {.judge = write_nothing, .has_challenge = true};
	struct store_batch batch = {.now_ms = now_ms(), .items = &item, .item_count = 1};
	int rc = platform_random(item.challenge.id, sizeof(item.challenge.id), err);

	item.challenge.expires_ms = batch.now_ms + 1;

	return rc ? rc : store_write(store, &batch, err);
}

static void look_whether_writable(struct housekeeping *housekeeping)
{
	struct error err = {0};
	bool can_write = probe(housekeeping->store, &err) == 0;
	bool could_write = atomic_exchange(&housekeeping->can_write, can_write);

	if (could_write && !can_write)
		log_write(LOG_LEVEL_ERROR, "the store cannot be written: %s", err.message);
	else if (!could_write && can_write)
		log_write(LOG_LEVEL_INFO, "the store can be written again");
}

static bool expire_challenges(struct housekeeping *housekeeping)
{
	uint64_t before_ms = now_ms() - CHALLENGE_KEPT_MS;
	struct error err = {0};
	size_t deleted = CHUNK;

	while (deleted == CHUNK) {
		if (store_expire_challenges(housekeeping->store, before_ms, CHUNK, &deleted, &err))
			return true;
		if (deleted == CHUNK && !rest(housekeeping, 0, 20))
			return false;
	}
	return true;
}

static bool expire_reports(struct housekeeping *housekeeping)
{
	uint64_t before_ms = now_ms() - housekeeping->retention_days * DAY_MS;
	uint64_t cursor = 0, total = 0;
	struct error err = {0};
	size_t deleted;

	do {
		if (store_expire_appraisals(
			    housekeeping->store, before_ms, CHUNK, &cursor, &deleted, &err)) {
			log_write(LOG_LEVEL_WARNING, "retention: %s", err.message);
			return true;
		}
		total += deleted;
		if (cursor && !rest(housekeeping, 0, 20))
			return false;
	} while (cursor);
	if (total)
		log_write(LOG_LEVEL_INFO, "retention: deleted %llu reports older than %u days",
			(unsigned long long)total, housekeeping->retention_days);
	return true;
}

static void *keep_house(void *context)
{
	struct housekeeping *housekeeping = context;
	unsigned waited_s = RETENTION_S;

	do {
		look_whether_writable(housekeeping);
		if (!expire_challenges(housekeeping))
			break;
		waited_s += PROBE_S;
		if (waited_s >= RETENTION_S && housekeeping->retention_days) {
			waited_s = 0;
			if (!expire_reports(housekeeping))
				break;
		}
	} while (rest(housekeeping, PROBE_S, 0));
	return NULL;
}

int housekeeping_start(const struct config *config, struct store *store,
	struct housekeeping **ret_housekeeping, struct error *err)
{
	struct housekeeping *housekeeping = calloc(1, sizeof(*housekeeping));
	pthread_condattr_t attributes;

	if (!housekeeping)
		return error_set(err, ERROR_NO_MEMORY, "no memory for housekeeping");
	housekeeping->store = store;
	housekeeping->retention_days = config->retention_days;
	atomic_init(&housekeeping->can_write, true);
	pthread_mutex_init(&housekeeping->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&housekeeping->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	if (pthread_create(&housekeeping->thread, NULL, keep_house, housekeeping)) {
		free(housekeeping);
		return error_set(err, ERROR_NO_MEMORY, "no memory for a thread");
	}
	*ret_housekeeping = housekeeping;
	return 0;
}

bool housekeeping_can_write(const struct housekeeping *housekeeping)
{
	return atomic_load(&housekeeping->can_write);
}

void housekeeping_stop(struct housekeeping *housekeeping)
{
	if (!housekeeping)
		return;
	pthread_mutex_lock(&housekeeping->lock);
	housekeeping->is_ending = true;
	pthread_cond_signal(&housekeeping->changed);
	pthread_mutex_unlock(&housekeeping->lock);
	pthread_join(housekeeping->thread, NULL);
	pthread_cond_destroy(&housekeeping->changed);
	pthread_mutex_destroy(&housekeeping->lock);
	free(housekeeping);
}
