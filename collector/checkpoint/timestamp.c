/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/checkpoint/timestamp.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ts.h>
#include <stdlib.h>

#include "collector/ek/openssl_error.h"
#include "core/base64.h"
#include "core/tcg/tcg.h"

#if !OPENSSL_VERSION_PREREQ(3, 4) /* their names until then */
#define TS_VERIFY_CTX_set0_data  TS_VERIFY_CTX_set_data
#define TS_VERIFY_CTX_set0_store TS_VERIFY_CTX_set_store
#endif

#define NONCE_BITS 64

struct timestamp_request {
	TS_REQ *request;
};

static bool set_imprint(TS_REQ *request, uint8_t *digest)
{
	TS_MSG_IMPRINT *imprint = TS_MSG_IMPRINT_new();
	X509_ALGOR *algorithm = X509_ALGOR_new();
	bool is_set = imprint && algorithm &&
		      X509_ALGOR_set0(algorithm, OBJ_nid2obj(NID_sha256), V_ASN1_NULL, NULL) &&
		      TS_MSG_IMPRINT_set_algo(imprint, algorithm) &&
		      TS_MSG_IMPRINT_set_msg(imprint, digest, 32) &&
		      TS_REQ_set_msg_imprint(request, imprint);

	X509_ALGOR_free(algorithm);
	TS_MSG_IMPRINT_free(imprint);
	return is_set;
}

static bool set_nonce(TS_REQ *request)
{
	BIGNUM *number = BN_new();
	ASN1_INTEGER *nonce = NULL;
	bool is_set = number && BN_rand(number, NONCE_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY);

	nonce = is_set ? BN_to_ASN1_INTEGER(number, NULL) : NULL;
	is_set = nonce && TS_REQ_set_nonce(request, nonce);
	ASN1_INTEGER_free(nonce);
	BN_free(number);
	return is_set;
}

/* With the authority's certificate in the answer, so that the token can be checked by itself. */
static bool make_request(TS_REQ *request, uint8_t *digest, struct buf *to)
{
	unsigned char *der = NULL;
	int len;

	if (!TS_REQ_set_version(request, 1) || !set_imprint(request, digest) || !set_nonce(request))
		return false;
	if (!TS_REQ_set_cert_req(request, 1))
		return false;
	len = i2d_TS_REQ(request, &der);
	if (len > 0)
		buf_append(to, der, (size_t)len);
	OPENSSL_free(der);
	return len > 0 && !to->failed;
}

int timestamp_request_new(const struct crypto_bytes *line, struct timestamp_request **ret_request,
	struct buf *to, struct error *err)
{
	struct timestamp_request *request = calloc(1, sizeof(*request));
	uint8_t digest[TCG_DIGEST_MAX];
	int rc = crypto_digest(TCG_ALG_SHA256, line, 1, digest, err);

	if (!rc && request)
		request->request = TS_REQ_new();
	if (!rc && (!request || !request->request))
		rc = error_set(err, ERROR_NO_MEMORY, "no memory for a time stamp");
	if (!rc && !make_request(request->request, digest, to))
		rc = openssl_error(err, ERROR_CRYPTO, "a request for a time stamp");
	if (rc) {
		timestamp_request_free(request);
		return rc;
	}
	*ret_request = request;
	return 0;
}

void timestamp_request_free(struct timestamp_request *request)
{
	if (!request)
		return;
	TS_REQ_free(request->request);
	free(request);
}

/* Of the request all but the signer, whose CA only who checks later knows. */
static bool answers(const struct timestamp_request *request, TS_RESP *response)
{
	TS_VERIFY_CTX *context = TS_REQ_to_TS_VERIFY_CTX(request->request, NULL);
	bool is_answer;

	if (!context)
		return false;
	TS_VERIFY_CTX_set_flags(context, TS_VFY_VERSION | TS_VFY_IMPRINT | TS_VFY_NONCE);
	is_answer = TS_RESP_verify_response(context, response) == 1;
	TS_VERIFY_CTX_free(context);
	return is_answer;
}

static bool append_token(TS_RESP *response, struct buf *to)
{
	PKCS7 *token = TS_RESP_get_token(response);
	unsigned char *der = NULL;
	int len = token ? i2d_PKCS7(token, &der) : -1;

	if (len > 0)
		base64_encode(to, der, (size_t)len);
	OPENSSL_free(der);
	return len > 0;
}

int timestamp_read_answer(const struct timestamp_request *request, const struct buf *der,
	struct buf *to, struct error *err)
{
	const unsigned char *at = der->data;
	TS_RESP *response = der->len ? d2i_TS_RESP(NULL, &at, (long)der->len) : NULL;
	int rc = 0;

	if (!response)
		rc = openssl_error(err, ERROR_MALFORMED, "no answer to a request for a time stamp");
	else if (!answers(request, response))
		rc = openssl_error(err, ERROR_UNSUPPORTED, "the authority gives no time stamp");
	else if (!append_token(response, to))
		rc = openssl_error(err, ERROR_MALFORMED, "an answer without a time stamp");
	TS_RESP_free(response);
	return rc;
}

/* --- checking --- */

static X509_STORE *read_cas(const struct buf *pem)
{
	X509_STORE *store = X509_STORE_new();
	BIO *bio = BIO_new_mem_buf(pem->data, (int)pem->len);
	X509 *certificate;
	size_t count = 0;

	while (store && bio && (certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL))) {
		count += X509_STORE_add_cert(store, certificate) == 1;
		X509_free(certificate);
	}
	ERR_clear_error(); /* the end of the file is one */
	BIO_free(bio);
	if (count)
		return store;
	X509_STORE_free(store);
	return NULL;
}

/* The token's own time, in which its signer's certificate must be valid. */
static bool read_time(PKCS7 *token, time_t *ret_time)
{
	TS_TST_INFO *info = PKCS7_to_TS_TST_INFO(token);
	struct tm tm;
	bool is_read = info && ASN1_TIME_to_tm(TS_TST_INFO_get_time(info), &tm) == 1;

	if (is_read)
		*ret_time = timegm(&tm);
	TS_TST_INFO_free(info);
	return is_read;
}

/* Takes over `store`. A stamp is as good after its authority's certificate has expired as before:
 * chains are looked at as of the stamp's own time. */
static int check_token(PKCS7 *token, const struct crypto_bytes *line, X509_STORE *store,
	time_t time, struct error *err)
{
	TS_VERIFY_CTX *context = TS_VERIFY_CTX_new();
	BIO *data = BIO_new_mem_buf(line->bytes, (int)line->len);
	bool is_right = false;

	if (!context || !data) {
		X509_STORE_free(store);
		BIO_free(data);
	} else {
		X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), time);
		TS_VERIFY_CTX_set_flags(
			context, TS_VFY_VERSION | TS_VFY_DATA | TS_VFY_SIGNER | TS_VFY_SIGNATURE);
		TS_VERIFY_CTX_set0_data(context, data);
		TS_VERIFY_CTX_set0_store(context, store);
		is_right = TS_RESP_verify_token(context, token) == 1;
	}
	TS_VERIFY_CTX_free(context);
	return is_right ? 0 : openssl_error(err, ERROR_CRYPTO, "it does not hold");
}

static PKCS7 *read_token(const struct crypto_bytes *text)
{
	uint8_t *der = malloc(TIMESTAMP_MAX);
	const unsigned char *at = der;
	long len = der ? base64_decode(text->bytes, text->len, der, TIMESTAMP_MAX) : -1;
	PKCS7 *token = len > 0 ? d2i_PKCS7(NULL, &at, len) : NULL;

	free(der);
	return token;
}

int timestamp_check(const struct crypto_bytes *line, const struct crypto_bytes *token,
	const struct buf *pem, char ret_time[TEXT_TIME_SIZE], struct error *err)
{
	X509_STORE *store = read_cas(pem);
	PKCS7 *read = read_token(token);
	time_t time = 0;
	int rc;

	if (!store)
		rc = openssl_error(err, ERROR_CONFIG, "no CA of a time-stamping authority in PEM");
	else if (!read || !read_time(read, &time))
		rc = openssl_error(err, ERROR_MALFORMED, "no time stamp");
	else {
		rc = check_token(read, line, store, time, err);
		store = NULL;
	}
	X509_STORE_free(store);
	PKCS7_free(read);
	if (!rc)
		text_time(time, ret_time);
	return rc;
}
