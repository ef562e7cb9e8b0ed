/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether the keys that sign attestation results are those that the audit log says. A key that
 * somebody put there, or one that was rotated away and kept, would be believed by others. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/ear/key.h"
#include "collector/operators/api_result_key.h"

/* A key as the log has it. */
struct made {
	char kid[EAR_KID_SIZE];
	uint64_t until_ms; /* 0: it signs */
	bool is_there;
};

struct making {
	struct made *items;
	size_t count;
	uint64_t last; /* event */
	bool has_no_memory;
};

struct comparing {
	struct making *log;
	struct store_verification *found;
	struct error *err;
	int rc;
};

static void add_fault(struct store_verification *found, const char *what, const char *kid)
{
	struct store_fault *fault = &found->faults[found->fault_count];

	if (found->fault_count == STORE_FAULTS_MAX)
		return;
	found->fault_count++;
	*fault = (struct store_fault){0};
	snprintf(fault->what, sizeof(fault->what), "the key %s of attestation results %s", kid,
		what);
}

/* --- what the log says --- */

static bool read_event(const char *detail, char ret_kid[EAR_KID_SIZE], uint64_t *ret_until_ms)
{
	static const char begin[] = "made ";
	char again[sizeof(((struct store_audit *)0)->detail)];
	const char *number = strrchr(detail, ' ');

	if (strncmp(detail, begin, strlen(begin)) != 0)
		return false;
	if (!number || !text_number(number + 1, 1, INT64_MAX, ret_until_ms))
		return false;
	snprintf(ret_kid, EAR_KID_SIZE, "%s", detail + strlen(begin));
	snprintf(again, sizeof(again), API_RESULT_KEY_MADE, ret_kid, *ret_until_ms);
	return !strcmp(again, detail);
}

static bool see_event(const struct store_audit *audit, void *context)
{
	struct making *log = context;
	struct made made = {.until_ms = 0}, *grown;
	uint64_t others_ms;

	log->last = audit->link.id;
	if (strcmp(audit->action, API_RESULT_KEY_ACTION) != 0)
		return true;
	if (!read_event(audit->detail, made.kid, &others_ms))
		return true;
	grown = realloc(log->items, (log->count + 1) * sizeof(*grown));
	log->has_no_memory = !grown;
	if (!grown)
		return false;
	log->items = grown;
	for (size_t i = 0; i < log->count; i++) {
		if (!grown[i].until_ms || grown[i].until_ms > others_ms)
			grown[i].until_ms = others_ms;
	}
	grown[log->count++] = made;
	return true;
}

static int read_log(struct store *store, struct making *log, struct error *err)
{
	uint64_t after;
	int rc;

	do {
		after = log->last;
		rc = store_list_audit(store, after, STORE_BATCH_MAX, see_event, log, err);
	} while (!rc && !log->has_no_memory && log->last > after);
	return !rc && log->has_no_memory ? error_set(err, ERROR_NO_MEMORY, "no memory for keys")
					 : rc;
}

/* --- what is there --- */

static struct made *find(struct making *log, const char *kid)
{
	for (size_t i = 0; i < log->count; i++) {
		if (!strcmp(log->items[i].kid, kid))
			return &log->items[i];
	}
	return NULL;
}

static bool compare_key(const struct store_result_key *key, void *context)
{
	struct comparing *comparing = context;
	char kid[EAR_KID_SIZE];
	struct made *made;

	ear_key_print(key->kid, kid);
	made = find(comparing->log, kid);
	if (made)
		made->is_there = true;
	comparing->rc = ear_key_check(key, comparing->err);
	if (comparing->rc == -ERROR_MALFORMED) {
		comparing->rc = 0;
		add_fault(comparing->found, "is not the one of its name", kid);
	} else if (!made) {
		add_fault(comparing->found, "was made by no audit event", kid);
	} else if (made->until_ms != key->until_ms) {
		add_fault(comparing->found, "is published for another time than the audit log says",
			kid);
	}
	return !comparing->rc;
}

static int compare(
	struct api *api, struct making *log, struct store_verification *found, struct error *err)
{
	struct comparing comparing = {log, found, err, 0};
	int rc = store_list_result_keys(api->store, STORE_BATCH_MAX, compare_key, &comparing, err);

	if (!rc)
		rc = comparing.rc;
	for (size_t i = 0; !rc && i < log->count; i++) {
		if (!log->items[i].is_there)
			add_fault(found, "is gone, and an audit event made it", log->items[i].kid);
	}
	return rc;
}

int api_verify_result_keys(
	struct api *api, struct store_verification *verification, struct error *err)
{
	const size_t before = verification->fault_count;
	int rc = 0;

	/* A rotation may come between the two. */
	for (int tries = 0; !rc && tries < 3; tries++) {
		struct making log = {0};

		verification->fault_count = before;
		rc = read_log(api->store, &log, err);
		if (!rc)
			rc = compare(api, &log, verification, err);
		free(log.items);
		if (verification->fault_count == before)
			break;
	}
	return rc;
}
