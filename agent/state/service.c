/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/state/service.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "agent/state/file.h"
#include "agent/state/state.h"
#include "core/json/text.h"
#include "core/json/tree.h"
#include "core/log.h"
#include "platform/system.h"

#define SERVICE_BYTES_MAX 16384

static void read_text(const struct json_node *root, const char *name, char *ret_text, size_t size)
{
	const char *text = json_node_text(json_node_member(root, name));

	snprintf(ret_text, size, "%s", text ? text : "");
}

static uint64_t read_number(const struct json_node *root, const char *name)
{
	int64_t number = json_node_integer(json_node_member(root, name));

	return number > 0 ? (uint64_t)number : 0;
}

/* A word of a later version says nothing here. */
static enum verdict_status read_status(const struct json_node *root, const char *name)
{
	const char *word = json_node_text(json_node_member(root, name));

	for (unsigned i = VERDICT_NONE; word && i <= VERDICT_CONTRAINDICATED; i++) {
		if (strcmp(word, verdict_status_name((enum verdict_status)i)) == 0)
			return (enum verdict_status)i;
	}
	return VERDICT_NONE;
}

static int read_document(const char *path, struct json_tree *tree,
	struct state_service *ret_service, struct error *err)
{
	struct state_service service = {0};
	BUF_SCOPED text = {0};
	const char *format;
	int rc = platform_file_read(path, SERVICE_BYTES_MAX, &text, err);

	if (rc)
		return rc;
	rc = json_tree_parse(text.data, text.len, SERVICE_BYTES_MAX, tree, err);
	if (rc)
		return error_wrap(err, "%s", path);
	format = json_node_text(json_node_member(tree->root, "format"));
	if (!format || strcmp(format, "vtpm-service") != 0)
		return error_set(err, ERROR_MALFORMED, "%s: not what vtpm-agent run writes", path);
	service.compared = read_number(tree->root, "iat");
	service.next = read_number(tree->root, "next");
	service.ended = read_number(tree->root, "ended");
	service.health = read_status(tree->root, "health");
	read_text(tree->root, "check", service.check, sizeof(service.check));
	read_text(tree->root, "boot_id", service.boot_id, sizeof(service.boot_id));
	read_text(tree->root, "fault", service.fault, sizeof(service.fault));
	*ret_service = service;
	return 0;
}

int state_read_service(const char *directory, struct state_service *ret_service, struct error *err)
{
	JSON_TREE_SCOPED tree = {0};
	char path[STATE_PATH_MAX];
	int rc = state_path(directory, STATE_SERVICE, path, err);

	return rc ? rc : read_document(path, &tree, ret_service, err);
}

static int put(json_t *object, const char *name, json_t *value)
{
	return json_object_set_new(object, name, value);
}

static int put_number(json_t *object, const char *name, uint64_t number)
{
	return number ? put(object, name, json_integer((json_int_t)number)) : 0;
}

static int put_text(json_t *object, const char *name, const char *text)
{
	return *text ? put(object, name, json_text_string(text)) : 0;
}

static json_t *write_service(const struct state_service *service)
{
	json_t *json = json_pack("{s:s, s:s, s:s}", "format", "vtpm-service", "version", "1.0",
		"health", verdict_status_name(service->health));
	int failed = !json;

	failed = failed || put_text(json, "check", service->check);
	failed = failed || put_number(json, "iat", service->compared);
	failed = failed || put_number(json, "next", service->next);
	failed = failed || put_number(json, "ended", service->ended);
	failed = failed || put_text(json, "boot_id", service->boot_id);
	failed = failed || put_text(json, "fault", service->fault);
	if (!failed)
		return json;
	json_decref(json);
	return NULL;
}

/* Releases the document. */
static int print(json_t *json, int failed, const char *path, struct buf *to, struct error *err)
{
	if (!failed)
		json_text_print(to, json, false);
	json_decref(json);
	buf_append_text(to, "\n");
	if (failed || to->failed)
		return error_set(err, ERROR_NO_MEMORY, "no memory for %s", path);
	return 0;
}

static int write_kept(const char *directory, const struct state_service *service, struct error *err)
{
	BUF_SCOPED text = {0};
	char path[STATE_PATH_MAX];
	json_t *json;
	int rc = state_path(directory, STATE_SERVICE, path, err);

	if (!rc)
		rc = platform_directory_make(directory, err);
	if (rc)
		return rc;
	json = write_service(service);
	rc = print(json, !json, path, &text, err);
	return rc ? rc : platform_file_keep(path, text.data, text.len, err);
}

const char *state_public_path(const char *state)
{
	return platform_public_path(!*state);
}

/* A reason's sentence may name this VM or another one; these do not. */
static int put_verdict(json_t *json, const struct verdict *verdict)
{
	const enum reason_code reason = verdict->reasons[0].code;
	int failed = put_text(json, "ear.status", verdict_status_name(verdict->status));

	failed = failed || put_text(json, "continuity", continuity_name(verdict->continuity));
	failed = failed || put_text(json, "reason", reason_name(reason));
	failed = failed || put_text(json, "sentence", continuity_sentence(verdict->continuity));
	return failed || put_text(json, "remedy", reason_remedy(reason));
}

static int publish(const char *path, const struct state_service *service,
	const struct verdict *verdict, struct error *err)
{
	struct state_service published = *service;
	BUF_SCOPED text = {0};
	json_t *json;
	int failed, rc;

	*published.boot_id = 0;
	json = write_service(&published);
	failed = !json || (verdict && put_verdict(json, verdict));
	rc = print(json, failed, path, &text, err);
	return rc ? rc : platform_file_publish(path, text.data, text.len, err);
}

void state_tell(const char *state, const struct state_service *service)
{
	const char *path = state_public_path(state), *directory = state_directory(state);
	struct verdict verdict;
	struct error err;
	uint64_t iat;
	bool has_verdict;

	if (write_kept(directory, service, &err))
		log_write(LOG_LEVEL_WARNING, "%s", err.message);
	has_verdict = !state_read_verdict(directory, &verdict, &iat, &err);
	if (path && publish(path, service, has_verdict ? &verdict : NULL, &err))
		log_write(LOG_LEVEL_WARNING,
			"the verdict is not published, until the next comparison: %s", err.message);
}

static enum continuity read_continuity(const char *word)
{
	for (unsigned i = 0; i < CONTINUITY_COUNT; i++) {
		if (strcmp(continuity_name((enum continuity)i), word) == 0)
			return (enum continuity)i;
	}
	return CONTINUITY_COUNT;
}

int state_read_public(const char *path, struct state_service *ret_service,
	struct verdict *ret_verdict, bool *ret_has_verdict, struct error *err)
{
	JSON_TREE_SCOPED tree = {0};
	struct state_service service;
	struct verdict verdict = {0};
	const char *continuity, *reason;
	int rc = read_document(path, &tree, &service, err);

	if (rc)
		return rc;
	continuity = json_node_text(json_node_member(tree.root, "continuity"));
	reason = json_node_text(json_node_member(tree.root, "reason"));
	if (continuity) {
		verdict.status = read_status(tree.root, "ear.status");
		verdict.continuity = read_continuity(continuity);
		if (verdict.continuity == CONTINUITY_COUNT)
			return error_set(err, ERROR_MALFORMED,
				"%s: continuity: not a word of this version", path);
		verdict_add(&verdict, reason_parse(reason ? reason : ""), "%s",
			continuity_sentence(verdict.continuity));
	}
	*ret_service = service;
	*ret_verdict = verdict;
	*ret_has_verdict = continuity != NULL;
	return 0;
}
