/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fill_store DATABASE: reads lines of JSON and writes each as a report, as the collector does once
 * it has verified one: {"uuid", "at" (ms), "status", "continuity", "reason", "event", "evidence" (a
 * document's file), "hostname", "quote_verified", "is_baseline", "ek" (hexadecimal), "silent" (ms:
 * since then the VM is)}. Prints each
 * report's number. A line with "claimant", an address, is a claim of somebody without a credential;
 * then its number is printed.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/proof/disks.h"
#include "collector/store/store.h"
#include "collector/store/store_words.h"
#include "core/evidence/record.h"
#include "core/json/text.h"
#include "core/signed/attest.h"

struct filling {
	struct store_appraisal appraisal;
	const char *hostname;
	bool is_baseline;
	uint64_t silent_ms;
};

/* The report's keys are the VM's, and what it says of disks is known of it. */
static void take_evidence(const struct crypto_bytes *bytes, struct store_vm *vm)
{
	EVIDENCE_SCOPED *evidence = NULL;
	struct error ignored;

	if (evidence_parse(bytes->bytes, bytes->len, &evidence, &ignored))
		return;
	vm->ak_name = evidence->ak.key.name;
	disks_note(evidence, vm);
}

static void judge(struct store_change *change, void *context)
{
	const struct filling *filling = context;
	struct attest_quote quote;
	struct error ignored;

	change->appraisal = &filling->appraisal;
	change->is_baseline = filling->is_baseline;
	change->vm.enrolment = STORE_ENROLMENT_ACCEPTED;
	take_evidence(&filling->appraisal.evidence, &change->vm);
	change->vm.status = filling->appraisal.status;
	change->vm.continuity = filling->appraisal.continuity;
	memcpy(change->vm.reason, filling->appraisal.reason, sizeof(change->vm.reason));
	change->vm.received_ms = filling->appraisal.received_ms;
	snprintf(change->vm.hostname, sizeof(change->vm.hostname), "%s", filling->hostname);
	/* The operator's word goes before, and holds for one report. */
	if (change->vm.announced_until_ms > filling->appraisal.received_ms)
		((struct filling *)context)->appraisal.event = change->vm.announced;
	change->vm.announced_until_ms = 0;
	change->vm.asked_ms = 0;
	change->vm.silent_ms = filling->silent_ms;
	if (attest_read_quote(filling->appraisal.attest.bytes, filling->appraisal.attest.len,
		    &quote, &ignored))
		return;
	change->vm.reset_count = quote.reset_count;
	change->vm.restart_count = quote.restart_count;
	change->vm.clock_ms = quote.clock_ms;
	change->vm.is_safe = quote.is_safe;
}

static const char *text(const json_t *line, const char *name, const char *otherwise)
{
	const char *value = json_string_value(json_object_get(line, name));

	return value ? value : otherwise;
}

static void read_file(const char *path, struct buf *to)
{
	FILE *file = fopen(path, "r");
	size_t got;

	while (file && (got = fread(buf_reserve(to, 65536), 1, 65536, file)))
		to->len += got;
	if (file)
		fclose(file);
}

static void judge_claim(struct store_change *change, void *context)
{
	change->claim = context;
	change->vm.claimed_ms = ((const struct store_claim *)context)->received_ms;
	change->writes_vm = true;
}

static int write_item(struct store *store, struct store_item *item, struct error *err)
{
	struct store_batch batch = {.items = item, .item_count = 1};
	int rc = store_write(store, &batch, err);

	if (!rc) {
		printf("%llu\n",
			(unsigned long long)(item->claimed ? item->claimed : item->written.id));
		fflush(stdout);
	}
	return rc;
}

static int fill_claim(struct store *store, const json_t *line, struct error *err)
{
	struct store_claim claim = {.continuity = CONTINUITY_REPLACED,
		.reason = "ek-changed",
		.received_ms = (uint64_t)json_integer_value(json_object_get(line, "at")),
		.challenged_ms = (uint64_t)json_integer_value(json_object_get(line, "challenged")),
		.has_ek = true,
		.ak_name = {.len = 34}};
	struct store_item item = {.judge = judge_claim, .context = &claim};

	snprintf(item.uuid, sizeof(item.uuid), "%s", text(line, "uuid", ""));
	snprintf(claim.hostname, sizeof(claim.hostname), "%s", text(line, "hostname", ""));
	snprintf(claim.sender.address, sizeof(claim.sender.address), "%s",
		text(line, "claimant", ""));
	text_unhex(text(line, "ek", ""), strlen(text(line, "ek", "")), claim.ek, sizeof(claim.ek));
	return write_item(store, &item, err);
}

static int fill(struct store *store, const json_t *line, struct error *err)
{
	BUF_SCOPED document = {0}, verdict = {0};
	EVIDENCE_SCOPED *evidence = NULL;
	struct filling filling = {.hostname = text(line, "hostname", ""),
		.is_baseline = json_is_true(json_object_get(line, "is_baseline")),
		.silent_ms = (uint64_t)json_integer_value(json_object_get(line, "silent"))};
	struct store_appraisal *appraisal = &filling.appraisal;
	struct store_item item = {.judge = judge, .context = &filling};
	uint8_t ek[STORE_HASH_SIZE];
	bool is_read;
	long ek_len;
	json_t *json;
	int rc = store_status_parse(text(line, "status", "affirming"), &appraisal->status, err);

	if (!rc)
		rc = store_continuity_parse(
			text(line, "continuity", "continuous"), &appraisal->continuity, err);
	if (rc)
		return rc;
	snprintf(item.uuid, sizeof(item.uuid), "%s", text(line, "uuid", ""));
	snprintf(appraisal->reason, sizeof(appraisal->reason), "%s",
		text(line, "reason", "same-tpm"));
	appraisal->event = event_parse(text(line, "event", "none"));
	appraisal->received_ms = (uint64_t)json_integer_value(json_object_get(line, "at"));
	appraisal->challenged_ms =
		(uint64_t)json_integer_value(json_object_get(line, "challenged"));
	appraisal->sender = (struct store_sender){"agent", "web-1", "192.0.2.1"};
	json = json_pack("{s:s, s:s, s:s, s:s, s:b, s:[], s:i, s:[{s:s, s:s, s:s}]}", "format",
		"vtpm-verdict", "ear.status", verdict_status_name(appraisal->status), "continuity",
		continuity_name(appraisal->continuity), "event", event_name(appraisal->event),
		"quote_verified", json_is_true(json_object_get(line, "quote_verified")), "proven",
		"exit_code", (int)verdict_exit_code(appraisal->status), "reasons", "code",
		appraisal->reason, "sentence", text(line, "sentence", "why it is so"), "remedy",
		"what to do");
	json_text_print(&verdict, json, false);
	json_decref(json);
	appraisal->verdict = (struct crypto_bytes){verdict.data, verdict.len};
	ek_len = text_unhex(text(line, "ek", ""), strlen(text(line, "ek", "")), ek, sizeof(ek));
	appraisal->ek = (struct crypto_bytes){ek, ek_len > 0 ? (size_t)ek_len : 0};
	read_file(text(line, "evidence", ""), &document);
	appraisal->evidence = (struct crypto_bytes){document.data, document.len};
	is_read = document.len && !evidence_parse(document.data, document.len, &evidence, err);
	if (is_read && evidence->quote.part.state == PART_READ)
		appraisal->attest = (struct crypto_bytes){
			evidence->quote.attest.data, evidence->quote.attest.len};
	return write_item(store, &item, err);
}

int main(int argc, char **argv)
{
	struct store *store = NULL;
	struct error err = {0};
	char *line = NULL;
	size_t size = 0;
	ssize_t len;
	int rc = argc == 2 ? store_sqlite_open(argv[1], 0, &store, &err) : -1;

	while (!rc && (len = getline(&line, &size, stdin)) > 0) {
		json_t *json = NULL;

		rc = json_text_parse(line, (size_t)len, (size_t)len, &json, &err);
		if (!rc)
			rc = json_object_get(json, "claimant") ? fill_claim(store, json, &err)
							       : fill(store, json, &err);
		json_decref(json);
	}
	if (rc)
		fprintf(stderr, "fill_store: %s\n", err.message);
	free(line);
	store_close(store);
	return rc ? 1 : 0;
}
