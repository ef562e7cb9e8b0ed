/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/attestation/rate.h"

#include <string.h>

#include "collector/network.h"
#include "core/crypto/crypto.h"

#define ONE 60000U /* milliseconds in a minute: a millisecond's share is a whole number */

static void start(struct rate_bucket *bucket, uint32_t per_minute, uint64_t now_ms)
{
	bucket->per_minute = per_minute;
	bucket->filled_ms = now_ms;
	bucket->credit = (uint64_t)per_minute * ONE;
}

static void fill(struct rate_bucket *bucket, uint64_t now_ms)
{
	const uint64_t full = (uint64_t)bucket->per_minute * ONE;
	uint64_t elapsed_ms = now_ms > bucket->filled_ms ? now_ms - bucket->filled_ms : 0;

	if (elapsed_ms >= ONE || bucket->credit + elapsed_ms * bucket->per_minute > full)
		bucket->credit = full;
	else
		bucket->credit += elapsed_ms * bucket->per_minute;
	bucket->filled_ms += elapsed_ms;
}

/* Seconds until it has one; 0: it has. */
static unsigned wait_s(const struct rate_bucket *bucket)
{
	if (bucket->credit >= ONE)
		return 0;
	return (unsigned)((ONE - bucket->credit - 1) / bucket->per_minute / 1000 + 1);
}

void rate_start(
	struct rate *rate, uint32_t per_minute, const uint8_t key[RATE_KEY_SIZE], uint64_t now_ms)
{
	uint32_t share = per_minute < RATE_SHARE ? 1 : per_minute / RATE_SHARE;

	pthread_mutex_init(&rate->lock, NULL);
	start(&rate->all, per_minute, now_ms);
	rate->has_senders = key != NULL;
	if (key)
		memcpy(rate->key, key, sizeof(rate->key));
	for (size_t i = 0; i < RATE_SENDERS; i++)
		start(&rate->senders[i], share, now_ms);
}

void rate_end(struct rate *rate)
{
	pthread_mutex_destroy(&rate->lock);
}

/* The sender's bucket, or NULL. */
static struct rate_bucket *find_sender(struct rate *rate, const char *sender)
{
	uint8_t digest[TCG_DIGEST_MAX];
	char network[NETWORK_SIZE];
	struct crypto_bytes parts[] = {
		{rate->key, sizeof(rate->key)}, {(const uint8_t *)network, 0}};
	struct error ignored;

	if (!rate->has_senders || !network_of(sender, network))
		return NULL;
	parts[1].len = strlen(network);
	if (crypto_digest(TCG_ALG_SHA256, parts, 2, digest, &ignored))
		return NULL;
	return &rate->senders[(digest[0] << 8 | digest[1]) % RATE_SENDERS];
}

bool rate_take(struct rate *rate, const char *sender, uint64_t now_ms, unsigned *ret_retry_s)
{
	struct rate_bucket *buckets[2] = {&rate->all};
	unsigned longest_s = 0;
	size_t count;

	if (!rate->all.per_minute)
		return true;
	buckets[1] = find_sender(rate, sender);
	count = buckets[1] ? 2 : 1;
	pthread_mutex_lock(&rate->lock);
	for (size_t i = 0; i < count; i++) {
		unsigned seconds;

		fill(buckets[i], now_ms);
		seconds = wait_s(buckets[i]);
		longest_s = seconds > longest_s ? seconds : longest_s;
	}
	for (size_t i = 0; !longest_s && i < count; i++)
		buckets[i]->credit -= ONE;
	pthread_mutex_unlock(&rate->lock);
	if (longest_s)
		*ret_retry_s = longest_s;
	return !longest_s;
}
