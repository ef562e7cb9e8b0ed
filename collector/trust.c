/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/trust.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/base64.h"
#include "platform/system.h"

#define FINGERPRINT_SIZE 32 /* SHA-256 */
#define FILE_MAX         ((size_t)64 * 1024 * 1024)
#define LOOK_MS          1000

static const char pem_begin[] = "-----BEGIN CERTIFICATE-----\n";
static const char pem_end[] = "-----END CERTIFICATE-----\n";

struct trust {
	pthread_rwlock_t lock;   /* of `cas` */
	pthread_mutex_t imports; /* one after the other */
	struct chain_store *cas;
	struct shared_file file;
	struct buf text;            /* as it was read or written last; under `imports` */
	_Atomic uint64_t looked_ms; /* when that was, by the monotonic clock */
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

static void keep_text(struct trust *trust, struct buf *text)
{
	buf_free(&trust->text);
	trust->text = *text;
	*text = (struct buf){0};
}

/* Whoever verifies goes on with the old ones until these are complete. */
static void hand_over(struct trust *trust, struct chain_store **cas)
{
	struct chain_store *old;

	pthread_rwlock_wrlock(&trust->lock);
	old = trust->cas;
	trust->cas = *cas;
	*cas = old;
	pthread_rwlock_unlock(&trust->lock);
}

static bool is_same(const struct buf *one, const struct buf *other)
{
	return one->len == other->len &&
	       (!one->len || memcmp(one->data, other->data, one->len) == 0);
}

/* What is kept by now, where it is not what is known. Under `imports`. */
static int read_again(struct trust *trust, struct error *err)
{
	char place[SHARED_FILE_TEXT_SIZE];
	BUF_SCOPED text = {0};
	struct chain_store *cas = NULL;
	int rc = shared_file_read(&trust->file, FILE_MAX, &text, err);

	if (rc == -ERROR_NOT_FOUND) /* nobody has imported one yet */
		rc = 0;
	if (rc || is_same(&text, &trust->text))
		return rc;
	shared_file_show(&trust->file, place);
	rc = chain_store_new(&cas, err);
	if (!rc && text.len)
		rc = read_all(cas, &text, err) ? error_wrap(err, "%s", place) : 0;
	if (!rc) {
		hand_over(trust, &cas);
		keep_text(trust, &text);
	}
	chain_store_free(cas);
	return rc;
}

/* Another collector may have imported some since. Where that cannot be seen, what was known
 * holds. */
static void look_again(struct trust *trust)
{
	const uint64_t now_ms = platform_monotonic_ms();
	struct error ignored;

	if (!store_is_shared(trust->file.store))
		return;
	if (now_ms - atomic_load(&trust->looked_ms) < LOOK_MS)
		return;
	atomic_store(&trust->looked_ms, now_ms);
	pthread_mutex_lock(&trust->imports);
	read_again(trust, &ignored);
	pthread_mutex_unlock(&trust->imports);
}

int trust_open(const struct shared_file *file, struct trust **ret_trust, struct error *err)
{
	struct trust *trust = calloc(1, sizeof(*trust));
	int rc;

	if (!trust)
		return error_set(err, ERROR_NO_MEMORY, "no memory for the trusted CAs");
	trust->file = *file;
	atomic_init(&trust->looked_ms, platform_monotonic_ms());
	pthread_rwlock_init(&trust->lock, NULL);
	pthread_mutex_init(&trust->imports, NULL);
	rc = chain_store_new(&trust->cas, err);
	if (!rc)
		rc = read_again(trust, err);
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
	buf_free(&trust->text);
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

static int write_file(struct trust *trust, const struct chain_store *cas, struct error *err)
{
	BUF_SCOPED text = {0};
	struct copying copying = {.text = &text, .err = err};
	int rc;

	chain_store_visit(cas, copy_ca, &copying);
	if (text.failed)
		return error_set(err, ERROR_NO_MEMORY, "no memory for the trusted CAs");
	rc = shared_file_replace(&trust->file, text.data, text.len, err);
	if (!rc)
		keep_text(trust, &text);
	return rc;
}

static int add(
	struct trust *trust, const void *bytes, size_t len, size_t *ret_added, struct error *err)
{
	struct copying copying = {.err = err};
	size_t added = 0;
	int rc = chain_store_new(&copying.to, err);

	if (rc)
		return rc;
	chain_store_visit(trust->cas, copy_ca, &copying);
	rc = copying.rc;
	if (!rc && chain_store_count(copying.to) != chain_store_count(trust->cas))
		rc = error_set(err, ERROR_NO_MEMORY, "no memory for the trusted CAs");
	if (!rc)
		rc = chain_store_add(copying.to, bytes, len, &added, err);
	if (!rc && added)
		rc = write_file(trust, copying.to, err);
	if (!rc) {
		hand_over(trust, &copying.to);
		*ret_added = added;
	}
	chain_store_free(copying.to);
	return rc;
}

int trust_add(
	struct trust *trust, const void *bytes, size_t len, size_t *ret_added, struct error *err)
{
	int rc = 0;

	pthread_mutex_lock(&trust->imports);
	if (store_is_shared(trust->file.store))
		rc = read_again(trust, err);
	if (!rc)
		rc = add(trust, bytes, len, ret_added, err);
	pthread_mutex_unlock(&trust->imports);
	return rc;
}

int trust_verify(struct trust *trust, const struct chain_request *request,
	struct chain_identity *ret_identity, struct error *err)
{
	int rc;

	look_again(trust);
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

	look_again(trust);
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
