/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/client/client_against.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "collector/client/client_heads.h"
#include "collector/client/client_page.h"

struct checking {
	const struct client_against *against;
	const struct checkpoint_block *block;
	struct client_heads now; /* as of the checkpoint's highest number */
	size_t expired_at, lost_at;
	uint64_t forgotten; /* VMs of then that went since */
	uint64_t *faults;
	struct error *err;
};

__attribute__((format(printf, 3, 4))) static int tell(
	const struct checking *checking, const char *uuid, const char *fmt, ...)
{
	const struct client_against *against = checking->against;
	char what[320];
	va_list args;

	(*checking->faults)++;
	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	return against->fault(
		checking->block->checkpoint.time, uuid, what, against->context, checking->err);
}

/* --- the audit log --- */

/* Event `events` of then, if it is there now. */
static int check_event(const struct checking *checking)
{
	const struct checkpoint *then = &checking->block->checkpoint;
	uint8_t hash[CHECKPOINT_HASH_SIZE] = {0};
	const struct json_node *event;
	JSON_TREE_SCOPED page = {0};
	const char *hex;
	char path[64];
	int rc;

	if (!then->events)
		return 0;
	if (then->events > checking->now.checkpoint.events)
		return tell(checking, "",
			"the audit log ends at event %" PRIu64 ", then it ended at %" PRIu64
			": events were cut off, or an older copy of the database was put back",
			checking->now.checkpoint.events, then->events);
	snprintf(path, sizeof(path), "/v1/audit?after=%" PRIu64 "&limit=1", then->events - 1);
	rc = client_get(checking->against->client, path, CLIENT_TIMEOUT_S, &page, checking->err);
	if (rc)
		return rc;
	event = json_node_first(json_node_member(page.root, "events"));
	hex = client_text(event, "hash");
	if ((uint64_t)client_number(event, "id") != then->events)
		return tell(checking, "", "audit event %" PRIu64 " is missing", then->events);
	text_unhex(hex, strlen(hex), hash, sizeof(hash));
	if (memcmp(hash, then->event_hash, sizeof(hash)) != 0)
		return tell(checking, "",
			"audit event %" PRIu64 " is another one: the log was rewritten",
			then->events);
	return 0;
}

/* --- the VMs --- */

/* Whether a sorted list of UUIDs has this one; *at goes on through the list. */
static bool has_uuid(const struct buf *list, size_t *at, const char *uuid)
{
	int order = 1;

	while (*at < list->len && order > 0) {
		order = strncmp(uuid, (char *)list->data + *at, TEXT_UUID_SIZE - 1);
		if (order > 0)
			*at += TEXT_UUID_SIZE; /* with its line's end */
	}
	return !order;
}

/* Whether an operator or the silence ended the VM since, behind the report of then. */
static int was_forgotten(
	struct checking *checking, const struct checkpoint_head *then, bool *ret_was)
{
	const uint64_t events = checking->block->checkpoint.events;
	struct client_forgotten *forgotten = checking->against->forgotten;
	const struct client_forgotten_vm *vm;
	int rc = client_forgotten_read(checking->against->client, events, forgotten, checking->err);

	vm = rc ? NULL : client_forgotten_find(forgotten, then->uuid, events);
	*ret_was = vm && (vm->head.report > then->report ||
				 (vm->head.report == then->report &&
					 !memcmp(vm->head.hash, then->hash, sizeof(then->hash))));
	checking->forgotten += *ret_was;
	return rc;
}

static int tell_gone(struct checking *checking, const struct checkpoint_head *then)
{
	bool was;
	int rc = was_forgotten(checking, then, &was);

	if (rc || was)
		return rc;
	if (has_uuid(&checking->now.expired, &checking->expired_at, then->uuid))
		return 0;
	if (has_uuid(&checking->now.lost, &checking->lost_at, then->uuid))
		return tell(checking, then->uuid,
			"its newest report was %" PRIu64 ", and its chain does not lead there",
			then->report);
	return tell(checking, then->uuid,
		"its newest report was %" PRIu64 ", and neither VM nor report are there",
		then->report);
}

static int compare_head(const struct checking *checking, const struct checkpoint_head *then,
	const struct checkpoint_head *now)
{
	if (then->report != now->report)
		return tell(checking, then->uuid,
			"its newest report was %" PRIu64 "; of the reports of then the newest is "
			"now %" PRIu64 ": reports were cut off or put in",
			then->report, now->report);
	if (memcmp(then->hash, now->hash, sizeof(now->hash)) != 0)
		return tell(checking, then->uuid,
			"report %" PRIu64 " is another one: its history was rewritten",
			then->report);
	return 0;
}

/* Both are sorted. */
static int compare_heads(struct checking *checking)
{
	struct crypto_bytes left = checking->block->heads,
			    right = {checking->now.lines.data, checking->now.lines.len};
	struct checkpoint_head then, now;
	bool has_then = checkpoint_next_head(&left, &then),
	     has_now = checkpoint_next_head(&right, &now);
	int rc = 0;

	while (!rc && (has_then || has_now)) {
		int order = !has_then ? 1 : !has_now ? -1 : strcmp(then.uuid, now.uuid);

		if (!order)
			rc = compare_head(checking, &then, &now);
		else if (order < 0)
			rc = tell_gone(checking, &then);
		else if (order > 0)
			rc = tell(checking, now.uuid,
				"it has report %" PRIu64 " of then, and was not there", now.report);
		if (order <= 0)
			has_then = checkpoint_next_head(&left, &then);
		if (order >= 0)
			has_now = checkpoint_next_head(&right, &now);
	}
	return rc;
}

/* One hash says that something is different, not what. */
static int compare_hash(struct checking *checking)
{
	const struct checkpoint *then = &checking->block->checkpoint,
				*now = &checking->now.checkpoint;

	const bool is_same =
		memcmp(then->heads_hash, now->heads_hash, sizeof(now->heads_hash)) == 0;
	const uint64_t events = then->events;
	int rc;

	if (is_same && then->vms == now->vms)
		return 0;
	rc = client_forgotten_read(
		checking->against->client, events, checking->against->forgotten, checking->err);
	if (rc)
		return rc;
	checking->forgotten =
		client_forgotten_count(checking->against->forgotten, then->reports, events);
	if (checking->forgotten)
		return 0;
	if (then->vms != now->vms)
		return tell(checking, "",
			"there were %" PRIu64 " VMs; of then there are now %" PRIu64
			": a checkpoint in the long form (--full) would name them",
			then->vms, now->vms);
	return tell(checking, "",
		"the reports of then are others: a checkpoint in the long form (--full) "
		"would name the VMs");
}

static int check(struct checking *checking)
{
	const struct checkpoint *then = &checking->block->checkpoint;
	int rc = check_event(checking);

	if (!rc && then->reports > checking->now.reports_now)
		rc = tell(checking, "",
			"the newest report is %" PRIu64 ", then it was %" PRIu64
			": reports were cut off, or an older copy of the database was put back",
			checking->now.reports_now, then->reports);
	if (rc || (checking->now.expired_count && !checking->block->heads.len))
		return rc;
	return checking->block->heads.len ? compare_heads(checking) : compare_hash(checking);
}

int client_against_check(const struct client_against *against, const struct checkpoint_block *block,
	uint64_t *faults, uint64_t *ret_expired, struct error *err)
{
	struct checking checking = {
		.against = against, .block = block, .faults = faults, .err = err};
	int rc = client_heads_read(
		against->client, against->progress, &block->checkpoint.reports, &checking.now, err);

	if (rc)
		return rc;
	/* A VM may have gone since the block before was looked at. */
	against->forgotten->is_current = false;
	rc = check(&checking);
	*ret_expired = checking.now.expired_count + checking.forgotten;
	client_heads_free(&checking.now);
	return rc;
}
