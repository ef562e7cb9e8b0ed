/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/ek/kdf.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <stdbool.h>
#include <string.h>

#include "collector/ek/openssl_error.h"

const char *kdf_hash_name(uint16_t hash)
{
	switch (hash) {
	case TCG_ALG_SHA256:
		return "SHA2-256";
	case TCG_ALG_SHA384:
		return "SHA2-384";
	case TCG_ALG_SHA512:
		return "SHA2-512";
	default:
		return NULL;
	}
}

/* libcrypto only reads what these parameters point at. */
static OSSL_PARAM text_param(const char *name, const char *text)
{
	return OSSL_PARAM_construct_utf8_string(name, (char *)text, 0);
}

static OSSL_PARAM bytes_param(const char *name, const void *bytes, size_t len)
{
	return OSSL_PARAM_construct_octet_string(name, (void *)bytes, len);
}

static int refuse_hash(uint16_t hash, struct error *err)
{
	return error_set(err, ERROR_UNSUPPORTED, "no keys are derived with hash 0x%04x", hash);
}

int kdf_a(uint16_t hash, const struct crypto_bytes *key, const char *label,
	const struct crypto_bytes *context, uint8_t *ret_key, size_t len, struct error *err)
{
	const char *hash_name = kdf_hash_name(hash);
	const OSSL_PARAM params[] = {
		text_param(OSSL_KDF_PARAM_MODE, "counter"),
		text_param(OSSL_KDF_PARAM_MAC, "HMAC"),
		text_param(OSSL_KDF_PARAM_DIGEST, hash_name),
		bytes_param(OSSL_KDF_PARAM_KEY, key->bytes, key->len),
		bytes_param(OSSL_KDF_PARAM_SALT, label, strlen(label)),
		bytes_param(OSSL_KDF_PARAM_INFO, context->bytes, context->len),
		OSSL_PARAM_construct_end(),
	};
	EVP_KDF *kdf;
	EVP_KDF_CTX *state;
	bool is_good;

	if (!hash_name)
		return refuse_hash(hash, err);
	ERR_clear_error();
	kdf = EVP_KDF_fetch(NULL, "KBKDF", NULL);
	state = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
	is_good = state && EVP_KDF_derive(state, ret_key, len, params) > 0;
	EVP_KDF_CTX_free(state);
	EVP_KDF_free(kdf);
	return is_good ? 0 : openssl_error(err, ERROR_CRYPTO, "KBKDF");
}

/* Not libcrypto's SSKDF: that of OpenSSL 3.0 crashes where memory is short. */
int kdf_e(uint16_t hash, const struct crypto_bytes *z, const char *label,
	const struct crypto_bytes *party_u, const struct crypto_bytes *party_v, uint8_t *ret_key,
	size_t len, struct error *err)
{
	const size_t step = tcg_digest_size(hash);
	uint8_t counter[4] = {0}, digest[TCG_DIGEST_MAX];
	const struct crypto_bytes parts[] = {
		{counter, sizeof(counter)}, *z, {label, strlen(label) + 1}, *party_u, *party_v};
	int rc = kdf_hash_name(hash) ? 0 : refuse_hash(hash, err);

	for (size_t done = 0; !rc && done < len; done += step) {
		counter[3]++;
		rc = crypto_digest(hash, parts, sizeof(parts) / sizeof(parts[0]), digest, err);
		if (!rc)
			memcpy(ret_key + done, digest, len - done < step ? len - done : step);
	}
	OPENSSL_cleanse(digest, sizeof(digest));
	return rc;
}
