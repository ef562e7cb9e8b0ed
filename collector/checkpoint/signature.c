/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/checkpoint/signature.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "collector/ek/openssl_error.h"
#include "core/base64.h"

#define SIGNATURE_MAX 128

static EVP_PKEY *read_key(const struct buf *pem, bool is_private)
{
	BIO *bio = BIO_new_mem_buf(pem->data, (int)pem->len);
	EVP_PKEY *key = NULL;

	if (!bio)
		return NULL;
	/* An empty passphrase: else libcrypto asks for one at the terminal. */
	key = is_private ? PEM_read_bio_PrivateKey(bio, NULL, NULL, (void *)"")
			 : PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
	BIO_free(bio);
	return key;
}

static bool is_usable(const EVP_PKEY *key)
{
	if (EVP_PKEY_is_a(key, "ED25519"))
		return true;
	return EVP_PKEY_is_a(key, "EC") && EVP_PKEY_get_bits(key) == 256;
}

/* Ed25519 hashes by itself. */
static const EVP_MD *digest_of(const EVP_PKEY *key)
{
	return EVP_PKEY_is_a(key, "ED25519") ? NULL : EVP_sha256();
}

static int open_key(const struct buf *pem, bool is_private, EVP_PKEY **ret_key, struct error *err)
{
	EVP_PKEY *key = read_key(pem, is_private);

	if (key && is_usable(key)) {
		*ret_key = key;
		return 0;
	}
	if (!key)
		return openssl_error(err, ERROR_CONFIG,
			is_private ? "no private key in PEM" : "no public key in PEM");
	EVP_PKEY_free(key);
	return error_set(err, ERROR_CONFIG, "a key that is neither Ed25519 nor on P-256");
}

int checkpoint_sign(const struct buf *pem, struct buf *to, struct error *err)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	unsigned char signature[SIGNATURE_MAX];
	size_t len = sizeof(signature);
	EVP_PKEY *key = NULL;
	int rc = open_key(pem, true, &key, err);
	bool is_signed = !rc && context &&
			 EVP_DigestSignInit(context, NULL, digest_of(key), NULL, key) == 1 &&
			 EVP_DigestSign(context, signature, &len, to->data, to->len) == 1;

	if (!rc && !is_signed)
		rc = openssl_error(err, ERROR_CRYPTO, "signing the checkpoint");
	if (!rc) {
		buf_append_text(to, " signature ");
		base64_encode(to, signature, len);
	}
	EVP_MD_CTX_free(context);
	EVP_PKEY_free(key);
	return rc;
}

int checkpoint_check_signature(const struct buf *pem, const struct crypto_bytes *line,
	const struct crypto_bytes *signature, struct error *err)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	uint8_t bytes[SIGNATURE_MAX];
	EVP_PKEY *key = NULL;
	long len = base64_decode(signature->bytes, signature->len, bytes, sizeof(bytes));
	int rc = open_key(pem, false, &key, err);
	bool is_right = !rc && len > 0 && context &&
			EVP_DigestVerifyInit(context, NULL, digest_of(key), NULL, key) == 1 &&
			EVP_DigestVerify(context, bytes, (size_t)len, line->bytes, line->len) == 1;

	if (!rc && !is_right) {
		openssl_error(err, ERROR_CRYPTO, "the signature");
		rc = error_set(err, ERROR_CRYPTO, "it is not signed by that key");
	}
	EVP_MD_CTX_free(context);
	EVP_PKEY_free(key);
	return rc;
}
