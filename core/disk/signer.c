/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/disk/signer.h"

#include <string.h>

#include "core/buf.h"
#include "core/crypto/crypto.h"
#include "core/disk/public_key.h"
#include "core/tcg/tcg.h"

#define USUAL_EXPONENT 65537U
#define TPMA_OF_SIGNER 0x00060040U /* decrypt, sign, userWithAuth: tpm2_tpm2b_public_from_rsa() */

/* The name of the TPMT_PUBLIC that systemd loads it as. */
static int make_name(const struct crypto_bytes *modulus, uint32_t exponent,
	uint8_t ret_name[SIGNER_NAME_SIZE], struct error *err)
{
	BUF_SCOPED area = {0};
	struct crypto_bytes bytes;
	uint8_t digest[TCG_DIGEST_MAX];
	int rc;

	buf_append_u16be(&area, TCG_ALG_RSA);
	buf_append_u16be(&area, TCG_ALG_SHA256);
	buf_append_u32be(&area, TPMA_OF_SIGNER);
	buf_append_u16be(&area, 0); /* authPolicy */
	buf_append_u16be(&area, TCG_ALG_NULL);
	buf_append_u16be(&area, TCG_ALG_NULL);
	buf_append_u16be(&area, (uint16_t)(8 * modulus->len));
	buf_append_u32be(&area, exponent);
	buf_append_u16be(&area, (uint16_t)modulus->len);
	buf_append(&area, modulus->bytes, modulus->len);
	if (area.failed)
		return error_set(err, ERROR_NO_MEMORY, "no memory for a signer's key");
	bytes = (struct crypto_bytes){area.data, area.len};
	rc = crypto_digest(TCG_ALG_SHA256, &bytes, 1, digest, err);
	if (rc)
		return rc;
	ret_name[0] = 0;
	ret_name[1] = TCG_ALG_SHA256;
	memcpy(ret_name + 2, digest, SIGNER_NAME_SIZE - 2);
	return 0;
}

int signer_read(const char *pem, size_t len, struct signer *ret_signer, struct error *err)
{
	uint8_t der[PUBLIC_KEY_DER_MAX], digest[TCG_DIGEST_MAX];
	struct signer signer;
	struct public_key key;
	int rc = public_key_read(pem, len, der, &key, err);

	if (!rc)
		rc = crypto_digest(TCG_ALG_SHA256, &key.whole, 1, digest, err);
	if (!rc)
		rc = make_name(&key.modulus, key.exponent, signer.names[0], err);
	if (!rc)
		rc = make_name(&key.modulus, key.exponent == USUAL_EXPONENT ? 0 : key.exponent,
			signer.names[1], err);
	if (rc)
		return rc;
	memcpy(signer.fingerprint, digest, sizeof(signer.fingerprint));
	signer.bits = (uint16_t)(8 * key.modulus.len);
	*ret_signer = signer;
	return 0;
}
