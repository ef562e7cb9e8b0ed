/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether event logs are what they are kept as. */
#include <string.h>

#include "collector/store/store.h"
#include "collector/store/store_verify.h"

struct looking {
	struct store_verification *to;
	size_t count;
	int rc;
	struct error err;
};

static bool look(const struct store_log *log, void *context)
{
	struct looking *looking = context;
	struct store_verification *to = looking->to;
	uint8_t digest[TCG_DIGEST_MAX];
	char name[2 * STORE_HASH_SIZE + 1];

	looking->rc = crypto_digest(TCG_ALG_SHA256, &log->bytes, 1, digest, &looking->err);
	if (looking->rc)
		return false;
	looking->count++;
	to->at.id = 1;
	memcpy(to->at.hash, log->sha256, sizeof(to->at.hash));
	if (!memcmp(digest, log->sha256, sizeof(log->sha256))) {
		to->count++;
		return true;
	}
	text_hex(log->sha256, sizeof(log->sha256), name, sizeof(name));
	store_verify_found(to, 0, "event log %s was changed", name);
	return true;
}

int store_verify_logs(
	struct store *store, struct store_verification *verification, struct error *err)
{
	struct looking looking = {.to = verification};
	uint8_t after[STORE_HASH_SIZE];
	int rc;

	memcpy(after, verification->at.hash, sizeof(after));
	verification->fault_count = verification->seen_count = 0;
	rc = store_list_logs(store, after, STORE_LOGS_STEP, look, &looking, err);
	if (!rc && looking.rc)
		rc = error_copy(err, &looking.err);
	verification->is_done = !rc && looking.count < STORE_LOGS_STEP;
	return rc;
}
