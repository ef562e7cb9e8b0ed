/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/attestation/seal.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "collector/ek/openssl_error.h"
#include "core/crypto/openssl_memory.h"
#include "core/reader.h"

#define TAG_SIZE 16

/* Sealed along with the challenge but not sent: another format will have another label. */
static const uint8_t format[] = "vtpm-challenge-v2";

struct seal {
	EVP_CIPHER *cipher;
	uint8_t key[STORE_KEY_SIZE];
};

int seal_new(const uint8_t key[STORE_KEY_SIZE], struct seal **ret_seal, struct error *err)
{
	struct seal *seal = calloc(1, sizeof(*seal));

	if (!seal)
		return error_set(err, ERROR_NO_MEMORY, "no memory for a key");
	memcpy(seal->key, key, sizeof(seal->key));
	seal->cipher = EVP_CIPHER_fetch(NULL, "AES-256-SIV", NULL);
	if (!seal->cipher) {
		seal_free(seal);
		return openssl_error(err, ERROR_CRYPTO, "AES-256-SIV");
	}
	*ret_seal = seal;
	return 0;
}

void seal_free(struct seal *seal)
{
	if (!seal)
		return;
	EVP_CIPHER_free(seal->cipher);
	OPENSSL_cleanse(seal, sizeof(*seal));
	free(seal);
}

/* --- the challenge as bytes: what has no fixed size with its length before it --- */

static void append_u64be(struct buf *to, uint64_t value)
{
	buf_append_u32be(to, (uint32_t)(value >> 32));
	buf_append_u32be(to, (uint32_t)value);
}

static void append_sized(struct buf *to, const void *bytes, size_t len)
{
	buf_append_u8(to, (uint8_t)len);
	buf_append(to, bytes, len);
}

static void append_challenge(struct buf *to, const struct challenge *challenge)
{
	const struct challenge_claim *claim = &challenge->claim;

	buf_append(to, challenge->uuid, sizeof(challenge->uuid));
	append_u64be(to, challenge->spending.expires_ms);
	buf_append(to, challenge->spending.id, sizeof(challenge->spending.id));
	append_u64be(to, challenge->head);
	append_u64be(to, challenge->announcement_ms);
	buf_append(to, challenge->nonce, sizeof(challenge->nonce));
	append_sized(to, challenge->secret.data, challenge->secret.len);
	buf_append_u16be(to, claim->event);
	append_sized(to, claim->ak_name.data, claim->ak_name.len);
	append_sized(to, claim->ek.data, claim->ek.len);
	append_sized(to, claim->distrust, strlen(claim->distrust));
}

static void take(struct reader *from, void *to, size_t len)
{
	const uint8_t *bytes = reader_bytes(from, len);

	if (bytes)
		memcpy(to, bytes, len);
}

static size_t take_sized(struct reader *from, void *to, size_t max)
{
	size_t len = reader_u8(from);

	if (len > max)
		from->failed = true;
	else
		take(from, to, len);
	return len;
}

static bool read_challenge(struct reader *from, struct challenge *to)
{
	struct challenge_claim *claim = &to->claim;

	take(from, to->uuid, sizeof(to->uuid));
	to->spending.expires_ms = reader_u64be(from);
	take(from, to->spending.id, sizeof(to->spending.id));
	to->head = reader_u64be(from);
	to->announcement_ms = reader_u64be(from);
	take(from, to->nonce, sizeof(to->nonce));
	to->secret.len = take_sized(from, to->secret.data, sizeof(to->secret.data));
	claim->event = reader_u16be(from);
	claim->ak_name.len = take_sized(from, claim->ak_name.data, sizeof(claim->ak_name.data));
	claim->ek.len = take_sized(from, claim->ek.data, sizeof(claim->ek.data));
	take_sized(from, claim->distrust, sizeof(claim->distrust) - 1);
	return reader_is_done(from);
}

/* --- sealing --- */

int seal_close(const struct seal *seal, const struct challenge *challenge, struct buf *to,
	struct error *err)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	BUF_SCOPED plain = {0};
	uint8_t *tag, *text;
	int len = 0;
	bool done;

	/* Allocated at once: a buffer that grows would leave pieces of the secret behind. */
	buf_reserve(&plain, PROTOCOL_SEALED_MAX);
	append_challenge(&plain, challenge);
	tag = buf_reserve(to, TAG_SIZE + plain.len);
	if (!context || plain.failed || !tag) {
		EVP_CIPHER_CTX_free(context);
		OPENSSL_cleanse(plain.data, plain.len);
		return error_set(err, ERROR_NO_MEMORY, "no memory for a challenge");
	}
	text = tag + TAG_SIZE;
	done = EVP_EncryptInit_ex2(context, seal->cipher, seal->key, NULL, NULL) == 1 &&
	       EVP_EncryptUpdate(context, NULL, &len, format, sizeof(format)) == 1 &&
	       EVP_EncryptUpdate(context, text, &len, plain.data, (int)plain.len) == 1 &&
	       EVP_EncryptFinal_ex(context, text + len, &len) == 1 &&
	       EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, TAG_SIZE, tag) == 1;
	EVP_CIPHER_CTX_free(context);
	OPENSSL_cleanse(plain.data, plain.len);
	if (!done)
		return openssl_error(err, ERROR_CRYPTO, "seal a challenge");
	to->len += TAG_SIZE + plain.len;
	return 0;
}

static bool decrypt(const struct seal *seal, EVP_CIPHER_CTX *context, const uint8_t *tag,
	const uint8_t *text, size_t text_len, uint8_t *plain)
{
	int len = 0;

	return EVP_DecryptInit_ex2(context, seal->cipher, seal->key, NULL, NULL) == 1 &&
	       EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, TAG_SIZE, (void *)tag) == 1 &&
	       EVP_DecryptUpdate(context, NULL, &len, format, sizeof(format)) == 1 &&
	       EVP_DecryptUpdate(context, plain, &len, text, (int)text_len) == 1 &&
	       EVP_DecryptFinal_ex(context, plain + len, &len) == 1;
}

int seal_open(const struct seal *seal, const struct crypto_bytes *sealed,
	struct challenge *ret_challenge, struct error *err)
{
	struct reader from = reader_of(sealed->bytes, sealed->len);
	const uint8_t *tag = reader_bytes(&from, TAG_SIZE);
	uint8_t plain[PROTOCOL_SEALED_MAX];
	struct challenge challenge = {0};
	EVP_CIPHER_CTX *context;
	bool is_ours = false;

	if (!tag || !from.left || from.left > sizeof(plain))
		return error_set(err, ERROR_NOT_FOUND, "no challenge of this collector");
	context = EVP_CIPHER_CTX_new();
	if (!context)
		return error_set(err, ERROR_NO_MEMORY, "no memory for a challenge");
	if (decrypt(seal, context, tag, from.at, from.left, plain)) {
		struct reader opened = reader_of(plain, from.left);

		is_ours = read_challenge(&opened, &challenge);
	}
	EVP_CIPHER_CTX_free(context);
	OPENSSL_cleanse(plain, sizeof(plain));
	if (!is_ours && openssl_lacks_memory())
		return error_set(err, ERROR_NO_MEMORY, "no memory for a challenge");
	if (!is_ours)
		return error_set(err, ERROR_NOT_FOUND, "no challenge of this collector");
	*ret_challenge = challenge;
	return 0;
}
