/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/ini.h"
#include "core/log.h"
#include "core/text.h"
#include "platform/system.h"

#define FILE_MAX       65536
#define RETENTION_DAYS 90
#define ENROLMENT_RATE 6000

static const char *const enrolment_names[CONFIG_ENROLMENT_COUNT] = {
	[CONFIG_ENROLMENT_APPROVE] = "approve",
	[CONFIG_ENROLMENT_FIRST_USE] = "first-use",
	[CONFIG_ENROLMENT_ALLOWLIST] = "allowlist",
	[CONFIG_ENROLMENT_EK_CERTIFICATE] = "ek-certificate"};

enum setting {
	SETTING_LISTEN,
	SETTING_CERTIFICATE,
	SETTING_KEY,
	SETTING_CLIENT_CA,
	SETTING_CONNECTIONS,
	SETTING_PER_ADDRESS,
	SETTING_DEADLINE,
	SETTING_ADMIN_TOKEN,
	SETTING_AGENT_TOKEN,
	SETTING_TOKENS,
	SETTING_STORE,
	SETTING_RETENTION,
	SETTING_MAX_SIZE,
	SETTING_POLICY,
	SETTING_ALLOWLIST,
	SETTING_RATE,
	SETTING_WEBHOOK_URL,
	SETTING_WEBHOOK_SECRET,
	SETTING_WEBHOOK_CA,
	SETTING_WEBHOOK_PRIVATE,
	SETTING_CLIENT_URL,
	SETTING_CLIENT_TOKEN_FILE,
	SETTING_CLIENT_CERTIFICATES,
	SETTING_CLIENT_CERT,
	SETTING_CLIENT_KEY,
	SETTING_COUNT
};

static const struct ini_setting settings[SETTING_COUNT] = {
	[SETTING_LISTEN] = {"http", "listen"},
	[SETTING_CERTIFICATE] = {"http", "certificate"},
	[SETTING_KEY] = {"http", "key"},
	[SETTING_CLIENT_CA] = {"http", "client-ca"},
	[SETTING_CONNECTIONS] = {"http", "connections"},
	[SETTING_PER_ADDRESS] = {"http", "connections-per-address"},
	[SETTING_DEADLINE] = {"http", "deadline"},
	[SETTING_ADMIN_TOKEN] = {"auth", "admin-token"},
	[SETTING_AGENT_TOKEN] = {"auth", "agent-token"},
	[SETTING_TOKENS] = {"auth", "tokens"},
	[SETTING_STORE] = {"store", "path"},
	[SETTING_RETENTION] = {"store", "retention"},
	[SETTING_MAX_SIZE] = {"store", "max-size"},
	[SETTING_POLICY] = {"enrolment", "policy"},
	[SETTING_ALLOWLIST] = {"enrolment", "allowlist"},
	[SETTING_RATE] = {"enrolment", "rate"},
	[SETTING_WEBHOOK_URL] = {"webhook", "url"},
	[SETTING_WEBHOOK_SECRET] = {"webhook", "secret"},
	[SETTING_WEBHOOK_CA] = {"webhook", "ca"},
	[SETTING_WEBHOOK_PRIVATE] = {"webhook", "allow-private"},
	[SETTING_CLIENT_URL] = {"client", "url"},
	[SETTING_CLIENT_TOKEN_FILE] = {"client", "token-file"},
	[SETTING_CLIENT_CERTIFICATES] = {"client", "ca"},
	[SETTING_CLIENT_CERT] = {"client", "cert"},
	[SETTING_CLIENT_KEY] = {"client", "key"},
};

const char *config_enrolment_name(enum config_enrolment enrolment)
{
	return enrolment_names[enrolment];
}

static int set_path(char *to, const char *value, struct error *err)
{
	if (value[0] != '/')
		return error_set(err, ERROR_CONFIG, "not an absolute path");
	snprintf(to, CONFIG_TEXT_SIZE, "%s", value);
	return 0;
}

static int set_number(
	const char *value, uint32_t min, uint32_t max, uint32_t *to, struct error *err)
{
	uint64_t number;

	if (!text_number(value, min, max, &number))
		return error_set(
			err, ERROR_CONFIG, "not a number from %" PRIu32 " to %" PRIu32, min, max);
	*to = (uint32_t)number;
	return 0;
}

/* Addresses separated by blanks; cut in place. */
static int set_listen(struct config *config, const char *value, struct error *err)
{
	char *save = NULL;

	snprintf(config->listen_text, sizeof(config->listen_text), "%s", value);
	for (char *word = strtok_r(config->listen_text, " \t", &save); word;
		word = strtok_r(NULL, " \t", &save)) {
		if (config->listen_count == HTTP_LISTEN_MAX)
			return error_set(
				err, ERROR_CONFIG, "more than %d addresses", HTTP_LISTEN_MAX);
		config->listen[config->listen_count++] = word;
	}
	return 0;
}

static int set_policy(struct config *config, const char *value, struct error *err)
{
	for (unsigned i = 0; i < CONFIG_ENROLMENT_COUNT; i++) {
		if (strcmp(value, enrolment_names[i]) == 0) {
			config->enrolment = (enum config_enrolment)i;
			return 0;
		}
	}
	return error_set(
		err, ERROR_CONFIG, "none of approve, first-use, allowlist, ek-certificate");
}

static int set_url(char *to, const char *value, struct error *err)
{
	if (strncmp(value, "https://", 8) != 0)
		return error_set(err, ERROR_CONFIG, "does not begin with https://");
	snprintf(to, CONFIG_TEXT_SIZE, "%s", value);
	return 0;
}

static int set_switch(bool *to, const char *value, struct error *err)
{
	if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
		return error_set(err, ERROR_CONFIG, "neither yes nor no");
	*to = value[0] == 'y';
	return 0;
}

/* Whether the URL is one, client.c sees. */
static int set_client(
	enum setting setting, const char *value, struct config_client *client, struct error *err)
{
	switch (setting) {
	case SETTING_CLIENT_URL:
		snprintf(client->url, sizeof(client->url), "%s", value);
		return 0;
	case SETTING_CLIENT_TOKEN_FILE:
		return set_path(client->token_file, value, err);
	case SETTING_CLIENT_CERTIFICATES:
		return set_path(client->ca, value, err);
	case SETTING_CLIENT_CERT:
		return set_path(client->cert, value, err);
	default:
		return set_path(client->key, value, err);
	}
}

static int apply(size_t setting, const char *value, void *context, struct error *err)
{
	struct config *config = context;
	uint32_t megabytes = 0;
	int rc;

	switch ((enum setting)setting) {
	case SETTING_LISTEN:
		return set_listen(config, value, err);
	case SETTING_CERTIFICATE:
		return set_path(config->certificate, value, err);
	case SETTING_KEY:
		return set_path(config->key, value, err);
	case SETTING_CLIENT_CA:
		return set_path(config->client_ca, value, err);
	case SETTING_CONNECTIONS:
		return set_number(value, 16, 1000000, &config->connections, err);
	case SETTING_PER_ADDRESS:
		return set_number(value, 1, 1000000, &config->connections_per_address, err);
	case SETTING_DEADLINE:
		return set_number(value, 1, 300, &config->deadline_s, err);
	case SETTING_ADMIN_TOKEN:
		return set_path(config->admin_token, value, err);
	case SETTING_AGENT_TOKEN:
		return set_path(config->agent_token, value, err);
	case SETTING_TOKENS:
		return set_path(config->tokens, value, err);
	case SETTING_STORE:
		return set_path(config->store, value, err);
	case SETTING_RETENTION:
		return set_number(value, 0, 36500, &config->retention_days, err);
	case SETTING_MAX_SIZE:
		rc = set_number(value, 16, 16777216, &megabytes, err);
		if (!rc)
			config->max_bytes = (uint64_t)megabytes << 20;
		return rc;
	case SETTING_POLICY:
		return set_policy(config, value, err);
	case SETTING_ALLOWLIST:
		return set_path(config->allowlist, value, err);
	case SETTING_RATE:
		return set_number(value, 0, 1000000, &config->enrolment_rate, err);
	case SETTING_WEBHOOK_URL:
		return set_url(config->webhook_url, value, err);
	case SETTING_WEBHOOK_SECRET:
		return set_path(config->webhook_secret, value, err);
	case SETTING_WEBHOOK_CA:
		return set_path(config->webhook_ca, value, err);
	case SETTING_WEBHOOK_PRIVATE:
		return set_switch(&config->webhook_allows_private, value, err);
	default:
		return set_client((enum setting)setting, value, &config->client, err);
	}
}

/* What must be there together. */
static int check(const struct config *config, struct error *err)
{
	if (!*config->certificate != !*config->key)
		return error_set(
			err, ERROR_CONFIG, "[http] certificate and key: one without the other");
	if (*config->client_ca && !*config->certificate)
		return error_set(err, ERROR_CONFIG,
			"[http] client-ca: client certificates need TLS; add certificate and key");
	if ((config->enrolment == CONFIG_ENROLMENT_ALLOWLIST) != (*config->allowlist != 0))
		return error_set(err, ERROR_CONFIG,
			"[enrolment] allowlist: goes with policy = allowlist, and only with it");
	if (*config->webhook_url && !*config->webhook_secret)
		return error_set(err, ERROR_CONFIG,
			"[webhook] secret: missing; receivers could not tell who sent it");
	if (!*config->client.cert != !*config->client.key)
		return error_set(err, ERROR_CONFIG, "[client] cert and key: one without the other");
	return 0;
}

int config_parse(const char *text, size_t len, struct config *config, struct error *err)
{
	int rc = ini_read(text, len, settings, SETTING_COUNT, apply, config, err);

	return rc ? rc : check(config, err);
}

static int fill_in(const struct options *options, struct config *config, struct error *err)
{
	int rc = options_state_path(options, config->state, sizeof(config->state), err);

	if (options->listen_count) {
		memcpy(config->listen, options->listen, sizeof(config->listen));
		config->listen_count = options->listen_count;
	} else if (!config->listen_count) {
		config->listen[config->listen_count++] = CONFIG_DEFAULT_LISTEN;
	}
	if (!*config->store)
		snprintf(
			config->store, sizeof(config->store), "%s/collector.sqlite", config->state);
	if (!*config->admin_token)
		snprintf(config->admin_token, sizeof(config->admin_token), "%s/admin-token",
			config->state);
	return rc;
}

/* A file that --config does not name may be missing. */
static int read_file(const struct options *options, struct config *ret_config, struct error *err)
{
	const char *path = *options->config ? options->config : CONFIG_PATH;
	BUF_SCOPED text = {0};
	int rc = platform_file_read(path, FILE_MAX, &text, err);

	*ret_config = (struct config){.enrolment = CONFIG_ENROLMENT_FIRST_USE,
		.retention_days = RETENTION_DAYS,
		.enrolment_rate = ENROLMENT_RATE,
		.is_file = rc == 0};
	if (rc == -ERROR_NOT_FOUND && !*options->config) {
		*err = (struct error){0};
		return 0;
	}
	if (rc)
		return rc;
	rc = config_parse((char *)text.data, text.len, ret_config, err);
	return rc ? error_wrap(err, "%s", path) : 0;
}

int config_read(const struct options *options, struct config *ret_config, struct error *err)
{
	int rc = read_file(options, ret_config, err);

	if (rc) {
		err->code = ERROR_CONFIG;
		return -ERROR_CONFIG;
	}
	return fill_in(options, ret_config, err);
}

static void fill_option(const char **option, const char *setting)
{
	if (!**option)
		*option = setting;
}

int config_read_client(struct options *options, struct config *ret_config, struct error *err)
{
	const struct config_client *client = &ret_config->client;
	int rc = read_file(options, ret_config, err);

	if (rc == -ERROR_PERMISSION && !*options->config) {
		log_write(LOG_LEVEL_DEBUG, "left out: %s", err->message);
		*err = (struct error){0};
		return 0;
	}
	if (rc) {
		err->code = ERROR_CONFIG;
		return -ERROR_CONFIG;
	}
	if (*options->url && strcmp(options->url, client->url) != 0)
		return 0;
	fill_option(&options->url, client->url);
	fill_option(&options->token_file, client->token_file);
	fill_option(&options->ca, client->ca);
	/* These two belong together. */
	if (!*options->cert && !*options->key) {
		options->cert = client->cert;
		options->key = client->key;
	}
	return 0;
}
