/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench_store FOLDER [BATCHES]
 *
 * How many reports per second the SQLite store takes in group commits of 256, each on the disk
 * before the next begins, with 2, 4 and 8 KiB of evidence and 20,000 VMs: reports alone; with the
 * baseline read for the judge; and as the collector does it, each with a challenge spent.
 * FOLDER decides which disk is measured; a database there is made and removed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "collector/store/store.h"

#define BATCH 256
#define VMS   20000

enum kind { KIND_REPORTS, KIND_BASELINE, KIND_CHALLENGES, KIND_COUNT };

static const char *const kind_names[KIND_COUNT] = {"reports", "+ baseline", "+ challenge"};

static const char verdict[] =
	"{\"ear.status\":\"affirming\",\"continuity\":\"continuous\",\"reasons\":[]}";

static struct store_appraisal appraisal = {
	.status = VERDICT_AFFIRMING,
	.continuity = CONTINUITY_CONTINUOUS,
	.reason = "same-tpm",
	.verdict = {verdict, sizeof(verdict) - 1},
};

static void judge(struct store_change *change, void *context)
{
	(void)context;
	change->appraisal = &appraisal;
	change->is_baseline = !change->vm.revision;
	change->vm.enrolment = STORE_ENROLMENT_ACCEPTED;
	change->vm.status = appraisal.status;
	change->vm.clock_ms++;
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void fill_batch(struct store_batch *batch, enum kind kind, unsigned long number)
{
	for (size_t i = 0; i < BATCH; i++) {
		struct store_item *item = &batch->items[i];
		unsigned long report_number = number * BATCH + i;

		*item = (struct store_item){.judge = judge,
			.wants_baseline = kind >= KIND_BASELINE,
			.has_challenge = kind == KIND_CHALLENGES};
		/* 7919 is prime to VMS: neighbours in time are none in the database. */
		snprintf(item->uuid, sizeof(item->uuid), "%08lx-0000-4000-8000-000000000000",
			report_number * 7919 % VMS);
		item->challenge.expires_ms = 1 + number;
		memcpy(item->challenge.id, &report_number, sizeof(report_number));
	}
}

static int measure(const char *path, enum kind kind, size_t evidence, unsigned long batches)
{
	static struct store_item items[BATCH];
	struct store_batch batch = {.items = items, .item_count = BATCH};
	struct store *store;
	struct error err;
	double sum = 0, worst = 0;
	int rc = store_sqlite_open(path, 0, &store, &err);

	if (rc) {
		fprintf(stderr, "bench_store: %s\n", err.message);
		return rc;
	}
	appraisal.evidence.len = evidence;
	for (unsigned long i = 0; !rc && i < batches; i++) {
		double start, taken;

		fill_batch(&batch, kind, i);
		start = seconds();
		rc = store_write(store, &batch, &err);
		taken = seconds() - start;
		sum += taken;
		worst = taken > worst ? taken : worst;
	}
	if (rc)
		fprintf(stderr, "bench_store: %s\n", err.message);
	else
		printf("%-12s %4zu KiB  %8.0f reports/s  %6.1f us each  worst batch %6.1f ms\n",
			kind_names[kind], evidence / 1024, (double)(batches * BATCH) / sum,
			sum * 1e6 / (double)(batches * BATCH), worst * 1e3);
	store_close(store);
	unlink(path);
	return rc;
}

int main(int argc, char **argv)
{
	static char bytes[8192];
	unsigned long batches = argc > 2 ? strtoul(argv[2], NULL, 10) : 100;
	char path[4096];
	int rc = 0;

	if (argc < 2 || !batches) {
		fputs("usage: bench_store FOLDER [BATCHES]\n", stderr);
		return 64;
	}
	snprintf(path, sizeof(path), "%s/bench_store.%d.db", argv[1], (int)getpid());
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 7919 >> 4);
	appraisal.evidence.bytes = bytes;
	appraisal.attest = (struct crypto_bytes){bytes, 145};
	appraisal.signature = (struct crypto_bytes){bytes, 72};
	appraisal.nonce = (struct crypto_bytes){bytes, 32};
	for (unsigned int kind = 0; !rc && kind < KIND_COUNT; kind++) {
		for (size_t kib = 2; !rc && kib <= 8; kib *= 2)
			rc = measure(path, (enum kind)kind, kib * 1024, batches);
	}
	return rc ? 1 : 0;
}
