/* SPDX-License-Identifier: BSD-2-Clause */
/* A VM's last boot, what changed since the one before, and its disks. */
#include "collector/operators/api_boot_view.h"
#include "collector/operators/api_event_log.h"

#include <jansson.h>
#include <string.h>

#include "collector/json_simd.h"
#include "collector/operators/api_private.h"

#define REPORTS_MAX 200 /* that are looked at; a page of a timeline has as many */

/* A report and what it says. */
struct found {
	uint64_t id, received_ms;
	struct evidence *evidence; /* NULL: none yet */
};

struct search {
	const char *uuid;
	struct found boot, disks, before;
	bool wants_before;
	bool is_pair; /* two reports were named: what they do not tell, their logs may */
};

static void end_search(struct search *search)
{
	evidence_free(search->boot.evidence);
	evidence_free(search->disks.evidence);
	evidence_free(search->before.evidence);
}

static bool has_member(const struct json_tree *tree, const char *part, const char *member)
{
	return json_node_member(json_node_member(tree->root, part), member) != NULL;
}

static const char *boot_id_of(const struct json_tree *tree)
{
	const char *id =
		json_node_text(json_node_member(json_node_member(tree->root, "guest"), "boot_id"));

	return id ? id : "";
}

static bool is_boot_before(const struct search *search, const struct json_tree *tree)
{
	const struct evidence *now = search->boot.evidence;

	return search->wants_before && now && !search->before.evidence && *now->guest.boot_id &&
	       *boot_id_of(tree) && strcmp(boot_id_of(tree), now->guest.boot_id) != 0;
}

/* What cannot be read is no failure of the others. */
static void keep(
	const struct store_appraisal *appraisal, const struct json_tree *tree, struct found *found)
{
	struct error ignored;

	if (api_recall_evidence(appraisal, tree, &found->evidence, &ignored))
		return;
	found->id = appraisal->link.id;
	found->received_ms = appraisal->received_ms;
}

/* Newest first. */
static bool look(const struct store_appraisal *appraisal, void *context)
{
	struct search *search = context;
	JSON_TREE_SCOPED tree = {0};
	struct error ignored;
	bool has_boot;

	if (json_simd_parse(appraisal->evidence.bytes, appraisal->evidence.len, EVIDENCE_MAX_BYTES,
		    &tree, &ignored))
		return true;
	has_boot = search->is_pair || has_member(&tree, "boot", "measurements");
	if (!search->disks.evidence && has_member(&tree, "unlock", "volumes"))
		keep(appraisal, &tree, &search->disks);
	if (has_boot && is_boot_before(search, &tree))
		keep(appraisal, &tree, &search->before);
	if (has_boot && !search->boot.evidence)
		keep(appraisal, &tree, &search->boot);
	if (!search->boot.evidence || !search->disks.evidence)
		return true;
	return search->wants_before && !search->before.evidence;
}

/* The one that is asked for by its number. */
static bool take(const struct store_appraisal *appraisal, void *context)
{
	struct search *search = context;
	JSON_TREE_SCOPED tree = {0};
	struct error ignored;

	if (strcmp(appraisal->uuid, search->uuid) != 0)
		return false;
	if (!json_simd_parse(appraisal->evidence.bytes, appraisal->evidence.len, EVIDENCE_MAX_BYTES,
		    &tree, &ignored))
		keep(appraisal, &tree, &search->before);
	return false;
}

static json_t *with_report(json_t *json, const struct found *found)
{
	char received[TEXT_TIME_SIZE];

	if (json && (json_object_set_new(json, "report", json_integer((json_int_t)found->id)) ||
			    json_object_set_new(json, "received",
				    json_string(text_time_ms(found->received_ms, received))))) {
		json_decref(json);
		json = NULL;
	}
	return json;
}

/* What changed, and in which events; null where one of the boots is missing. */
static int before_json(
	struct store *store, const struct search *search, json_t **ret_json, struct error *err)
{
	const struct evidence *now = search->boot.evidence, *then = search->before.evidence;
	json_t *json;
	int rc;

	if (!now || !then) {
		*ret_json = json_null();
		return 0;
	}
	json = with_report(api_boot_changes_json(then, now), &search->before);
	rc = api_add_events(store, then, now, json, err);
	if (rc)
		json_decref(json);
	else
		*ret_json = json;
	return rc;
}

static int result_json(
	struct store *store, const struct search *search, json_t **ret_json, struct error *err)
{
	const struct evidence *now = search->boot.evidence;
	json_t *before = NULL;
	int rc = before_json(store, search, &before, err);

	if (rc)
		return rc;
	*ret_json = json_pack("{s:o, s:o, s:o}", "boot",
		now ? with_report(api_boot_json(now), &search->boot) : json_null(), "before",
		before, "disks",
		search->disks.evidence
			? with_report(api_disks_json(search->disks.evidence), &search->disks)
			: json_null());
	return 0;
}

static bool take_owner(const struct store_appraisal *appraisal, void *context)
{
	memcpy(context, appraisal->uuid, TEXT_UUID_SIZE);
	return false;
}

/* Whose report it is, or that there is none: one of these three was meant otherwise. */
static int refuse(struct store *store, const char *uuid, uint64_t report, struct error *err)
{
	const unsigned long long id = report;
	char owner[TEXT_UUID_SIZE] = "";
	int rc = store_read_appraisal(store, report, take_owner, owner, err);

	if (rc == -ERROR_NOT_FOUND || (!rc && !*owner))
		return error_set(err, ERROR_NOT_FOUND, "there is no report %llu", id);
	if (rc)
		return rc;
	if (strcmp(owner, uuid) != 0)
		return error_set(err, ERROR_NOT_FOUND, "report %llu is of VM %s", id, owner);
	return error_set(err, ERROR_NOT_FOUND,
		"report %llu has no event log: the guest could not read it", id);
}

static bool tells(const struct found *found)
{
	return found->evidence && found->evidence->boot.part.state == PART_READ;
}

/* Both must be the VM's, and tell of a boot, if they are asked for. */
static int check(struct store *store, const struct search *search, uint64_t report, uint64_t before,
	struct error *err)
{
	if (report && (search->boot.id != report || !tells(&search->boot)))
		return refuse(store, search->uuid, report, err);
	if (before && !tells(&search->before))
		return refuse(store, search->uuid, before, err);
	return 0;
}

void api_read_boot(struct http_request *request, void *context)
{
	struct api *api = context;
	uint64_t report = 0, before = 0;
	char uuid[TEXT_UUID_SIZE];
	struct search search = {.uuid = uuid};
	json_t *json = NULL;
	struct error err;
	bool is_good;
	int rc;

	is_good = api_read_uuid(request, uuid) &&
		  api_query_number(request, "report", 1, INT64_MAX, &report) &&
		  api_query_number(request, "before", 1, INT64_MAX, &before);
	if (!is_good)
		return;
	search.wants_before = !before;
	search.is_pair = report && before;
	rc = store_read_timeline(
		api->store, uuid, report, report && before ? 1 : REPORTS_MAX, look, &search, &err);
	if (!rc && before)
		rc = store_read_appraisal(api->store, before, take, &search, &err);
	if (rc == -ERROR_NOT_FOUND && before)
		rc = refuse(api->store, uuid, before, &err);
	if (!rc && search.is_pair) {
		api_tell_boot(api->store, search.boot.evidence);
		api_tell_boot(api->store, search.before.evidence);
	}
	if (!rc)
		rc = check(api->store, &search, report, before, &err);
	if (!rc)
		rc = result_json(api->store, &search, &json, &err);
	if (rc)
		api_reply_error(request, &err);
	else
		http_reply_json(request, 200, json);
	end_search(&search);
}
