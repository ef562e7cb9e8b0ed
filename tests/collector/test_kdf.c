/* SPDX-License-Identifier: BSD-2-Clause */
/* Key derivation against what tests/lib/credential.py, which has hashlib and hmac only, computes:
 *
 *   credential.kdf_a("sha256", bytes(range(32)), b"STORAGE", bytes(range(0x80, 0xa2)), 128)
 *   credential.kdf_e("sha256", bytes(range(32)), b"IDENTITY", bytes(range(0x40, 0x60)),
 *                    bytes(range(0x80, 0xa0)), 256)
 */
#include "tests/unit/unit.h"

#include <string.h>

#include "collector/ek/kdf.h"
#include "core/text.h"

static uint8_t bytes[256]; /* 0, 1, 2, … */

static const struct {
	uint16_t hash;
	size_t key_len;
	const char *label;
	size_t context_len; /* from 0x80 on */
	const char *hex;
} kdfa[] = {
	{TCG_ALG_SHA256, 32, "STORAGE", 34, "794b617b08b7988fce9687a1adcfcf82"},
	{TCG_ALG_SHA256, 32, "INTEGRITY", 0,
		"bacf689f634ece301e1f1b15b072d9c87db6a69585db42b1a0cb8f73ebe2692e"},
	{TCG_ALG_SHA384, 48, "STORAGE", 50,
		"352f16f4ae760bf7d1b9d93887ae14777ec1c7d67acbbcb52323007fb18eaf91"},
	{TCG_ALG_SHA384, 48, "INTEGRITY", 0,
		"f33d1615c2266b2fa774ff368d6ce3af9d8c0b4227e57eb3e28b810755366e9a"
		"668857315ae51d8d7cfac92bb0485639"},
	{TCG_ALG_SHA512, 64, "INTEGRITY", 0,
		"acfccff6c35bcf8219ba426c5ce497dc7212f737c375c4f5a368d15bca53ca92"
		"6aa997fbd733172f597d38e9ec82ea37687cc820b2e3d5adeb5e8d51fe76af29"},
	/* Two blocks and a half; and less than one, of a key of one byte. */
	{TCG_ALG_SHA256, 32, "STORAGE", 34,
		"eb53eed0e1890492fa3f94edc9b5b5e900d84b34264ef83c4eda8413845433d2"
		"131e4249c1809ce7d82a1902055bc23cae8893d3fbea2443338d00cf6bde64c1"
		"90185d3253e6793cf6c7cd3b71e3e1b6"},
	{TCG_ALG_SHA256, 1, "X", 1, "a4"},
};

static const struct {
	uint16_t hash;
	size_t field; /* z from 0 on, the parties from 0x40 and 0x80 on */
	const char *hex;
} kdfe[] = {
	{TCG_ALG_SHA256, 32, "a0340f5b67663d0c37b3b2607d17693b167829dfb47db3cb7f1ed9ce140870c8"},
	{TCG_ALG_SHA384, 48,
		"e92df090bc741ff2e0fa39a542421156f574231e1462041c233963fd09027cce"
		"7de03ef96c84c423101bab7ff2868fd7"},
	{TCG_ALG_SHA512, 66,
		"044d1516760ac703ed73bad8ccca27497e8f3728d2f224925c5bd9d7c3ec8e1d"
		"837fdbc6ddfe3eeb9443e014fc3ac9a4de54e8049c41aa6010ef4e263ffabaeb"},
	{TCG_ALG_SHA256, 32,
		"a0340f5b67663d0c37b3b2607d17693b167829dfb47db3cb7f1ed9ce140870c8"
		"5391c76da4069d4870b25f6c3019abeb55129ea15ec1f514ee6b4bc46b0cc2b2"
		"78d1f2afdd1c47d00847ef960cf67058"},
	{TCG_ALG_SHA256, 32, "a0340f5b67663d0c37b3b2607d17693b"},
};

static void assert_hex(const uint8_t *got, const char *hex)
{
	char text[2 * 128 + 1];

	text_hex(got, strlen(hex) / 2, text, sizeof(text));
	assert_string_equal(text, hex);
}

static void test_kdfa(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(kdfa); i++) {
		const struct crypto_bytes key = {bytes, kdfa[i].key_len};
		const struct crypto_bytes context = {bytes + 0x80, kdfa[i].context_len};
		uint8_t got[128];
		struct error err;

		assert_int_equal(kdf_a(kdfa[i].hash, &key, kdfa[i].label, &context, got,
					 strlen(kdfa[i].hex) / 2, &err),
			0);
		assert_hex(got, kdfa[i].hex);
	}
}

static void test_kdfe(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(kdfe); i++) {
		const struct crypto_bytes z = {bytes, kdfe[i].field};
		const struct crypto_bytes u = {bytes + 0x40, kdfe[i].field};
		const struct crypto_bytes v = {bytes + 0x80, kdfe[i].field};
		uint8_t got[128];
		struct error err;

		assert_int_equal(kdf_e(kdfe[i].hash, &z, "IDENTITY", &u, &v, got,
					 strlen(kdfe[i].hex) / 2, &err),
			0);
		assert_hex(got, kdfe[i].hex);
	}
}

static void test_other_hashes_are_refused(void **state)
{
	static const uint16_t hashes[] = {0, TCG_ALG_SHA1, TCG_ALG_NULL, TCG_ALG_SM3_256, 0xffff};
	const struct crypto_bytes some = {bytes, 32};
	uint8_t got[32];
	struct error err;

	(void)state;
	for (size_t i = 0; i < COUNT(hashes); i++) {
		assert_null(kdf_hash_name(hashes[i]));
		assert_int_equal(
			kdf_a(hashes[i], &some, "L", &some, got, 32, &err), -ERROR_UNSUPPORTED);
		assert_int_equal(kdf_e(hashes[i], &some, "L", &some, &some, got, 32, &err),
			-ERROR_UNSUPPORTED);
		assert_int_equal(err.code, ERROR_UNSUPPORTED);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kdfa),
		cmocka_unit_test(test_kdfe),
		cmocka_unit_test(test_other_hashes_are_refused),
	};

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
