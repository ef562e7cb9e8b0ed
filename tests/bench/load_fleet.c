/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/bench/load_fleet.h"

#include <inttypes.h>
#include <jansson.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base64.h"
#include "core/json/text.h"
#include "core/signed/binding.h"
#include "core/signed/name.h"
#include "tests/bench/load_key.h"
#include "tests/unit/fixture/forge.h"
#include "tests/unit/fixture/sample.h"

/* What stands in the template where a guest's own goes; nothing else in it looks so. */
#define TIME_MS     UINT64_C(1000000000)
#define TIME_DIGITS 10
#define BOOT_ID     "7f3c2a10-5b1e-4c0e-9d7a-2f4b6c8d0e13"
#define PLACES_MAX  8

/* TPMS_ATTEST, Part 2 section 10.12.12, with a SHA-256 name and 32 bytes of extraData. */
#define ATTEST_SIGNER 8
#define ATTEST_EXTRA  44
#define ATTEST_CLOCK  76

/* A TPMT_PUBLIC. */
struct area {
	size_t len;
	uint8_t data[EVIDENCE_PUBLIC_MAX];
};

struct places {
	size_t count, at[PLACES_MAX];
};

struct guest {
	struct load_key ak, ek;
	struct evidence_name ak_name;
};

struct load_fleet {
	size_t count;
	struct guest *guests;
	uint64_t started_ms;
	struct buf document;
	struct places uuid, time, random, ak_name, ak_public;
	struct area ak, ek, rsa_ek;
	struct buf certificates[2]; /* as base64 */
	size_t attest_len;
	uint8_t attest[512];
};

_Noreturn static void fail(const char *what)
{
	fprintf(stderr, "bench_collector: %s\n", what);
	exit(1);
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void find(
	const struct buf *in, const void *what, size_t len, size_t count, struct places *to)
{
	const uint8_t *end = in->data + in->len, *at = in->data;

	while ((at = memmem(at, (size_t)(end - at), what, len)) && to->count < PLACES_MAX) {
		to->at[to->count++] = (size_t)(at - in->data);
		at += len;
	}
	if (to->count != count)
		fail("tests/data/evidence/swtpm.json is not what this template is for");
}

static void put(struct buf *in, const struct places *places, const void *what, size_t len)
{
	for (size_t i = 0; i < places->count; i++)
		memcpy(in->data + places->at[i], what, len);
}

static void encode(struct buf *to, const void *bytes, size_t len)
{
	base64_encode(to, bytes, len);
	if (to->failed)
		fail("no memory");
}

/* What a report can do without goes. */
static void shrink(struct evidence *sample)
{
	struct evidence_pcrs *pcrs = &sample->pcrs;

	memset(&sample->device, 0, sizeof(sample->device));
	memset(&sample->properties, 0, sizeof(sample->properties));
	memset(&sample->algorithms, 0, sizeof(sample->algorithms));
	memset(&sample->self_test, 0, sizeof(sample->self_test));
	memset(&sample->random, 0, sizeof(sample->random));
	memset(&sample->persistent, 0, sizeof(sample->persistent));
	memset(&sample->nv, 0, sizeof(sample->nv));
	memset(&sample->eks, 0, sizeof(sample->eks));
	memset(&sample->certificates, 0, sizeof(sample->certificates));
	memset(&sample->srk, 0, sizeof(sample->srk));
	memset(&sample->event_log, 0, sizeof(sample->event_log));
	for (size_t i = 0; i < pcrs->bank_count; i++) {
		if (pcrs->banks[i].alg == TCG_ALG_SHA256)
			pcrs->banks[0] = pcrs->banks[i];
	}
	pcrs->bank_count = 1;
}

/* A guest that nobody is: its values mark where each guest's go. */
static void anonymize(struct evidence *sample)
{
	const struct forge forge = forge_tpm(1);

	memset(&sample->smbios, 0, sizeof(sample->smbios));
	sample->smbios.part.state = PART_READ;
	snprintf(sample->smbios.uuid, sizeof(sample->smbios.uuid), "%s", SAMPLE_UUID);
	sample->guest.uptime_ms = TIME_MS;
	sample->clock.time_ms = sample->clock.clock_ms = sample->clock.uptime_ms = TIME_MS;
	sample->quote.nonce.len = BINDING_QUALIFYING_SIZE;
	forge_key(sample, &forge);
	forge_quote(sample, &forge);
}

static void print_document(struct load_fleet *fleet, const struct evidence *sample, bool is_small)
{
	json_t *json = evidence_to_json(sample);
	char digits[24], hex[2 * EVIDENCE_NAME_MAX + 1];
	BUF_SCOPED public = {0};

	json_object_del(json, "quote");
	json_text_print(&fleet->document, json, false);
	json_decref(json);
	snprintf(digits, sizeof(digits), "%" PRIu64, TIME_MS);
	find(&fleet->document, digits, TIME_DIGITS, 4, &fleet->time);
	find(&fleet->document, SAMPLE_UUID, TEXT_UUID_SIZE - 1, is_small ? 1 : 3, &fleet->uuid);
	text_hex(sample->random.sha256.data, sample->random.sha256.len, hex, sizeof(hex));
	if (!is_small)
		find(&fleet->document, hex, strlen(hex), 1, &fleet->random);
	text_hex(sample->ak.key.name.data, sample->ak.key.name.len, hex, sizeof(hex));
	find(&fleet->document, hex, strlen(hex), 1, &fleet->ak_name);
	encode(&public, sample->ak.key.public_area.data, sample->ak.key.public_area.len);
	find(&fleet->document, public.data, public.len, 1, &fleet->ak_public);
}

static void copy_public(struct area *to, const struct evidence_key *key)
{
	to->len = key->public_area.len;
	memcpy(to->data, key->public_area.data, to->len);
}

static void copy_keys(struct load_fleet *fleet, const struct evidence *sample)
{
	const struct evidence_eks *eks = &sample->eks;
	const struct evidence_certificates *list = &sample->certificates;

	for (size_t i = 0; i < eks->keys.count; i++) {
		if (eks->keys.items[i].type == TCG_ALG_RSA)
			copy_public(&fleet->rsa_ek, &eks->keys.items[i]);
		else if (eks->keys.items[i].curve == TCG_CURVE_P256)
			copy_public(&fleet->ek, &eks->keys.items[i]);
	}
	if (!fleet->rsa_ek.len || !fleet->ek.len || list->certificates.count < 2)
		fail("tests/data/evidence/swtpm.json lacks an EK or a certificate");
	for (size_t i = 0; i < 2; i++)
		encode(&fleet->certificates[i], list->certificates.items[i].der.data,
			list->certificates.items[i].der.len);
}

/* Public areas end with x and y, each with its size. */
static void put_point(struct area *area, const struct load_key *key)
{
	memcpy(area->data + area->len - 66, key->point, 32);
	memcpy(area->data + area->len - 32, key->point + 32, 32);
}

static void make_guest(struct load_fleet *fleet, struct guest *guest)
{
	struct area area = fleet->ak;
	struct error err = {0};

	load_key_make(&guest->ak);
	load_key_make(&guest->ek);
	put_point(&area, &guest->ak);
	if (name_make(TCG_ALG_SHA256, &(struct crypto_bytes){area.data, area.len}, 1,
		    &guest->ak_name, &err))
		fail(err.message);
}

struct load_fleet *load_fleet_new(size_t guests, bool is_small)
{
	struct load_fleet *fleet = calloc(1, sizeof(*fleet));
	struct evidence *sample = sample_real();

	if (fleet)
		fleet->guests = calloc(guests, sizeof(*fleet->guests));
	if (!fleet || !fleet->guests)
		fail("no memory");
	fleet->count = guests;
	fleet->started_ms = now_ms();
	copy_keys(fleet, sample);
	if (is_small)
		shrink(sample);
	anonymize(sample);
	copy_public(&fleet->ak, &sample->ak.key);
	fleet->attest_len = sample->quote.attest.len;
	memcpy(fleet->attest, sample->quote.attest.data, fleet->attest_len);
	print_document(fleet, sample, is_small);
	evidence_free(sample);
	for (size_t i = 0; i < guests; i++)
		make_guest(fleet, &fleet->guests[i]);
	return fleet;
}

size_t load_fleet_document_size(const struct load_fleet *fleet)
{
	return fleet->document.len;
}

void load_fleet_free(struct load_fleet *fleet)
{
	for (size_t i = 0; i < fleet->count; i++) {
		load_key_free(&fleet->guests[i].ak);
		load_key_free(&fleet->guests[i].ek);
	}
	for (size_t i = 0; i < 2; i++)
		buf_free(&fleet->certificates[i]);
	buf_free(&fleet->document);
	free(fleet->guests);
	free(fleet);
}

static void print_uuid(size_t guest, char uuid[TEXT_UUID_SIZE])
{
	/* 7919 is prime to 2^32: neighbours in time are none in the database. */
	snprintf(uuid, TEXT_UUID_SIZE, "%08" PRIx32 "-0000-4000-8000-%012zx",
		(uint32_t)guest * 7919U, guest);
}

void load_fleet_ask(const struct load_fleet *fleet, size_t guest, struct buf *to)
{
	const struct guest *who = &fleet->guests[guest];
	struct area ak = fleet->ak, ek = fleet->ek, rsa = fleet->rsa_ek;
	char uuid[TEXT_UUID_SIZE];

	to->len = 0;
	print_uuid(guest, uuid);
	put_point(&ak, &who->ak);
	put_point(&ek, &who->ek);
	memcpy(rsa.data + rsa.len - sizeof(guest), &guest, sizeof(guest));
	buf_printf(to, "{\"version\":\"1.0\",\"uuid\":\"%s\",\"boot_id\":\"" BOOT_ID "\",\"ak\":\"",
		uuid);
	encode(to, ak.data, ak.len);
	buf_append_text(to, "\",\"eks\":[{\"public\":\"");
	encode(to, ek.data, ek.len);
	buf_append_text(to, "\",\"certificate\":\"");
	buf_append(to, fleet->certificates[0].data, fleet->certificates[0].len);
	buf_append_text(to, "\"},{\"public\":\"");
	encode(to, rsa.data, rsa.len);
	buf_append_text(to, "\",\"certificate\":\"");
	buf_append(to, fleet->certificates[1].data, fleet->certificates[1].len);
	buf_append_text(to, "\"}],\"chain\":[]}");
	if (to->failed)
		fail("no memory");
}

/* The text of a member of a JSON object that has each name once; NULL: none. */
static const char *find_member(const char *json, const char *name, size_t *ret_len)
{
	char mark[40];
	const char *at;

	snprintf(mark, sizeof(mark), "\"%s\":\"", name);
	at = strstr(json, mark);
	if (!at)
		return NULL;
	at += strlen(mark);
	*ret_len = strcspn(at, "\"");
	return at;
}

/* The secret that the guest's TPM gives for the credential; empty where there is none. */
static size_t activate(struct guest *guest, const char *answer, uint8_t secret[BINDING_SECRET_SIZE])
{
	uint8_t id_object[256], encrypted[256];
	size_t id_len = 0, encrypted_len = 0;
	const char *id = find_member(answer, "id_object", &id_len);
	const char *sealed = find_member(answer, "encrypted_secret", &encrypted_len);
	long id_size, encrypted_size;
	bool is_active;

	if (!id || !sealed)
		return 0;
	id_size = base64_decode(id, id_len, id_object, sizeof(id_object));
	encrypted_size = base64_decode(sealed, encrypted_len, encrypted, sizeof(encrypted));
	is_active = id_size >= 0 && encrypted_size >= 0 &&
		    load_key_activate(&guest->ek, &guest->ak_name,
			    &(struct crypto_bytes){id_object, (size_t)id_size},
			    &(struct crypto_bytes){encrypted, (size_t)encrypted_size}, secret);
	if (!is_active)
		fail("the collector's credential cannot be activated");
	return BINDING_SECRET_SIZE;
}

/* The guest's evidence as it is now. */
static void fill_document(struct load_fleet *fleet, size_t guest, uint64_t time_ms)
{
	const struct guest *who = &fleet->guests[guest];
	struct area ak = fleet->ak;
	char uuid[TEXT_UUID_SIZE], text[2 * EVIDENCE_NAME_MAX + 1];
	uint8_t random[32];
	BUF_SCOPED public = {0};

	print_uuid(guest, uuid);
	put(&fleet->document, &fleet->uuid, uuid, TEXT_UUID_SIZE - 1);
	snprintf(text, sizeof(text), "%010" PRIu64, time_ms);
	put(&fleet->document, &fleet->time, text, TIME_DIGITS);
	RAND_bytes(random, sizeof(random));
	text_hex(random, sizeof(random), text, sizeof(text));
	put(&fleet->document, &fleet->random, text, strlen(text));
	text_hex(who->ak_name.data, who->ak_name.len, text, sizeof(text));
	put(&fleet->document, &fleet->ak_name, text, strlen(text));
	put_point(&ak, &who->ak);
	encode(&public, ak.data, ak.len);
	put(&fleet->document, &fleet->ak_public, public.data, public.len);
}

static void fill_attest(struct load_fleet *fleet, const struct guest *who,
	const uint8_t qualifying[BINDING_QUALIFYING_SIZE], uint64_t time_ms)
{
	static const uint8_t endorsement[] = {0x40, 0x00, 0x00, 0x0b};
	const struct crypto_bytes parts[] = {
		{endorsement, sizeof(endorsement)}, {who->ak_name.data, who->ak_name.len}};
	struct evidence_name signer;
	struct error err = {0};

	if (name_make(TCG_ALG_SHA256, parts, 2, &signer, &err))
		fail(err.message);
	memcpy(fleet->attest + ATTEST_SIGNER, signer.data, signer.len);
	memcpy(fleet->attest + ATTEST_EXTRA, qualifying, BINDING_QUALIFYING_SIZE);
	for (int i = 0; i < 8; i++)
		fleet->attest[ATTEST_CLOCK + i] = (uint8_t)(time_ms >> (56 - 8 * i));
}

bool load_fleet_report(struct load_fleet *fleet, size_t guest, const char *answer, struct buf *to)
{
	struct guest *who = &fleet->guests[guest];
	uint64_t time_ms = TIME_MS + now_ms() - fleet->started_ms;
	uint8_t nonce[BINDING_NONCE_SIZE], secret[BINDING_SECRET_SIZE],
		qualifying[BINDING_QUALIFYING_SIZE], signature[LOAD_SIGNATURE_SIZE];
	size_t challenge_len = 0, nonce_len = 0, secret_len = activate(who, answer, secret);
	const char *challenge = find_member(answer, "challenge", &challenge_len);
	const char *text = find_member(answer, "nonce", &nonce_len);
	struct error err = {0};

	if (!challenge || !text)
		return false;
	if (base64_decode(text, nonce_len, nonce, sizeof(nonce)) != (long)sizeof(nonce))
		return false;
	fill_document(fleet, guest, time_ms);
	if (binding_qualify(&(struct crypto_bytes){nonce, sizeof(nonce)},
		    &(struct crypto_bytes){secret, secret_len},
		    &(struct crypto_bytes){fleet->document.data, fleet->document.len}, qualifying,
		    &err))
		fail(err.message);
	fill_attest(fleet, who, qualifying, time_ms);
	load_key_sign(&who->ak, fleet->attest, fleet->attest_len, signature);
	to->len = 0;
	buf_printf(to, "{\"version\":\"1.0\",\"challenge\":\"%.*s\",\"evidence\":\"",
		(int)challenge_len, challenge);
	encode(to, fleet->document.data, fleet->document.len);
	buf_append_text(to, "\",\"quote\":{\"attest\":\"");
	encode(to, fleet->attest, fleet->attest_len);
	buf_append_text(to, "\",\"signature\":\"");
	encode(to, signature, sizeof(signature));
	buf_append_text(to, "\"}}");
	return !to->failed;
}
