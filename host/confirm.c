/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/confirm.h"

#include <stdio.h>

#include "agent/platform.h"
#include "core/text.h"
#include "host/guest_channel.h"

#define NONCE_BYTES 32

int confirm_domain(virDomainPtr domain, const struct evidence *baseline, enum event event,
	uint32_t timeout_s, struct evidence **ret_evidence, struct verdict *ret_verdict,
	struct error *err)
{
	char digits[2 * NONCE_BYTES + 1], seconds[16];
	const char *const argv[] = {
		"vtpm-agent", "evidence", "--nonce", digits, "--timeout", seconds, NULL};
	uint8_t nonce[NONCE_BYTES];
	struct evidence *evidence = NULL;
	BUF_SCOPED document = {0};
	int status = 0;
	int rc = platform_random(nonce, sizeof(nonce), err);

	if (rc)
		return rc;
	text_hex(nonce, sizeof(nonce), digits, sizeof(digits));
	snprintf(seconds, sizeof(seconds), "%u", timeout_s);
	/* The agent ends by its own timeout, with a document that says what did not answer. */
	rc = guest_channel_run(
		domain, argv, timeout_s + 10, EVIDENCE_MAX_BYTES, &document, &status, err);
	if (rc)
		return rc;
	if (!document.len)
		return error_set(err, ERROR_IO,
			"vtpm-agent ended with status %d and no evidence; run it in the guest",
			status);
	rc = evidence_parse(document.data, document.len, &evidence, err);
	if (rc)
		return error_wrap(err, "the guest's evidence");
	continuity_judge(baseline, evidence, event, nonce, sizeof(nonce), ret_verdict);
	*ret_evidence = evidence;
	return 0;
}
