/* SPDX-License-Identifier: BSD-2-Clause */
/* What is sealed beside disks. The first byte says what follows: even, a credential of
 * systemd-creds; odd, a TPM2B_PUBLIC and a TPM2B_PRIVATE. */
#include <stdlib.h>
#include <string.h>

#include "core/disk/credential.h"
#include "core/disk/judge.h"
#include "core/disk/object.h"
#include "tests/fuzz/fuzz.h"

static void look(const struct disk_token *token)
{
	static const struct tcg_pcr_bank bank = {.alg = TCG_ALG_SHA256, .pcrs = 0xffffff};
	static const char signatures[] = "{\"sha256\":[{\"pkfp\":\"00\",\"pol\":\"00\"}]}";
	const struct disk_moments moments = {.now = {1, &bank},
		.signatures = signatures,
		.signatures_len = sizeof(signatures) - 1};
	const struct disk_outcome outcome = {.load = DISK_LOADED};
	struct unlock_slot slot;

	FUZZ_ASSERT(token->is_sealed || !token->is_read);
	if (token->is_read) {
		FUZZ_ASSERT(token->sealed.share_count == 1);
		FUZZ_ASSERT(token->sealed.pcrs >> TCG_PCR_COUNT == 0);
		FUZZ_ASSERT(token->sealed.signed_pcrs >> TCG_PCR_COUNT == 0);
		FUZZ_ASSERT(token->sealed.signer.len <= sizeof(token->sealed.signer.text));
	} else if (token->is_sealed) {
		FUZZ_ASSERT(token->error.message[0]);
	}
	disk_judge(token, &outcome, &moments, &slot);
	FUZZ_ASSERT(slot.result < UNLOCK_RESULT_COUNT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct disk_token token;
	struct object_name name;
	struct error err;

	if (!size)
		return 0;
	if (*data & 1) {
		FUZZ_ASSERT(!object_name_parse("sealed,ecc,sha256:7", &name));
		object_read(&name, data + 1, size - 1, &token);
		FUZZ_ASSERT(token.is_sealed);
	} else {
		credential_is((const char *)data + 1, size - 1);
		if (credential_read((const char *)data + 1, size - 1, &token, &err))
			return 0;
	}
	look(&token);
	return 0;
}
