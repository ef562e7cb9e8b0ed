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

/* Sealed along but not sent: another format will have another label. */
static const struct crypto_bytes challenge_label = {
	"vtpm-challenge-v4", sizeof("vtpm-challenge-v4")};
static const struct crypto_bytes receipt_label = {"vtpm-receipt-v2", sizeof("vtpm-receipt-v2")};
static const struct crypto_bytes first_receipt_label = {
	"vtpm-receipt-v1", sizeof("vtpm-receipt-v1")}; /* without a root */
static const struct crypto_bytes ticket_label = {
	"vtpm-log-ticket-v1", sizeof("vtpm-log-ticket-v1")};

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
	append_u64be(to, challenge->shown.root);
	append_u64be(to, challenge->shown.report.id);
	buf_append(to, challenge->shown.report.hash, sizeof(challenge->shown.report.hash));
	buf_append(to, challenge->nonce, sizeof(challenge->nonce));
	append_sized(to, challenge->secret.data, challenge->secret.len);
	buf_append_u16be(to, claim->event);
	buf_append_u8(to, claim->is_vouched_for);
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

static bool read_challenge(struct reader *from, void *challenge)
{
	struct challenge *to = challenge;
	struct challenge_claim *claim = &to->claim;

	take(from, to->uuid, sizeof(to->uuid));
	to->spending.expires_ms = reader_u64be(from);
	take(from, to->spending.id, sizeof(to->spending.id));
	to->head = reader_u64be(from);
	to->announcement_ms = reader_u64be(from);
	to->shown.root = reader_u64be(from);
	to->shown.report.id = reader_u64be(from);
	take(from, to->shown.report.hash, sizeof(to->shown.report.hash));
	take(from, to->nonce, sizeof(to->nonce));
	to->secret.len = take_sized(from, to->secret.data, sizeof(to->secret.data));
	claim->event = reader_u16be(from);
	claim->is_vouched_for = reader_u8(from) != 0;
	claim->ak_name.len = take_sized(from, claim->ak_name.data, sizeof(claim->ak_name.data));
	claim->ek.len = take_sized(from, claim->ek.data, sizeof(claim->ek.data));
	take_sized(from, claim->distrust, sizeof(claim->distrust) - 1);
	return reader_is_done(from);
}

/* --- sealing --- */

/* Encrypts what is in `plain`, and cleanses that. */
static int close_bytes(const struct seal *seal, const struct crypto_bytes *label, struct buf *plain,
	struct buf *to, struct error *err)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	uint8_t *tag = buf_reserve(to, TAG_SIZE + plain->len), *text;
	int len = 0;
	bool done;

	if (!context || plain->failed || !tag) {
		EVP_CIPHER_CTX_free(context);
		OPENSSL_cleanse(plain->data, plain->len);
		return error_set(err, ERROR_NO_MEMORY, "no memory for a seal");
	}
	text = tag + TAG_SIZE;
	done = EVP_EncryptInit_ex2(context, seal->cipher, seal->key, NULL, NULL) == 1 &&
	       EVP_EncryptUpdate(context, NULL, &len, label->bytes, (int)label->len) == 1 &&
	       EVP_EncryptUpdate(context, text, &len, plain->data, (int)plain->len) == 1 &&
	       EVP_EncryptFinal_ex(context, text + len, &len) == 1 &&
	       EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, TAG_SIZE, tag) == 1;
	EVP_CIPHER_CTX_free(context);
	OPENSSL_cleanse(plain->data, plain->len);
	if (!done)
		return openssl_error(err, ERROR_CRYPTO, "seal");
	to->len += TAG_SIZE + plain->len;
	return 0;
}

int seal_close(const struct seal *seal, const struct challenge *challenge, struct buf *to,
	struct error *err)
{
	BUF_SCOPED plain = {0};

	/* Allocated at once: a buffer that grows would leave pieces of the secret behind. */
	buf_reserve(&plain, PROTOCOL_SEALED_MAX);
	append_challenge(&plain, challenge);
	return close_bytes(seal, &challenge_label, &plain, to, err);
}

int seal_close_receipt(
	const struct seal *seal, const struct receipt *receipt, struct buf *to, struct error *err)
{
	BUF_SCOPED plain = {0};

	buf_append(&plain, receipt->uuid, sizeof(receipt->uuid));
	append_u64be(&plain, receipt->report.id);
	buf_append(&plain, receipt->report.hash, sizeof(receipt->report.hash));
	append_u64be(&plain, receipt->root);
	return close_bytes(seal, &receipt_label, &plain, to, err);
}

static bool decrypt(const struct seal *seal, const struct crypto_bytes *label,
	EVP_CIPHER_CTX *context, const uint8_t *tag, const struct reader *text, uint8_t *plain)
{
	int len = 0;

	return EVP_DecryptInit_ex2(context, seal->cipher, seal->key, NULL, NULL) == 1 &&
	       EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, TAG_SIZE, (void *)tag) == 1 &&
	       EVP_DecryptUpdate(context, NULL, &len, label->bytes, (int)label->len) == 1 &&
	       EVP_DecryptUpdate(context, plain, &len, text->at, (int)text->left) == 1 &&
	       EVP_DecryptFinal_ex(context, plain + len, &len) == 1;
}

/* Opens what was sealed with this label, and lets `read` look at it. */
static int open_bytes(const struct seal *seal, const struct crypto_bytes *label,
	const struct crypto_bytes *sealed, bool (*read)(struct reader *from, void *to), void *to,
	struct error *err)
{
	struct reader from = reader_of(sealed->bytes, sealed->len);
	const uint8_t *tag = reader_bytes(&from, TAG_SIZE);
	uint8_t plain[PROTOCOL_SEALED_MAX];
	EVP_CIPHER_CTX *context;
	bool is_ours = false;

	if (!tag || !from.left || from.left > sizeof(plain))
		return error_set(err, ERROR_NOT_FOUND, "not of this collector");
	context = EVP_CIPHER_CTX_new();
	if (!context)
		return error_set(err, ERROR_NO_MEMORY, "no memory for a seal");
	if (decrypt(seal, label, context, tag, &from, plain)) {
		struct reader opened = reader_of(plain, from.left);

		is_ours = read(&opened, to);
	}
	EVP_CIPHER_CTX_free(context);
	OPENSSL_cleanse(plain, sizeof(plain));
	if (!is_ours && openssl_lacks_memory())
		return error_set(err, ERROR_NO_MEMORY, "no memory for a seal");
	return is_ours ? 0 : error_set(err, ERROR_NOT_FOUND, "not of this collector");
}

int seal_open(const struct seal *seal, const struct crypto_bytes *sealed,
	struct challenge *ret_challenge, struct error *err)
{
	struct challenge challenge = {0};
	int rc = open_bytes(seal, &challenge_label, sealed, read_challenge, &challenge, err);

	if (!rc)
		*ret_challenge = challenge;
	return rc;
}

static void take_receipt(struct reader *from, struct receipt *receipt)
{
	take(from, receipt->uuid, sizeof(receipt->uuid));
	receipt->report.id = reader_u64be(from);
	take(from, receipt->report.hash, sizeof(receipt->report.hash));
}

static bool read_receipt(struct reader *from, void *to)
{
	struct receipt *receipt = to;

	take_receipt(from, receipt);
	receipt->root = reader_u64be(from);
	return reader_is_done(from);
}

static bool read_first_receipt(struct reader *from, void *to)
{
	struct receipt *receipt = to;

	take_receipt(from, receipt);
	receipt->root = receipt->report.id;
	return reader_is_done(from);
}

int seal_open_receipt(const struct seal *seal, const struct crypto_bytes *sealed,
	struct receipt *ret_receipt, struct error *err)
{
	struct receipt receipt = {0};
	int rc = open_bytes(seal, &receipt_label, sealed, read_receipt, &receipt, err);

	if (rc == -ERROR_NOT_FOUND)
		rc = open_bytes(
			seal, &first_receipt_label, sealed, read_first_receipt, &receipt, err);
	if (!rc)
		*ret_receipt = receipt;
	return rc;
}

int seal_close_ticket(
	const struct seal *seal, const struct log_ticket *ticket, struct buf *to, struct error *err)
{
	BUF_SCOPED plain = {0};

	buf_append(&plain, ticket->uuid, sizeof(ticket->uuid));
	append_u64be(&plain, ticket->report);
	buf_append(&plain, ticket->sha256, sizeof(ticket->sha256));
	append_u64be(&plain, ticket->spending.expires_ms);
	buf_append(&plain, ticket->spending.id, sizeof(ticket->spending.id));
	return close_bytes(seal, &ticket_label, &plain, to, err);
}

static bool read_ticket(struct reader *from, void *to)
{
	struct log_ticket *ticket = to;

	take(from, ticket->uuid, sizeof(ticket->uuid));
	ticket->report = reader_u64be(from);
	take(from, ticket->sha256, sizeof(ticket->sha256));
	ticket->spending.expires_ms = reader_u64be(from);
	take(from, ticket->spending.id, sizeof(ticket->spending.id));
	return reader_is_done(from);
}

int seal_open_ticket(const struct seal *seal, const struct crypto_bytes *sealed,
	struct log_ticket *ret_ticket, struct error *err)
{
	struct log_ticket ticket = {0};
	int rc = open_bytes(seal, &ticket_label, sealed, read_ticket, &ticket, err);

	if (!rc)
		*ret_ticket = ticket;
	return rc;
}
