/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/setup.h"

#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/store_url.h"
#include "core/log.h"
#include "platform/system.h"

#define PEM_MAX 262144

static int read_pem(const char *path, struct buf *to, struct error *err)
{
	int rc = *path ? platform_file_read(path, PEM_MAX, to, err) : 0;

	if (rc)
		err->code = ERROR_CONFIG;
	return rc ? -ERROR_CONFIG : 0;
}

static int read_credentials(const struct config *config, struct setup *setup, struct error *err)
{
	struct tokens *tokens = &setup->tokens;
	int rc = tokens_add_file(tokens, HTTP_ROLE_ADMIN, "admin-token", config->admin_token,
		&setup->made_admin, err);

	if (!rc && *config->viewer_token)
		rc = tokens_add_file(tokens, HTTP_ROLE_VIEWER, "viewer-token", config->viewer_token,
			&setup->made_viewer, err);
	if (!rc && *config->agent_token)
		rc = tokens_add_file(
			tokens, HTTP_ROLE_AGENT, "agent-token", config->agent_token, NULL, err);
	if (!rc && *config->tokens)
		rc = tokens_add_digests(tokens, config->tokens, err);
	/* Agents need no credential unless one is configured: what a TPM signed proves itself.
	 * Who looks needs one everywhere: whose request a proxy on this machine passes on cannot
	 * be told. */
	tokens->lets_agents_in = !*config->client_ca && !tokens_have(tokens, HTTP_ROLE_AGENT);
	return rc;
}

static int read_socket(
	const struct config *config, struct http_socket *ret_socket, struct error *err)
{
	static const enum http_role roles[] = {HTTP_ROLE_ANYONE, HTTP_ROLE_VIEWER, HTTP_ROLE_ADMIN};
	const char *mode = *config->socket_mode ? config->socket_mode : "600";
	struct http_socket socket = {
		.mode = (unsigned)strtoul(mode, NULL, 8), .role = roles[config->socket_role]};

	if (*config->socket_group) {
		const struct group *group = getgrnam(config->socket_group);

		if (!group)
			return error_set(err, ERROR_CONFIG,
				"[http] socket-group: there is no group %s", config->socket_group);
		socket.has_group = true;
		socket.group = group->gr_gid;
	}
	*ret_socket = socket;
	return 0;
}

/* A VM's own, which the store has. */
static int look_up(void *context, const uint8_t digest[TOKEN_DIGEST_SIZE], struct token *ret_token)
{
	struct store_token found;
	struct error err;
	int rc = store_find_token(context, digest, &found, &err);

	if (rc)
		return rc == -ERROR_NOT_FOUND ? 0 : -1;
	*ret_token = (struct token){.role = HTTP_ROLE_AGENT};
	snprintf(ret_token->name, sizeof(ret_token->name), "token-%llu",
		(unsigned long long)found.id);
	memcpy(ret_token->vm, found.uuid, sizeof(ret_token->vm));
	return 1;
}

void setup_find_tokens(struct setup *setup, struct store *store)
{
	setup->tokens.look_up = look_up;
	setup->tokens.look_up_context = store;
}

int setup_read(const struct config *config, struct setup *ret_setup, struct error *err)
{
	bool is_tls = *config->certificate != 0;
	int rc = read_pem(config->certificate, &ret_setup->certificate, err);

	if (!rc)
		rc = read_pem(config->key, &ret_setup->key, err);
	if (!rc)
		rc = read_pem(config->client_ca, &ret_setup->client_ca, err);
	if (!rc)
		rc = read_credentials(config, ret_setup, err);
	if (!rc)
		rc = sessions_open(&ret_setup->tokens.sessions, err);
	if (!rc)
		rc = read_socket(config, &ret_setup->socket, err);
	ret_setup->http = (struct http_setup){
		.socket = &ret_setup->socket,
		.listen = config->listen,
		.listen_count = config->listen_count,
		.certificate = is_tls ? &ret_setup->certificate : NULL,
		.key = is_tls ? &ret_setup->key : NULL,
		.client_ca = *config->client_ca ? &ret_setup->client_ca : NULL,
		.tokens = &ret_setup->tokens,
		.connections = config->connections,
		.connections_per_address = config->connections_per_address,
		.bodies = config->bodies,
		.deadline_s = config->deadline_s,
	};
	return rc;
}

void setup_free(struct setup *setup)
{
	buf_free(&setup->certificate);
	if (setup->key.data)
		explicit_bzero(setup->key.data, setup->key.len);
	buf_free(&setup->key);
	buf_free(&setup->client_ca);
	sessions_free(setup->tokens.sessions);
}

/* Who starts the service may look at its page at once. Not more: a log has more readers than the
 * state directory. */
static void announce_page(const struct setup *setup, const char *url)
{
	char code[TOKEN_SIZE];
	struct error err;

	if (sessions_make_code(
		    setup->tokens.sessions, HTTP_ROLE_VIEWER, "the start's page", code, &err))
		log_write(LOG_LEVEL_WARNING, "page: %s", err.message);
	else
		log_write(LOG_LEVEL_INFO, "page         %s/#code=%s (once, for %u minutes)", url,
			code, SESSIONS_CODE_S / 60);
}

void setup_announce(
	const struct config *config, const struct setup *setup, const struct http_server *server)
{
	const struct tokens *tokens = &setup->tokens;
	bool is_first_use = config->enrolment == CONFIG_ENROLMENT_FIRST_USE;
	char store[1100];
	const char *url;

	store_url_show(config->store, store, sizeof(store));
	for (size_t i = 0; (url = http_server_url(server, i)); i++)
		log_write(LOG_LEVEL_INFO, "listening on %s", url);
	log_write(LOG_LEVEL_INFO, "store        %s", store);
	log_write(LOG_LEVEL_INFO, "admin token  %s%s", config->admin_token,
		setup->made_admin ? " (made now)" : "");
	if (*config->viewer_token)
		log_write(LOG_LEVEL_INFO, "viewer token %s%s", config->viewer_token,
			setup->made_viewer ? " (made now)" : "");
	log_write(is_first_use ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO, "enrolment    %s%s",
		config_enrolment_name(config->enrolment),
		is_first_use ? ": the first TPM that reports for a VM is believed; "
			       "set [enrolment] policy in " CONFIG_PATH
			     : "");
	log_write(LOG_LEVEL_INFO, "agents       %s",
		tokens->lets_agents_in ? "need no credential; what they report must be signed"
				       : "need a token or a client certificate");
	for (size_t i = 0; !config->is_file && (url = http_server_url(server, i)); i++) {
		if (strncmp(url, "http", 4) == 0) {
			announce_page(setup, url);
			break;
		}
	}
}
