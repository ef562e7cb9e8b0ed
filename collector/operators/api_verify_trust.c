/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether the CAs that are trusted are those that the audit log's newest import left. */
#include <stdio.h>
#include <string.h>

#include "collector/operators/api_private.h"
#include "platform/system.h"

#define TRUSTED  " trusted, SHA-256 "
#define TRIES    5
#define PAUSE_US 100000

int api_print_trust(struct trust *trust, size_t added, struct store_audit *audit, struct error *err)
{
	uint8_t digest[STORE_HASH_SIZE];
	char hex[2 * STORE_HASH_SIZE + 1];
	size_t count;
	int rc = trust_digest(trust, &count, digest, err);

	if (rc)
		return rc;
	text_hex(digest, sizeof(digest), hex, sizeof(hex));
	snprintf(audit->detail, sizeof(audit->detail), "%zu added; %zu" TRUSTED "%s", added, count,
		hex);
	return 0;
}

/* --- verification --- */

struct import {
	uint64_t event; /* 0: there was none */
	bool has_digest;
	uint8_t digest[STORE_HASH_SIZE];
	uint64_t last;
};

static bool see_event(const struct store_audit *audit, void *context)
{
	struct import *import = context;
	const char *hex;

	import->last = audit->link.id;
	if (strcmp(audit->action, API_TRUST_ACTION) != 0)
		return true;
	hex = strstr(audit->detail, TRUSTED);
	hex = hex ? hex + strlen(TRUSTED) : "";
	import->event = audit->link.id;
	import->has_digest =
		text_unhex(hex, strlen(hex), import->digest, STORE_HASH_SIZE) == STORE_HASH_SIZE;
	return true;
}

static int find_import(struct store *store, struct import *ret_import, struct error *err)
{
	struct import import = {0};
	uint64_t after;
	int rc;

	do {
		after = import.last;
		rc = store_list_audit(store, after, STORE_BATCH_MAX, see_event, &import, err);
	} while (!rc && import.last > after);
	if (!rc)
		*ret_import = import;
	return rc;
}

static int compare(struct api *api, char *what, size_t size, struct error *err)
{
	uint8_t digest[STORE_HASH_SIZE];
	struct import import = {0};
	size_t count = 0;
	int rc = find_import(api->store, &import, err);

	*what = 0;
	if (!rc)
		rc = trust_digest(api->trust, &count, digest, err);
	if (rc)
		return rc;
	if (!import.event && count)
		snprintf(what, size, "%zu CAs are trusted, and no audit event added one", count);
	else if (import.has_digest && memcmp(digest, import.digest, sizeof(digest)) != 0)
		snprintf(what, size, "the %zu trusted CAs are not those that audit event %llu left",
			count, (unsigned long long)import.event);
	return 0;
}

/* An import writes its file first: for a moment there is no event of it. */
int api_compare_trust(struct api *api, char *what, size_t size, struct error *err)
{
	int rc = compare(api, what, size, err);

	for (int tries = 1; !rc && *what && tries < TRIES; tries++) {
		platform_sleep_us(PAUSE_US);
		rc = compare(api, what, size, err);
	}
	return rc;
}
