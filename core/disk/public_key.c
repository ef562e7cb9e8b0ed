/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/disk/public_key.h"

#include <string.h>

#include "core/base64.h"
#include "core/reader.h"

#define BEGIN "-----BEGIN PUBLIC KEY-----"
#define END   "-----END PUBLIC KEY-----"

#define DER_INTEGER    0x02
#define DER_BIT_STRING 0x03
#define DER_SEQUENCE   0x30
#define MODULUS_MAX    512

/* 1.2.840.113549.1.1.1 and no parameters: RFC 8017, appendix C. */
static const uint8_t rsa[] = {
	0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00};

/* The base64 between the two lines, without line ends. */
static long read_pem(const char *pem, size_t len, uint8_t *ret_der, size_t size)
{
	char text[2 * PUBLIC_KEY_DER_MAX];
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

/* SubjectPublicKeyInfo with an RSAPublicKey: RFC 5280 section 4.1, RFC 8017 appendix A.1.1. */
static int read_der(const uint8_t *der, size_t len, struct public_key *ret_key, struct error *err)
{
	struct reader whole = reader_of(der, len);
	struct reader info = read_element(&whole, DER_SEQUENCE);
	struct reader algorithm = read_element(&info, DER_SEQUENCE), bits, key;
	struct crypto_bytes exponent;
	struct public_key found = {0};

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

int public_key_read(const char *pem, size_t len, uint8_t der[PUBLIC_KEY_DER_MAX],
	struct public_key *ret_key, struct error *err)
{
	long size = read_pem(pem, len, der, PUBLIC_KEY_DER_MAX);

	if (size < 0)
		return error_set(err, ERROR_MALFORMED, "a signer's key that is no PEM");
	return read_der(der, (size_t)size, ret_key, err);
}
