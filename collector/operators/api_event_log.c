/* SPDX-License-Identifier: BSD-2-Clause */
/* The event logs behind reports: as they were sent, and whether they still are. */
#include "collector/operators/api_event_log.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "collector/json_simd.h"
#include "collector/operators/api_private.h"
#include "collector/proof/event_log.h"
#include "core/json/text.h"
#include "core/measured/boot_read.h"
#include "core/measured/event_difference.h"
#include "core/verdict/boot.h"

#define CHANGES_MAX 64

static bool take_log(const struct store_log *log, void *context)
{
	buf_append(context, log->bytes.bytes, log->bytes.len);
	return false;
}

int api_recall_evidence(const struct store_appraisal *appraisal, const struct json_tree *tree,
	struct evidence **ret_evidence, struct error *err)
{
	int rc = evidence_read(tree->root, ret_evidence, err);

	/* What no TPM signed names no log. */
	if (!rc && !appraisal->attest.len)
		(*ret_evidence)->event_log.sha256.len = 0;
	return rc;
}

/* A log may be kept of another report than this one, which names it and says by itself alone that
 * it leads to its PCRs. Errors: NOT_FOUND: none that does is kept. */
static int take_log_of(
	struct store *store, const struct evidence *evidence, struct buf *to, struct error *err)
{
	uint8_t sha256[STORE_HASH_SIZE];
	struct error why;
	int rc = event_log_is_named(evidence, sha256)
			 ? store_read_log(store, sha256, take_log, to, err)
			 : error_set(err, ERROR_NOT_FOUND, "it came without an event log");

	if (rc == -ERROR_NOT_FOUND && evidence->event_log.sha256.len)
		return error_set(err, ERROR_NOT_FOUND, "it names an event log that is not kept");
	if (!rc && to->failed)
		rc = error_set(err, ERROR_NO_MEMORY, "no memory for an event log");
	if (rc)
		return rc;
	rc = event_log_check(evidence, &(struct crypto_bytes){to->data, to->len}, &why);
	if (!rc)
		return 0;
	buf_free(to);
	*to = (struct buf){0};
	if (rc != -ERROR_MALFORMED)
		return error_copy(err, &why);
	return error_set(err, ERROR_NOT_FOUND,
		"the event log that it names is not what is stored: %.200s; vtpm-collector verify "
		"says whether it was changed",
		why.message);
}

/* --- two logs beside each other --- */

struct listing {
	json_t *events;
	size_t count, left_out;
};

static bool add_change(const struct event_change *change, void *context)
{
	struct listing *listing = context;

	if (listing->count == CHANGES_MAX) {
		listing->left_out++;
		return true;
	}
	listing->count++;
	json_array_append_new(listing->events,
		json_pack("{s:i, s:s, s:s, s:s, s:o}", "pcr", (int)change->pcr, "kind",
			change->is_gone ? "gone" : "new", "type", change->type, "digest",
			change->digest, "meaning", json_text_string(change->meaning)));
	return true;
}

static int take_if_kept(
	struct store *store, const struct evidence *evidence, struct buf *to, struct error *err)
{
	int rc = take_log_of(store, evidence, to, err);

	return rc == -ERROR_NOT_FOUND ? 0 : rc;
}

/* Of logs of different banks there is nothing to compare. */
static int list_changes(const struct evidence *then, const struct evidence *now,
	const struct buf *was, const struct buf *is, struct listing *to, struct error *err)
{
	int rc = event_difference_find(&(struct crypto_bytes){was->data, was->len},
		&(struct crypto_bytes){is->data, is->len}, boot_pcrs_differing(then, now),
		add_change, to, err);

	return rc == -ERROR_UNSUPPORTED ? 0 : rc;
}

int api_add_events(struct store *store, const struct evidence *then, const struct evidence *now,
	json_t *to, struct error *err)
{
	struct listing listing = {.events = json_array()};
	BUF_SCOPED was = {0}, is = {0};
	int rc = take_if_kept(store, then, &was, err);

	if (!rc)
		rc = take_if_kept(store, now, &is, err);
	if (!rc && was.len && is.len)
		rc = list_changes(then, now, &was, &is, &listing, err);
	if (!rc && json_object_update_new(
			   to, json_pack("{s:O, s:I, s:b, s:b}", "events", listing.events,
				       "events_left_out", (json_int_t)listing.left_out, "has_log",
				       was.len > 0, "has_later_log", is.len > 0)))
		rc = error_set(err, ERROR_NO_MEMORY, "no memory for an answer");
	json_decref(listing.events);
	return rc;
}

void api_tell_boot(struct store *store, struct evidence *evidence)
{
	struct evidence_boot *boot;
	struct eventlog replayed;
	BUF_SCOPED log = {0};
	struct error ignored;

	if (!evidence || evidence->boot.part.state == PART_READ)
		return;
	if (take_log_of(store, evidence, &log, &ignored))
		return;
	boot = &evidence->boot;
	if (!boot_read(log.data, log.len, &replayed, &boot->facts, &ignored))
		boot->part.state = PART_READ;
}

/* --- as they came --- */

static bool take_evidence(const struct store_appraisal *appraisal, void *context)
{
	struct evidence **evidence = context;
	JSON_TREE_SCOPED tree = {0};
	struct error ignored;

	if (!json_simd_parse(appraisal->evidence.bytes, appraisal->evidence.len, EVIDENCE_MAX_BYTES,
		    &tree, &ignored))
		api_recall_evidence(appraisal, &tree, evidence, &ignored);
	return false;
}

void api_read_event_log(struct http_request *request, void *context)
{
	struct api *api = context;
	struct http_response response = {.status = 200, .content_type = "application/octet-stream"};
	struct evidence *evidence = NULL;
	struct error err;
	uint64_t id;
	int rc;

	if (!api_read_id(request, &id))
		return;
	rc = store_read_appraisal(api->store, id, take_evidence, &evidence, &err);
	if (!rc && !evidence)
		rc = error_set(&err, ERROR_NOT_FOUND, "this report's evidence cannot be read");
	if (!rc)
		rc = take_log_of(api->store, evidence, &response.body, &err);
	if (rc == -ERROR_NOT_FOUND && evidence)
		error_wrap(&err, "report %llu", (unsigned long long)id);
	evidence_free(evidence);
	if (rc) {
		buf_free(&response.body);
		api_reply_error(request, &err);
		return;
	}
	snprintf(response.filename, sizeof(response.filename), "event-log-%llu.bin",
		(unsigned long long)id);
	http_reply(request, &response);
}
