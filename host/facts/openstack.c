/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/facts/openstack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/json/tree.h"
#include "host/child.h"

#define ANSWER_MAX (4 * 1024 * 1024)

bool openstack_is_configured(void)
{
	const char *home = getenv("HOME");
	char path[512];

	if (getenv("OS_CLOUD") || getenv("OS_AUTH_URL") || getenv("OS_CLIENT_CONFIG_FILE"))
		return true;
	snprintf(path, sizeof(path), "%s/.config/openstack/clouds.yaml", home ? home : "");
	return access(path, R_OK) == 0 || access("/etc/openstack/clouds.yaml", R_OK) == 0;
}

static void copy_text(const struct json_node *from, const char *name, char *out, size_t size)
{
	const char *text = json_node_text(json_node_member(from, name));

	snprintf(out, size, "%s", text ? text : "");
}

/* The UUID at the end of "name (UUID)", or as it stands. */
static void copy_image(const struct json_node *image, char out[TEXT_UUID_SIZE])
{
	const char *text = json_node_text(image);
	const char *open = text ? strrchr(text, '(') : NULL;
	char word[TEXT_UUID_SIZE];

	if (image && image->kind == JSON_NODE_OBJECT)
		text = json_node_text(json_node_member(image, "id"));
	snprintf(word, sizeof(word), "%s", open ? open + 1 : text ? text : "");
	if (!text_uuid(word, out))
		*out = 0;
}

static void read_server(const struct json_node *answer, struct openstack_server *server)
{
	const struct json_node *flavor = json_node_member(answer, "flavor");
	const struct json_node *specs = json_node_member(flavor, "extra_specs");
	const struct json_node *fault = json_node_member(answer, "fault");
	const char *uuid = json_node_text(json_node_member(answer, "id"));

	if (!uuid || !text_uuid(uuid, server->uuid))
		*server->uuid = 0;
	copy_text(answer, "name", server->name, sizeof(server->name));
	copy_text(fault, "message", server->fault, sizeof(server->fault));
	copy_text(answer, "status", server->status, sizeof(server->status));
	copy_text(answer, "OS-EXT-SRV-ATTR:host", server->host, sizeof(server->host));
	server->has_flavor = specs && specs->kind == JSON_NODE_OBJECT;
	copy_text(specs, "hw:tpm_version", server->flavor_version, sizeof(server->flavor_version));
	copy_text(specs, "hw:tpm_model", server->flavor_model, sizeof(server->flavor_model));
	copy_text(specs, "hw:tpm_secret_security", server->secret_security,
		sizeof(server->secret_security));
	copy_image(json_node_member(answer, "image"), server->image);
}

static void read_image(const struct json_node *answer, struct openstack_server *server)
{
	const struct json_node *properties = json_node_member(answer, "properties");

	server->has_image = properties && properties->kind == JSON_NODE_OBJECT;
	copy_text(
		properties, "hw_tpm_version", server->image_version, sizeof(server->image_version));
	copy_text(properties, "hw_tpm_model", server->image_model, sizeof(server->image_model));
}

/* One command of the client. It prints JSON, an object or an array: *ret_answer, in the tree. */
static int ask(const char *const argv[], uint32_t timeout_ms, struct json_tree *ret_tree,
	const struct json_node **ret_answer, struct error *err)
{
	BUF_SCOPED text = {0}, object = {0};
	const struct json_node *answer;
	struct error ignored;
	int rc = child_run(argv, ANSWER_MAX, timeout_ms, &text, err);

	if (rc)
		return rc;
	buf_append_text(&object, "{\"answer\":"); /* a tree's root is an object */
	buf_append(&object, text.data, text.len);
	buf_append_text(&object, "}");
	if (object.failed)
		return error_set(err, ERROR_NO_MEMORY, "no memory for what openstack printed");
	rc = json_tree_parse(object.data, object.len, object.len, ret_tree, &ignored);
	answer = rc ? NULL : json_node_member(ret_tree->root, "answer");
	if (!answer || (answer->kind != JSON_NODE_OBJECT && answer->kind != JSON_NODE_ARRAY))
		return error_set(err, ERROR_MALFORMED, "openstack did not print JSON");
	*ret_answer = answer;
	return 0;
}

/* The secret's metadata alone: no account may list every vTPM's secret, but each is told of one
 * whether it may not see it or there is none. */
static void find_secret(const char *secret, uint32_t timeout_ms, struct openstack_server *server)
{
	const char *const argv[] = {"openstack", "secret", "get", secret, "-f", "json", NULL};
	const struct json_node *answer = NULL;
	JSON_TREE_SCOPED tree = {0};
	struct error err = {0};

	if (ask(argv, timeout_ms, &tree, &answer, &err) == 0)
		server->secret = OPENSTACK_SECRET_THERE;
	else if (strstr(err.message, "Forbidden") || strstr(err.message, "403"))
		server->secret = OPENSTACK_SECRET_FORBIDDEN;
	else if (strstr(err.message, "Not Found") || strstr(err.message, "404"))
		server->secret = OPENSTACK_SECRET_MISSING;
	if (server->secret != OPENSTACK_SECRET_THERE)
		snprintf(server->secret_error, sizeof(server->secret_error), "%.150s", err.message);
}

/* The newest of them, whatever the client's order. */
void openstack_find_migration(uint32_t timeout_ms, struct openstack_server *server)
{
	/* From 2.59 on it tells the type, and all of the VM's. */
	const char *const argv[] = {"openstack", "--os-compute-api-version", "2.59", "server",
		"migration", "list", "--server", server->uuid, "-f", "json", NULL};
	struct openstack_migration *last = &server->migration;
	const struct json_node *answer = NULL, *newest = NULL;
	JSON_TREE_SCOPED tree = {0};
	struct error ignored;
	char when[sizeof(last->when)];

	if (ask(argv, timeout_ms, &tree, &answer, &ignored))
		return;
	for (const struct json_node *entry = json_node_first(answer); entry; entry = entry->next) {
		copy_text(entry, "Created At", when, sizeof(when));
		if (newest && strcmp(when, last->when) <= 0)
			continue;
		newest = entry;
		memcpy(last->when, when, sizeof(when));
	}
	copy_text(newest, "Type", last->type, sizeof(last->type));
	copy_text(newest, "Status", last->status, sizeof(last->status));
	copy_text(newest, "Source Compute", last->from, sizeof(last->from));
	copy_text(newest, "Dest Compute", last->to, sizeof(last->to));
}

/* Whether there was no such UUID, and the client took it for another server's name. */
static bool is_name(const char *word, const struct openstack_server *server)
{
	char asked[TEXT_UUID_SIZE];
	bool is_other = text_uuid(word, asked) && strcmp(asked, server->uuid) != 0;

	return is_other && strcmp(word, server->name) == 0;
}

int openstack_find(const char *word, uint32_t timeout_ms, struct openstack_server *ret_server,
	struct error *err)
{
	/* From 2.47 on the answer has the flavor as it was when the VM was made or resized. */
	const char *const show[] = {"openstack", "--os-compute-api-version", "2.47", "server",
		"show", word, "-f", "json", NULL};
	struct openstack_server server = {0};
	const struct json_node *answer = NULL;
	JSON_TREE_SCOPED tree = {0};
	int rc = ask(show, timeout_ms, &tree, &answer, err);

	if (rc)
		return rc;
	read_server(answer, &server);
	if (is_name(word, &server))
		return error_set(err, ERROR_NOT_FOUND,
			"OpenStack has no server of that UUID; the server of that name is %s",
			server.uuid);
	*ret_server = server;
	return 0;
}

int openstack_gather(const struct facts_domain *domain, bool has_failed, uint32_t timeout_ms,
	struct openstack_server *ret_server, struct error *err)
{
	struct openstack_server server = {0};
	const char *const image[] = {
		"openstack", "image", "show", server.image, "-f", "json", NULL};
	const struct json_node *answer = NULL;
	JSON_TREE_SCOPED tree = {0};
	struct error ignored;
	int rc = openstack_find(domain->uuid, timeout_ms, &server, err);

	if (rc)
		return rc;
	memcpy(server.uuid, domain->uuid, sizeof(server.uuid));
	if (*server.image && ask(image, timeout_ms, &tree, &answer, &ignored) == 0)
		read_image(answer, &server);
	if (*domain->secret)
		find_secret(domain->secret, timeout_ms, &server);
	if (has_failed)
		openstack_find_migration(timeout_ms, &server);
	*ret_server = server;
	return 0;
}
