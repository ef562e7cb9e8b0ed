/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/measured/event_check.h"

#include <string.h>

#include "core/crypto/crypto.h"
#include "core/measured/uefi.h"

#define CANDIDATES_MAX 4
#define TAG_HEADER     8 /* TCG_PCClientTaggedEvent: its number and its size */

/* What the digest may be of. */
struct candidates {
	size_t count;
	struct crypto_bytes items[CANDIDATES_MAX];
};

static void add(struct candidates *to, const uint8_t *bytes, size_t len)
{
	if (to->count < CANDIDATES_MAX)
		to->items[to->count++] = (struct crypto_bytes){bytes, len};
}

static void add_without_nul(struct candidates *to, const uint8_t *bytes, size_t len)
{
	if (len && !bytes[len - 1])
		add(to, bytes, len - 1);
}

/* GRUB writes "grub_cmd: " before what it measures. */
static void add_behind_prefix(struct candidates *to, const uint8_t *bytes, size_t len)
{
	const uint8_t *colon = len ? memchr(bytes, ':', len) : NULL;
	size_t left = colon ? len - (size_t)(colon - bytes) : 0;

	if (left < 2 || colon[1] != ' ')
		return;
	left -= 2;
	if (left && !colon[2 + left - 1])
		left--;
	add(to, colon + 2, left);
}

static void collect(const struct eventlog_event *event, enum event_rule rule, struct candidates *to)
{
	static const uint8_t after_error[] = {1, 0, 0, 0};
	struct uefi_variable variable;

	add(to, event->data, event->len);
	switch (rule) {
	case EVENT_RULE_TEXT:
		add_without_nul(to, event->data, event->len);
		break;
	case EVENT_RULE_SEPARATOR:
		add(to, after_error, sizeof(after_error));
		break;
	case EVENT_RULE_VARIABLE:
		if (uefi_variable_read(event->data, event->len, &variable))
			add(to, variable.data, variable.len);
		break;
	case EVENT_RULE_MAYBE:
		add_without_nul(to, event->data, event->len);
		add_behind_prefix(to, event->data, event->len);
		if (event->len > TAG_HEADER)
			add(to, event->data + TAG_HEADER, event->len - TAG_HEADER);
		break;
	case EVENT_RULE_NONE:
	case EVENT_RULE_DATA:
		break;
	}
}

/* Each bank's digest is of these bytes. */
static int are_of(const struct eventlog_event *event, const struct crypto_bytes *bytes,
	bool *ret_are, struct error *err)
{
	for (size_t i = 0; i < event->digest_count; i++) {
		const struct eventlog_digest *digest = &event->digests[i];
		uint8_t value[TCG_DIGEST_MAX];
		int rc = crypto_digest(digest->alg, bytes, 1, value, err);

		if (rc)
			return rc;
		if (memcmp(value, digest->bytes, tcg_digest_size(digest->alg)) != 0) {
			*ret_are = false;
			return 0;
		}
	}
	*ret_are = event->digest_count > 0;
	return 0;
}

int event_check(const struct eventlog_event *event, enum event_rule rule,
	enum event_check *ret_check, struct error *err)
{
	struct candidates candidates = {0};

	*ret_check = EVENT_OTHER_DATA;
	if (rule == EVENT_RULE_NONE || !event->digest_count)
		return 0;
	collect(event, rule, &candidates);
	for (size_t i = 0; i < candidates.count; i++) {
		bool are = false;
		int rc = are_of(event, &candidates.items[i], &are, err);

		if (rc)
			return rc;
		if (are) {
			*ret_check = EVENT_MATCHES;
			return 0;
		}
	}
	if (rule != EVENT_RULE_MAYBE)
		*ret_check = EVENT_DIFFERS;
	return 0;
}
