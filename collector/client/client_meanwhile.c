/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/client/client_meanwhile.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "collector/client/client_page.h"

int client_newest_event(struct client *client, int64_t *ret_number, struct error *err)
{
	JSON_TREE_SCOPED heads = {0};
	int rc = client_get(client, "/v1/heads", CLIENT_TIMEOUT_S, &heads, err);

	if (!rc)
		*ret_number = client_number(heads.root, "event");
	return rc;
}

static bool is_announcement(const struct json_node *event, const char *uuid)
{
	return !strcmp(client_text(event, "action"), "announce") &&
	       !strcmp(client_text(event, "uuid"), uuid);
}

struct searching {
	const struct client_question *question;
	char own[96]; /* the question's detail */
	bool is_behind;
};

/* The first that names another event behind the question's own. */
static const struct json_node *find_other(
	struct searching *searching, const struct json_node *events)
{
	const char *event = searching->question->event;
	size_t len = strlen(event);

	for (const struct json_node *at = json_node_first(events); at; at = at->next) {
		const char *detail = client_text(at, "detail");
		bool is_other;

		if (!is_announcement(at, searching->question->uuid))
			continue;
		is_other = strncmp(detail, event, len) != 0 || detail[len] != ' ';
		if (searching->is_behind && is_other)
			return at;
		searching->is_behind = searching->is_behind || !strcmp(detail, searching->own);
	}
	return NULL;
}

typedef const struct json_node *finder(struct searching *searching, const struct json_node *events);

/* Looks through the audit log behind the question, and prints what is found of the event before its
 * page goes. */
static int search(struct client *client, struct searching *searching, finder *find,
	void (*print)(const struct json_node *event, char *to, size_t size), char *to, size_t size,
	struct error *err)
{
	const struct json_node *found = NULL;
	int64_t after = searching->question->after;

	*to = 0;
	while (after >= 0 && !found) {
		JSON_TREE_SCOPED page = {0};
		char path[96];
		int rc;

		snprintf(path, sizeof(path), "/v1/audit?after=%" PRId64 "&limit=200", after);
		rc = client_get(client, path, CLIENT_TIMEOUT_S, &page, err);
		if (rc)
			return rc;
		found = find(searching, json_node_member(page.root, "events"));
		if (found)
			print(found, to, size);
		after = json_node_member(page.root, "next") ? client_number(page.root, "next") : -1;
	}
	return 0;
}

static void print_other(const struct json_node *event, char *to, size_t size)
{
	snprintf(to, size, "%s announced %s", client_text(event, "actor"),
		client_text(event, "detail"));
}

int client_find_change(struct client *client, const struct client_question *question,
	char *ret_change, size_t size, struct error *err)
{
	struct searching searching = {.question = question};

	snprintf(searching.own, sizeof(searching.own), "%s until %s", question->event,
		question->until);
	return search(client, &searching, find_other, print_other, ret_change, size, err);
}

static bool is_end(const struct json_node *event, const char *uuid)
{
	return !strcmp(client_text(event, "action"), "forgotten") &&
	       !strcmp(client_text(event, "uuid"), uuid);
}

static const struct json_node *find_end(struct searching *searching, const struct json_node *events)
{
	for (const struct json_node *at = json_node_first(events); at; at = at->next) {
		if (is_end(at, searching->question->uuid))
			return at;
	}
	return NULL;
}

static void print_end(const struct json_node *event, char *to, size_t size)
{
	snprintf(to, size, "%s had it forgotten", client_text(event, "actor"));
}

int client_find_end(struct client *client, const struct client_question *question, char *ret_end,
	size_t size, struct error *err)
{
	struct searching searching = {.question = question};

	return search(client, &searching, find_end, print_end, ret_end, size, err);
}

int client_name_claims(
	struct client *client, const char *uuid, char *ret_numbers, size_t size, struct error *err)
{
	JSON_TREE_SCOPED answer = {0};
	const struct json_node *claims;
	size_t len = 0;
	char path[96];
	int rc;

	snprintf(path, sizeof(path), "/v1/vms/%s/claims", uuid);
	rc = client_get(client, path, CLIENT_TIMEOUT_S, &answer, err);
	if (rc)
		return rc;
	*ret_numbers = 0;
	claims = json_node_member(answer.root, "claims");
	for (const struct json_node *at = json_node_first(claims); at && len < size; at = at->next)
		len += (size_t)snprintf(ret_numbers + len, size - len, "%s%" PRId64,
			len ? ", " : "", client_number(at, "id"));
	return 0;
}
