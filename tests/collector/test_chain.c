/* SPDX-License-Identifier: BSD-2-Clause */
/* The EK certificates of a real manufacture: good, damaged anywhere, with and without their CAs.
 * Certificates that no swtpm-localca makes are test_localca.py's. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "collector/ek/chain.h"
#include "core/signed/public_area.h"
#include "tests/unit/fixture/data.h"

#define UUID        "6b1d4f0a-3c2e-4b57-9a58-0d2f6e7a1c34"
#define IN_2100     4102444800LL
#define AT_THE_END  253402300799LL /* 9999-12-31T23:59:59Z */
#define LONG_BEFORE 946684800LL    /* 2000 */

struct file {
	uint8_t *bytes;
	size_t len;
};

static struct file root, issuer, rsa, p384;
static struct crypto_public rsa_key, p384_key;

static struct crypto_public read_key(const char *file)
{
	struct public_area area;
	struct error err;
	size_t len;
	uint8_t *bytes = data_read(file, &len);

	assert_int_equal(public_area_read(bytes, len, &area, &err), 0);
	free(bytes);
	return area.key;
}

static int setup(void **state)
{
	(void)state;
	root.bytes = data_read("ek-chain/root.pem", &root.len);
	issuer.bytes = data_read("ek-chain/issuer.pem", &issuer.len);
	rsa.bytes = data_read("ek-chain/ek-rsa2048.der", &rsa.len);
	p384.bytes = data_read("ek-chain/ek-p384.der", &p384.len);
	rsa_key = read_key("ek-chain/ek-rsa2048.public");
	p384_key = read_key("ek-chain/ek-p384.public");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(root.bytes);
	free(issuer.bytes);
	free(rsa.bytes);
	free(p384.bytes);
	return 0;
}

static struct chain_store *store_of(const struct file *a, const struct file *b)
{
	struct chain_store *store;
	struct error err;
	size_t added;

	assert_int_equal(chain_store_new(&store, &err), 0);
	if (a)
		assert_int_equal(chain_store_add(store, a->bytes, a->len, &added, &err), 0);
	if (b)
		assert_int_equal(chain_store_add(store, b->bytes, b->len, &added, &err), 0);
	return store;
}

static int verify(const struct chain_store *store, const struct file *certificate,
	const struct crypto_public *key, int64_t now, struct error *err)
{
	struct chain_cost cost = {0};
	const struct chain_request request = {.der = certificate->bytes,
		.len = certificate->len,
		.ek = key,
		.now = now,
		.cost = &cost};
	struct chain_identity identity = {.vm_uuid = "untouched"};
	int rc = chain_verify(store, &request, &identity, err);

	assert_string_equal(identity.vm_uuid, rc ? "untouched" : UUID);
	if (rc)
		assert_int_equal(rc, -(int)err->code);
	else
		assert_string_equal(identity.certificate.subject, "CN=template:" UUID);
	return rc;
}

#define assert_refused(call, expected)                                                             \
	do {                                                                                       \
		struct error err = {0};                                                            \
		assert_int_equal(call, -ERROR_CRYPTO);                                             \
		if (!strstr(err.message, expected))                                                \
			fail_msg("\"%s\" is not in: %s", expected, err.message);                   \
	} while (0)

static void test_good_ones(void **state)
{
	const struct {
		const struct file *a, *b;
	} stores[] = {{&root, &issuer}, {&issuer, &root}, {&issuer, NULL}};

	(void)state;
	for (size_t i = 0; i < COUNT(stores); i++) {
		struct chain_store *store = store_of(stores[i].a, stores[i].b);
		struct error err = {0};

		assert_int_equal(verify(store, &rsa, &rsa_key, IN_2100, &err), 0);
		assert_int_equal(verify(store, &p384, &p384_key, IN_2100, &err), 0);
		assert_int_equal(verify(store, &p384, &p384_key, AT_THE_END - 1, &err), 0);
		chain_store_free(store);
	}
}

static void test_time(void **state)
{
	struct chain_store *store = store_of(&issuer, NULL);

	(void)state;
	assert_refused(verify(store, &rsa, &rsa_key, AT_THE_END, &err), "expired");
	assert_refused(verify(store, &rsa, &rsa_key, LONG_BEFORE, &err), "not yet valid");
	chain_store_free(store);
}

static void test_other_keys(void **state)
{
	struct chain_store *store = store_of(&issuer, NULL);
	struct crypto_public key = rsa_key, none = {0};

	(void)state;
	assert_refused(verify(store, &rsa, &p384_key, IN_2100, &err),
		"EK certificate \"CN=template:" UUID "\": it is for another key");
	assert_refused(verify(store, &p384, &rsa_key, IN_2100, &err), "another key");
	assert_refused(verify(store, &rsa, &none, IN_2100, &err), "another key");
	key.unique[255] ^= 1;
	assert_refused(verify(store, &rsa, &key, IN_2100, &err), "another key");
	chain_store_free(store);
}

static void test_no_issuer(void **state)
{
	struct chain_store *empty = store_of(NULL, NULL), *only_root = store_of(&root, NULL);

	(void)state;
	assert_refused(verify(empty, &rsa, &rsa_key, IN_2100, &err), "its issuer is not trusted");
	assert_refused(verify(only_root, &rsa, &rsa_key, IN_2100, &err), "is not trusted");
	chain_store_free(empty);
	chain_store_free(only_root);
}

/* A bit of any byte: the signature covers all but itself, and that is no other. Some bytes make it
 * no certificate at all. */
static void test_tampered_with_anywhere(void **state)
{
	struct chain_store *store = store_of(&root, &issuer);

	(void)state;
	for (size_t at = 0; at < p384.len; at++) {
		struct error err = {0};
		int rc;

		p384.bytes[at] ^= (uint8_t)(1U << at % 8);
		rc = verify(store, &p384, &p384_key, IN_2100, &err);
		if (rc != -ERROR_CRYPTO && rc != -ERROR_MALFORMED)
			fail_msg("byte %zu: %d, %s", at, rc, err.message);
		p384.bytes[at] ^= (uint8_t)(1U << at % 8);
	}
	p384.bytes[p384.len - 1] ^= 1;
	assert_refused(verify(store, &p384, &p384_key, IN_2100, &err), "it was altered");
	p384.bytes[p384.len - 1] ^= 1;
	chain_store_free(store);
}

static void test_truncated_and_padded(void **state)
{
	struct chain_store *store = store_of(&issuer, NULL);
	uint8_t padded[2048];
	struct error err;

	(void)state;
	for (size_t len = 0; len < rsa.len; len += len < 64 ? 1 : 13) {
		struct file cut = {malloc(len ? len : 1), len};

		assert_non_null(cut.bytes);
		memcpy(cut.bytes, rsa.bytes, len);
		assert_int_equal(verify(store, &cut, &rsa_key, IN_2100, &err), -ERROR_MALFORMED);
		free(cut.bytes);
	}
	memset(padded, 0xff, sizeof(padded));
	memcpy(padded, rsa.bytes, rsa.len);
	assert_int_equal(
		verify(store, &(struct file){padded, sizeof(padded)}, &rsa_key, IN_2100, &err), 0);
	chain_store_free(store);
}

static void test_intermediates(void **state)
{
	struct crypto_bytes list[CHAIN_INTERMEDIATES_MAX + 1];
	struct chain_cost cost = {0};
	struct chain_request request = {.der = rsa.bytes,
		.len = rsa.len,
		.intermediates = list,
		.ek = &rsa_key,
		.cost = &cost};
	struct chain_store *store = store_of(&issuer, NULL);
	struct chain_identity identity;
	struct error err;

	(void)state;
	request.now = IN_2100;
	for (size_t i = 0; i < COUNT(list); i++)
		list[i] = (struct crypto_bytes){p384.bytes, p384.len};
	request.intermediate_count = CHAIN_INTERMEDIATES_MAX;
	assert_int_equal(chain_verify(store, &request, &identity, &err), 0);
	request.intermediate_count++;
	assert_int_equal(chain_verify(store, &request, &identity, &err), -ERROR_TOO_LARGE);
	request.intermediate_count = 2;
	list[1].len--;
	assert_int_equal(chain_verify(store, &request, &identity, &err), -ERROR_MALFORMED);
	list[1] = (struct crypto_bytes){"", 0};
	assert_int_equal(chain_verify(store, &request, &identity, &err), -ERROR_MALFORMED);
	chain_store_free(store);
}

static void add(struct chain_store *store, const void *bytes, size_t len, int rc, size_t expected)
{
	size_t before = chain_store_count(store), added = 99;
	struct error err = {0};

	assert_int_equal(chain_store_add(store, bytes, len, &added, &err), rc);
	assert_int_equal(rc, -(int)err.code);
	assert_int_equal(added, rc ? 99 : expected);
	assert_int_equal(chain_store_count(store), before + expected);
}

static void test_import(void **state)
{
	static const char key[] = "-----BEGIN PRIVATE KEY-----\nMAAA\n-----END PRIVATE KEY-----\n";
	static const char encrypted[] =
		"-----BEGIN CERTIFICATE-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,"
		"00112233445566778899AABBCCDDEEFF\n\nMAAA\n-----END CERTIFICATE-----\n";
	static const char broken[] =
		"-----BEGIN CERTIFICATE-----\nMAAA\n-----END CERTIFICATE-----\n";
	struct chain_store *store = store_of(NULL, NULL);
	char *large = calloc(1, CHAIN_IMPORT_MAX + 1);
	BUF_SCOPED text = {0};

	(void)state;
	assert_non_null(large);
	add(store, "", 0, -ERROR_MALFORMED, 0);
	add(store, NULL, 0, -ERROR_MALFORMED, 0);
	add(store, "no certificate", 14, -ERROR_MALFORMED, 0);
	add(store, key, sizeof(key) - 1, -ERROR_MALFORMED, 0);
	add(store, encrypted, sizeof(encrypted) - 1, -ERROR_MALFORMED, 0);
	add(store, broken, sizeof(broken) - 1, -ERROR_MALFORMED, 0);
	add(store, large, CHAIN_IMPORT_MAX + 1, -ERROR_TOO_LARGE, 0);
	/* An EK certificate is no CA's; as DER or as the second of two. */
	add(store, rsa.bytes, rsa.len, -ERROR_UNSUPPORTED, 0);
	buf_append(&text, root.bytes, root.len);
	buf_append(&text, broken, sizeof(broken) - 1);
	add(store, text.data, text.len, -ERROR_MALFORMED, 0);
	add(store, root.bytes, root.len - 40, -ERROR_MALFORMED, 0);
	/* Both in one file, one of them again, and with text and a private key in between. */
	text.len = root.len;
	buf_append_text(&text, "a remark\n");
	buf_append(&text, key, sizeof(key) - 1);
	buf_append(&text, issuer.bytes, issuer.len);
	add(store, issuer.bytes, issuer.len, 0, 1);
	add(store, text.data, text.len, 0, 1);
	add(store, text.data, text.len, 0, 0);
	assert_int_equal(chain_store_count(store), 2);
	free(large);
	chain_store_free(store);
	chain_store_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_ones),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_other_keys),
		cmocka_unit_test(test_no_issuer),
		cmocka_unit_test(test_tampered_with_anywhere),
		cmocka_unit_test(test_truncated_and_padded),
		cmocka_unit_test(test_intermediates),
		cmocka_unit_test(test_import),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
