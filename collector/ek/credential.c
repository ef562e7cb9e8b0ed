/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/ek/credential.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <string.h>

#include "collector/ek/kdf.h"
#include "collector/ek/openssl_error.h"
#include "core/signed/public_area.h"

#define AES_KEY_MAX  32
#define IDENTITY_MAX (2 + TCG_DIGEST_MAX) /* the secret as a TPM2B_DIGEST */

/* --- what may be asked for --- */

static const EVP_CIPHER *cipher_of(const struct public_area *ek)
{
	if (ek->symmetric != TCG_ALG_AES || ek->symmetric_mode != TCG_ALG_CFB)
		return NULL;
	switch (ek->symmetric_bits) {
	case 128:
		return EVP_aes_128_cfb128();
	case 192:
		return EVP_aes_192_cfb128();
	case 256:
		return EVP_aes_256_cfb128();
	default:
		return NULL;
	}
}

/* What TPM2_MakeCredential itself asks of a key: Part 3 section 12.6. */
static int check_ek(const struct public_area *ek, struct error *err)
{
	const uint32_t wanted = PUBLIC_AREA_RESTRICTED | PUBLIC_AREA_DECRYPT;

	if ((ek->attributes & (wanted | PUBLIC_AREA_SIGN)) != wanted)
		return error_set(err, ERROR_UNSUPPORTED, "not a restricted decryption key");
	if (!kdf_hash_name(ek->name_alg))
		return error_set(err, ERROR_UNSUPPORTED, "no EK has nameAlg 0x%04x", ek->name_alg);
	if (!cipher_of(ek))
		return error_set(err, ERROR_UNSUPPORTED,
			"cipher 0x%04x of %u bits in mode 0x%04x is not AES-CFB", ek->symmetric,
			ek->symmetric_bits, ek->symmetric_mode);
	return 0;
}

static int check_name(const struct evidence_name *name, struct error *err)
{
	size_t digest =
		name->len < 2 ? 0 : tcg_digest_size((uint16_t)(name->data[0] << 8 | name->data[1]));

	if (!digest || name->len != 2 + digest)
		return error_set(err, ERROR_MALFORMED,
			"attestation key: %zu bytes are not an object's name", name->len);
	return 0;
}

/* --- the outer wrap: Part 1 sections 24.4 and 24.5 --- */

/* The secret as a TPM2B, encrypted in place of it. */
static int encrypt_identity(const struct public_area *ek, const struct seed *seed,
	const struct evidence_name *name, uint8_t *identity, size_t len, struct error *err)
{
	static const uint8_t no_iv[16] = {0};
	uint8_t key[AES_KEY_MAX];
	EVP_CIPHER_CTX *context = NULL;
	int done = 0;
	int rc = kdf_a(ek->name_alg, &(struct crypto_bytes){seed->bytes, seed->len}, "STORAGE",
		&(struct crypto_bytes){name->data, name->len}, key, ek->symmetric_bits / 8U, err);

	if (!rc)
		context = EVP_CIPHER_CTX_new();
	if (!rc && (!context || !EVP_EncryptInit_ex(context, cipher_of(ek), NULL, key, no_iv) ||
			   !EVP_EncryptUpdate(context, identity, &done, identity, (int)len) ||
			   (size_t)done != len))
		rc = openssl_error(err, ERROR_CRYPTO, "AES-CFB");
	EVP_CIPHER_CTX_free(context);
	OPENSSL_cleanse(key, sizeof(key));
	return rc;
}

/* HMAC over the encrypted identity and the name. */
static int protect_identity(const struct public_area *ek, const struct seed *seed,
	const struct evidence_name *name, const uint8_t *identity, size_t len,
	uint8_t ret_hmac[TCG_DIGEST_MAX], struct error *err)
{
	const size_t size = tcg_digest_size(ek->name_alg);
	uint8_t key[TCG_DIGEST_MAX], text[IDENTITY_MAX + EVIDENCE_NAME_MAX];
	size_t hmac_len = 0;
	int rc = kdf_a(ek->name_alg, &(struct crypto_bytes){seed->bytes, seed->len}, "INTEGRITY",
		&(struct crypto_bytes){"", 0}, key, size, err);

	memcpy(text, identity, len);
	memcpy(text + len, name->data, name->len);
	if (!rc && (!EVP_Q_mac(NULL, "HMAC", NULL, kdf_hash_name(ek->name_alg), NULL, key, size,
			    text, len + name->len, ret_hmac, TCG_DIGEST_MAX, &hmac_len) ||
			   hmac_len != size))
		rc = openssl_error(err, ERROR_CRYPTO, "HMAC");
	OPENSSL_cleanse(key, sizeof(key));
	return rc;
}

static int wrap(const struct public_area *ek, const struct seed *seed,
	const struct evidence_name *name, const void *secret, size_t secret_len,
	struct credential *ret_credential, struct error *err)
{
	const size_t hmac_len = tcg_digest_size(ek->name_alg), identity_len = 2 + secret_len;
	uint8_t hmac[TCG_DIGEST_MAX], identity[IDENTITY_MAX] = {0, (uint8_t)secret_len};
	uint8_t *to = ret_credential->id_object;
	int rc;

	memcpy(identity + 2, secret, secret_len);
	rc = encrypt_identity(ek, seed, name, identity, identity_len, err);
	if (!rc)
		rc = protect_identity(ek, seed, name, identity, identity_len, hmac, err);
	if (!rc) {
		to[0] = 0;
		to[1] = (uint8_t)hmac_len;
		memcpy(to + 2, hmac, hmac_len);
		memcpy(to + 2 + hmac_len, identity, identity_len);
		ret_credential->id_object_len = 2 + hmac_len + identity_len;
	}
	OPENSSL_cleanse(identity, sizeof(identity));
	return rc;
}

int credential_make(const void *ek_public, size_t ek_len, const struct evidence_name *ak_name,
	const void *secret, size_t secret_len, struct credential *ret_credential, struct error *err)
{
	struct credential credential = {0};
	struct public_area ek;
	struct seed seed;
	int rc = public_area_read(ek_public, ek_len, &ek, err);

	if (!rc)
		rc = check_ek(&ek, err);
	if (rc)
		return error_wrap(err, "EK");
	rc = check_name(ak_name, err);
	if (rc)
		return rc;
	if (!secret_len || secret_len > tcg_digest_size(ek.name_alg))
		return error_set(err, ERROR_TOO_LARGE,
			"a credential of %zu bytes: the EK's TPM takes 1 to %zu", secret_len,
			tcg_digest_size(ek.name_alg));
	rc = seed_share(&ek, &seed, err);
	if (rc)
		return error_wrap(err, "EK");
	rc = wrap(&ek, &seed, ak_name, secret, secret_len, &credential, err);
	if (!rc) {
		credential.encrypted_secret_len = seed.secret_len;
		memcpy(credential.encrypted_secret, seed.secret, seed.secret_len);
		*ret_credential = credential;
	}
	OPENSSL_cleanse(&seed, sizeof(seed));
	return rc;
}
