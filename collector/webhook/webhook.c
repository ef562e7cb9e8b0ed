/* SPDX-License-Identifier: BSD-2-Clause */
/* The thread that tells a receiver what happened, one event after the other, VM by VM. */
#include "collector/webhook/webhook.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/metrics.h"
#include "collector/ticker.h"
#include "collector/webhook/webhook_claims.h"
#include "collector/webhook/webhook_cursor.h"
#include "collector/webhook/webhook_event.h"
#include "collector/webhook/webhook_queue.h"
#include "collector/webhook/webhook_send.h"
#include "core/log.h"
#include "core/text.h"
#include "platform/system.h"

#define SECRET_MIN  16
#define SECRET_MAX  4096
#define LOOK_MS     5000    /* what another process wrote is seen so late */
#define BACKOFF_MS  1000U   /* after the first failure; twice as long after each further one, */
#define BACKOFF_MAX 300000U /* up to this; half of it up or down, so that not all come at once */

struct webhook {
	struct store *store;
	struct webhook_target target;
	char url[512], ca[512];
	struct webhook_cursor cursor;
	bool has_duty;
	struct webhook_queue queue;
	struct webhook_claims claims;
	unsigned failures; /* in a row */
	struct ticker *ticker;
};

/* --- telling --- */

static unsigned backoff(const struct webhook *webhook)
{
	unsigned wait =
		webhook->failures > 8 ? BACKOFF_MAX : BACKOFF_MS << (webhook->failures - 1U);
	uint16_t random = 0;
	struct error ignored;

	platform_random(&random, sizeof(random), &ignored);
	return wait / 2 + (unsigned)((uint64_t)wait * random / UINT16_MAX);
}

/* One attempt; where it fails, some rest. */
static bool deliver(struct webhook *webhook, struct ticker *ticker, const struct buf *event)
{
	struct error err;
	int rc = webhook_send(&webhook->target, event, &err);

	if (rc && atomic_load(&webhook->target.ends))
		return false;
	metrics_count_webhook(rc == 0);
	if (!rc) {
		webhook->failures = 0;
		return true;
	}
	webhook->failures++;
	log_write(LOG_LEVEL_WARNING, "webhook: %s", err.message);
	ticker_rest(ticker, backoff(webhook));
	return false;
}

/* Both tell one event, and return whether there may be more. An event that was not taken is made
 * again: its VM's state may be another one now. */
static bool tell_verdict(struct webhook *webhook, struct ticker *ticker)
{
	struct webhook_queue *queue = &webhook->queue;
	const struct webhook_verdict *next;
	BUF_SCOPED event = {0};
	struct error err;

	if (webhook_queue_fill(queue, webhook->store, &err))
		log_write(LOG_LEVEL_WARNING, "webhook: %s", err.message);
	next = webhook_queue_next(queue);
	if (next) {
		webhook_verdict_event(&event, next);
		if (!event.failed && deliver(webhook, ticker, &event))
			webhook_queue_pop(queue);
	}
	webhook_cursor_settle(
		&webhook->cursor, &webhook->cursor.appraisal, webhook_queue_settled(queue));
	return webhook_queue_next(queue) != NULL;
}

static bool take_audit(const struct store_audit *audit, void *context)
{
	*(struct store_audit *)context = *audit;
	return false;
}

static bool tell_audit(struct webhook *webhook, struct ticker *ticker)
{
	struct store_audit audit = {0};
	BUF_SCOPED event = {0};
	struct error err;

	if (store_list_audit(webhook->store, webhook->cursor.audit, 1, take_audit, &audit, &err))
		return false;
	if (!audit.link.id)
		return false;
	webhook_audit_event(&event, &audit);
	if (event.failed)
		return false;
	if (!event.len || deliver(webhook, ticker, &event))
		webhook_cursor_settle(&webhook->cursor, &webhook->cursor.audit, audit.link.id);
	return true;
}

static bool take_claim(const struct store_claim *claim, void *context)
{
	*(struct store_claim *)context = *claim;
	return false;
}

static void send_once(struct webhook *webhook, const struct store_claim *claim)
{
	BUF_SCOPED event = {0};
	struct error err;
	int rc;

	webhook_claim_event(&event, claim);
	if (event.failed)
		return;
	rc = webhook_send(&webhook->target, &event, &err);
	if (rc && atomic_load(&webhook->target.ends))
		return;
	metrics_count_webhook(rc == 0);
	if (rc)
		log_write(LOG_LEVEL_WARNING, "webhook: claim %" PRIu64 " is not told: %s",
			claim->id, err.message);
}

/* A claim has words of anybody's, which a receiver may refuse: it is sent once, after what waits,
 * and holds nothing up. */
static bool tell_claim(struct webhook *webhook)
{
	const uint64_t now_ms = platform_monotonic_ms();
	struct store_claim claim = {0};
	struct error err;

	if (webhook->failures || store_list_new_claims(webhook->store, webhook->cursor.claim, 1,
					 take_claim, &claim, &err))
		return false;
	if (!claim.id)
		return false;
	if (webhook_claims_is_due(&webhook->claims, &claim, now_ms)) {
		send_once(webhook, &claim);
		webhook_claims_told(&webhook->claims, &claim, now_ms);
	}
	webhook_cursor_settle(&webhook->cursor, &webhook->cursor.claim, claim.id);
	return true;
}

/* Whoever told until now may have gone further than was known here. */
static bool take_duty(struct webhook *webhook)
{
	const bool had_duty = webhook->has_duty;
	struct error err;

	webhook->has_duty = store_has_duty(webhook->store);
	if (!webhook->has_duty || had_duty)
		return webhook->has_duty;
	webhook->has_duty = webhook_cursor_read(&webhook->cursor.file, &webhook->cursor, &err) == 0;
	if (!webhook->has_duty) {
		log_write(LOG_LEVEL_WARNING, "webhook: %s", err.message);
		return false;
	}
	webhook_queue_end(&webhook->queue);
	webhook_queue_start(&webhook->queue, webhook->cursor.appraisal);
	return true;
}

static void tell_all(struct ticker *ticker, bool is_due, void *context)
{
	struct webhook *webhook = context;
	bool has_more = true;

	(void)is_due;
	while (has_more && !atomic_load(&webhook->target.ends) && take_duty(webhook)) {
		has_more = tell_verdict(webhook, ticker);
		has_more = tell_audit(webhook, ticker) || has_more;
		has_more = tell_claim(webhook) || has_more;
	}
}

/* --- starting and ending --- */

static int read_secret(struct webhook *webhook, const char *path, struct error *err)
{
	struct buf *secret = &webhook->target.secret;
	int rc = platform_file_read(path, SECRET_MAX, secret, err);

	if (rc)
		return rc;
	secret->len = text_trim_line_end(secret->data, secret->len);
	if (secret->len < SECRET_MIN)
		return error_set(err, ERROR_CONFIG, "%s: shorter than %d bytes", path, SECRET_MIN);
	return 0;
}

static void free_webhook(struct webhook *webhook)
{
	webhook_queue_end(&webhook->queue);
	buf_free(&webhook->target.secret);
	free(webhook);
}

int webhook_start(
	const struct webhook_settings *settings, struct webhook **ret_webhook, struct error *err)
{
	struct webhook *webhook = calloc(1, sizeof(*webhook));
	int rc;

	if (!webhook)
		return error_set(err, ERROR_NO_MEMORY, "no memory for webhooks");
	webhook->store = settings->store;
	snprintf(webhook->url, sizeof(webhook->url), "%s", settings->url);
	snprintf(webhook->ca, sizeof(webhook->ca), "%s", settings->ca);
	webhook->has_duty = !store_is_shared(webhook->store);
	webhook->target.url = webhook->url;
	webhook->target.ca = webhook->ca;
	webhook->target.allows_private = settings->allows_private;
	rc = read_secret(webhook, settings->secret, err);
	if (!rc)
		rc = webhook_cursor_read(&settings->cursor, &webhook->cursor, err);
	webhook_queue_start(&webhook->queue, webhook->cursor.appraisal);
	if (!rc)
		rc = ticker_start(&webhook->ticker, "webhooks", LOOK_MS, tell_all, webhook, err);
	if (rc)
		free_webhook(webhook);
	else
		*ret_webhook = webhook;
	return rc;
}

void webhook_wake(struct webhook *webhook)
{
	ticker_wake(webhook->ticker);
}

void webhook_stop(struct webhook *webhook)
{
	if (!webhook)
		return;
	/* A request under way is given up. */
	atomic_store(&webhook->target.ends, true);
	ticker_stop(webhook->ticker);
	free_webhook(webhook);
}
