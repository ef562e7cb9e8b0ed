/* SPDX-License-Identifier: BSD-2-Clause */
/* A volume's header and its tokens. What follows the first byte is a header or, where that is odd,
 * the metadata alone: nobody guesses a checksum. */
#include <string.h>

#include "core/disk/judge.h"
#include "core/disk/luks2.h"
#include "core/disk/token.h"
#include "tests/fuzz/fuzz.h"

static int look(const struct disk_token *token, void *context, struct error *err)
{
	static const struct tcg_pcr_bank bank = {.alg = TCG_ALG_SHA256, .pcrs = 0xffffff};
	static const char signatures[] = "{\"sha256\":[{\"pkfp\":\"00\",\"pol\":\"00\"}]}";
	static const char pcrlock[] = "{\"pcrValues\":[]}";
	const struct disk_moments moments = {.now = {1, &bank},
		.signatures = signatures,
		.signatures_len = sizeof(signatures) - 1,
		.pcrlock = pcrlock,
		.pcrlock_len = sizeof(pcrlock) - 1};
	const struct disk_outcome outcome = {.load = DISK_LOADED,
		.nv = DISK_NV_THERE,
		.nv_len = 34,
		.nv_content = {0, TCG_ALG_SHA256}};
	struct unlock_slot slot;

	(void)context;
	(void)err;
	FUZZ_ASSERT(token->number < DISK_TOKENS_MAX);
	FUZZ_ASSERT(strlen(token->type) < sizeof(token->type));
	FUZZ_ASSERT(token->is_sealed || !token->is_read);
	if (token->is_read) {
		FUZZ_ASSERT(token->sealed.share_count >= 1);
		FUZZ_ASSERT(token->sealed.share_count <= SEALED_SHARES_MAX);
		FUZZ_ASSERT(token->sealed.pcrs >> TCG_PCR_COUNT == 0);
	} else if (token->is_sealed) {
		FUZZ_ASSERT(token->error.message[0]);
	}
	disk_judge(token, &outcome, &moments, &slot);
	FUZZ_ASSERT(slot.result < UNLOCK_RESULT_COUNT);
	return 0;
}

static void read_tokens(const char *json, size_t len)
{
	struct error err;
	int rc = disk_tokens_read(json, len, look, NULL, &err);

	FUZZ_ASSERT(!rc || (rc == -(int)err.code && err.message[0]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct luks2 luks2;
	struct error err;
	int rc;

	if (!size)
		return 0;
	if (*data & 1) {
		read_tokens((const char *)data + 1, size - 1);
		return 0;
	}
	luks2_size(data + 1, size - 1);
	rc = luks2_read(data + 1, size - 1, &luks2, &err);
	if (rc) {
		FUZZ_ASSERT(rc == -(int)err.code && err.message[0]);
		return 0;
	}
	FUZZ_ASSERT(luks2.json_len < size);
	FUZZ_ASSERT(strlen(luks2.uuid) == TEXT_UUID_SIZE - 1);
	read_tokens(luks2.json, luks2.json_len);
	return 0;
}
