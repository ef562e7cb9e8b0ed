/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/measured/boot_items.h"

#include <stdio.h>
#include <string.h>

#include "core/crypto/crypto.h"

#define NAMED_MAX (BOOT_ITEMS_MAX - 16) /* the rest is for items without a name */

/* These have texts that tell nothing from boot to boot, or too many of them. */
static bool is_nameless(enum boot_what what)
{
	return what == BOOT_WHAT_OTHER || what == BOOT_WHAT_TABLES || what == BOOT_WHAT_ACTION ||
	       what == BOOT_WHAT_BOOT_ENTRY || what == BOOT_WHAT_COMMAND;
}

static struct boot_item *find(
	struct boot_facts *facts, uint32_t pcr, enum boot_what what, const char *name)
{
	for (size_t i = 0; i < facts->items.count; i++) {
		struct boot_item *item = &facts->items.items[i];

		if (item->pcr == pcr && item->what == what && strcmp(item->name, name) == 0)
			return item;
	}
	return NULL;
}

/* NULL where there is no room. */
static struct boot_item *find_or_add(
	struct boot_facts *facts, uint32_t pcr, enum boot_what what, const char *name)
{
	struct boot_item *item = find(facts, pcr, what, name);

	if (item)
		return item;
	if (*name && facts->items.count >= NAMED_MAX)
		return find_or_add(facts, pcr, what, "");
	if (facts->items.count == BOOT_ITEMS_MAX)
		return NULL;
	item = &facts->items.items[facts->items.count++];
	*item = (struct boot_item){.pcr = (uint16_t)pcr, .what = what};
	snprintf(item->name, sizeof(item->name), "%s", name);
	return item;
}

static int extend(uint16_t alg, struct boot_digest *value, const uint8_t *digest, struct error *err)
{
	const struct crypto_bytes parts[] = {{value->data, value->len}, {digest, value->len}};
	uint8_t next[TCG_DIGEST_MAX];
	int rc = crypto_digest(alg, parts, 2, next, err);

	if (!rc)
		memcpy(value->data, next, value->len);
	return rc;
}

static int fold(uint16_t alg, struct boot_item *item, const uint8_t *digest, struct error *err)
{
	struct boot_digest value = {.len = tcg_digest_size(alg)};
	int rc = 0;

	if (!item->digest.len) {
		item->digest.len = value.len;
		memcpy(item->digest.data, digest, value.len);
		return 0;
	}
	if (item->events == 1) { /* it was the event's own */
		rc = extend(alg, &value, item->digest.data, err);
		item->digest = value;
	}
	return rc ? rc : extend(alg, &item->digest, digest, err);
}

int boot_items_add(struct boot_facts *facts, uint32_t pcr, const struct event *event,
	const uint8_t *digest, struct error *err)
{
	const char *name = is_nameless(event->what) ? "" : event->name;
	struct boot_item *item = find_or_add(facts, pcr, event->what, name);
	int rc = 0;

	if (!item) {
		facts->left_out++;
		return 0;
	}
	if (digest)
		rc = fold(facts->alg, item, digest, err);
	if (!rc)
		item->events++;
	return rc;
}
