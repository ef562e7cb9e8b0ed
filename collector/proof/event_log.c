/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/proof/event_log.h"

#include <string.h>

#include "core/buf.h"
#include "core/measured/boot_pcrs.h"

static bool leads_to(
	const struct evidence_pcrs *pcrs, const struct tcg_pcr_bank *banks, size_t count)
{
	struct boot_pcrs found;

	boot_pcrs_compare(pcrs->banks, pcrs->bank_count, banks, count, &found);
	return found.result == BOOT_PCRS_EQUAL || found.result == BOOT_PCRS_EXPLAINED;
}

bool event_log_is_named(const struct evidence *evidence, uint8_t ret_sha256[STORE_HASH_SIZE])
{
	const struct evidence_event_log *log = &evidence->event_log;

	if (!evidence_are_read(&log->part, &evidence->pcrs.part))
		return false;
	if (log->sha256.len != STORE_HASH_SIZE)
		return false;
	if (!log->bytes || log->bytes > STORE_LOG_MAX)
		return false;
	if (!leads_to(&evidence->pcrs, log->banks, log->bank_count))
		return false;
	memcpy(ret_sha256, log->sha256.data, STORE_HASH_SIZE);
	return true;
}

int event_log_check(
	const struct evidence *evidence, const struct crypto_bytes *log, struct error *err)
{
	uint8_t named[STORE_HASH_SIZE], digest[TCG_DIGEST_MAX];
	struct eventlog replayed;
	struct error why;
	int rc;

	if (!event_log_is_named(evidence, named))
		return error_set(err, ERROR_MALFORMED, "the report names no event log");
	rc = crypto_digest(TCG_ALG_SHA256, log, 1, digest, err);
	if (rc)
		return rc;
	if (memcmp(digest, named, sizeof(named)) != 0)
		return error_set(
			err, ERROR_MALFORMED, "it is not the event log that the report names");
	rc = eventlog_replay(log->bytes, log->len, NULL, NULL, &replayed, &why);
	if (rc == -ERROR_CRYPTO)
		return error_copy(err, &why);
	if (rc)
		return error_set(
			err, ERROR_MALFORMED, "it cannot be replayed: %.200s", why.message);
	if (!leads_to(&evidence->pcrs, replayed.banks, replayed.bank_count))
		return error_set(
			err, ERROR_MALFORMED, "it does not lead to the PCRs of the report's quote");
	return 0;
}

/* --- what is kept --- */

struct digesting {
	uint8_t digest[TCG_DIGEST_MAX];
	int rc;
	struct error *err;
};

static bool digest_log(const struct store_log *log, void *context)
{
	struct digesting *digesting = context;

	digesting->rc =
		crypto_digest(TCG_ALG_SHA256, &log->bytes, 1, digesting->digest, digesting->err);
	return false;
}

int event_log_prove(struct store *store, const struct evidence *evidence,
	struct event_log_seen *seen, bool *ret_is_right, struct error *err)
{
	struct digesting digesting = {.err = err};
	uint8_t sha256[STORE_HASH_SIZE];
	int rc;

	*ret_is_right = true;
	if (!event_log_is_named(evidence, sha256))
		return 0;
	if (seen->is_known && !memcmp(seen->sha256, sha256, sizeof(sha256)))
		return 0;
	rc = store_read_log(store, sha256, digest_log, &digesting, err);
	if (rc)
		return rc == -ERROR_NOT_FOUND ? 0 : rc;
	if (digesting.rc)
		return digesting.rc;
	*ret_is_right = !memcmp(digesting.digest, sha256, sizeof(sha256));
	seen->is_known = *ret_is_right;
	memcpy(seen->sha256, sha256, sizeof(sha256));
	return 0;
}
