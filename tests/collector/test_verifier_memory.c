/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Allocation failures, as in tests/unit/test_memory.c: each operation with its first allocation
 * failing, then its second, and so on; once that one alone, once all from there on. It ends whole
 * or with a clean error; the sanitizers see to it that nothing leaks.
 */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "collector/ek/chain.h"
#include "collector/ek/credential.h"
#include "core/signed/public_area.h"
#include "tests/unit/fixture/data.h"
#include "tests/unit/fixture/shortage.h"

struct file {
	uint8_t *bytes;
	size_t len;
};

static struct file rsa, p384, certificate, issuer;
static struct public_area ek;
static struct chain_store *store;

/* Returns 0, or the code of a clean failure. */
typedef int operation(struct error *err);

static int make(const struct file *public, struct error *err)
{
	static const struct evidence_name name = {.len = 34, .data = {0x00, 0x0b}};
	struct credential credential;

	return credential_make(public->bytes, public->len, &name, "secret", 6, &credential, err);
}

static int run_rsa(struct error *err)
{
	return make(&rsa, err);
}

static int run_ecc(struct error *err)
{
	return make(&p384, err);
}

static int run_import(struct error *err)
{
	struct chain_store *new = NULL;
	size_t added = 0;
	int rc = chain_store_new(&new, err);

	if (!rc)
		rc = chain_store_add(new, issuer.bytes, issuer.len, &added, err);
	if (!rc)
		assert_int_equal(added, 1);
	chain_store_free(new);
	return rc;
}

static int run_verify(struct error *err)
{
	struct chain_cost cost = {0};
	const struct chain_request request = {
		.cost = &cost,
		.der = certificate.bytes,
		.len = certificate.len,
		.ek = &ek.key,
		.now = 4102444800,
		.intermediates = &(struct crypto_bytes){certificate.bytes, certificate.len},
		.intermediate_count = 1,
	};
	struct chain_identity identity;
	int rc = chain_verify(store, &request, &identity, err);

	if (!rc)
		assert_string_equal(identity.vm_uuid, "6b1d4f0a-3c2e-4b57-9a58-0d2f6e7a1c34");
	return rc;
}

static const struct {
	const char *name;
	operation *run;
	size_t least; /* allocations it is known to make */
} operations[] = {
	{"credential_make, RSA", run_rsa, 20},
	{"credential_make, ECC", run_ecc, 50},
	{"chain_store_add", run_import, 20},
	{"chain_verify", run_verify, 20},
};

static void run_all_failures(size_t i, bool fails_on)
{
	size_t n = 0;

	do {
		struct error err = {0};
		bool is_apt;
		int rc;

		shortage_begin(n++, fails_on);
		rc = operations[i].run(&err);
		shortage_end();
		if (!rc)
			continue;
		is_apt = rc == -ERROR_NO_MEMORY || rc == -ERROR_CRYPTO;
		if (!shortage_has_struck() || !is_apt || rc != -(int)err.code || !err.message[0])
			fail_msg("%s: allocation %zu failing gives %d, %s%s", operations[i].name,
				n - 1, rc, err.message, fails_on ? " (all after, too)" : "");
	} while (shortage_has_struck());
	if (n - 1 < operations[i].least)
		fail_msg("%s: only %zu allocations were seen to fail", operations[i].name, n - 1);
}

static void test_every_operation(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(operations) * 2; i++) {
		struct error err;

		/* Twice: libcrypto keeps what it sets up at first use. */
		assert_int_equal(operations[i / 2].run(&err), 0);
		assert_int_equal(operations[i / 2].run(&err), 0);
		run_all_failures(i / 2, i % 2);
	}
}

static int setup(void **state)
{
	struct error err;
	size_t added;

	(void)state;
	rsa.bytes = data_read("ek-chain/ek-rsa2048.public", &rsa.len);
	p384.bytes = data_read("ek-chain/ek-p384.public", &p384.len);
	certificate.bytes = data_read("ek-chain/ek-p384.der", &certificate.len);
	issuer.bytes = data_read("ek-chain/issuer.pem", &issuer.len);
	if (public_area_read(p384.bytes, p384.len, &ek, &err) || chain_store_new(&store, &err))
		return 1;
	if (chain_store_add(store, issuer.bytes, issuer.len, &added, &err))
		return 1;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	chain_store_free(store);
	free(rsa.bytes);
	free(p384.bytes);
	free(certificate.bytes);
	free(issuer.bytes);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_operation),
	};

	/* First of all: libcrypto may not have allocated anything yet. */
	if (!shortage_prepare())
		return 1;
	return cmocka_run_group_tests(tests, setup, teardown);
}
