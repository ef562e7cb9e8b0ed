/* SPDX-License-Identifier: BSD-2-Clause */
/* Every row breaks one thing of a quote that is otherwise signed as it should be. */
#include "core/signed/quote.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/json/text.h"
#include "core/signed/public_area.h"
#include "tests/unit/fixture/forge.h"
#include "tests/unit/fixture/sample.h"
#include "tests/unit/unit.h"

static const uint8_t other_nonce[32] = {1, 2, 3};

/* What is wrong with the TPM: key and quote are made after it. */
static void no_fixed_tpm(struct forge *forge)
{
	forge->attributes &= ~PUBLIC_AREA_FIXED_TPM;
}
static void no_fixed_parent(struct forge *forge)
{
	forge->attributes &= ~PUBLIC_AREA_FIXED_PARENT;
}
static void imported(struct forge *forge)
{
	forge->attributes &= ~PUBLIC_AREA_SENSITIVE_DATA_ORIGIN;
}
static void unrestricted(struct forge *forge)
{
	forge->attributes &= ~PUBLIC_AREA_RESTRICTED;
}
static void not_signing(struct forge *forge)
{
	forge->attributes &= ~PUBLIC_AREA_SIGN;
}
static void decrypting(struct forge *forge)
{
	forge->attributes |= PUBLIC_AREA_DECRYPT;
}
static void key_rsa(struct forge *forge)
{
	forge->key_alg = TCG_ALG_RSA;
}
static void scheme_none(struct forge *forge)
{
	forge->scheme = TCG_ALG_NULL;
}
static void scheme_schnorr(struct forge *forge)
{
	forge->scheme = 0x001c;
}
static void scheme_sha1(struct forge *forge)
{
	forge->scheme_hash = TCG_ALG_SHA1;
}
static void curve_p384(struct forge *forge)
{
	forge->curve = TCG_CURVE_P384;
}
static void name_sha384(struct forge *forge)
{
	forge->name_alg = TCG_ALG_SHA384;
}
static void wrong_magic(struct forge *forge)
{
	forge->magic ^= 1;
}
static void certify(struct forge *forge)
{
	forge->type = 0x8017; /* TPM_ST_ATTEST_CERTIFY: says something else of the same bytes */
}
static void trailing_byte(struct forge *forge)
{
	forge->surplus = 1;
}
static void owner_hierarchy(struct forge *forge)
{
	forge->hierarchy = 0x40000001;
}
static void signature_rsassa(struct forge *forge)
{
	forge->signature_scheme = 0x0014;
}
static void signature_sha1(struct forge *forge)
{
	forge->signature_hash = TCG_ALG_SHA1;
}

static const struct {
	const char *name;
	void (*change)(struct forge *forge);
	enum error_code code;
	const char *message;
} made_rows[] = {
	{"no fixedTPM", no_fixed_tpm, ERROR_CRYPTO, "restricted signing key"},
	{"no fixedParent", no_fixed_parent, ERROR_CRYPTO, "restricted signing key"},
	{"imported", imported, ERROR_CRYPTO, "restricted signing key"},
	{"unrestricted", unrestricted, ERROR_CRYPTO, "restricted signing key"},
	{"not a signing key", not_signing, ERROR_CRYPTO, "restricted signing key"},
	{"decrypts too", decrypting, ERROR_CRYPTO, "restricted signing key"},
	{"an RSA key", key_rsa, ERROR_UNSUPPORTED, "not ECC P-256"},
	{"no scheme", scheme_none, ERROR_UNSUPPORTED, "not ECC P-256"},
	{"another scheme", scheme_schnorr, ERROR_UNSUPPORTED, "not ECC P-256"},
	{"ECDSA with SHA-1", scheme_sha1, ERROR_UNSUPPORTED, "not ECC P-256"},
	{"another curve", curve_p384, ERROR_UNSUPPORTED, "not ECC P-256"},
	{"a name by another hash", name_sha384, ERROR_CRYPTO, "signer"},
	{"wrong magic", wrong_magic, ERROR_MALFORMED, "magic"},
	{"a certification", certify, ERROR_MALFORMED, "attest"},
	{"a trailing byte", trailing_byte, ERROR_MALFORMED, "1 bytes too many"},
	{"the owner hierarchy", owner_hierarchy, ERROR_CRYPTO, "signer"},
	{"an RSASSA signature", signature_rsassa, ERROR_MALFORMED, "not ECDSA"},
	{"a SHA-1 signature", signature_sha1, ERROR_MALFORMED, "not ECDSA"},
};

/* What is done to the document afterwards. */
static void ak_absent(struct evidence *e)
{
	memset(&e->ak, 0, sizeof(e->ak));
}
static void ak_failed(struct evidence *e)
{
	SAMPLE_FAIL(&e->ak, ERROR_TPM_AUTH, "an authorization is set");
}
static void quote_absent(struct evidence *e)
{
	memset(&e->quote, 0, sizeof(e->quote));
}
static void quote_failed(struct evidence *e)
{
	SAMPLE_FAIL(&e->quote, ERROR_TPM_RC, "no quote today");
}
static void public_cut(struct evidence *e)
{
	e->ak.key.public_area.len--;
}
static void public_longer(struct evidence *e)
{
	e->ak.key.public_area.data[e->ak.key.public_area.len++] = 0;
}
static void name_other(struct evidence *e)
{
	e->ak.key.name.data[33] ^= 1;
}
static void name_cut(struct evidence *e)
{
	e->ak.key.name.len--;
}
static void hierarchy_owner(struct evidence *e)
{
	strcpy(e->ak.hierarchy, EVIDENCE_OWNER);
}
static void hierarchy_unknown(struct evidence *e)
{
	strcpy(e->ak.hierarchy, "platform");
}
static void key_other(struct evidence *e)
{
	const struct forge other = forge_tpm(2);

	forge_key(e, &other);
}
static void attest_cut(struct evidence *e)
{
	e->quote.attest.len--;
}
static void attest_of_another_tpm(struct evidence *e)
{
	const struct forge other = forge_tpm(2);
	struct evidence_ak own = e->ak;

	forge_key(e, &other);
	forge_quote(e, &other);
	e->ak = own;
}
/* The right bytes, signed by another key. */
static void signature_other(struct evidence *e)
{
	struct evidence_quote own = e->quote;

	attest_of_another_tpm(e);
	memcpy(e->quote.attest.data, own.attest.data, own.attest.len);
}
static void signature_cut(struct evidence *e)
{
	e->quote.signature.len--;
}
static void signature_longer(struct evidence *e)
{
	e->quote.signature.data[e->quote.signature.len++] = 0;
}
static void zero_r(struct evidence *e)
{
	memset(e->quote.signature.data + 6, 0, 32);
}
static void zero_s(struct evidence *e)
{
	memset(e->quote.signature.data + 40, 0, 32);
}
static void swap_r_and_s(struct evidence *e)
{
	uint8_t r[34];

	memcpy(r, e->quote.signature.data + 4, sizeof(r));
	memmove(e->quote.signature.data + 4, e->quote.signature.data + 38, sizeof(r));
	memcpy(e->quote.signature.data + 38, r, sizeof(r));
}
static void nonce_other(struct evidence *e)
{
	e->quote.nonce.data[0] ^= 1;
}
static void nonce_cut(struct evidence *e)
{
	e->quote.nonce.len--;
}
static void nonce_none(struct evidence *e)
{
	e->quote.nonce.len = 0;
}
static void pcr_first(struct evidence *e)
{
	e->pcrs.banks[0].values[0][0] ^= 1;
}
static void pcr_last(struct evidence *e)
{
	e->pcrs.banks[1].values[23][31] ^= 0x80;
}
static void pcr_left_out(struct evidence *e)
{
	e->pcrs.banks[1].pcrs &= ~(1U << 7);
}
static void bank_left_out(struct evidence *e)
{
	e->pcrs.bank_count--;
}
static void banks_swapped(struct evidence *e)
{
	struct tcg_pcr_bank first = e->pcrs.banks[0];

	e->pcrs.banks[0] = e->pcrs.banks[1];
	e->pcrs.banks[1] = first;
}
static void pcrs_absent(struct evidence *e)
{
	memset(&e->pcrs, 0, sizeof(e->pcrs));
}
static void reset_higher(struct evidence *e)
{
	e->clock.reset_count++;
}
static void reset_lower(struct evidence *e)
{
	e->clock.reset_count--;
}
static void restart_other(struct evidence *e)
{
	e->clock.restart_count++;
}
static void clock_later(struct evidence *e)
{
	e->clock.clock_ms++;
}

static const struct {
	const char *name;
	void (*change)(struct evidence *evidence);
	enum error_code code;
	const char *message;
} altered_rows[] = {
	{"no key", ak_absent, ERROR_NOT_FOUND, "no quote"},
	{"no key, and why", ak_failed, ERROR_NOT_FOUND, "an authorization is set"},
	{"no quote", quote_absent, ERROR_NOT_FOUND, "no quote"},
	{"no quote, and why", quote_failed, ERROR_NOT_FOUND, "no quote today"},
	{"public area cut", public_cut, ERROR_MALFORMED, "public area"},
	{"public area longer", public_longer, ERROR_MALFORMED, "public area"},
	{"another name", name_other, ERROR_CRYPTO, "name"},
	{"name cut", name_cut, ERROR_CRYPTO, "name"},
	{"another hierarchy is named", hierarchy_owner, ERROR_CRYPTO, "signer"},
	{"a hierarchy that is none", hierarchy_unknown, ERROR_UNSUPPORTED, "neither"},
	{"another key", key_other, ERROR_CRYPTO, "signer"},
	{"attest cut", attest_cut, ERROR_MALFORMED, "attest"},
	{"attest of another TPM", attest_of_another_tpm, ERROR_CRYPTO, "signer"},
	{"another key's signature", signature_other, ERROR_CRYPTO, ""},
	{"signature cut", signature_cut, ERROR_MALFORMED, "signature"},
	{"signature longer", signature_longer, ERROR_MALFORMED, "signature"},
	{"r = 0", zero_r, ERROR_CRYPTO, ""},
	{"s = 0", zero_s, ERROR_CRYPTO, ""},
	{"r and s swapped", swap_r_and_s, ERROR_CRYPTO, ""},
	{"the nonce named is another", nonce_other, ERROR_CRYPTO, "nonce"},
	{"the nonce named is shorter", nonce_cut, ERROR_CRYPTO, "nonce"},
	{"no nonce is named", nonce_none, ERROR_CRYPTO, "nonce"},
	{"first PCR", pcr_first, ERROR_CRYPTO, "PCR values"},
	{"last PCR", pcr_last, ERROR_CRYPTO, "PCR values"},
	{"a PCR left out", pcr_left_out, ERROR_CRYPTO, "PCR values"},
	{"a bank left out", bank_left_out, ERROR_CRYPTO, "PCR values"},
	{"banks swapped", banks_swapped, ERROR_CRYPTO, "PCR values"},
	{"no PCRs", pcrs_absent, ERROR_CRYPTO, "PCR values"},
	{"higher resetCount shown", reset_higher, ERROR_CRYPTO, "counters"},
	{"lower resetCount shown", reset_lower, ERROR_CRYPTO, "counters"},
	{"another restartCount shown", restart_other, ERROR_CRYPTO, "counters"},
	{"a later clock shown", clock_later, ERROR_CRYPTO, "counters"},
};

static void expect_refused(const char *name, const struct evidence *evidence, const uint8_t *nonce,
	size_t nonce_len, enum error_code code, const char *message)
{
	struct attest_quote quote = {.reset_count = 4711};
	struct error err = {0};

	if (!quote_verify(evidence, nonce, nonce_len, &quote, &err))
		fail_msg("%s: accepted", name);
	if (err.code != code || !strstr(err.message, message))
		fail_msg("%s: %s: %s", name, error_code_name(err.code), err.message);
	if (quote.reset_count != 4711)
		fail_msg("%s: output touched", name);
}

static void test_valid(void **state)
{
	EVIDENCE_SCOPED *evidence = forge_evidence(1);
	struct attest_quote quote;
	struct error err = {0};

	(void)state;
	assert_int_equal(quote_verify(evidence, NULL, 0, &quote, &err), 0);
	assert_int_equal(quote.clock_ms, evidence->clock.clock_ms);
	assert_int_equal(quote.reset_count, evidence->clock.reset_count);
	assert_int_equal(quote.restart_count, evidence->clock.restart_count);
	assert_true(quote.is_safe);
	assert_false(quote.is_obfuscated);
	assert_int_equal(quote.firmware_version, 0x2019102300163636);
	assert_int_equal(quote.bank_count, 2);
	assert_int_equal(quote_verify(evidence, evidence->quote.nonce.data,
				 evidence->quote.nonce.len, &quote, &err),
		0);
}

/* In the owner hierarchy counters say nothing by themselves; the clock does. */
static void test_owner(void **state)
{
	EVIDENCE_SCOPED *evidence = forge_evidence(1);
	const struct forge forge = forge_owner(1);
	struct attest_quote quote;
	struct error err = {0};

	(void)state;
	hierarchy_owner(evidence);
	forge_key(evidence, &forge);
	forge_quote(evidence, &forge);
	assert_int_equal(quote_verify(evidence, NULL, 0, &quote, &err), 0);
	assert_true(quote.is_obfuscated);
	assert_int_not_equal(quote.reset_count, evidence->clock.reset_count);
	clock_later(evidence);
	expect_refused("owner, a later clock", evidence, NULL, 0, ERROR_CRYPTO, "clock");
	clock_later(evidence);
	strcpy(evidence->ak.hierarchy, EVIDENCE_ENDORSEMENT);
	expect_refused("owner as endorsement", evidence, NULL, 0, ERROR_CRYPTO, "signer");
}

/* The clock runs on between its reading and the quote; without a reading there is none to doubt. */
static void test_clock_runs_on(void **state)
{
	EVIDENCE_SCOPED *evidence = forge_evidence(1);
	struct attest_quote quote;
	struct error err = {0};

	(void)state;
	evidence->clock.clock_ms -= 1000;
	assert_int_equal(quote_verify(evidence, NULL, 0, &quote, &err), 0);
	SAMPLE_FAIL(&evidence->clock, ERROR_TPM_RC, "no clock");
	assert_int_equal(quote_verify(evidence, NULL, 0, &quote, &err), 0);
}

static void test_made_wrong(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(made_rows); i++) {
		EVIDENCE_SCOPED *evidence = sample_evidence();
		struct forge forge = forge_tpm(1);

		memset(&evidence->beacon, 0, sizeof(evidence->beacon));
		made_rows[i].change(&forge);
		forge_key(evidence, &forge);
		forge_quote(evidence, &forge);
		expect_refused(made_rows[i].name, evidence, NULL, 0, made_rows[i].code,
			made_rows[i].message);
	}
}

static void test_altered(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(altered_rows); i++) {
		EVIDENCE_SCOPED *evidence = forge_evidence(1);

		altered_rows[i].change(evidence);
		expect_refused(altered_rows[i].name, evidence, NULL, 0, altered_rows[i].code,
			altered_rows[i].message);
	}
}

/* A nonce that is given decides, whatever the evidence names. */
static void test_nonce_given(void **state)
{
	EVIDENCE_SCOPED *evidence = forge_evidence(1);
	const uint8_t *nonce = evidence->quote.nonce.data;
	size_t len = evidence->quote.nonce.len;

	(void)state;
	expect_refused(
		"another", evidence, other_nonce, sizeof(other_nonce), ERROR_CRYPTO, "nonce");
	expect_refused("shorter", evidence, nonce, len - 1, ERROR_CRYPTO, "nonce");
	expect_refused("empty", evidence, nonce, 0, ERROR_CRYPTO, "nonce");
	memcpy(evidence->quote.nonce.data, other_nonce, sizeof(other_nonce));
	expect_refused(
		"named only", evidence, other_nonce, sizeof(other_nonce), ERROR_CRYPTO, "nonce");
}

/* Flips one bit after the other; none may pass. */
static void flip_bits(const struct evidence *evidence, uint8_t *bytes, size_t len)
{
	for (size_t bit = 0; bit < 8 * len; bit++) {
		struct attest_quote quote;
		struct error err = {0};

		bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
		if (!quote_verify(evidence, NULL, 0, &quote, &err))
			fail_msg("bit %zu of %zu: accepted", bit, 8 * len);
		bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
	}
}

static void test_every_bit(void **state)
{
	EVIDENCE_SCOPED *evidence = forge_evidence(1);

	(void)state;
	flip_bits(evidence, evidence->quote.attest.data, evidence->quote.attest.len);
	flip_bits(evidence, evidence->quote.signature.data, evidence->quote.signature.len);
	flip_bits(evidence, evidence->ak.key.public_area.data, evidence->ak.key.public_area.len);
	flip_bits(evidence, evidence->ak.key.name.data, evidence->ak.key.name.len);
	flip_bits(evidence, evidence->quote.nonce.data, evidence->quote.nonce.len);
	for (size_t bank = 0; bank < evidence->pcrs.bank_count; bank++) {
		for (unsigned pcr = 0; pcr < TCG_PCR_COUNT; pcr++)
			flip_bits(evidence, evidence->pcrs.banks[bank].values[pcr], 1);
	}
}

static void test_every_length(void **state)
{
	EVIDENCE_SCOPED *evidence = forge_evidence(1);
	size_t *const lengths[] = {&evidence->quote.attest.len, &evidence->quote.signature.len,
		&evidence->ak.key.public_area.len};

	(void)state;
	for (size_t i = 0; i < COUNT(lengths); i++) {
		size_t whole = *lengths[i];

		for (*lengths[i] = 0; *lengths[i] < whole; ++*lengths[i]) {
			struct attest_quote quote;
			struct error err = {0};

			if (!quote_verify(evidence, NULL, 0, &quote, &err))
				fail_msg("%zu: %zu of %zu bytes: accepted", i, *lengths[i], whole);
		}
	}
}

/* A document that this program's forging has nothing to do with: tests/data/evidence/README.md. */
static void test_real(void **state)
{
	static const uint8_t nonce[] = {0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99,
		0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};
	EVIDENCE_SCOPED *evidence = sample_real();
	struct attest_quote quote;
	struct error err = {0};

	(void)state;
	if (quote_verify(evidence, nonce, sizeof(nonce), &quote, &err))
		fail_msg("%s", err.message);
	assert_int_equal(quote.reset_count, 2);
	assert_int_equal(quote.firmware_version, 0x2019102300163636);
	flip_bits(evidence, evidence->quote.attest.data, evidence->quote.attest.len);
}

/* What is forged here is also what a document can hold. */
static void test_forged_document(void **state)
{
	EVIDENCE_SCOPED *evidence = forge_evidence(1), *read = NULL;
	BUF_SCOPED text = {0};
	struct attest_quote quote;
	struct error err = {0};
	json_t *json = evidence_to_json(evidence);

	(void)state;
	json_text_print(&text, json, false);
	json_decref(json);
	if (evidence_parse(text.data, text.len, &read, &err))
		fail_msg("%s", err.message);
	assert_int_equal(quote_verify(read, NULL, 0, &quote, &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_valid),
		cmocka_unit_test(test_owner),
		cmocka_unit_test(test_clock_runs_on),
		cmocka_unit_test(test_made_wrong),
		cmocka_unit_test(test_altered),
		cmocka_unit_test(test_nonce_given),
		cmocka_unit_test(test_every_bit),
		cmocka_unit_test(test_every_length),
		cmocka_unit_test(test_real),
		cmocka_unit_test(test_forged_document),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
