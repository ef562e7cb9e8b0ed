/* SPDX-License-Identifier: BSD-2-Clause */
/* The reading of a certificate, core/crypto/crypto.h, by Windows' own decoder. */
#include "win32/api.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <wincrypt.h>

#include "core/crypto/crypto.h"
#include "core/reader.h"
#include "core/text.h"
#include "win32/certificate_name.h"
#include "win32/file_time.h"

/* Named curves: RFC 5480 section 2.1.1.1, as DER. */
static const struct {
	uint16_t curve;
	uint8_t len, oid[10];
} curves[] = {
	{TCG_CURVE_P256, 10, {0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7}},
	{TCG_CURVE_P384, 7, {0x06, 5, 0x2b, 0x81, 4, 0, 0x22}},
	{TCG_CURVE_P521, 7, {0x06, 5, 0x2b, 0x81, 4, 0, 0x23}},
};

/* The length of the DER value at the start of the bytes, its header included; 0 where there is none
 * that fits. */
static size_t der_length(const void *bytes, size_t len)
{
	struct reader reader = reader_of(bytes, len);
	uint8_t tag = reader_u8(&reader), first = reader_u8(&reader);
	size_t content = first;

	if (first & 0x80) {
		content = 0;
		if (first == 0x80 || (first & 0x7f) > 3)
			return 0;
		for (unsigned i = first & 0x7f; i > 0; i--)
			content = content << 8 | reader_u8(&reader);
	}
	if (tag != 0x30 || !reader_bytes(&reader, content))
		return 0;
	return len - reader.left;
}

/* Windows turns the number's bytes round. A negative one, which no CA should give, is shown as
 * such: its two's complement, and a sign. */
static void copy_serial(char *out, size_t size, const CRYPT_INTEGER_BLOB *serial)
{
	size_t len = serial->cbData;
	bool is_negative = len && serial->pbData[len - 1] & 0x80;
	unsigned carry = is_negative;
	uint8_t bytes[64];

	if (len > sizeof(bytes))
		len = sizeof(bytes);
	for (size_t i = 0; i < len; i++) {
		unsigned byte =
			is_negative ? (uint8_t)~serial->pbData[i] + carry : serial->pbData[i];

		carry = byte >> 8;
		bytes[len - 1 - i] = (uint8_t)byte;
	}
	out[0] = '-'; /* overwritten when there is no sign */
	for (carry = 0; carry + 1 < len && !bytes[carry];)
		carry++;
	text_hex(bytes + carry, len - carry, out + is_negative, size - is_negative);
}

static void copy_rsa(struct crypto_public *key, const CRYPT_BIT_BLOB *from)
{
	struct {
		RSAPUBKEY *key;
		PUBLICKEYSTRUC *head;
	} rsa = {0};
	DWORD len = 0;
	size_t size, least;

	if (!CryptDecodeObjectEx(X509_ASN_ENCODING, RSA_CSP_PUBLICKEYBLOB, from->pbData,
		    from->cbData, CRYPT_DECODE_ALLOC_FLAG, NULL, &rsa.head, &len))
		return;
	rsa.key = (RSAPUBKEY *)(rsa.head + 1);
	size = rsa.key->bitlen / 8;
	least = sizeof(*rsa.head) + sizeof(*rsa.key) + size;
	if (size && size <= sizeof(key->unique) && len >= least) {
		const uint8_t *modulus = (const uint8_t *)(rsa.key + 1);

		key->alg = TCG_ALG_RSA;
		key->bits = (uint16_t)rsa.key->bitlen;
		key->unique_len = size;
		for (size_t i = 0; i < size; i++)
			key->unique[i] = modulus[size - 1 - i];
	}
	LocalFree(rsa.head);
}

static void copy_ecc(
	struct crypto_public *key, const CRYPT_BIT_BLOB *from, const CRYPT_OBJID_BLOB *curve)
{
	if (from->cbData < 2 || from->cbData - 1 > sizeof(key->unique) || from->pbData[0] != 4)
		return;
	for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++) {
		if (curve->cbData != curves[i].len)
			continue;
		if (memcmp(curve->pbData, curves[i].oid, curves[i].len) != 0)
			continue;
		key->alg = TCG_ALG_ECC;
		key->curve = curves[i].curve;
		key->unique_len = from->cbData - 1;
		memcpy(key->unique, from->pbData + 1, key->unique_len);
	}
}

/* Leaves key->alg 0 for keys of a kind no EK has. */
static void copy_key(struct crypto_public *key, const CERT_PUBLIC_KEY_INFO *from)
{
	const char *kind = from->Algorithm.pszObjId;

	/* OAEP: certificates of the TPM 1.2 era say what their RSA key is for (RFC 4055, 4.1). */
	if (strcmp(kind, szOID_RSA_RSA) == 0 || strcmp(kind, szOID_RSAES_OAEP) == 0)
		copy_rsa(key, &from->PublicKey);
	else if (strcmp(kind, szOID_ECC_PUBLIC_KEY) == 0)
		copy_ecc(key, &from->PublicKey, &from->Algorithm.Parameters);
}

int crypto_certificate_read(
	const void *der, size_t len, struct crypto_certificate *ret_certificate, struct error *err)
{
	struct crypto_certificate cert = {.der_len = der_length(der, len)};
	const CERT_CONTEXT *context = NULL;
	uint8_t digest[TCG_DIGEST_MAX];
	bool is_whole;
	int rc;

	if (cert.der_len)
		context = CertCreateCertificateContext(X509_ASN_ENCODING, der, (DWORD)cert.der_len);
	if (!context)
		return GetLastError() == (DWORD)E_OUTOFMEMORY
			       ? error_set(err, ERROR_NO_MEMORY, "no memory for a certificate")
			       : error_set(err, ERROR_MALFORMED,
					 "no X.509 certificate in %zu bytes", len);
	is_whole = certificate_name_copy(
			   cert.subject, sizeof(cert.subject), &context->pCertInfo->Subject) &&
		   certificate_name_copy(
			   cert.issuer, sizeof(cert.issuer), &context->pCertInfo->Issuer);
	copy_serial(cert.serial, sizeof(cert.serial), &context->pCertInfo->SerialNumber);
	text_time(file_time_to_unix_ms(&context->pCertInfo->NotAfter) / 1000, cert.not_after);
	copy_key(&cert.key, &context->pCertInfo->SubjectPublicKeyInfo);
	CertFreeCertificateContext(context);
	if (!is_whole)
		return error_set(err, ERROR_NO_MEMORY, "no memory for a certificate");
	rc = crypto_digest(
		TCG_ALG_SHA256, &(struct crypto_bytes){der, cert.der_len}, 1, digest, err);
	if (rc)
		return rc;
	memcpy(cert.sha256, digest, sizeof(cert.sha256));
	*ret_certificate = cert;
	return 0;
}
