/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/event_log.h"

#include <stdio.h>
#include <string.h>

#include "core/crypto/crypto.h"
#include "core/log.h"
#include "core/signed/binding.h"
#include "platform/guest.h"

static int read_log(const struct evidence *evidence, struct buf *to, struct error *err)
{
	const struct evidence_digest *named = &evidence->event_log.sha256;
	bool is_same;
	uint8_t digest[TCG_DIGEST_MAX];
	struct crypto_bytes bytes;
	int rc = platform_event_log_read(&evidence->device, to, err);

	if (rc)
		return rc;
	bytes = (struct crypto_bytes){to->data, to->len};
	rc = crypto_digest(TCG_ALG_SHA256, &bytes, 1, digest, err);
	if (rc)
		return rc;
	is_same = named->len == tcg_digest_size(TCG_ALG_SHA256) &&
		  memcmp(named->data, digest, named->len) == 0;
	if (!is_same)
		return error_set(err, ERROR_MALFORMED, "it is not the one that was reported");
	if (to->len > PROTOCOL_LOG_BYTES_MAX)
		return error_set(
			err, ERROR_TOO_LARGE, "it has more than %zu bytes", PROTOCOL_LOG_BYTES_MAX);
	return 0;
}

/* Whom it does not let in, another ticket and another time may. */
static bool is_for_good(unsigned status)
{
	switch (status) {
	case 401:
	case 403:
	case 408:
	case 409:
	case 429:
		return false;
	default:
		return status / 100 == 4;
	}
}

bool event_log_send(struct collector_link *link, const struct evidence *evidence,
	const char *ticket, uint64_t deadline_us)
{
	char route[PROTOCOL_TICKET_MAX + 32];
	BUF_SCOPED log = {0};
	unsigned status = 0;
	struct error err;
	int rc = read_log(evidence, &log, &err);

	snprintf(route, sizeof(route), "/v1/event-logs?ticket=%s", ticket);
	if (!rc)
		rc = collector_link_upload(link, route, &log, deadline_us, &status, &err);
	if (rc)
		log_write(LOG_LEVEL_INFO, "the event log was not sent: %s", err.message);
	else
		log_write(LOG_LEVEL_INFO, "sent the event log: %zu bytes", log.len);
	return is_for_good(status);
}
