/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench_stages FOLDER [ROUNDS]
 *
 * What each step costs that a report takes through the collector, on one thread and by itself: the
 * least of many rounds, in microseconds, as lines of "NAME<tab>TIME". What a report costs the whole
 * collector (bench_collector) beyond their sum is sockets, HTTP, handing over between threads and
 * what they take of each other's caches. FOLDER decides which disk the store's step is measured on.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "collector/attestation/protocol.h"
#include "collector/json_simd.h"
#include "core/base64.h"
#include "core/json/text.h"
#include "core/signed/quote.h"
#include "core/verdict/json.h"
#include "core/verdict/judge.h"
#include "tests/bench/load_fleet.h"

#define RUNS  10 /* in a round */
#define BATCH 32 /* jobs of a group commit, as a load of 128 connections makes them */
#define NONCE "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define ANSWER                                                                                     \
	"{\"challenge\":\"000102030405060708090a0b0c0d0e0f\",\"nonce\":\"" NONCE                   \
	"\",\"credential\":null}"

static struct sample {
	struct load_fleet *fleet;
	struct buf ask, body, verdict_text;
	struct crypto_bytes evidence_bytes, nonce, no_secret;
	struct protocol_report *sent;
	struct evidence *evidence, *before;
	struct continuity_side side, baseline;
	struct store_appraisal stored;
	struct store *store;
	struct error err;
} sample;

_Noreturn static void fail(const char *what)
{
	fprintf(stderr, "bench_stages: %s\n", what);
	exit(1);
}

static void need(int rc)
{
	if (rc)
		fail(sample.err.message);
}

static double now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* --- the steps, in the order in which a report meets them --- */

static void ask(void)
{
	load_fleet_ask(sample.fleet, 0, &sample.ask);
}

static void sign(void)
{
	load_fleet_report(sample.fleet, 0, ANSWER, &sample.body);
}

static void read_challenge(void)
{
	struct protocol_challenge *challenge;

	need(protocol_read_challenge(
		&(struct crypto_bytes){sample.ask.data, sample.ask.len}, &challenge, &sample.err));
	free(challenge);
}

static void read_report(void)
{
	free(sample.sent);
	sample.sent = NULL;
	need(protocol_read_report(&(struct crypto_bytes){sample.body.data, sample.body.len},
		&sample.sent, &sample.err));
	sample.evidence_bytes =
		(struct crypto_bytes){sample.sent->evidence.data, sample.sent->evidence.len};
}

static void read_document(struct evidence **evidence)
{
	JSON_TREE_SCOPED tree = {0};

	evidence_free(*evidence);
	*evidence = NULL;
	need(json_simd_parse(sample.evidence_bytes.bytes, sample.evidence_bytes.len,
		EVIDENCE_MAX_BYTES, &tree, &sample.err));
	need(evidence_read(tree.root, evidence, &sample.err));
}

static void read_evidence(void)
{
	struct evidence_quote *quote;

	read_document(&sample.evidence);
	quote = &sample.evidence->quote;
	quote->part.state = PART_READ;
	quote->attest.len = sample.sent->quote.attest.len;
	memcpy(quote->attest.data, sample.sent->quote.attest.data, quote->attest.len);
	quote->signature.len = sample.sent->quote.signature.len;
	memcpy(quote->signature.data, sample.sent->quote.signature.data, quote->signature.len);
}

static void verify(void)
{
	uint8_t qualifying[BINDING_QUALIFYING_SIZE];
	const struct continuity_nonces nonces = {.quote = {qualifying, sizeof(qualifying)}};

	need(binding_qualify(
		&sample.nonce, &sample.no_secret, &sample.evidence_bytes, qualifying, &sample.err));
	continuity_verify(sample.evidence, &nonces, &sample.side);
	if (!sample.side.is_verified)
		fail(sample.side.error.message);
}

static void recall(void)
{
	uint8_t hash[STORE_HASH_SIZE];

	read_document(&sample.before);
	sample.stored = (struct store_appraisal){.status = VERDICT_AFFIRMING,
		.continuity = CONTINUITY_CONTINUOUS,
		.reason = "same-tpm",
		.evidence = sample.evidence_bytes,
		.attest = {sample.sent->quote.attest.data, sample.sent->quote.attest.len},
		.signature = {sample.sent->quote.signature.data, sample.sent->quote.signature.len},
		.nonce = sample.nonce};
	/* As if an earlier report's, with another quote and other random bytes. */
	sample.before->random.sha256.data[0]++;
	need(store_appraisal_hash(&sample.stored, hash, &sample.err));
	continuity_recall(sample.evidence, &sample.baseline);
	sample.baseline.evidence = sample.before;
}

static void judge(void)
{
	struct verdict verdict;
	json_t *json;

	continuity_compare(&sample.baseline, &sample.side, EVENT_NONE, &verdict);
	json = verdict_to_json(&verdict);
	sample.verdict_text.len = 0;
	json_text_print(&sample.verdict_text, json, false);
	json_decref(json);
	if (verdict.status != VERDICT_AFFIRMING)
		fail(verdict.reasons[0].sentence);
	sample.stored.verdict =
		(struct crypto_bytes){sample.verdict_text.data, sample.verdict_text.len};
}

static void write_change(struct store_change *change, void *context)
{
	(void)context;
	change->appraisal = &sample.stored;
	change->is_baseline = true;
	change->vm.enrolment = STORE_ENROLMENT_ACCEPTED;
	change->vm.clock_ms++;
}

/* A group of reports, each of which spends a challenge. */
static void store(void)
{
	static unsigned long number;
	struct store_item items[BATCH];
	struct store_batch batch = {.now_ms = 1, .items = items, .item_count = BATCH};

	for (size_t i = 0; i < BATCH; i++, number++) {
		unsigned long mixed = number * 2654435761UL;

		items[i] = (struct store_item){.judge = write_change,
			.has_challenge = true,
			.challenge.expires_ms = 60000 + number / 8};
		snprintf(items[i].uuid, sizeof(items[i].uuid), "%08lx-0000-4000-8000-000000000000",
			number * 7919 % 20000);
		memcpy(items[i].challenge.id, &mixed, sizeof(mixed));
	}
	need(store_write(sample.store, &batch, &sample.err));
}

static const struct {
	const char *name;
	void (*run)(void);
	double each; /* reports in a run */
} steps[] = {
	{"generator: challenge's body", ask, 1},
	{"generator: evidence, signature, report's body", sign, 1},
	{"challenge: JSON, base64", read_challenge, 1},
	{"report: JSON, base64", read_report, 1},
	{"evidence: JSON to structures", read_evidence, 1},
	{"quote: digests, key, signature, PCRs", verify, 1},
	{"baseline: hash, JSON to structures", recall, 1},
	{"verdict: comparison and its text", judge, 1},
	{"store: group of 32, on disk", store, BATCH},
};

static double measure(void (*run)(void), unsigned long rounds)
{
	double least = 1e12;

	for (unsigned long round = 0; round < rounds; round++) {
		double start = now_us(), taken;

		for (int i = 0; i < RUNS; i++)
			run();
		taken = (now_us() - start) / RUNS;
		least = taken < least ? taken : least;
	}
	return least;
}

/* Each step leaves what the next one needs. */
static void prepare(const char *path)
{
	static uint8_t nonce[BINDING_NONCE_SIZE];

	sample.fleet = load_fleet_new(1, false);
	base64_decode(NONCE, strlen(NONCE), nonce, sizeof(nonce));
	sample.nonce = (struct crypto_bytes){nonce, sizeof(nonce)};
	need(store_sqlite_open(path, 0, &sample.store, &sample.err));
}

int main(int argc, char **argv)
{
	unsigned long rounds = argc > 2 ? strtoul(argv[2], NULL, 10) : 200;
	char path[4096];

	if (argc < 2 || !rounds) {
		fputs("usage: bench_stages FOLDER [ROUNDS]\n", stderr);
		return 64;
	}
	snprintf(path, sizeof(path), "%s/bench_stages.%d.db", argv[1], (int)getpid());
	prepare(path);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		printf("%s\t%.1f\n", steps[i].name, measure(steps[i].run, rounds) / steps[i].each);
	store_close(sample.store);
	unlink(path);
	return 0;
}
