/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/forge.h"

#include <string.h>

#include "core/buf.h"
#include "core/signed/beacon.h"
#include "core/signed/name.h"
#include "core/signed/public_area.h"
#include "tests/unit/forge_key.h"
#include "tests/unit/sample.h"
#include "tests/unit/unit.h"

#define NUMBER_SIZE    FORGE_NUMBER_SIZE
#define OWNER_SEEDS    1000
#define USER_WITH_AUTH (1U << 6)
#define NO_DA          (1U << 10)

static void append_u64be(struct buf *to, uint64_t value)
{
	buf_append_u32be(to, (uint32_t)(value >> 32));
	buf_append_u32be(to, (uint32_t)value);
}

static void append_sized(struct buf *to, const void *bytes, size_t len)
{
	buf_append_u16be(to, (uint16_t)len);
	buf_append(to, bytes, len);
}

static void digest(const void *bytes, size_t len, uint8_t ret_digest[TCG_DIGEST_MAX])
{
	struct error err = {0};

	assert_int_equal(crypto_digest(TCG_ALG_SHA256, &(struct crypto_bytes){bytes, len}, 1,
				 ret_digest, &err),
		0);
}

struct forge forge_tpm(unsigned seed)
{
	return (struct forge){
		.seed = seed,
		.key_alg = TCG_ALG_ECC,
		.name_alg = TCG_ALG_SHA256,
		.attributes = PUBLIC_AREA_FIXED_TPM | PUBLIC_AREA_FIXED_PARENT |
			      PUBLIC_AREA_SENSITIVE_DATA_ORIGIN | USER_WITH_AUTH | NO_DA |
			      PUBLIC_AREA_RESTRICTED | PUBLIC_AREA_SIGN,
		.scheme = TCG_ALG_ECDSA,
		.scheme_hash = TCG_ALG_SHA256,
		.curve = TCG_CURVE_P256,
		.magic = 0xff544347,
		.type = 0x8018,
		.hierarchy = 0x4000000b,
		.firmware_version = 0x2019102300163636,
		.signature_scheme = TCG_ALG_ECDSA,
		.signature_hash = TCG_ALG_SHA256,
	};
}

struct forge forge_owner(unsigned seed)
{
	struct forge forge = forge_tpm(OWNER_SEEDS + seed);

	forge.hierarchy = 0x40000001;
	forge.obfuscation = 0xfffffff0 + seed; /* each counter wraps */
	return forge;
}

struct forge forge_for(const struct evidence *evidence, unsigned seed)
{
	return strcmp(evidence->ak.hierarchy, EVIDENCE_OWNER) == 0 ? forge_owner(seed)
								   : forge_tpm(seed);
}

void forge_key(struct evidence *evidence, const struct forge *forge)
{
	uint8_t x[NUMBER_SIZE], y[NUMBER_SIZE];
	struct evidence_key *to = &evidence->ak.key;
	struct error err = {0};
	BUF_SCOPED public = {0};
	uint8_t policy[TCG_DIGEST_MAX];

	forge_key_point(forge->seed, x, y);
	digest("vtpm-agent", strlen("vtpm-agent"), policy);
	buf_append_u16be(&public, forge->key_alg);
	buf_append_u16be(&public, forge->name_alg);
	buf_append_u32be(&public, forge->attributes);
	append_sized(&public, policy, NUMBER_SIZE);
	buf_append_u16be(&public, TCG_ALG_NULL); /* symmetric */
	buf_append_u16be(&public, forge->scheme);
	if (forge->scheme != TCG_ALG_NULL)
		buf_append_u16be(&public, forge->scheme_hash);
	if (forge->key_alg == TCG_ALG_RSA) {
		buf_append_u16be(&public, 2048);
		buf_append_u32be(&public, 0); /* exponent */
	} else {
		buf_append_u16be(&public, forge->curve);
		buf_append_u16be(&public, TCG_ALG_NULL); /* kdf */
		append_sized(&public, x, NUMBER_SIZE);
	}
	append_sized(&public, y, NUMBER_SIZE);
	*to = (struct evidence_key){
		.type = forge->key_alg, .curve = forge->curve, .public_area.len = public.len};
	memcpy(to->public_area.data, public.data, public.len);
	assert_int_equal(name_make(forge->name_alg, &(struct crypto_bytes){public.data, public.len},
				 1, &to->name, &err),
		0);
	evidence->ak.part.state = PART_READ;
}

/* TPMS_ATTEST up to its `attested`. */
static void append_head(
	struct buf *to, const struct evidence *evidence, const struct forge *forge, uint16_t type)
{
	const struct evidence_name *name = &evidence->ak.key.name;
	const struct evidence_clock *clock = &evidence->clock;
	BUF_SCOPED handle = {0};
	struct evidence_name signer = {0};
	struct error err = {0};

	buf_append_u32be(&handle, forge->hierarchy);
	assert_int_equal(
		name_make(forge->name_alg,
			(struct crypto_bytes[]){{handle.data, handle.len}, {name->data, name->len}},
			2, &signer, &err),
		0);
	buf_append_u32be(to, forge->magic);
	buf_append_u16be(to, type);
	append_sized(to, signer.data, signer.len);
	append_sized(to, evidence->quote.nonce.data, evidence->quote.nonce.len);
	append_u64be(to, clock->clock_ms);
	buf_append_u32be(to, clock->reset_count + forge->obfuscation);
	buf_append_u32be(to, clock->restart_count + forge->obfuscation);
	buf_append_u8(to, clock->is_safe);
	append_u64be(to, forge->firmware_version + forge->obfuscation);
}

static void append_pcrs(struct buf *to, const struct evidence_pcrs *pcrs)
{
	BUF_SCOPED values = {0};
	uint8_t composite[TCG_DIGEST_MAX];

	buf_append_u32be(to, (uint32_t)pcrs->bank_count);
	for (size_t i = 0; i < pcrs->bank_count; i++) {
		const struct tcg_pcr_bank *bank = &pcrs->banks[i];

		buf_append_u16be(to, bank->alg);
		buf_append_u8(to, TCG_PCR_COUNT / 8);
		for (unsigned byte = 0; byte < TCG_PCR_COUNT / 8; byte++)
			buf_append_u8(to, (uint8_t)(bank->pcrs >> 8 * byte));
		for (unsigned pcr = 0; pcr < TCG_PCR_COUNT; pcr++) {
			if (bank->pcrs & 1U << pcr)
				buf_append(&values, bank->values[pcr], tcg_digest_size(bank->alg));
		}
	}
	digest(values.data, values.len, composite);
	append_sized(to, composite, NUMBER_SIZE);
}

/* TPMT_SIGNATURE over the bytes. */
static void append_signature(struct buf *to, const struct buf *bytes, const struct forge *forge)
{
	uint8_t hash[TCG_DIGEST_MAX], r[NUMBER_SIZE], s[NUMBER_SIZE];

	digest(bytes->data, bytes->len, hash);
	forge_key_sign(forge->seed, hash, r, s);
	buf_append_u16be(to, forge->signature_scheme);
	buf_append_u16be(to, forge->signature_hash);
	append_sized(to, r, sizeof(r));
	append_sized(to, s, sizeof(s));
}

static void sign(const struct buf *attest, const struct forge *forge, uint8_t *ret_attest,
	size_t *ret_attest_len, uint8_t *ret_signature, size_t *ret_signature_len)
{
	BUF_SCOPED signature = {0};

	append_signature(&signature, attest, forge);
	assert_false(attest->failed || signature.failed);
	memcpy(ret_attest, attest->data, attest->len);
	*ret_attest_len = attest->len;
	memcpy(ret_signature, signature.data, signature.len);
	*ret_signature_len = signature.len;
}

static void sign_beacon(struct evidence *evidence, const struct forge *forge)
{
	struct evidence_beacon *beacon = &evidence->beacon;
	struct evidence_name name = {0};
	BUF_SCOPED attest = {0};
	struct error err = {0};

	assert_int_equal(beacon_name(&name, &err), 0);
	append_head(&attest, evidence, forge, 0x8014);
	append_sized(&attest, name.data, name.len);
	buf_append_u16be(&attest, 0); /* offset */
	buf_append_u16be(&attest, BEACON_BYTES);
	append_u64be(&attest, beacon->value);
	sign(&attest, forge, beacon->attest.data, &beacon->attest.len, beacon->signature.data,
		&beacon->signature.len);
}

void forge_quote(struct evidence *evidence, const struct forge *forge)
{
	struct evidence_quote *quote = &evidence->quote;
	BUF_SCOPED attest = {0};

	append_head(&attest, evidence, forge, forge->type);
	append_pcrs(&attest, &evidence->pcrs);
	for (size_t i = 0; i < forge->surplus; i++)
		buf_append_u8(&attest, 0);
	sign(&attest, forge, quote->attest.data, &quote->attest.len, quote->signature.data,
		&quote->signature.len);
	quote->part.state = PART_READ;
	if (evidence->beacon.part.state == PART_READ)
		sign_beacon(evidence, forge);
}

void forge_beacon(struct evidence *evidence, uint64_t value, bool is_advanced)
{
	evidence->beacon.part.state = PART_READ;
	evidence->beacon.value = value;
	evidence->beacon.is_advanced = is_advanced;
}

struct evidence *forge_evidence(unsigned seed)
{
	const struct forge forge = forge_tpm(seed);
	struct evidence *evidence = sample_evidence();

	memset(&evidence->beacon, 0, sizeof(evidence->beacon));
	forge_key(evidence, &forge);
	forge_quote(evidence, &forge);
	return evidence;
}
