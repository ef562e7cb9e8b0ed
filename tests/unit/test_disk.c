/* SPDX-License-Identifier: BSD-2-Clause */
/* A volume's header, its tokens, and what is judged of them. */
#include <stdlib.h>
#include <string.h>

#include "core/crypto/crypto.h"
#include "core/disk/judge.h"
#include "core/disk/luks2.h"
#include "core/disk/outlook.h"
#include "core/disk/policy.h"
#include "core/disk/token.h"
#include "core/text.h"
#include "tests/unit/unit.h"

#define COPY 0x4000U /* the smallest size that a header has */
#define UUID "0c5b2d1e-93b5-4a6e-8a56-2f3a1e0f9d11"

/* --- headers --- */

static void put_u64(uint8_t *at, uint64_t value)
{
	for (size_t i = 0; i < 8; i++)
		at[i] = (uint8_t)(value >> (56 - 8 * i));
}

static void put_text(uint8_t *at, const char *text)
{
	for (; *text; text++)
		*at++ = (uint8_t)*text;
}

static void sign(uint8_t *copy, size_t size)
{
	const struct crypto_bytes all = {copy, size};
	uint8_t digest[TCG_DIGEST_MAX];
	struct error err;

	memset(copy + 448, 0, 64);
	assert_int_equal(crypto_digest(TCG_ALG_SHA256, &all, 1, digest, &err), 0);
	memcpy(copy + 448, digest, 32);
}

static void make_copy(
	uint8_t *copy, const char *magic, uint64_t offset, uint64_t sequence, const char *json)
{
	memset(copy, 0, COPY);
	put_text(copy, magic);
	copy[7] = 2;
	put_u64(copy + 8, COPY);
	put_u64(copy + 16, sequence);
	put_text(copy + 72, "sha256");
	put_text(copy + 168, UUID);
	put_u64(copy + 256, offset);
	put_text(copy + 4096, json);
	sign(copy, COPY);
}

static uint8_t *make_header(void)
{
	uint8_t *header = malloc(2 * COPY);

	assert_non_null(header);
	make_copy(header, "LUKS\xba\xbe", 0, 7, "{\"copy\":1}");
	make_copy(header + COPY, "SKUL\xba\xbe", COPY, 7, "{\"copy\":2}");
	return header;
}

static void assert_copy(const uint8_t *header, size_t len, const char *json)
{
	struct luks2 luks2;
	struct error err;

	assert_int_equal(luks2_read(header, len, &luks2, &err), 0);
	assert_string_equal(luks2.uuid, UUID);
	assert_int_equal(luks2.json_len, strlen(json));
	assert_memory_equal(luks2.json, json, strlen(json));
}

static void assert_refused(const uint8_t *header, size_t len)
{
	struct luks2 luks2;
	struct error err;
	int rc = luks2_read(header, len, &luks2, &err);

	assert_int_equal(rc, -(int)err.code);
	assert_true(strlen(err.message) > 0);
}

static void test_header(void **state)
{
	uint8_t *header = make_header();

	(void)state;
	assert_int_equal(luks2_size(header, LUKS2_BINARY_SIZE), 2 * COPY);
	assert_copy(header, 2 * COPY, "{\"copy\":1}");
	/* A newer backup: the first copy was not written any more. */
	make_copy(header + COPY, "SKUL\xba\xbe", COPY, 8, "{\"copy\":2}");
	assert_copy(header, 2 * COPY, "{\"copy\":2}");
	free(header);
}

/* What is damaged is told from what is whole: one copy is enough. */
static void test_damaged_copies(void **state)
{
	static const size_t places[] = {6, 8, 20, 100, 170, 258, 450, 4100, COPY - 1};

	(void)state;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		uint8_t *header = make_header();

		header[places[i]] ^= 0x40;
		assert_copy(header, 2 * COPY, "{\"copy\":2}");
		assert_refused(header, COPY);
		header[COPY + places[i]] ^= 0x40;
		assert_refused(header, 2 * COPY);
		header[places[i]] ^= 0x40;
		assert_copy(header, 2 * COPY, "{\"copy\":1}");
		free(header);
	}
}

static void test_no_header(void **state)
{
	uint8_t *header = make_header();

	(void)state;
	assert_int_equal(luks2_size(header, LUKS2_BINARY_SIZE - 1), 0);
	put_u64(header + 8, COPY + 1); /* where the second is, is looked for */
	assert_int_equal(luks2_size(header, LUKS2_BINARY_SIZE), LUKS2_HEADER_MAX);
	header[7] = 1; /* LUKS1 */
	assert_int_equal(luks2_size(header, LUKS2_BINARY_SIZE), 0);
	header[7] = 2;
	header[0] = 'l';
	assert_int_equal(luks2_size(header, LUKS2_BINARY_SIZE), 0);
	free(header);
	/* No address behind the end is formed: there is none. */
	assert_refused((const uint8_t *)(UINTPTR_MAX - 15), 15);
}

static void test_other_checksum(void **state)
{
	uint8_t *header = make_header();
	struct luks2 luks2;
	struct error err;

	(void)state;
	put_text(header + 72, "sha257");
	memset(header + COPY, 0, COPY);
	assert_int_equal(luks2_read(header, 2 * COPY, &luks2, &err), -ERROR_UNSUPPORTED);
	free(header);
}

/* --- tokens --- */

/* A token of the real systemd 252: PCR 7, enrolled when it had been extended by 0x11… once. */
#define BLOB                                                                                       \
	"AJ4AIL8Fxr/lEV6UasdpGcWQUfCN4jrekePfOV2wAO9g6T0NABBdkTqClzhbCZ6CVNJAl4bzkwr+cUtteG8s"     \
	"+WXx1fEcb46beSyRqDGijTIIaVqFvR842UDQx/W/gi9tp6uvp5RCqM6DpRgCigZRk4Q4+MpTQIka0acLHkuz"     \
	"OyUTVah1MHhSeTtOORy3YDbi4z+aHIUDAhsMJzePsLsG8QBOAAgACwAAABIAIItWgtgbKUNdCNeSeBUGEdx+"     \
	"WSOy/vzOaEoJV3tAEwqLABAAIJxO7PvX/ygHq/0Z0dJFTMFGLkf/IIqg+EUb39pnU7wH"
#define POLICY "8b5682d81b29435d08d79278150611dc7e5923b2fefcce684a09577b40130a8b"
#define TOKEN(blob, rest)                                                                          \
	"{\"tokens\":{\"3\":{\"type\":\"systemd-tpm2\",\"keyslots\":[\"1\"],\"tpm2-blob\":" blob   \
	"" rest "}}}"
#define USUAL ",\"tpm2-pcrs\":[7],\"tpm2-pcr-bank\":\"sha256\",\"tpm2-pin\":false"

static int keep_token(const struct disk_token *token, void *context, struct error *err)
{
	(void)err;
	*(struct disk_token *)context = *token;
	return 0;
}

static struct disk_token read_token(const char *json)
{
	struct disk_token token = {0};
	struct error err;

	assert_int_equal(disk_tokens_read(json, strlen(json), keep_token, &token, &err), 0);
	return token;
}

static void test_token(void **state)
{
	struct disk_token token = read_token(TOKEN("\"" BLOB "\"", USUAL));
	uint8_t policy[32];

	(void)state;
	assert_int_equal(token.number, 3);
	assert_string_equal(token.type, "systemd-tpm2");
	assert_true(token.is_sealed && token.is_read);
	assert_int_equal(token.sealed.parent.kind, SEALED_UNDER_ECC);
	assert_int_equal(token.sealed.parent.name_alg, TCG_ALG_SHA256);
	assert_int_equal(token.sealed.bank, TCG_ALG_SHA256);
	assert_int_equal(token.sealed.pcrs, 1U << 7);
	assert_false(token.sealed.has_pin || token.sealed.has_pcrlock || token.sealed.is_signed);
	assert_int_equal(token.sealed.share_count, 1);
	assert_int_equal(text_unhex(POLICY, 64, policy, 32), 32);
	assert_int_equal(token.sealed.shares[0].policy.len, 32);
	assert_memory_equal(token.sealed.shares[0].policy.data, policy, 32);
	assert_int_equal(token.sealed.shares[0].name_alg, TCG_ALG_SHA256);
}

static void test_token_members(void **state)
{
	struct disk_token token = read_token(TOKEN("[\"" BLOB "\",\"" BLOB "\"]",
		",\"tpm2-pcrs\":[],\"tpm2-pin\":true,\"tpm2_pcrlock\":true,"
		"\"tpm2_pubkey_pcrs\":[11],\"tpm2_srk\":\"gQAAAQ==\""));

	(void)state;
	assert_true(token.is_read);
	assert_int_equal(token.sealed.share_count, 2);
	assert_int_equal(token.sealed.pcrs, 0);
	assert_true(token.sealed.has_pin && token.sealed.has_pcrlock && token.sealed.is_signed);
	assert_int_equal(token.sealed.signed_pcrs, 1U << 11);
	assert_int_equal(token.sealed.parent.kind, SEALED_UNDER_HANDLE);
	assert_int_equal(token.sealed.parent.handle, 0x81000001);
	token = read_token(TOKEN("\"" BLOB "\"", USUAL ",\"tpm2-primary-alg\":\"rsa\""));
	assert_int_equal(token.sealed.parent.kind, SEALED_UNDER_RSA);
}

#define CLEVIS(header)                                                                             \
	"{\"tokens\":{\"3\":{\"type\":\"clevis\",\"keyslots\":[\"1\"],\"jwe\":{\"protected\":"     \
	"\"" header "\"}}}}"

/* Each is named, none is an error of the volume. */
static void test_unreadable_tokens(void **state)
{
	static const char *const rows[] = {
		TOKEN("\"\"", USUAL),
		TOKEN("\"AAAA\"", USUAL),
		TOKEN("\"" BLOB "AAAA\"", USUAL),
		TOKEN("17", USUAL),
		TOKEN("[]", USUAL),
		TOKEN("[\"" BLOB "\",\"" BLOB "\",\"" BLOB "\"]", USUAL),
		TOKEN("\"" BLOB "\"", ""),
		TOKEN("\"" BLOB "\"", ",\"tpm2-pcrs\":[24]"),
		TOKEN("\"" BLOB "\"", ",\"tpm2-pcrs\":[-1]"),
		TOKEN("\"" BLOB "\"", ",\"tpm2-pcrs\":[7],\"tpm2-pcr-bank\":\"sha257\""),
		TOKEN("\"" BLOB "\"", USUAL ",\"tpm2-primary-alg\":\"dsa\""),
		TOKEN("\"" BLOB "\"", USUAL ",\"tpm2_srk\":\"AAAAAA==\""),
		"{\"tokens\":{\"3\":{\"type\":\"systemd-tpm2\",\"keyslots\":[]}}}",
		"{\"tokens\":{\"3\":{\"type\":\"systemd-tpm2\"}}}",
		CLEVIS(""),
		CLEVIS("e30"),
		CLEVIS("e30*"), /* {} */
		/* {"clevis":{"pin":"tpm2"}}, {"clevis":{"pin":"sss"}} */
		CLEVIS("eyJjbGV2aXMiOnsicGluIjoidHBtMiJ9fQ"),
		CLEVIS("eyJjbGV2aXMiOnsicGluIjoic3NzIn19"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct disk_token token = read_token(rows[i]);

		assert_true(token.is_sealed);
		if (token.is_read || !*token.error.message)
			fail_msg("%s is read", rows[i]);
	}
}

/* It may open, in a way that is not known here; but clevis does not open what it sealed to PCRs
 * with SHA-1. */
static void test_unsupported_tokens(void **state)
{
	static const struct {
		const char *json;
		enum error_code code;
	} rows[] = {
		{TOKEN("\"" BLOB "AAAA\"", USUAL), ERROR_UNSUPPORTED},
		{TOKEN("\"" BLOB "\"", USUAL ",\"tpm2-primary-alg\":\"dsa\""), ERROR_UNSUPPORTED},
		{TOKEN("\"AAAA\"", USUAL), ERROR_MALFORMED},
		/* {"clevis":{"pin":"tpm2","tpm2":{"hash":"sha1","pcr_ids":"7"}}} */
		{CLEVIS("eyJjbGV2aXMiOnsicGluIjoidHBtMiIsInRwbTIiOnsiaGFzaCI6InNoYTEiLCJwY3JfaWRz"
			"IjoiNyJ9fX0"),
			ERROR_MALFORMED},
		/* {"clevis":{"pin":"tpm2","tpm2":{"key":"dsa"}}} */
		{CLEVIS("eyJjbGV2aXMiOnsicGluIjoidHBtMiIsInRwbTIiOnsia2V5IjoiZHNhIn19fQ"),
			ERROR_UNSUPPORTED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct disk_token token = read_token(rows[i].json);

		assert_true(token.is_sealed && !token.is_read);
		if (token.error.code != rows[i].code)
			fail_msg("row %zu: %s", i, token.error.message);
	}
}

static void test_other_tokens(void **state)
{
	static const char *const malformed[] = {"", "[]", "{\"tokens\":[]}",
		"{\"tokens\":{\"32\":{\"type\":\"a\"}}}", "{\"tokens\":{\"x\":{\"type\":\"a\"}}}",
		"{\"tokens\":{\"0\":{}}}", "{\"tokens\":{\"0\":1}}"};
	struct disk_token token =
		read_token("{\"tokens\":{\"0\":{\"type\":\"systemd-recovery\\u001b\"}}}");
	struct error err;

	(void)state;
	assert_string_equal(token.type, "systemd-recovery?");
	assert_false(token.is_sealed);
	token = read_token(CLEVIS("eyJjbGV2aXMiOnsicGluIjoidGFuZyJ9fQ")); /* "pin":"tang" */
	assert_string_equal(token.type, "clevis");
	assert_false(token.is_sealed);
	token = read_token("{\"keyslots\":{}}");
	assert_string_equal(token.type, "");
	for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++)
		assert_int_equal(disk_tokens_read(malformed[i], strlen(malformed[i]), keep_token,
					 &token, &err),
			-ERROR_MALFORMED);
}

/* What a disk says that is no JSON is not repeated; and much that is JSON is not read. */
static void test_hostile_metadata(void **state)
{
	const size_t len = (256U << 10) + 1;
	char *blank = malloc(len);
	struct disk_token token;
	struct error err;

	(void)state;
	assert_non_null(blank);
	memset(blank, ' ', len);
	put_text((uint8_t *)blank, "{}");
	assert_int_equal(disk_tokens_read(blank, len - 1, keep_token, &token, &err), 0);
	assert_int_equal(disk_tokens_read(blank, len, keep_token, &token, &err), -ERROR_TOO_LARGE);
	free(blank);
	assert_int_equal(
		disk_tokens_read("{secret}", 8, keep_token, &token, &err), -ERROR_MALFORMED);
	assert_string_equal(err.message, "the metadata is not JSON");
	token = read_token(CLEVIS("e3NlY3JldH0")); /* {secret} */
	assert_string_equal(token.error.message, "clevis: a JWE whose header is not JSON");
}

/* --- policies: the digests are those that tpm2_policypcr and tpm2_policyauthvalue print --- */

static struct tcg_pcr_bank zeros(void)
{
	return (struct tcg_pcr_bank){.alg = TCG_ALG_SHA256, .pcrs = 0xffffff};
}

static void assert_policy(const struct policy *policy, const char *hex)
{
	char printed[2 * TCG_DIGEST_MAX + 1];

	text_hex(policy->digest, tcg_digest_size(policy->alg), printed, sizeof(printed));
	assert_string_equal(printed, hex);
}

static void test_policy(void **state)
{
	const struct tcg_pcr_bank bank = zeros();
	struct policy policy = {.alg = TCG_ALG_SHA256};
	struct error err;

	(void)state;
	assert_int_equal(policy_pcr(&policy, &bank, 1U << 7, &err), 0);
	assert_policy(&policy, POLICY);
	policy = (struct policy){.alg = TCG_ALG_SHA256};
	assert_int_equal(policy_auth_value(&policy, &err), 0);
	assert_policy(&policy, "8fcd2169ab92694e0c633f1ab772842b8241bbc20288981fc7ac1eddc1fddb0e");
}

/* --- the judgement --- */

struct story {
	struct disk_token token;
	struct disk_outcome outcome;
	struct tcg_pcr_bank now, initrd;
	struct disk_moments moments;
};

static void begin(struct story *story)
{
	*story = (struct story){.token = read_token(TOKEN("\"" BLOB "\"", USUAL)),
		.outcome.load = DISK_LOADED,
		.now = zeros(),
		.initrd = zeros()};
	story->moments.now = (struct disk_pcrs){1, &story->now};
	story->moments.initrd = (struct disk_pcrs){1, &story->initrd};
}

static void opens(struct story *story)
{
	(void)story;
}
static void pcr_moved(struct story *story)
{
	story->now.values[7][0] = story->initrd.values[7][0] = 1;
}
static void moved_later(struct story *story)
{
	story->now.values[7][0] = 1;
}
static void moved_before(struct story *story)
{
	story->initrd.values[7][0] = 1;
}
static void other_pcr_moved(struct story *story)
{
	story->now.values[4][0] = story->initrd.values[4][0] = 1;
}
static void unexplained(struct story *story)
{
	pcr_moved(story);
	story->initrd.pcrs &= ~(1U << 7);
}
static void unexplained_but_right(struct story *story)
{
	story->initrd.pcrs &= ~(1U << 7);
}
static void another_unexplained(struct story *story)
{
	pcr_moved(story);
	story->initrd.pcrs &= ~(1U << 4);
}
static void without_log(struct story *story)
{
	story->moments.initrd.count = 0;
	story->initrd.values[7][0] = 1;
}
static void without_pcrs(struct story *story)
{
	story->moments.now.count = story->moments.initrd.count = 0;
}
static void other_bank(struct story *story)
{
	story->now.alg = story->initrd.alg = TCG_ALG_SHA1;
}
static void not_allocated(struct story *story)
{
	story->now.pcrs = story->initrd.pcrs = 0x7f;
}
static void foreign(struct story *story)
{
	story->outcome.load = DISK_LOAD_FOREIGN;
}
static void srk_gone(struct story *story)
{
	story->outcome.load = DISK_LOADED_BUT_GONE;
}
static void not_asked(struct story *story)
{
	story->outcome.load = DISK_LOAD_FAILED;
	error_set(&story->outcome.error, ERROR_TIMEOUT, "no answer");
}
static void locked_out(struct story *story)
{
	story->outcome.load = DISK_LOAD_LOCKOUT;
}
static void shared(struct story *story)
{
	story->token.sealed.others_needed = 1;
}
static void dispensable(struct story *story)
{
	pcr_moved(story);
	story->token.sealed.is_dispensable = true;
}
static void delegated(struct story *story)
{
	story->token.sealed.is_signed = true;
	story->token.sealed.signed_pcrs = 1U << 11;
}
static void asks_for_more(struct story *story)
{
	story->token.sealed.pcrs = 0;
}
static void delegated_bank(struct story *story)
{
	delegated(story);
	other_bank(story);
	story->token.sealed.pcrs = 0;
}
static void pcrlock(struct story *story)
{
	story->token.sealed.has_pcrlock = true;
}
static void other_kind(struct story *story)
{
	story->token.is_sealed = false;
}
static void unreadable(struct story *story)
{
	story->token.is_read = false;
}
static void unsupported(struct story *story)
{
	unreadable(story);
	error_set(&story->token.error, ERROR_UNSUPPORTED, "an object to import");
}
static void pin_asked_for(struct story *story)
{
	struct policy policy = {.alg = TCG_ALG_SHA256};
	struct error err;

	story->token.sealed.has_pin = true;
	assert_int_equal(policy_pcr(&policy, &story->now, 1U << 7, &err), 0);
	assert_int_equal(policy_auth_value(&policy, &err), 0);
	memcpy(story->token.sealed.shares[0].policy.data, policy.digest, 32);
}
static void pin_in_lockout(struct story *story)
{
	pin_asked_for(story);
	story->moments.is_locked_out = true;
}
static void lockout_without_pin(struct story *story)
{
	story->moments.is_locked_out = true;
}

static void late_with_pin(struct story *story)
{
	pin_asked_for(story);
	moved_before(story);
}
static void late_in_lockout(struct story *story)
{
	late_with_pin(story);
	story->moments.is_locked_out = true;
}
static void late_without_pin(struct story *story)
{
	moved_before(story);
	story->moments.is_locked_out = true;
}

static void test_judged(void **state)
{
	static const struct {
		void (*change)(struct story *story);
		enum unlock_result result;
		uint32_t differ;
	} rows[] = {
		{opens, UNLOCK_OPENS, 0},
		{pcr_moved, UNLOCK_PCR_DIFFERS, 0x80},
		{moved_later, UNLOCK_OPENS, 0},
		{moved_before, UNLOCK_OPENS_LATE, 0},
		{other_pcr_moved, UNLOCK_OPENS, 0},
		{unexplained, UNLOCK_UNKNOWN, 0},
		{unexplained_but_right, UNLOCK_OPENS, 0},
		{another_unexplained, UNLOCK_PCR_DIFFERS, 0x80},
		{without_log, UNLOCK_OPENS, 0},
		{without_pcrs, UNLOCK_UNKNOWN, 0},
		{other_bank, UNLOCK_PCR_DIFFERS, 0x80},
		{not_allocated, UNLOCK_PCR_DIFFERS, 0x80},
		{foreign, UNLOCK_OTHER_VTPM, 0},
		{srk_gone, UNLOCK_UNKNOWN, 0},
		{not_asked, UNLOCK_UNKNOWN, 0},
		{locked_out, UNLOCK_LOCKOUT, 0},
		{shared, UNLOCK_UNKNOWN, 0},
		{dispensable, UNLOCK_UNKNOWN, 0x80},
		{delegated, UNLOCK_SIGNED_POLICY, 0},
		{asks_for_more, UNLOCK_UNKNOWN, 0},
		{delegated_bank, UNLOCK_UNKNOWN, 0},
		{pcrlock, UNLOCK_PCRLOCK, 0},
		{other_kind, UNLOCK_NOT_TPM, 0},
		{unreadable, UNLOCK_UNREADABLE, 0},
		{unsupported, UNLOCK_UNKNOWN, 0},
		{pin_asked_for, UNLOCK_NEEDS_PIN, 0},
		{pin_in_lockout, UNLOCK_LOCKOUT, 0},
		{lockout_without_pin, UNLOCK_OPENS, 0},
		{late_with_pin, UNLOCK_OPENS_LATE, 0},
		{late_in_lockout, UNLOCK_LOCKOUT, 0},
		{late_without_pin, UNLOCK_OPENS_LATE, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct unlock_slot slot;
		struct story story;

		begin(&story);
		rows[i].change(&story);
		disk_judge(&story.token, &story.outcome, &story.moments, &slot);
		if (slot.result != rows[i].result || slot.differ != rows[i].differ)
			fail_msg("row %zu: %s, PCRs 0x%x", i, unlock_result_name(slot.result),
				slot.differ);
		assert_int_equal(slot.token, 3);
		assert_string_equal(slot.type, "systemd-tpm2");
		assert_int_equal(strcmp(slot.detail, "it asks for its PIN") == 0,
			rows[i].change == late_with_pin);
	}
}

/* Nothing is promised of what the TPM was not asked for. */
static void test_lockout_detail(void **state)
{
	struct unlock_slot slot;
	struct story story;

	(void)state;
	begin(&story);
	locked_out(&story);
	disk_judge(&story.token, &story.outcome, &story.moments, &slot);
	assert_string_equal(slot.detail, "whether it opens is known when the lockout ends");
}

static struct unlock_facts volumes_of(enum unlock_result first, enum unlock_result second)
{
	struct unlock_facts facts = {.volumes.count = 1};

	facts.volumes.items[0].slots.count = 2;
	facts.volumes.items[0].slots.items[0].result = first;
	facts.volumes.items[0].slots.items[1].result = second;
	return facts;
}

/* A volume opens where one of its slots does. */
static void test_outlook(void **state)
{
	static const struct {
		enum unlock_result first, second;
		enum verdict_status status, unattended;
	} rows[] = {
		{UNLOCK_OPENS, UNLOCK_OTHER_VTPM, VERDICT_AFFIRMING, VERDICT_AFFIRMING},
		{UNLOCK_NOT_TPM, UNLOCK_NEEDS_PIN, VERDICT_AFFIRMING, VERDICT_WARNING},
		{UNLOCK_NOT_TPM, UNLOCK_NOT_TPM, VERDICT_AFFIRMING, VERDICT_AFFIRMING},
		{UNLOCK_PCR_DIFFERS, UNLOCK_NOT_TPM, VERDICT_CONTRAINDICATED,
			VERDICT_CONTRAINDICATED},
		{UNLOCK_OTHER_VTPM, UNLOCK_UNREADABLE, VERDICT_CONTRAINDICATED,
			VERDICT_CONTRAINDICATED},
		{UNLOCK_OPENS_LATE, UNLOCK_PCR_DIFFERS, VERDICT_WARNING, VERDICT_WARNING},
		{UNLOCK_LOCKOUT, UNLOCK_PCR_DIFFERS, VERDICT_WARNING, VERDICT_WARNING},
		{UNLOCK_SIGNED_POLICY, UNLOCK_PCR_DIFFERS, VERDICT_NONE, VERDICT_NONE},
		{UNLOCK_UNKNOWN, UNLOCK_OTHER_VTPM, VERDICT_NONE, VERDICT_NONE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct unlock_facts facts = volumes_of(rows[i].first, rows[i].second);
		struct disk_outlook outlook;

		disk_outlook(&facts, &outlook);
		assert_int_equal(disk_outlook_status(&outlook, false), rows[i].status);
		assert_int_equal(disk_outlook_status(&outlook, true), rows[i].unattended);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_damaged_copies),
		cmocka_unit_test(test_no_header),
		cmocka_unit_test(test_other_checksum),
		cmocka_unit_test(test_token),
		cmocka_unit_test(test_token_members),
		cmocka_unit_test(test_unreadable_tokens),
		cmocka_unit_test(test_unsupported_tokens),
		cmocka_unit_test(test_other_tokens),
		cmocka_unit_test(test_hostile_metadata),
		cmocka_unit_test(test_policy),
		cmocka_unit_test(test_judged),
		cmocka_unit_test(test_lockout_detail),
		cmocka_unit_test(test_outlook),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
