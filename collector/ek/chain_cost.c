/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/ek/chain_cost.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "core/crypto/openssl_memory.h"

#define RSA_BITS_MAX      4096
#define EXPONENT_BITS_MAX 32
#define EC_BITS_MAX       521

bool chain_spend(struct chain_cost *cost, const STACK_OF(X509) * sent, X509 *issuer)
{
	bool was_sent = false;

	for (int i = 0; !was_sent && i < sk_X509_num(sent); i++)
		was_sent = sk_X509_value(sent, i) == issuer;
	cost->has_spent_all =
		cost->has_spent_all ||
		(was_sent ? cost->sent >= CHAIN_SENT_MAX : cost->trusted >= CHAIN_TRUSTED_MAX);
	*(was_sent ? &cost->sent : &cost->trusted) += !cost->has_spent_all;
	return !cost->has_spent_all;
}

static int refuse(enum error_code code, struct error *err)
{
	if (openssl_lacks_memory())
		return error_set(err, ERROR_NO_MEMORY, "no memory for a certificate's key");
	return error_set(err, code,
		"its key is neither RSA of at most %d bits with an exponent of at most %d, nor on "
		"a NIST curve (limit key-size)",
		RSA_BITS_MAX, EXPONENT_BITS_MAX);
}

/* libcrypto reads a key with its certificate, and forgets why it could not. If the key can be read
 * now, memory was short then. */
static int refuse_unread(X509 *certificate, enum error_code code, struct error *err)
{
	unsigned char *der = NULL;
	const unsigned char *at;
	EVP_PKEY *key = NULL;
	int len;

	ERR_clear_error();
	len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
	at = der;
	if (len > 0)
		key = d2i_PUBKEY(NULL, &at, len);
	OPENSSL_free(der);
	EVP_PKEY_free(key);
	if (len <= 0 || key)
		return error_set(err, ERROR_NO_MEMORY, "no memory for a certificate's key");
	return refuse(code, err);
}

/* A signature costs its verifier what the signer's key says. An exponent may be as long as the
 * modulus; those in use have 17 bits. */
int chain_check_key(X509 *certificate, enum error_code code, struct error *err)
{
	const EVP_PKEY *key = X509_get0_pubkey(certificate);
	BIGNUM *exponent = NULL;
	char curve[32];
	int bits, kind;

	if (!key)
		return refuse_unread(certificate, code, err);
	kind = EVP_PKEY_get_base_id(key);
	bits = EVP_PKEY_get_bits(key);
	if (kind == EVP_PKEY_EC) {
		bool is_named = EVP_PKEY_get_group_name(key, curve, sizeof(curve), NULL) == 1;

		return is_named && bits <= EC_BITS_MAX ? 0 : refuse(code, err);
	}
	if (bits > RSA_BITS_MAX || (kind != EVP_PKEY_RSA && kind != EVP_PKEY_RSA_PSS))
		return refuse(code, err);
	/* Each RSA key has one. */
	if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent) != 1) {
		ERR_clear_error();
		return error_set(err, ERROR_NO_MEMORY, "no memory for a certificate's key");
	}
	bits = BN_num_bits(exponent);
	BN_free(exponent);
	return bits > EXPONENT_BITS_MAX ? refuse(code, err) : 0;
}
