/* SPDX-License-Identifier: BSD-2-Clause */
/* The settings of the service and of the operators' commands: command line over configuration file
 * over defaults. */
#ifndef COLLECTOR_CONFIG_H
#define COLLECTOR_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/options.h"
#include "core/error.h"

#define CONFIG_PATH           "/etc/vtpm-collector/vtpm-collector.conf"
#define CONFIG_DEFAULT_LISTEN "127.0.0.1:8742"
#define CONFIG_TEXT_SIZE      192 /* a line of the file is shorter */

/* Who may become known by its first report; docs/protocol.md. */
enum config_enrolment {
	CONFIG_ENROLMENT_APPROVE = 0, /* an operator says so: nothing is granted by zero */
	CONFIG_ENROLMENT_FIRST_USE,
	CONFIG_ENROLMENT_ALLOWLIST,
	CONFIG_ENROLMENT_EK_CERTIFICATE,
	CONFIG_ENROLMENT_COUNT,
};

/* The collector that the operators' commands ask, and with what. */
struct config_client {
	char url[CONFIG_TEXT_SIZE];
	char token_file[CONFIG_TEXT_SIZE];
	char ca[CONFIG_TEXT_SIZE];
	char cert[CONFIG_TEXT_SIZE];
	char key[CONFIG_TEXT_SIZE];
};

/* Texts are empty where not set. Paths are absolute. */
struct config {
	bool is_file; /* there was a configuration file */
	char state[1024];
	char listen_text[CONFIG_TEXT_SIZE]; /* what `listen` points into */
	const char *listen[HTTP_LISTEN_MAX];
	size_t listen_count;
	char certificate[CONFIG_TEXT_SIZE]; /* PEM files */
	char key[CONFIG_TEXT_SIZE];
	char client_ca[CONFIG_TEXT_SIZE];
	uint32_t connections; /* 0: http_server.h's default */
	uint32_t connections_per_address;
	uint32_t deadline_s;
	char tokens[CONFIG_TEXT_SIZE];
	char agent_token[CONFIG_TEXT_SIZE];
	char admin_token[1100];
	char store[1100];
	uint32_t retention_days; /* 0: for ever */
	uint64_t max_bytes;      /* 0: no limit */
	enum config_enrolment enrolment;
	char allowlist[CONFIG_TEXT_SIZE];
	uint32_t
		enrolment_rate; /* challenges in a minute for VMs that are not known; 0: no limit */
	char webhook_url[CONFIG_TEXT_SIZE];
	char webhook_secret[CONFIG_TEXT_SIZE];
	char webhook_ca[CONFIG_TEXT_SIZE];
	bool webhook_allows_private;
	struct config_client client;
};

/* "approve", "first-use", "allowlist", "ek-certificate". */
const char *config_enrolment_name(enum config_enrolment enrolment);

/* Reads a configuration file's text. `config` stays untouched on failure, but for `listen`.
 * Errors: CONFIG, naming the line; NO_MEMORY. */
int config_parse(const char *text, size_t len, struct config *config, struct error *err);

/* Reads the configuration and fills in what it and the command line leave open. `ret_config` must
 * stay where it is: it points into itself. The default file may be missing; one that --config names
 * may not. Errors: CONFIG, naming file and line; USAGE. */
int config_read(const struct options *options, struct config *ret_config, struct error *err);

/* Puts what the configuration has for the operators' commands into `options`, where the command
 * line leaves it open; they point into `ret_config` then. With --url of another collector it has
 * nothing: a credential goes to the one that it was given for. A default file that may not be read
 * is the service's alone. Errors: CONFIG, naming file and line. */
int config_read_client(struct options *options, struct config *ret_config, struct error *err);

#endif
