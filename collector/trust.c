/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/trust.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/base64.h"
#include "platform/system.h"

#define FINGERPRINT_SIZE 32 /* SHA-256 */
#define FILE_MAX         ((size_t)64 * 1024 * 1024)

static const char pem_begin[] = "-----BEGIN CERTIFICATE-----\n";
static const char pem_end[] = "-----END CERTIFICATE-----\n";

struct trust {
	pthread_rwlock_t lock;   /* of `cas` */
	pthread_mutex_t imports; /* one after the other */
	struct chain_store *cas;
	char path[];
};

/* Adds one certificate at a time: a file of many hosts' CAs is larger than an import may be. */
static int read_all(struct chain_store *cas, const struct buf *text, struct error *err)
{
	const char *at = (const char *)text->data, *limit = at + text->len;
	size_t added;
	int rc = 0;

	while (!rc && at < limit) {
		const char *end = memmem(at, (size_t)(limit - at), pem_end, sizeof(pem_end) - 1);
		const char *next = end ? end + sizeof(pem_end) - 1 : limit;

		rc = chain_store_add(cas, at, (size_t)(next - at), &added, err);
		at = next;
	}
	return rc;
}

int trust_open(const char *path, struct trust **ret_trust, struct error *err)
{
	struct trust *trust = calloc(1, sizeof(*trust) + strlen(path) + 1);
	BUF_SCOPED text = {0};
	int rc;

	if (!trust)
		return error_set(err, ERROR_NO_MEMORY, "no memory for the trusted CAs");
	memcpy(trust->path, path, strlen(path) + 1);
	pthread_rwlock_init(&trust->lock, NULL);
	pthread_mutex_init(&trust->imports, NULL);
	rc = chain_store_new(&trust->cas, err);
	if (!rc)
		rc = platform_file_read(path, FILE_MAX, &text, err);
	if (rc == -ERROR_NOT_FOUND) /* nobody has imported one yet */
		rc = 0;
	if (!rc && text.len)
		rc = read_all(trust->cas, &text, err) ? error_wrap(err, "%s", path) : 0;
	if (rc)
		trust_close(trust);
	else
		*ret_trust = trust;
	return rc;
}

void trust_close(struct trust *trust)
{
	if (!trust)
		return;
	chain_store_free(trust->cas);
	pthread_mutex_destroy(&trust->imports);
	pthread_rwlock_destroy(&trust->lock);
	free(trust);
}

struct copying {
	struct chain_store *to;
	struct buf *text;
	struct error *err;
	int rc;
};

static void print_pem(struct buf *to, const void *der, size_t len)
{
	BUF_SCOPED line = {0};

	base64_encode(&line, der, len);
	to->failed = to->failed || line.failed;
	buf_append_text(to, pem_begin);
	for (size_t at = 0; at < line.len; at += 64) {
		buf_append(to, line.data + at, line.len - at < 64 ? line.len - at : 64);
		buf_append_text(to, "\n");
	}
	buf_append_text(to, pem_end);
}

static bool copy_ca(const void *der, size_t len, void *context)
{
	struct copying *copying = context;
	size_t added;

	if (copying->to)
		copying->rc = chain_store_add(copying->to, der, len, &added, copying->err);
	if (copying->text)
		print_pem(copying->text, der, len);
	return !copying->rc;
}

static int write_file(const char *path, const struct chain_store *cas, struct error *err)
{
	BUF_SCOPED text = {0};
	struct copying copying = {.text = &text, .err = err};

	chain_store_visit(cas, copy_ca, &copying);
	if (text.failed)
		return error_set(err, ERROR_NO_MEMORY, "no memory for the trusted CAs");
	return platform_file_replace(path, text.data, text.len, err);
}

int trust_add(
	struct trust *trust, const void *bytes, size_t len, size_t *ret_added, struct error *err)
{
	struct copying copying = {.err = err};
	struct chain_store *old;
	size_t added = 0;
	int rc = chain_store_new(&copying.to, err);

	if (rc)
		return rc;
	pthread_mutex_lock(&trust->imports);
	chain_store_visit(trust->cas, copy_ca, &copying);
	rc = copying.rc;
	if (!rc && chain_store_count(copying.to) != chain_store_count(trust->cas))
		rc = error_set(err, ERROR_NO_MEMORY, "no memory for the trusted CAs");
	if (!rc)
		rc = chain_store_add(copying.to, bytes, len, &added, err);
	if (!rc && added)
		rc = write_file(trust->path, copying.to, err);
	if (!rc) {
		pthread_rwlock_wrlock(&trust->lock);
		old = trust->cas;
		trust->cas = copying.to;
		copying.to = old;
		pthread_rwlock_unlock(&trust->lock);
		*ret_added = added;
	}
	pthread_mutex_unlock(&trust->imports);
	chain_store_free(copying.to);
	return rc;
}

int trust_verify(struct trust *trust, const struct chain_request *request,
	struct chain_identity *ret_identity, struct error *err)
{
	int rc;

	pthread_rwlock_rdlock(&trust->lock);
	rc = chain_verify(trust->cas, request, ret_identity, err);
	pthread_rwlock_unlock(&trust->lock);
	return rc;
}

struct showing {
	bool (*visit)(const struct crypto_certificate *certificate, void *context);
	void *context;
};

static bool show_ca(const void *der, size_t len, void *context)
{
	const struct showing *showing = context;
	struct crypto_certificate certificate;
	struct error ignored;

	if (crypto_certificate_read(der, len, &certificate, &ignored))
		return true;
	return showing->visit(&certificate, showing->context);
}

void trust_visit(struct trust *trust,
	bool (*visit)(const struct crypto_certificate *certificate, void *context), void *context)
{
	struct showing showing = {visit, context};

	pthread_rwlock_rdlock(&trust->lock);
	chain_store_visit(trust->cas, show_ca, &showing);
	pthread_rwlock_unlock(&trust->lock);
}

static bool add_fingerprint(const struct crypto_certificate *certificate, void *context)
{
	buf_append(context, certificate->sha256, FINGERPRINT_SIZE);
	return true;
}

static int order_fingerprints(const void *left, const void *right)
{
	return memcmp(left, right, FINGERPRINT_SIZE);
}

int trust_digest(struct trust *trust, size_t *ret_count, uint8_t ret_digest[32], struct error *err)
{
	BUF_SCOPED all = {0};
	uint8_t digest[TCG_DIGEST_MAX];
	struct crypto_bytes bytes;
	int rc;

	trust_visit(trust, add_fingerprint, &all);
	if (all.failed)
		return error_set(err, ERROR_NO_MEMORY, "no memory for the trusted CAs");
	if (all.len)
		qsort(all.data, all.len / FINGERPRINT_SIZE, FINGERPRINT_SIZE, order_fingerprints);
	bytes = (struct crypto_bytes){all.data ? all.data : (void *)"", all.len};
	rc = crypto_digest(TCG_ALG_SHA256, &bytes, 1, digest, err);
	if (rc)
		return rc;
	memcpy(ret_digest, digest, FINGERPRINT_SIZE);
	*ret_count = all.len / FINGERPRINT_SIZE;
	return 0;
}
