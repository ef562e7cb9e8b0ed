/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/measured/event_difference.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/measured/event.h"
#include "core/text.h"

#define EV_NO_ACTION 0x00000003U

_Static_assert(sizeof(((struct event_change *)0)->meaning) == EVENT_MEANING_MAX,
	"a change has an event's meaning");

struct measured {
	uint32_t pcr;
	uint8_t digest[TCG_DIGEST_MAX];
	size_t used; /* of the first of equal ones: how many have been found in the other log */
};

/* What a log measured, in the order of compare(). */
struct measurements {
	uint32_t pcrs;
	uint16_t alg;
	struct measured *items;
	size_t count, room;
};

struct comparing {
	struct measurements *other;
	bool is_gone, is_over;
	event_change_visit *visit;
	void *context;
};

static int compare(const void *left, const void *right)
{
	const struct measured *one = left, *other = right;

	if (one->pcr != other->pcr)
		return one->pcr < other->pcr ? -1 : 1;
	return memcmp(one->digest, other->digest, sizeof(one->digest));
}

/* False: it extended none of these PCRs in this bank. */
static bool take(const struct eventlog_event *event, const struct measurements *of,
	struct measured *ret_measured)
{
	if (event->type == EV_NO_ACTION || !(of->pcrs & 1U << event->pcr))
		return false;
	for (size_t i = 0; i < event->digest_count; i++) {
		if (event->digests[i].alg != of->alg)
			continue;
		*ret_measured = (struct measured){.pcr = event->pcr};
		memcpy(ret_measured->digest, event->digests[i].bytes, tcg_digest_size(of->alg));
		return true;
	}
	return false;
}

static int collect(const struct eventlog_event *event, void *context, struct error *err)
{
	struct measurements *to = context;
	struct measured measured, *grown;

	if (!take(event, to, &measured))
		return 0;
	if (to->count == to->room) {
		to->room = to->room ? 2 * to->room : 128;
		grown = realloc(to->items, to->room * sizeof(*grown));
		if (!grown)
			return error_set(err, ERROR_NO_MEMORY, "no memory for events");
		to->items = grown;
	}
	to->items[to->count++] = measured;
	return 0;
}

/* Whether the other log has it once more than it was found there. */
static bool find(struct measurements *in, const struct measured *measured)
{
	size_t low = 0, high = in->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare(&in->items[middle], measured) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == in->count || compare(&in->items[low], measured) != 0)
		return false;
	high = low + in->items[low].used;
	if (high >= in->count || compare(&in->items[high], measured) != 0)
		return false;
	in->items[low].used++;
	return true;
}

static int tell(const struct eventlog_event *event, void *context, struct error *err)
{
	struct comparing *comparing = context;
	struct event_change change = {.pcr = event->pcr, .is_gone = comparing->is_gone};
	const char *type = event_type_name(event->type);
	struct measured measured;
	struct event read;
	int rc;

	if (comparing->is_over || !take(event, comparing->other, &measured))
		return 0;
	if (find(comparing->other, &measured))
		return 0;
	rc = event_read(event, false, &read, err);
	if (rc)
		return rc;
	if (type)
		snprintf(change.type, sizeof(change.type), "%s", type);
	else
		snprintf(change.type, sizeof(change.type), "0x%08" PRIx32, event->type);
	text_hex(measured.digest, tcg_digest_size(comparing->other->alg), change.digest,
		sizeof(change.digest));
	memcpy(change.meaning, read.meaning, sizeof(change.meaning));
	comparing->is_over = !comparing->visit(&change, comparing->context);
	return 0;
}

static int read_log(const struct crypto_bytes *log, struct measurements *to, struct error *err)
{
	struct eventlog replayed;
	int rc = eventlog_replay(log->bytes, log->len, collect, to, &replayed, err);

	if (!rc && to->count)
		qsort(to->items, to->count, sizeof(*to->items), compare);
	return rc;
}

static bool has_bank(const struct eventlog *log, uint16_t alg)
{
	return tcg_find_bank(log->banks, log->bank_count, alg) != NULL;
}

static int choose_bank(const struct crypto_bytes *then, const struct crypto_bytes *now,
	uint16_t *ret_alg, struct error *err)
{
	struct eventlog was, is;
	uint16_t alg = 0;
	int rc = eventlog_replay(then->bytes, then->len, NULL, NULL, &was, err);

	if (!rc)
		rc = eventlog_replay(now->bytes, now->len, NULL, NULL, &is, err);
	if (rc)
		return rc;
	for (size_t i = 0; i < is.bank_count; i++) {
		const bool is_better = !alg || is.banks[i].alg == TCG_ALG_SHA256;

		if (is_better && has_bank(&was, is.banks[i].alg))
			alg = is.banks[i].alg;
	}
	if (!alg)
		return error_set(err, ERROR_UNSUPPORTED, "the logs are of different banks");
	*ret_alg = alg;
	return 0;
}

int event_difference_find(const struct crypto_bytes *then, const struct crypto_bytes *now,
	uint32_t pcrs, event_change_visit *visit, void *context, struct error *err)
{
	struct measurements was = {.pcrs = pcrs}, is = {.pcrs = pcrs};
	struct comparing gone = {.other = &is, .is_gone = true, .visit = visit, .context = context};
	struct comparing new = {.other = &was, .visit = visit, .context = context};
	struct eventlog ignored;
	int rc = choose_bank(then, now, &was.alg, err);

	is.alg = was.alg;
	if (!rc)
		rc = read_log(then, &was, err);
	if (!rc)
		rc = read_log(now, &is, err);
	if (!rc)
		rc = eventlog_replay(then->bytes, then->len, tell, &gone, &ignored, err);
	new.is_over = gone.is_over;
	if (!rc)
		rc = eventlog_replay(now->bytes, now->len, tell, &new, &ignored, err);
	free(was.items);
	free(is.items);
	return rc;
}
