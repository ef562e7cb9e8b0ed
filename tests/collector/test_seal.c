/* SPDX-License-Identifier: BSD-2-Clause */
/* Sealed challenges: what comes back is what went in, and nothing else comes back. */
#include <string.h>

#include "collector/attestation/seal.h"
#include "tests/unit/unit.h"

static struct seal *make_seal(uint8_t fill)
{
	uint8_t key[STORE_KEY_SIZE];
	struct seal *seal;
	struct error err;

	memset(key, fill, sizeof(key));
	assert_int_equal(seal_new(key, &seal, &err), 0);
	return seal;
}

/* With everything as long as it can be. */
static struct challenge make_longest(void)
{
	struct challenge challenge = {.uuid = "6f9619ff-8b86-4011-b42d-00c04fc964ff",
		.spending.expires_ms = 0x0102030405060708,
		.head = 0x1112131415161718,
		.announcement_ms = 0x2122232425262728,
		.shown = {.root = 0x3132333435363738, .report.id = 0x4142434445464748},
		.secret.len = BINDING_SECRET_SIZE,
		.claim = {.event = EVENT_HARD_REBOOT,
			.ak_name.len = EVIDENCE_NAME_MAX,
			.ek.len = STORE_HASH_SIZE}};

	memset(challenge.spending.id, 1, sizeof(challenge.spending.id));
	memset(challenge.nonce, 2, sizeof(challenge.nonce));
	memset(challenge.shown.report.hash, 6, sizeof(challenge.shown.report.hash));
	memset(challenge.secret.data, 3, sizeof(challenge.secret.data));
	challenge.claim.is_vouched_for = true;
	memset(challenge.claim.ak_name.data, 4, sizeof(challenge.claim.ak_name.data));
	memset(challenge.claim.ek.data, 5, sizeof(challenge.claim.ek.data));
	memset(challenge.claim.distrust, 'd', sizeof(challenge.claim.distrust) - 1);
	return challenge;
}

static void check_round(const struct challenge *challenge)
{
	struct seal *seal = make_seal(7);
	BUF_SCOPED sealed = {0};
	struct challenge opened;
	struct error err;

	assert_int_equal(seal_close(seal, challenge, &sealed, &err), 0);
	assert_true(sealed.len >= 1 && sealed.len <= PROTOCOL_SEALED_MAX);
	assert_int_equal(
		seal_open(seal, &(struct crypto_bytes){sealed.data, sealed.len}, &opened, &err), 0);
	assert_string_equal(opened.uuid, challenge->uuid);
	assert_int_equal(opened.spending.expires_ms, challenge->spending.expires_ms);
	assert_int_equal(opened.head, challenge->head);
	assert_int_equal(opened.announcement_ms, challenge->announcement_ms);
	assert_memory_equal(&opened.shown, &challenge->shown, sizeof(opened.shown));
	assert_memory_equal(opened.spending.id, challenge->spending.id, sizeof(opened.spending.id));
	assert_memory_equal(opened.nonce, challenge->nonce, sizeof(opened.nonce));
	assert_int_equal(opened.secret.len, challenge->secret.len);
	assert_memory_equal(opened.secret.data, challenge->secret.data, opened.secret.len);
	assert_int_equal(opened.claim.event, challenge->claim.event);
	assert_int_equal(opened.claim.is_vouched_for, challenge->claim.is_vouched_for);
	assert_int_equal(opened.claim.ak_name.len, challenge->claim.ak_name.len);
	assert_memory_equal(
		opened.claim.ak_name.data, challenge->claim.ak_name.data, opened.claim.ak_name.len);
	assert_int_equal(opened.claim.ek.len, challenge->claim.ek.len);
	assert_memory_equal(opened.claim.ek.data, challenge->claim.ek.data, opened.claim.ek.len);
	assert_string_equal(opened.claim.distrust, challenge->claim.distrust);
	seal_free(seal);
}

static void test_comes_back(void **state)
{
	struct challenge longest = make_longest();
	struct challenge shortest = {.uuid = "6f9619ff-8b86-4011-b42d-00c04fc964ff"};

	(void)state;
	check_round(&longest);
	check_round(&shortest);
}

/* Nothing of the secret can be seen, and each bit counts, as does the length. */
static void test_is_sealed(void **state)
{
	struct seal *seal = make_seal(7), *other = make_seal(8);
	struct challenge challenge = make_longest(), opened;
	BUF_SCOPED sealed = {0};
	struct crypto_bytes whole;
	struct error err;

	(void)state;
	assert_int_equal(seal_close(seal, &challenge, &sealed, &err), 0);
	whole = (struct crypto_bytes){sealed.data, sealed.len};
	assert_null(memmem(sealed.data, sealed.len, challenge.secret.data, 8));
	assert_int_equal(seal_open(other, &whole, &opened, &err), -ERROR_NOT_FOUND);
	for (size_t bit = 0; bit < sealed.len * 8; bit++) {
		sealed.data[bit / 8] ^= (uint8_t)(1U << bit % 8);
		assert_int_equal(seal_open(seal, &whole, &opened, &err), -ERROR_NOT_FOUND);
		sealed.data[bit / 8] ^= (uint8_t)(1U << bit % 8);
	}
	for (size_t len = 0; len < sealed.len; len++)
		assert_int_equal(
			seal_open(seal, &(struct crypto_bytes){sealed.data, len}, &opened, &err),
			-ERROR_NOT_FOUND);
	assert_int_equal(seal_open(seal, &whole, &opened, &err), 0);
	seal_free(seal);
	seal_free(other);
}

/* A receipt is no challenge, and a challenge no receipt. */
static void test_receipt(void **state)
{
	struct seal *seal = make_seal(7), *other = make_seal(8);
	struct receipt receipt = {.report.id = UINT64_C(1) << 40, .root = 77}, opened;
	struct challenge challenge = make_longest();
	BUF_SCOPED sealed = {0}, another = {0};
	struct crypto_bytes whole;
	struct error err;

	(void)state;
	memcpy(receipt.uuid, challenge.uuid, sizeof(receipt.uuid));
	memset(receipt.report.hash, 5, sizeof(receipt.report.hash));
	assert_int_equal(seal_close_receipt(seal, &receipt, &sealed, &err), 0);
	assert_true(sealed.len <= PROTOCOL_RECEIPT_MAX / 4 * 3 - 3);
	whole = (struct crypto_bytes){sealed.data, sealed.len};
	assert_int_equal(seal_open_receipt(seal, &whole, &opened, &err), 0);
	assert_memory_equal(&opened, &receipt, sizeof(receipt));
	assert_int_equal(seal_open_receipt(other, &whole, &opened, &err), -ERROR_NOT_FOUND);
	assert_int_equal(seal_open(seal, &whole, &challenge, &err), -ERROR_NOT_FOUND);
	assert_int_equal(seal_close(seal, &challenge, &another, &err), 0);
	whole = (struct crypto_bytes){another.data, another.len};
	assert_int_equal(seal_open_receipt(seal, &whole, &opened, &err), -ERROR_NOT_FOUND);
	sealed.data[20] ^= 1;
	whole = (struct crypto_bytes){sealed.data, sealed.len};
	assert_int_equal(seal_open_receipt(seal, &whole, &opened, &err), -ERROR_NOT_FOUND);
	seal_free(seal);
	seal_free(other);
}

/* Two that differ in their random number alone have nothing in common to be seen. */
static void test_no_two_are_alike(void **state)
{
	struct seal *seal = make_seal(7);
	struct challenge challenge = make_longest();
	BUF_SCOPED first = {0}, second = {0};
	struct error err;
	size_t same = 0;

	(void)state;
	assert_int_equal(seal_close(seal, &challenge, &first, &err), 0);
	challenge.spending.id[0]++;
	assert_int_equal(seal_close(seal, &challenge, &second, &err), 0);
	for (size_t i = 0; i < first.len; i++)
		same += first.data[i] == second.data[i];
	assert_true(same <= first.len / 8);
	seal_free(seal);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_comes_back),
		cmocka_unit_test(test_is_sealed),
		cmocka_unit_test(test_receipt),
		cmocka_unit_test(test_no_two_are_alike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
