/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/crypto/crypto.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "core/crypto/openssl_memory.h"
#include "core/text.h"

/* libcrypto would free its tables one by one at exit, which takes longer than a digest. A static
 * program must not load the providers that a distribution's openssl.cnf may name. */
#ifdef VTPM_STATIC
#define INIT_FLAGS (OPENSSL_INIT_NO_ATEXIT | OPENSSL_INIT_NO_LOAD_CONFIG)
#else
#define INIT_FLAGS OPENSSL_INIT_NO_ATEXIT
#endif

static const EVP_MD *digest_method(uint16_t alg)
{
	switch (alg) {
	case TCG_ALG_SHA1:
		return EVP_sha1();
	case TCG_ALG_SHA256:
		return EVP_sha256();
	case TCG_ALG_SHA384:
		return EVP_sha384();
	case TCG_ALG_SHA512:
		return EVP_sha512();
	default:
		return NULL;
	}
}

int crypto_digest(uint16_t alg, const struct crypto_bytes *parts, size_t count,
	uint8_t ret_digest[TCG_DIGEST_MAX], struct error *err)
{
	const EVP_MD *method = digest_method(alg);
	uint8_t digest[EVP_MAX_MD_SIZE];
	EVP_MD_CTX *context;
	bool is_good;

	if (!method)
		return error_set(err, ERROR_UNSUPPORTED, "no hash algorithm 0x%04x here", alg);
	OPENSSL_init_crypto(INIT_FLAGS, NULL);
	context = EVP_MD_CTX_new();
	is_good = context && EVP_DigestInit_ex(context, method, NULL);
	for (size_t i = 0; is_good && i < count; i++)
		is_good = EVP_DigestUpdate(context, parts[i].bytes, parts[i].len);
	is_good = is_good && EVP_DigestFinal_ex(context, digest, NULL);
	EVP_MD_CTX_free(context);
	if (!is_good)
		return error_set(err, ERROR_CRYPTO, "libcrypto: no %s digest", tcg_alg_name(alg));
	memcpy(ret_digest, digest, tcg_digest_size(alg));
	return 0;
}

/* False when memory is short. */
static bool copy_name(char *out, size_t size, const X509_NAME *name)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text;
	long len;

	out[0] = 0;
	if (!bio)
		return false;
	if (X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253) >= 0) {
		len = BIO_get_mem_data(bio, &text);
		if (len < 0 || (size_t)len >= size)
			len = (long)size - 1;
		if (len > 0) /* an empty BIO has no bytes to point at */
			memcpy(out, text, (size_t)len);
		out[len] = 0;
	}
	BIO_free(bio);
	return true;
}

static void copy_time(char out[TEXT_TIME_SIZE], const ASN1_TIME *when)
{
	struct tm tm;

	out[0] = 0;
	if (ASN1_TIME_to_tm(when, &tm))
		text_time(timegm(&tm), out);
}

static void copy_serial(char *out, size_t size, const ASN1_INTEGER *serial)
{
	size_t sign = ASN1_STRING_type(serial) == V_ASN1_NEG_INTEGER;

	out[0] = '-'; /* overwritten when there is no sign */
	text_hex(ASN1_STRING_get0_data(serial), (size_t)ASN1_STRING_length(serial), out + sign,
		size - sign);
}

static uint16_t curve_of(const EVP_PKEY *key)
{
	char group[32] = "";

	EVP_PKEY_get_group_name(key, group, sizeof(group), NULL);
	if (strcmp(group, "prime256v1") == 0)
		return TCG_CURVE_P256;
	if (strcmp(group, "secp384r1") == 0)
		return TCG_CURVE_P384;
	return strcmp(group, "secp521r1") == 0 ? TCG_CURVE_P521 : 0;
}

static void copy_rsa_key(struct crypto_public *key, const EVP_PKEY *from)
{
	BIGNUM *modulus = NULL;

	if (EVP_PKEY_get_bits(from) > 8 * CRYPTO_UNIQUE_MAX)
		return;
	if (!EVP_PKEY_get_bn_param(from, OSSL_PKEY_PARAM_RSA_N, &modulus))
		return;
	key->alg = TCG_ALG_RSA;
	key->bits = (uint16_t)EVP_PKEY_get_bits(from);
	key->unique_len = (size_t)BN_bn2bin(modulus, key->unique);
	BN_free(modulus);
}

static void copy_ec_key(struct crypto_public *key, const EVP_PKEY *from)
{
	uint8_t point[1 + CRYPTO_UNIQUE_MAX];
	size_t len = 0;
	int is_read = EVP_PKEY_get_octet_string_param(
		from, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point), &len);

	if (!is_read || len <= 1 || point[0] != POINT_CONVERSION_UNCOMPRESSED)
		return;
	key->alg = TCG_ALG_ECC;
	key->curve = curve_of(from);
	key->unique_len = len - 1;
	memcpy(key->unique, point + 1, len - 1);
}

/* Leaves key->alg 0 for keys of a kind no EK has. */
static void copy_key(struct crypto_public *key, const EVP_PKEY *from)
{
	if (EVP_PKEY_get_base_id(from) == EVP_PKEY_RSA)
		copy_rsa_key(key, from);
	if (EVP_PKEY_get_base_id(from) == EVP_PKEY_EC && curve_of(from))
		copy_ec_key(key, from);
}

/* Certificates of the TPM 1.2 era say what their key is for: id-RSAES-OAEP (RFC 4055 section 4.1).
 * It is an RSA key all the same, which libcrypto does not read. */
static EVP_PKEY *decode_oaep_key(X509 *x509)
{
	const X509_PUBKEY *info = X509_get_X509_PUBKEY(x509);
	const unsigned char *at = NULL;
	ASN1_OBJECT *kind = NULL;
	int len = 0;

	if (!X509_PUBKEY_get0_param(&kind, &at, &len, NULL, info))
		return NULL;
	if (OBJ_obj2nid(kind) != NID_rsaesOaep)
		return NULL;
	return d2i_PublicKey(EVP_PKEY_RSA, NULL, &at, len);
}

/* The certificate's key, or NULL when libcrypto does not know its kind. Reading the certificate
 * tried that already without saying why it failed; trying again does. */
static EVP_PKEY *decode_key(X509 *x509)
{
	EVP_PKEY *key = decode_oaep_key(x509);
	unsigned char *der = NULL;
	const unsigned char *at;
	int len;

	if (!key)
		key = X509_get_pubkey(x509);
	if (key)
		return key;
	len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x509), &der);
	at = der;
	if (len > 0)
		key = d2i_PUBKEY(NULL, &at, len);
	OPENSSL_free(der);
	return key;
}

/* False when memory is short; openssl_lacks_memory_or_cause() may know it better. */
static bool copy_certificate(struct crypto_certificate *cert, X509 *x509)
{
	EVP_PKEY *key = decode_key(x509);
	bool is_whole =
		copy_name(cert->subject, sizeof(cert->subject), X509_get_subject_name(x509)) &&
		copy_name(cert->issuer, sizeof(cert->issuer), X509_get_issuer_name(x509));

	copy_serial(cert->serial, sizeof(cert->serial), X509_get0_serialNumber(x509));
	copy_time(cert->not_after, X509_get0_notAfter(x509));
	if (key)
		copy_key(&cert->key, key);
	EVP_PKEY_free(key);
	return is_whole;
}

int crypto_certificate_read(
	const void *der, size_t len, struct crypto_certificate *ret_certificate, struct error *err)
{
	struct crypto_certificate cert = {0};
	const unsigned char *at = der;
	uint8_t digest[TCG_DIGEST_MAX];
	bool is_whole = true;
	X509 *x509;
	int rc = 0;

	ERR_clear_error();
	x509 = len <= INT32_MAX ? d2i_X509(NULL, &at, (long)len) : NULL;
	if (x509)
		is_whole = copy_certificate(&cert, x509);
	/* A part that could not be read for lack of memory must not look like one that is not
	 * there. */
	if (openssl_lacks_memory_or_cause() || !is_whole)
		rc = error_set(err, ERROR_NO_MEMORY, "no memory for a certificate");
	else if (!x509)
		rc = error_set(err, ERROR_MALFORMED, "no X.509 certificate in %zu bytes", len);
	if (!rc) {
		cert.der_len = (size_t)(at - (const unsigned char *)der);
		rc = crypto_digest(
			TCG_ALG_SHA256, &(struct crypto_bytes){der, cert.der_len}, 1, digest, err);
	}
	if (!rc) {
		memcpy(cert.sha256, digest, sizeof(cert.sha256));
		*ret_certificate = cert;
	}
	X509_free(x509);
	return rc;
}

/* A key on P-256 whose curve other keys copy: looking the curve up by its name takes four times as
 * long as the rest of loading a key. Made once and kept; NULL when memory is short. */
static EVP_PKEY *model_p256(void)
{
	static _Atomic(EVP_PKEY *) kept;
	EVP_PKEY *model = atomic_load(&kept), *none = NULL;

	if (model)
		return model;
	model = EVP_EC_gen("P-256");
	if (model && !atomic_compare_exchange_strong(&kept, &none, model)) {
		EVP_PKEY_free(model);
		model = none;
	}
	return model;
}

/* The key as libcrypto holds it, or NULL where x and y are no point of the curve. */
static EVP_PKEY *load_p256(const struct crypto_public *key)
{
	uint8_t point[1 + 64] = {POINT_CONVERSION_UNCOMPRESSED};
	EVP_PKEY *model = model_p256();
	EVP_PKEY *loaded = model ? EVP_PKEY_new() : NULL;
	int rc = loaded ? EVP_PKEY_copy_parameters(loaded, model) : 0;

	memcpy(point + 1, key->unique, 64);
	if (rc == 1)
		rc = EVP_PKEY_set1_encoded_public_key(loaded, point, sizeof(point));
	if (rc == 1)
		return loaded;
	EVP_PKEY_free(loaded);
	return NULL;
}

/* ECDSA-Sig-Value (RFC 3279 section 2.2.3), for libcrypto to read; length 0 on failure. */
static int encode_signature(
	const struct crypto_bytes *r, const struct crypto_bytes *s, unsigned char **ret_der)
{
	ECDSA_SIG *signature = ECDSA_SIG_new();
	BIGNUM *first = BN_bin2bn(r->bytes, (int)r->len, NULL);
	BIGNUM *second = BN_bin2bn(s->bytes, (int)s->len, NULL);
	int len = 0;

	if (signature && first && second && ECDSA_SIG_set0(signature, first, second)) {
		first = second = NULL;
		len = i2d_ECDSA_SIG(signature, ret_der);
	}
	BN_free(first);
	BN_free(second);
	ECDSA_SIG_free(signature);
	return len < 0 ? 0 : len;
}

int crypto_verify_ecdsa(const struct crypto_public *key, const uint8_t *digest, size_t digest_len,
	const struct crypto_bytes *r, const struct crypto_bytes *s, struct error *err)
{
	unsigned char *der = NULL;
	EVP_PKEY_CTX *context = NULL;
	EVP_PKEY *loaded;
	bool is_good = false;
	int len;

	if (key->alg != TCG_ALG_ECC || key->curve != TCG_CURVE_P256 || key->unique_len != 64)
		return error_set(err, ERROR_UNSUPPORTED, "not a key on P-256");
	if (r->len > 32 || s->len > 32)
		return error_set(err, ERROR_CRYPTO, "the signature does not verify");
	loaded = load_p256(key);
	if (loaded)
		context = EVP_PKEY_CTX_new(loaded, NULL);
	len = encode_signature(r, s, &der);
	if (context && len && EVP_PKEY_verify_init(context) > 0)
		is_good = EVP_PKEY_verify(context, der, (size_t)len, digest, digest_len) == 1;
	OPENSSL_free(der);
	EVP_PKEY_CTX_free(context);
	EVP_PKEY_free(loaded);
	ERR_clear_error();
	return is_good ? 0 : error_set(err, ERROR_CRYPTO, "the signature does not verify");
}
