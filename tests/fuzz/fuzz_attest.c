/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/signed/attest.h"
#include "tests/fuzz/fuzz.h"

static void check_quote(const struct attest_quote *quote)
{
	struct evidence_pcrs pcrs = {.bank_count = quote->bank_count};

	FUZZ_ASSERT(quote->signer.len <= sizeof(quote->signer.data));
	FUZZ_ASSERT(quote->nonce_len <= sizeof(quote->nonce));
	FUZZ_ASSERT(quote->pcr_digest.len <= sizeof(quote->pcr_digest.data));
	FUZZ_ASSERT(quote->bank_count <= EVIDENCE_BANKS_MAX);
	for (size_t i = 0; i < quote->bank_count; i++) {
		FUZZ_ASSERT(quote->banks[i].pcrs >> TCG_PCR_COUNT == 0);
		pcrs.banks[i].alg = quote->banks[i].alg;
		pcrs.banks[i].pcrs = quote->banks[i].pcrs;
	}
	/* Nobody finds values of zero behind a digest; without a digest nothing is covered. */
	if (attest_covers(quote, &pcrs, TCG_ALG_SHA256))
		FUZZ_ASSERT(quote->pcr_digest.len == tcg_digest_size(TCG_ALG_SHA256));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct attest_quote quote;
	struct attest_nv nv;
	struct error err = {0};
	int rc = attest_read_quote(data, size, &quote, &err);

	FUZZ_ASSERT(!rc || (rc == -ERROR_MALFORMED && err.message[0]));
	if (!rc)
		check_quote(&quote);
	if (attest_read_nv(data, size, &nv, &err))
		return 0;
	FUZZ_ASSERT(rc); /* it is one or the other */
	FUZZ_ASSERT(nv.signer.len <= sizeof(nv.signer.data));
	FUZZ_ASSERT(nv.nonce_len <= sizeof(nv.nonce));
	FUZZ_ASSERT(nv.index_name.len <= sizeof(nv.index_name.data));
	return 0;
}
