/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/config_file.h"

#include <stdio.h>
#include <string.h>

#include "console/settings_files.h"
#include "core/log.h"

/* What must be there together. */
static int check(const struct options *file, struct error *err)
{
	const struct config *config = &file->config;

	if (!*config->certificate != !*config->key)
		return error_set(err, ERROR_CONFIG,
			"[http] %s: missing; certificate and key go together",
			*config->key ? "certificate" : "key");
	if (*config->client_ca && !*config->certificate)
		return error_set(err, ERROR_CONFIG,
			"[http] client-ca: client certificates need TLS; add certificate and key");
	if (*config->store && *config->store_path)
		return error_set(err, ERROR_CONFIG,
			"[store] path: goes without url; write url = sqlite:%s",
			config->store_path);
	if (config->enrolment == CONFIG_ENROLMENT_ALLOWLIST && !*config->allowlist)
		return error_set(err, ERROR_CONFIG,
			"[enrolment] allowlist: missing; policy = allowlist needs its file");
	if (config->enrolment != CONFIG_ENROLMENT_ALLOWLIST && *config->allowlist)
		return error_set(err, ERROR_CONFIG,
			"[enrolment] allowlist: goes with policy = allowlist alone");
	if (*config->webhook_url && !*config->webhook_secret)
		return error_set(err, ERROR_CONFIG,
			"[webhook] secret: missing; receivers could not tell who sent it");
	if (!*file->client.cert != !*file->client.key)
		return error_set(err, ERROR_CONFIG,
			"[client] %s: missing; cert and key go together",
			*file->client.key ? "cert" : "key");
	return 0;
}

/* What the file alone says. */
struct file {
	bool is_there; /* one that --config does not name may be missing */
	uint64_t set;  /* the rows that it has */
	struct options options;
};

static int read_file(const struct options *options, struct file *ret_file, struct error *err)
{
	const bool is_named = *options->config_file;
	const char *path = is_named ? options->config_file : CONFIG_PATH;
	int rc;

	*ret_file = (struct file){0};
	rc = settings_read_files(&options_program, path, is_named, &ret_file->options,
		&ret_file->set, &ret_file->is_there, err);
	if (!rc && check(&ret_file->options, err))
		rc = error_wrap(err, "%s", path);
	return rc;
}

static int fill_in(const char *state, struct config *config, struct error *err)
{
	int rc = options_state_path(state, config->state, sizeof(config->state), err);

	for (size_t i = 0; i < config->addresses.count; i++)
		config->listen[config->listen_count++] = text_list_at(&config->addresses, i);
	if (!config->listen_count)
		config->listen[config->listen_count++] = CONFIG_DEFAULT_LISTEN;
	if (!*config->store && *config->store_path)
		snprintf(config->store, sizeof(config->store), "sqlite:%s", config->store_path);
	if (!*config->store)
		snprintf(config->store, sizeof(config->store), "sqlite:%s/collector.sqlite",
			config->state);
	if (!*config->admin_token)
		snprintf(config->admin_token, sizeof(config->admin_token), "%s/admin-token",
			config->state);
	/* With a configuration an administrator says who may look. */
	if (!*config->viewer_token && !config->is_file)
		snprintf(config->viewer_token, sizeof(config->viewer_token), "%s/viewer-token",
			config->state);
	return rc;
}

int config_read(const struct options *options, struct config *ret_config, struct error *err)
{
	struct options all = *options;
	struct file file;

	if (read_file(options, &file, err)) {
		err->code = ERROR_CONFIG;
		return -ERROR_CONFIG;
	}
	settings_copy(&options_program, file.set & ~options->line.named, &file.options, &all);
	*ret_config = all.config;
	ret_config->is_file = file.is_there;
	return fill_in(options->state, ret_config, err);
}

int config_read_client(
	const struct options *options, struct options_client *ret_client, struct error *err)
{
	const struct options_client *given = &options->client;
	struct options all = *options;
	struct file file;
	int rc = read_file(options, &file, err);

	if (rc == -ERROR_PERMISSION && !*options->config_file) {
		log_write(LOG_LEVEL_DEBUG, "left out: %s", err->message);
		*ret_client = *given;
		return 0;
	}
	if (rc) {
		err->code = ERROR_CONFIG;
		return -ERROR_CONFIG;
	}
	if (*given->cert || *given->key) /* which belong together */
		*file.options.client.cert = *file.options.client.key = 0;
	if (!*given->url || strcmp(given->url, file.options.client.url) == 0)
		settings_copy(
			&options_program, file.set & ~options->line.named, &file.options, &all);
	*ret_client = all.client;
	return 0;
}
