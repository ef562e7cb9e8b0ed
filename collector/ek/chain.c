/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/ek/chain.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "collector/ek/chain_private.h"
#include "collector/ek/openssl_error.h"
#include "core/crypto/openssl_memory.h"
#include "core/signed/public_area.h"

#define AUTH_LEVEL 2 /* libcrypto's: 112 bits, so RSA 2048 and SHA-224 upwards */

struct chain_store {
	X509_STORE *cas;
};

/* --- trusted CAs --- */

/* Among CAs of one name libcrypto takes the first that could have issued a certificate. Where there
 * are no key identifiers to tell them apart, only the signature does. */
static int check_issued(X509_STORE_CTX *context, X509 *certificate, X509 *issuer)
{
	struct chain_cost *cost = X509_STORE_CTX_get_app_data(context);
	EVP_PKEY *key;

	if (X509_check_issued(issuer, certificate) != X509_V_OK)
		return 0;
	key = X509_get0_pubkey(issuer);
	return key && chain_spend(cost, X509_STORE_CTX_get0_untrusted(context), issuer) &&
	       X509_verify(certificate, key) == 1;
}

int chain_store_new(struct chain_store **ret_store, struct error *err)
{
	struct chain_store *store = calloc(1, sizeof(*store));

	if (store)
		store->cas = X509_STORE_new();
	if (!store || !store->cas || !X509_STORE_set_flags(store->cas, X509_V_FLAG_PARTIAL_CHAIN)) {
		chain_store_free(store);
		ERR_clear_error();
		return error_set(err, ERROR_NO_MEMORY, "no memory for the trusted CAs");
	}
	X509_VERIFY_PARAM_set_auth_level(X509_STORE_get0_param(store->cas), AUTH_LEVEL);
	X509_STORE_set_check_issued(store->cas, check_issued);
	*ret_store = store;
	return 0;
}

void chain_store_free(struct chain_store *store)
{
	if (!store)
		return;
	X509_STORE_free(store->cas);
	free(store);
}

size_t chain_store_count(const struct chain_store *store)
{
	return (size_t)sk_X509_OBJECT_num(X509_STORE_get0_objects(store->cas));
}

static void free_list(STACK_OF(X509) * list)
{
	sk_X509_pop_free(list, X509_free);
}

/* Takes over the certificate, also on failure. */
static int push(STACK_OF(X509) * list, X509 *certificate, struct error *err)
{
	if (sk_X509_push(list, certificate) > 0)
		return 0;
	X509_free(certificate);
	ERR_clear_error();
	return error_set(err, ERROR_NO_MEMORY, "no memory for a certificate");
}

/* Never asks a person: a certificate needs no passphrase. */
static int refuse_passphrase(char *buffer, int size, int is_writing, void *context)
{
	(void)buffer;
	(void)size;
	(void)is_writing;
	(void)context;
	return -1;
}

static int read_pem(const void *bytes, size_t len, STACK_OF(X509) * list, struct error *err)
{
	BIO *bio = BIO_new_mem_buf(bytes, (int)len);
	X509 *certificate = NULL;
	int rc = 0;

	if (!bio) {
		ERR_clear_error();
		return error_set(err, ERROR_NO_MEMORY, "no memory to read PEM");
	}
	while (!rc) {
		certificate = PEM_read_bio_X509(bio, NULL, refuse_passphrase, NULL);
		if (!certificate)
			break;
		rc = push(list, certificate, err);
	}
	/* At the end of the file libcrypto leaves one error: that no other certificate begins. */
	if (!rc && ERR_GET_REASON(ERR_peek_error()) != PEM_R_NO_START_LINE)
		rc = openssl_error(err, ERROR_MALFORMED, "PEM");
	ERR_clear_error();
	BIO_free(bio);
	return rc;
}

static int read_der(const void *bytes, size_t len, STACK_OF(X509) * list, struct error *err)
{
	const unsigned char *at = bytes, *end = at + len;

	while (at < end) {
		X509 *certificate = d2i_X509(NULL, &at, (long)(end - at));
		int rc = certificate ? push(list, certificate, err)
				     : openssl_error(err, ERROR_MALFORMED, "DER");

		if (rc)
			return rc;
	}
	return 0;
}

static int read_list(const void *bytes, size_t len, STACK_OF(X509) * list, struct error *err)
{
	static const char begin[] = "-----BEGIN ";
	bool is_pem = len && memmem(bytes, len, begin, sizeof(begin) - 1);
	int rc;

	if (len > CHAIN_IMPORT_MAX)
		return error_set(err, ERROR_TOO_LARGE, "%zu bytes are too many", len);
	ERR_clear_error();
	rc = is_pem ? read_pem(bytes, len, list, err) : read_der(bytes, len, list, err);
	if (rc == -ERROR_MALFORMED && !is_pem && !sk_X509_num(list))
		return error_set(err, ERROR_MALFORMED, "neither a PEM nor a DER certificate");
	if (!rc && !sk_X509_num(list))
		return error_set(err, ERROR_MALFORMED, "there is no certificate in it");
	return rc;
}

/* Puts what is wrong with a certificate behind what it is and whose. */
static int blame(struct error *err, const char *what, X509 *certificate)
{
	const X509_NAME *name = X509_get_subject_name(certificate);
	char subject[200] = "";
	BIO *bio = BIO_new(BIO_s_mem());

	if (bio && X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253) > 0)
		BIO_gets(bio, subject, (int)sizeof(subject));
	BIO_free(bio);
	ERR_clear_error();
	return error_wrap(err, "%s \"%s\"", what, subject);
}

/* Before any signature is verified. The EK itself signs nothing here. */
static int check_sizes(STACK_OF(X509) * intermediates, struct chain_cost *cost, struct error *err)
{
	for (int i = 0; i < sk_X509_num(intermediates); i++) {
		X509 *ca = sk_X509_value(intermediates, i);
		int rc = chain_check_key(ca, ERROR_CRYPTO, err);

		cost->has_large_key = cost->has_large_key || rc == -ERROR_CRYPTO;
		if (rc)
			return blame(err, "CA certificate", ca);
	}
	return 0;
}

static int check_cas(STACK_OF(X509) * list, struct error *err)
{
	for (int i = 0; i < sk_X509_num(list); i++) {
		X509 *ca = sk_X509_value(list, i);

		ERR_clear_error();
		if (X509_get_extension_flags(ca) & EXFLAG_INVALID)
			openssl_error(err, ERROR_CRYPTO, "its extensions cannot be read");
		else if (X509_check_ca(ca) != 1)
			error_set(err, ERROR_UNSUPPORTED,
				"it is not a CA's: basicConstraints do not say CA:TRUE");
		else if (!(X509_get_key_usage(ca) & KU_KEY_CERT_SIGN))
			error_set(err, ERROR_UNSUPPORTED,
				"it is not for signing certificates: keyUsage has no keyCertSign");
		else if (!chain_check_key(ca, ERROR_UNSUPPORTED, err))
			continue;
		return blame(err, "certificate", ca);
	}
	return 0;
}

int chain_store_add(struct chain_store *store, const void *bytes, size_t len, size_t *ret_added,
	struct error *err)
{
	STACK_OF(X509) *list = sk_X509_new_null();
	size_t before = chain_store_count(store);
	int rc;

	if (!list)
		return error_set(err, ERROR_NO_MEMORY, "no memory for CA certificates");
	rc = read_list(bytes, len, list, err);
	if (!rc)
		rc = check_cas(list, err);
	for (int i = 0; !rc && i < sk_X509_num(list); i++)
		if (!X509_STORE_add_cert(store->cas, sk_X509_value(list, i)))
			rc = openssl_error(err, ERROR_NO_MEMORY, "trusted CAs");
	free_list(list);
	if (!rc)
		*ret_added = chain_store_count(store) - before;
	return rc;
}

void chain_store_visit(const struct chain_store *store,
	bool (*visit)(const void *der, size_t len, void *context), void *context)
{
	const STACK_OF(X509_OBJECT) *objects = X509_STORE_get0_objects(store->cas);
	bool goes_on = true;

	for (int i = 0; goes_on && i < sk_X509_OBJECT_num(objects); i++) {
		X509 *ca = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(objects, i));
		unsigned char *der = NULL;
		int len = i2d_X509(ca, &der);

		if (len > 0)
			goes_on = visit(der, (size_t)len, context);
		OPENSSL_free(der);
	}
}

/* --- verification --- */

/* Why none of the CAs has issued this certificate, and what to do. */
static int explain_issuer(X509_STORE_CTX *context, X509 *certificate, struct error *err)
{
	X509_NAME *name = X509_get_issuer_name(certificate);
	STACK_OF(X509) *cas = X509_STORE_CTX_get1_certs(context, name);
	int rc, count = cas ? sk_X509_num(cas) : 0;
	bool is_named = false;

	for (int i = 0; X509_get0_authority_key_id(certificate) && i < count; i++)
		is_named = is_named ||
			   X509_check_issued(sk_X509_value(cas, i), certificate) == X509_V_OK;
	if (!count)
		rc = error_set(err, ERROR_CRYPTO,
			"its issuer is not trusted: import the CA of the host that made the vTPM");
	else if (is_named)
		rc = error_set(err, ERROR_CRYPTO,
			"its signature is not that of the CA it names: it was altered");
	else
		rc = error_set(err, ERROR_CRYPTO,
			"none of the %d trusted CAs of its issuer's name has signed it: import the "
			"CA of the host that made the vTPM",
			count);
	free_list(cas);
	return rc;
}

static int explain(X509_STORE_CTX *context, X509 *leaf, struct error *err)
{
	int why = X509_STORE_CTX_get_error(context);
	X509 *culprit = X509_STORE_CTX_get_current_cert(context);

	if (!culprit)
		culprit = leaf;
	/* If memory was short, an issuer that was not found may be there all the same. */
	if (openssl_lacks_memory() || why == X509_V_ERR_OUT_OF_MEM)
		return error_set(err, ERROR_NO_MEMORY, "no memory to verify a certificate");
	switch (why) {
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
		explain_issuer(context, culprit, err);
		break;
	case X509_V_ERR_EE_KEY_TOO_SMALL:
		/* So libcrypto says, too, of a key that it cannot read. */
		error_set(err, ERROR_CRYPTO, "%s",
			X509_get0_pubkey(culprit)
				? X509_verify_cert_error_string(why)
				: "its key is of a kind that cannot be verified here, such as "
				  "RSAES-OAEP of the TPM 1.2 era");
		break;
	default:
		error_set(err, ERROR_CRYPTO, "%s", X509_verify_cert_error_string(why));
	}
	return blame(err, culprit == leaf ? "EK certificate" : "CA certificate", culprit);
}

static int verify_chain(const struct chain_store *store, X509 *leaf, STACK_OF(X509) * intermediates,
	const struct chain_request *request, struct error *err)
{
	X509_STORE_CTX *context = X509_STORE_CTX_new();
	int rc = 0;

	ERR_clear_error();
	if (!context || !X509_STORE_CTX_init(context, store->cas, leaf, intermediates)) {
		X509_STORE_CTX_free(context);
		ERR_clear_error();
		return error_set(err, ERROR_NO_MEMORY, "no memory to verify a certificate");
	}
	X509_VERIFY_PARAM_set_time(X509_STORE_CTX_get0_param(context), (time_t)request->now);
	if (!X509_STORE_CTX_set_app_data(context, request->cost))
		rc = error_set(err, ERROR_NO_MEMORY, "no memory to verify a certificate");
	else if (X509_verify_cert(context) <= 0)
		rc = explain(context, leaf, err);
	if (rc && request->cost->has_spent_all)
		rc = error_set(err, ERROR_CRYPTO,
			"limit verifications: too many certificates could have issued it or its "
			"issuers");
	X509_STORE_CTX_free(context);
	ERR_clear_error();
	return rc;
}

static int read_intermediates(
	const struct chain_request *request, STACK_OF(X509) * list, struct error *err)
{
	if (request->intermediate_count > CHAIN_INTERMEDIATES_MAX)
		return error_set(err, ERROR_TOO_LARGE, "%zu intermediate certificates are too many",
			request->intermediate_count);
	for (size_t i = 0; i < request->intermediate_count; i++) {
		const struct crypto_bytes *from = &request->intermediates[i];
		const unsigned char *at = from->bytes;
		X509 *certificate =
			from->len <= INT32_MAX ? d2i_X509(NULL, &at, (long)from->len) : NULL;
		int rc = certificate
				 ? push(list, certificate, err)
				 : openssl_error(err, ERROR_MALFORMED, "intermediate certificate");

		if (rc)
			return rc;
	}
	return 0;
}

/* All that is asked of the certificate itself. */
static int check_leaf(X509 *leaf, const struct chain_request *request,
	struct chain_identity *identity, struct error *err)
{
	int rc = chain_check_profile(leaf, err);

	if (!rc && !public_area_same_key(&identity->certificate.key, request->ek))
		rc = error_set(err, ERROR_CRYPTO, "it is for another key than this EK");
	if (!rc)
		rc = chain_read_uuid(leaf, identity->vm_uuid, err);
	return rc ? blame(err, "EK certificate", leaf) : 0;
}

int chain_verify(const struct chain_store *store, const struct chain_request *request,
	struct chain_identity *ret_identity, struct error *err)
{
	struct chain_identity identity = {0};
	STACK_OF(X509) *intermediates = NULL;
	const unsigned char *at = request->der;
	X509 *leaf = NULL;
	int rc = crypto_certificate_read(request->der, request->len, &identity.certificate, err);

	if (rc)
		return error_wrap(err, "EK certificate");
	ERR_clear_error();
	leaf = d2i_X509(NULL, &at, (long)identity.certificate.der_len);
	intermediates = sk_X509_new_null();
	if (!leaf || !intermediates)
		rc = openssl_error(err, ERROR_NO_MEMORY, "EK certificate");
	if (!rc)
		rc = read_intermediates(request, intermediates, err);
	if (!rc)
		rc = check_sizes(intermediates, request->cost, err);
	if (!rc)
		rc = verify_chain(store, leaf, intermediates, request, err);
	if (!rc)
		rc = check_leaf(leaf, request, &identity, err);
	free_list(intermediates);
	X509_free(leaf);
	if (!rc)
		*ret_identity = identity;
	return rc;
}
