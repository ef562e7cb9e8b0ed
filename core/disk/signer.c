/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/disk/signer.h"

#include <string.h>

#include "core/base64.h"
#include "core/buf.h"
#include "core/crypto/crypto.h"
#include "core/json/tree.h"
#include "core/reader.h"
#include "core/text.h"

#define BEGIN "-----BEGIN PUBLIC KEY-----"
#define END   "-----END PUBLIC KEY-----"

#define DER_MAX        1024
#define DER_INTEGER    0x02
#define DER_BIT_STRING 0x03
#define DER_SEQUENCE   0x30
#define USUAL_EXPONENT 65537U
#define TPMA_OF_SIGNER 0x00060040U /* decrypt, sign, userWithAuth: tpm2_tpm2b_public_from_rsa() */
#define MODULUS_MAX    512

/* 1.2.840.113549.1.1.1 and no parameters: RFC 8017, appendix C. */
static const uint8_t rsa[] = {
	0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00};

/* The base64 between the two lines, without line ends. */
static long read_pem(const char *pem, size_t len, uint8_t *ret_der, size_t size)
{
	char text[2 * DER_MAX];
	size_t used = 0, at = sizeof(BEGIN) - 1;

	if (len < at || memcmp(pem, BEGIN, at) != 0)
		return -1;
	for (; at < len && pem[at] != '-'; at++) {
		if (pem[at] == '\n' || pem[at] == '\r')
			continue;
		if (used == sizeof(text))
			return -1;
		text[used++] = pem[at];
	}
	if (len - at < sizeof(END) - 1 || memcmp(pem + at, END, sizeof(END) - 1) != 0)
		return -1;
	return base64_decode(text, used, ret_der, size);
}

/* The content of the next element; failed where it is of another kind. X.690 section 8.1.3. */
static struct reader read_element(struct reader *from, uint8_t tag)
{
	size_t len;

	if (reader_u8(from) != tag)
		from->failed = true;
	len = reader_u8(from);
	if (len == 0x81)
		len = reader_u8(from);
	else if (len == 0x82)
		len = reader_u16be(from);
	else if (len > 0x7f)
		from->failed = true;
	return reader_part(from, from->failed ? 0 : len);
}

/* A positive number, without the zero that keeps it so. */
static struct crypto_bytes read_integer(struct reader *from)
{
	struct reader number = read_element(from, DER_INTEGER);

	while (number.left && *number.at == 0)
		reader_u8(&number);
	return (struct crypto_bytes){number.at, number.left};
}

struct rsa_key {
	struct crypto_bytes modulus;
	uint32_t exponent;
	struct crypto_bytes whole; /* the RSAPublicKey itself */
};

/* SubjectPublicKeyInfo with an RSAPublicKey: RFC 5280 section 4.1, RFC 8017 appendix A.1.1. */
static int read_der(const uint8_t *der, size_t len, struct rsa_key *ret_key, struct error *err)
{
	struct reader whole = reader_of(der, len);
	struct reader info = read_element(&whole, DER_SEQUENCE);
	struct reader algorithm = read_element(&info, DER_SEQUENCE), bits, key;
	struct crypto_bytes exponent;
	struct rsa_key found = {0};

	if (whole.failed || info.failed)
		return error_set(err, ERROR_MALFORMED, "a signer's key that is none");
	if (algorithm.left != sizeof(rsa) || memcmp(algorithm.at, rsa, sizeof(rsa)) != 0)
		return error_set(err, ERROR_UNSUPPORTED, "a signer's key that is no RSA key");
	bits = read_element(&info, DER_BIT_STRING);
	reader_u8(&bits); /* no bits are unused */
	found.whole = (struct crypto_bytes){bits.at, bits.left};
	key = read_element(&bits, DER_SEQUENCE);
	found.modulus = read_integer(&key);
	exponent = read_integer(&key);
	if (info.failed || bits.failed || key.failed || exponent.len > 4)
		return error_set(err, ERROR_MALFORMED, "a signer's key that is none");
	if (!found.modulus.len || found.modulus.len > MODULUS_MAX)
		return error_set(err, ERROR_MALFORMED, "a signer's key of no size");
	for (size_t i = 0; i < exponent.len; i++)
		found.exponent = found.exponent << 8 | ((const uint8_t *)exponent.bytes)[i];
	*ret_key = found;
	return 0;
}

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
	uint8_t der[DER_MAX], digest[TCG_DIGEST_MAX];
	long size = read_pem(pem, len, der, sizeof(der));
	struct signer signer;
	struct rsa_key key;
	int rc;

	if (size < 0)
		return error_set(err, ERROR_MALFORMED, "a signer's key that is no PEM");
	rc = read_der(der, (size_t)size, &key, err);
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
	*ret_signer = signer;
	return 0;
}

static bool is_hex_of(const struct json_node *text, const uint8_t *bytes, size_t len)
{
	uint8_t read[TCG_DIGEST_MAX];

	return text && text->kind == JSON_NODE_STRING && text->len == 2 * len &&
	       text_unhex(text->text, text->len, read, sizeof(read)) == (long)len &&
	       memcmp(read, bytes, len) == 0;
}

int signer_has_signed(const struct signer *signer, const char *json, size_t len, uint16_t bank,
	const struct policy *policy, bool *ret_has, struct error *err)
{
	JSON_TREE_SCOPED tree = {0};
	const char *name = tcg_alg_name(bank);
	const struct json_node *signatures;
	bool has = false;
	int rc = json_tree_parse(json, len, SIGNATURES_MAX, &tree, err);

	if (rc)
		return error_wrap(err, "tpm2-pcr-signature.json");
	signatures = name ? json_node_member(tree.root, name) : NULL;
	for (const struct json_node *at = json_node_first(signatures); at; at = at->next)
		has = has || (is_hex_of(json_node_member(at, "pkfp"), signer->fingerprint,
				      SIGNER_PRINT_SIZE) &&
				     is_hex_of(json_node_member(at, "pol"), policy->digest,
					     tcg_digest_size(policy->alg)));
	*ret_has = has;
	return 0;
}
