/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/client/client_forgotten.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/client/client_page.h"

/* As collector/store/store_forget.c writes them. */
#define ACTION       "forgotten"
#define DETAIL       "report "
#define DETAIL_HASH  ", SHA-256 "
#define HASH_CHARS   ((size_t)2 * CHECKPOINT_HASH_SIZE)
#define EVENTS_LIMIT "200"

/* "report 7, SHA-256 00..., ..."; without a report nothing is read. */
static void read_head(const char *detail, struct checkpoint_head *head)
{
	const char *hash = strstr(detail, DETAIL_HASH);
	char number[24];
	uint64_t report;

	if (strncmp(detail, DETAIL, strlen(DETAIL)) != 0 || !hash)
		return;
	detail += strlen(DETAIL);
	snprintf(number, sizeof(number), "%.*s", (int)(hash - detail), detail);
	hash += strlen(DETAIL_HASH);
	if (!text_number(number, 1, INT64_MAX, &report) || strlen(hash) < HASH_CHARS)
		return;
	if (text_unhex(hash, HASH_CHARS, head->hash, CHECKPOINT_HASH_SIZE) == CHECKPOINT_HASH_SIZE)
		head->report = report;
}

static int add(struct client_forgotten *to, const struct json_node *event, struct error *err)
{
	const size_t room = to->room ? 2 * to->room : 64;
	struct client_forgotten_vm vm = {.event = (uint64_t)client_number(event, "id")}, *grown;

	to->last = vm.event;
	if (strcmp(client_text(event, "action"), ACTION) != 0)
		return 0;
	if (!text_uuid(client_text(event, "uuid"), vm.head.uuid))
		return 0;
	read_head(client_text(event, "detail"), &vm.head);
	if (to->count == to->room) {
		grown = realloc(to->vms, room * sizeof(*grown));
		if (!grown)
			return error_set(err, ERROR_NO_MEMORY, "no memory for the audit log");
		to->vms = grown;
		to->room = room;
	}
	to->vms[to->count++] = vm;
	return 0;
}

static int read_page(struct client *client, int64_t *after, struct client_forgotten *to,
	bool *ret_is_last, struct error *err)
{
	JSON_TREE_SCOPED page = {0};
	const struct json_node *event;
	char path[96];
	int rc;

	snprintf(path, sizeof(path), "/v1/audit?after=%" PRId64 "&limit=" EVENTS_LIMIT, *after);
	rc = client_get(client, path, CLIENT_TIMEOUT_S, &page, err);
	event = json_node_first(json_node_member(page.root, "events"));
	for (; !rc && event; event = event->next)
		rc = add(to, event, err);
	*ret_is_last = !json_node_member(page.root, "next");
	*after = client_number(page.root, "next");
	return rc;
}

int client_forgotten_read(struct client *client, uint64_t after, struct client_forgotten *forgotten,
	struct error *err)
{
	const bool goes_on = forgotten->is_read && forgotten->after <= after;
	bool is_last = false;
	int64_t at;
	int rc = 0;

	if (goes_on && forgotten->is_current)
		return 0;
	if (!goes_on) {
		forgotten->count = 0;
		forgotten->after = forgotten->last = after;
	}
	at = (int64_t)forgotten->last;
	while (!rc && !is_last)
		rc = read_page(client, &at, forgotten, &is_last, err);
	forgotten->is_read = forgotten->is_current = !rc;
	return rc;
}

void client_forgotten_free(struct client_forgotten *forgotten)
{
	free(forgotten->vms);
}

const struct client_forgotten_vm *client_forgotten_find(
	const struct client_forgotten *forgotten, const char *uuid, uint64_t after)
{
	for (size_t i = 0; i < forgotten->count; i++) {
		const struct client_forgotten_vm *vm = &forgotten->vms[i];

		if (vm->event > after && !strcmp(vm->head.uuid, uuid))
			return vm;
	}
	return NULL;
}

uint64_t client_forgotten_count(
	const struct client_forgotten *forgotten, uint64_t reports, uint64_t after)
{
	uint64_t count = 0;

	/* Its first report may be of then, whatever its newest was. */
	for (size_t i = 0; reports && i < forgotten->count; i++)
		count += forgotten->vms[i].event > after && forgotten->vms[i].head.report;
	return count;
}
