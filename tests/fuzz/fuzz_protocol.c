/* SPDX-License-Identifier: BSD-2-Clause */
/* What an agent, or whoever stands in its place, asks a collector: both requests. */
#include <string.h>

#include "collector/attestation/protocol.h"
#include "tests/fuzz/fuzz.h"

static void check_uuid(const char uuid[TEXT_UUID_SIZE])
{
	char canonical[TEXT_UUID_SIZE];

	FUZZ_ASSERT(memchr(uuid, 0, TEXT_UUID_SIZE));
	FUZZ_ASSERT(text_uuid(uuid, canonical) && strcmp(uuid, canonical) == 0);
}

static void check_challenge(const struct protocol_challenge *challenge)
{
	check_uuid(challenge->uuid);
	FUZZ_ASSERT(challenge->event < EVENT_COUNT);
	FUZZ_ASSERT(memchr(challenge->boot_id, 0, sizeof(challenge->boot_id)));
	FUZZ_ASSERT(challenge->ak.len <= sizeof(challenge->ak.data));
	FUZZ_ASSERT(challenge->eks.count > 0 && challenge->eks.count <= STORE_EKS_MAX);
	for (size_t i = 0; i < challenge->eks.count; i++) {
		const struct protocol_ek *ek = &challenge->eks.items[i];

		FUZZ_ASSERT(ek->public_area.len <= sizeof(ek->public_area.data));
		FUZZ_ASSERT(ek->certificate.len <= sizeof(ek->certificate.data));
	}
	FUZZ_ASSERT(challenge->chain.count <= PROTOCOL_CHAIN_MAX);
	for (size_t i = 0; i < challenge->chain.count; i++)
		FUZZ_ASSERT(
			challenge->chain.items[i].len <= sizeof(challenge->chain.items[i].data));
}

/* Either of a challenge and signed, or of a VM and not. */
static void check_report(const struct protocol_report *report)
{
	FUZZ_ASSERT(report->event < EVENT_COUNT);
	FUZZ_ASSERT(report->evidence.len <= sizeof(report->evidence.data));
	FUZZ_ASSERT(report->quote.attest.len <= STORE_QUOTE_MAX);
	FUZZ_ASSERT(report->quote.signature.len <= STORE_QUOTE_MAX);
	if (report->challenge.len) {
		FUZZ_ASSERT(
			report->challenge.len <= sizeof(report->challenge.data) && !*report->uuid);
		FUZZ_ASSERT(report->quote.attest.len && report->quote.signature.len);
	} else {
		check_uuid(report->uuid);
		FUZZ_ASSERT(!report->quote.attest.len && !report->quote.signature.len);
	}
}

static void check_error(int rc, const struct error *err)
{
	FUZZ_ASSERT(rc == -(int)err->code && err->message[0] && !strchr(err->message, '\n'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct crypto_bytes body = {data, size};
	struct protocol_challenge *challenge = NULL;
	struct protocol_report *report = NULL;
	struct error err = {0};
	int rc = protocol_read_challenge(&body, &challenge, &err);

	FUZZ_ASSERT(!rc == (challenge != NULL));
	if (challenge)
		check_challenge(challenge);
	else
		check_error(rc, &err);
	free(challenge);
	err = (struct error){0};
	rc = protocol_read_report(&body, &report, &err);
	FUZZ_ASSERT(!rc == (report != NULL));
	if (report)
		check_report(report);
	else
		check_error(rc, &err);
	free(report);
	return 0;
}
