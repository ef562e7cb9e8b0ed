/* SPDX-License-Identifier: BSD-2-Clause */
/* core/crypto/crypto.h over Windows' CNG: digests and signatures. Certificates are in
 * certificate.c. */
#include "win32/api.h"

#include <bcrypt.h>
#include <string.h>

#include "core/crypto/crypto.h"

static const wchar_t *algorithm_name(uint16_t alg)
{
	switch (alg) {
	case TCG_ALG_SHA1:
		return BCRYPT_SHA1_ALGORITHM;
	case TCG_ALG_SHA256:
		return BCRYPT_SHA256_ALGORITHM;
	case TCG_ALG_SHA384:
		return BCRYPT_SHA384_ALGORITHM;
	case TCG_ALG_SHA512:
		return BCRYPT_SHA512_ALGORITHM;
	default:
		return NULL;
	}
}

/* The provider of an algorithm, opened once: that costs more than a digest. */
static BCRYPT_ALG_HANDLE provider_of(uint16_t alg)
{
	static struct {
		uint16_t alg;
		BCRYPT_ALG_HANDLE provider;
	} providers[4];
	BCRYPT_ALG_HANDLE provider = NULL;
	size_t i = 0;

	while (i < 4 && providers[i].provider && providers[i].alg != alg)
		i++;
	if (i == 4)
		return NULL;
	if (providers[i].provider)
		return providers[i].provider;
	if (!BCryptOpenAlgorithmProvider(&provider, algorithm_name(alg), NULL, 0)) {
		providers[i].alg = alg;
		providers[i].provider = provider;
	}
	return providers[i].provider;
}

int crypto_digest(uint16_t alg, const struct crypto_bytes *parts, size_t count,
	uint8_t ret_digest[TCG_DIGEST_MAX], struct error *err)
{
	BCRYPT_HASH_HANDLE hash = NULL;
	uint8_t digest[TCG_DIGEST_MAX];
	NTSTATUS status;

	if (!algorithm_name(alg))
		return error_set(err, ERROR_UNSUPPORTED, "no hash algorithm 0x%04x here", alg);
	status = BCryptCreateHash(provider_of(alg), &hash, NULL, 0, NULL, 0, 0);
	for (size_t i = 0; !status && i < count; i++)
		status = BCryptHashData(hash, (PUCHAR)parts[i].bytes, (ULONG)parts[i].len, 0);
	if (!status)
		status = BCryptFinishHash(hash, digest, (ULONG)tcg_digest_size(alg), 0);
	if (hash)
		BCryptDestroyHash(hash);
	if (status)
		return error_set(
			err, ERROR_CRYPTO, "CNG: no %s digest: 0x%08lx", tcg_alg_name(alg), status);
	memcpy(ret_digest, digest, tcg_digest_size(alg));
	return 0;
}

/* A number of at most 32 bytes, right-aligned. */
static void copy_number(uint8_t to[32], const struct crypto_bytes *number)
{
	if (number->len)
		memcpy(to + 32 - number->len, number->bytes, number->len);
}

int crypto_verify_ecdsa(const struct crypto_public *key, const uint8_t *digest, size_t digest_len,
	const struct crypto_bytes *r, const struct crypto_bytes *s, struct error *err)
{
	struct {
		BCRYPT_ECCKEY_BLOB head;
		uint8_t point[64];
	} blob = {.head = {.dwMagic = BCRYPT_ECDSA_PUBLIC_P256_MAGIC, .cbKey = 32}};
	uint8_t signature[64] = {0};
	BCRYPT_ALG_HANDLE provider = NULL;
	BCRYPT_KEY_HANDLE loaded = NULL;
	NTSTATUS status;

	if (key->alg != TCG_ALG_ECC || key->curve != TCG_CURVE_P256 || key->unique_len != 64)
		return error_set(err, ERROR_UNSUPPORTED, "not a key on P-256");
	if (r->len > 32 || s->len > 32)
		return error_set(err, ERROR_CRYPTO, "the signature does not verify");
	memcpy(blob.point, key->unique, 64);
	copy_number(signature, r);
	copy_number(signature + 32, s);
	status = BCryptOpenAlgorithmProvider(&provider, BCRYPT_ECDSA_P256_ALGORITHM, NULL, 0);
	if (!status)
		status = BCryptImportKeyPair(provider, NULL, BCRYPT_ECCPUBLIC_BLOB, &loaded,
			(PUCHAR)&blob, sizeof(blob), 0);
	if (!status)
		status = BCryptVerifySignature(loaded, NULL, (PUCHAR)digest, (ULONG)digest_len,
			signature, sizeof(signature), 0);
	if (loaded)
		BCryptDestroyKey(loaded);
	if (provider)
		BCryptCloseAlgorithmProvider(provider, 0);
	return status ? error_set(err, ERROR_CRYPTO, "the signature does not verify") : 0;
}
